#pragma once
#include "events/archive.hpp"
#include "events/deduplicator.hpp"
#include "events/events_store.hpp"
#include "events/findings.hpp"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace tocsin::events {

/// What is collected until it is worth a commit: batches of one or more reports, in the order of their records.
struct Segment {
    struct Part {
        EncodedBatch batch;
        std::size_t slice = 0;
    };
    std::vector<Part> parts;
    std::vector<store_sql::Slice> slices;
    std::size_t rows = 0;
    std::size_t bytes = 0;                    ///< of rows, texts and rejected rows
    std::uint64_t matched_with = UINT64_MAX;  ///< the least that Matcher::match gave for a batch of it

    bool empty() const { return parts.empty() && slices.empty(); }
};

/// The one that makes things durable. Order: runs written and synced, archive committed, one ledger transaction. After
/// an error the stores are looked at anew before the next commit, so that nothing is doubled. One thread at a time.
class Committer {
  public:
    struct Parts {
        store::Ledger* ledger = nullptr;
        Archive* archive = nullptr;
        Dictionary* dictionary = nullptr;
        ClassTable* classes = nullptr;
        FindingReader* findings = nullptr;
        std::filesystem::path runs_folder;
        Clock const* clock = nullptr;
        std::function<void()> on_commit;
    };
    explicit Committer(Parts parts);

    /// Reads from the ledger where things stand, removes what it does not name, and publishes.
    Status open();
    /// Commits and empties the segment. The slices' counts of events, duplicates and attributed are filled in first
    /// and handed back through `done`.
    Status commit(Segment& segment, std::function<void(store_sql::Slice const&)> const& done);
    /// Commits changes of findings that come from no report (reattribution). Sorted by key; `segment_last` is set here.
    Status commit_changes(std::vector<FindingRecord> changes);

    /// Removes findings from the runs, and does `also` in the same ledger transaction. `keys` are sorted.
    Status drop_findings(std::vector<FindingKey> const& keys, std::function<Status(store::Transaction&)> const& also);
    /// Drops the keys of event days before `day`, as far as they lie in files of one day.
    Status forget_keys_before(std::int32_t day);

    HashSecret const& secret() const { return secret_; }
    std::int64_t segment() const { return segment_; }
    std::vector<RunEntry> runs() const;
    /// Merges of runs that are due; a stop between is fine.
    Status compact();

  private:
    Status look_anew();
    Status remove_unnamed() const;
    void publish();
    void rebuild_rounds();
    Status write(Segment& segment, std::vector<FindingRecord> const* only_changes,
                 std::function<void(store_sql::Slice const&)> const& done);
    void add_classes(std::vector<EventRow*> const& rows);
    static std::vector<EventRow const*> sorted_by_address(std::vector<EventRow*> const& rows);
    static void count(Segment& segment);

    Parts parts_;
    HashSecret secret_;
    std::int64_t segment_ = 0;
    Word saved_words_ = 1;
    std::uint32_t saved_classes_ = 1;
    bool is_sure_ = true;  ///< memory and disk agree
    std::unique_ptr<RunBook> keys_, findings_;
    std::map<std::string, store_sql::FeedRow> feeds_;
    std::shared_ptr<RoundTable const> rounds_ = std::make_shared<RoundTable>();
    std::uint32_t rounds_for_classes_ = 0;
};

}  // namespace tocsin::events
