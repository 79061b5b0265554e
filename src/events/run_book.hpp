#pragma once
#include "store/store.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tocsin::events {

enum class RunKind : std::uint8_t { keys = 1, findings = 2 };

struct RunEntry {
    std::string name;
    RunKind kind = RunKind::keys;
    std::optional<std::int32_t> day;  ///< keys: the one event day of all its records; none: several
    int level = 0;
    std::uint64_t records = 0;
    std::shared_ptr<store::Run const> run;
};

/// What a commit does to a book: prepared before (files are written and synced), named by the ledger, then applied.
struct BookChange {
    std::vector<RunEntry> added;
    std::vector<std::string> removed;
    std::vector<std::uint64_t> small;                         ///< records that go into the ledger itself
    bool clear_small = false;                                 ///< what the ledger held of small ones is in `added` now
    std::shared_ptr<std::vector<std::uint64_t> const> fresh;  ///< the book's fresh records afterwards
};

/// The sorted runs of one kind: files, and the records of small segments, which the ledger keeps and memory holds
/// (`fresh`) until there are enough for a file. Eight files of one level (and day) become one of the next.
///
/// One thread changes it; `runs` and `fresh` are handed to readers as values.
class RunBook {
  public:
    RunBook(std::filesystem::path folder, RunKind kind, store::RunShape shape, store::MergedRuns::Fold fold);

    /// While opening: a run that the ledger names, and records it holds.
    Status load(RunEntry entry);
    void load_small(std::span<std::uint64_t const> records);
    void finish_loading(void const* context);

    /// `records` are sorted by key and new; word 2 of a key record is its day.
    Result<BookChange> prepare(std::int64_t segment, std::vector<std::uint64_t> records, void const* context);
    /// A merge that is due, done; nothing if none is. The ledger must name the result before `apply`.
    Result<std::optional<BookChange>> merge_due(std::int64_t segment, void const* context);
    /// Leaves out the records of these keys (sorted, `key_words` each): files that hold some are written anew.
    Result<BookChange> without(std::int64_t segment, std::span<std::uint64_t const> keys);
    /// Leaves out the files whose one day is before `day`. The ledger must know before `apply`.
    BookChange without_days_before(std::int32_t day) const;
    void apply(BookChange change);

    std::vector<RunEntry> const& runs() const { return runs_; }
    std::shared_ptr<std::vector<std::uint64_t> const> const& fresh() const { return fresh_; }
    store::RunShape const& shape() const { return shape_; }

    static constexpr std::size_t file_from = 8192;     ///< a segment with so many records writes a file
    static constexpr std::size_t fresh_limit = 32768;  ///< so many fresh records become a file

  private:
    Result<RunEntry> write(std::int64_t segment, std::optional<std::int32_t> day,
                           std::span<std::uint64_t const> records);
    Status write_by_day(std::int64_t segment, std::vector<std::uint64_t> const& records, BookChange& change);
    std::vector<std::uint64_t> merged(std::span<std::uint64_t const> a, std::span<std::uint64_t const> b,
                                      void const* context) const;
    std::string next_name(std::int64_t segment);

    std::filesystem::path folder_;
    RunKind kind_;
    store::RunShape shape_;
    store::MergedRuns::Fold fold_;
    std::vector<RunEntry> runs_;
    std::shared_ptr<std::vector<std::uint64_t> const> fresh_ = std::make_shared<std::vector<std::uint64_t>>();
    std::vector<std::vector<std::uint64_t>> loading_;
    std::uint64_t serial_ = 0;
};

}  // namespace tocsin::events
