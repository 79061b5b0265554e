#pragma once
#include "events/events.hpp"
#include "intelligence/match.hpp"
#include "intelligence/object.hpp"
#include "store/store.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

std::span<store::Migration const> migrations();

/// Events::accept.
using AcceptReport = std::function<Status(std::string_view bytes, std::string_view name, std::string_view feed)>;

/// Above and below an organisation in the directory.
struct Kin {
    std::vector<OrganisationId> below, above;
};
using KinOf = std::function<Kin(OrganisationId)>;

/// Whose resources a value belongs to. Called while importing, from one thread.
using ConcernsOf = std::function<void(formats::Observable const&, std::vector<OrganisationId>& into)>;

/// An object that goes out no more, or only under a marking that is at least as strict; `no` lifts a withdrawal.
struct KeptBack {
    std::string id;
    gate::Recalled how = gate::Recalled::withdrawn;
    gate::Marking marking = {gate::Tlp::clear};
    std::int64_t except = 0;  ///< the seq of a version that stays as it is: it tells of the withdrawal
};

/// Who somebody is by the name that stands in the audit log, as they are now; none: they may not ask any more.
using AskerOf = std::function<std::optional<gate::Recipient>(std::string_view who)>;

struct Options {
    std::filesystem::path directory;  ///< the data directory; this room keeps match.index there
    Clock const* clock = &system_clock();
    ConcernsOf concerns_of = {};
    /// The organisations below and above one, as the directory is now. Safe from any thread.
    KinOf kin_of = [](OrganisationId) { return Kin(); };
    /// For watches, which look on behalf of their owners. None: nobody is told.
    AskerOf asker_of = {};
    /// The live index is written to its file when so many values are new (tests: few).
    std::uint64_t index_file_from = 1U << 17;
    /// After each commit: new objects are visible. From the importing thread.
    std::function<void()> on_commit = {};
};

/// The house's intelligence. What it gives out, it gives out cleared: the asker is a parameter of every question.
/// One per data directory; safe from any thread.
///
/// Durability: an import commits batch by batch; what was counted as stored is there after a kill. The same delivery
/// again finds everything known and stores the rest, so an import that was cut is simply repeated.
class Intelligence {
  public:
    static Result<std::unique_ptr<Intelligence>> open(store::Ledger& ledger, gate::Gate const& gate, Options options);
    ~Intelligence();

    // In.

    /// Takes objects from a bundle, a TAXII envelope, an array, single objects or JSON lines, in bounded memory.
    ///
    /// The rules of STIX 2.1 section 3.6 hold: (id, modified) is a version, only its creator versions an object, a
    /// revoked one has no later version; the same version with other contents is kept aside, the first one stays.
    /// Errors: the source's; a disk that is full or fails. What one object has wrong is counted, not an error.
    Result<ImportTotals> import(formats::ByteSource& bytes, ImportRequest const& request, access::Principal const& by);

    // Out.

    Result<ObjectPage> objects(ObjectFilter const& filter, gate::Recipient const& asker, ObjectOrder order,
                               PageRequest const& page) const;
    /// What decides over an answer beside the question: as long as this text stays the same for an asker, so do the
    /// objects it gets. For whoever keeps answers.
    std::string view(gate::Recipient const& asker) const;
    /// Exact, of what the asker may see.
    Result<std::int64_t> count(ObjectFilter const& filter, gate::Recipient const& asker) const;
    /// (value, count) by "type", "label", "tlp", "source" or "creator", most first, at most 100.
    Result<std::vector<std::pair<std::string, std::int64_t>>> facet(ObjectFilter const& filter,
                                                                    gate::Recipient const& asker,
                                                                    std::string_view by) const;
    /// The last version. Errors: Code::not_found, also for what the asker may not know of.
    Result<gate::Cleared<Object>> object(std::string_view id, gate::Recipient const& asker) const;
    /// How much an indicator is still worth, how long it is matched, and why.
    Result<Worth> worth(gate::Cleared<Object> const& object) const;
    /// What the gate would say to a recipient. For the team's own eyes. Errors: Code::not_found.
    Result<gate::Decision> explain(std::string_view id, gate::Recipient const& recipient) const;

    /// Takes versions out of a collection they were put into; they stay in the store.
    Status take_out(std::int64_t collection, std::vector<gate::Cleared<Object>> const& objects,
                    access::Principal const& by);

    /// Keeps objects back, all their versions that are here and those to come. `also` writes in the same transaction.
    Status keep_back(std::vector<KeptBack> const& objects, std::function<Status(store::Transaction&)> const& also);

    // Deliveries and what was kept aside.

    Result<std::vector<Source>> sources(std::size_t limit) const;
    Result<std::vector<RejectedObject>> rejected(std::int64_t source, PageRequest const& page, std::string& next) const;
    /// Tries again to take what was kept aside: by the rules and in the state of today, with the marking and the terms
    /// of the delivery that brought it. What can be taken is stored as of that delivery, the rest stays with the reason
    /// of today. What was too long to be kept whole can't be tried.
    Result<ReplayTotals> replay(ReplayRequest const& request, access::Principal const& by);

    // Matching.

    /// For Events::Options: compares what is ingested with the live indicators. Lives as long as this.
    std::shared_ptr<events::Matcher> matcher();
    /// Compares the archive with the indicators that are new since it was last looked through, and writes down the
    /// matches. An event of up to a kind's lifetime before an indicator's `valid_from` is a match too: who publishes an
    /// indicator today saw it before. Cheap when there is nothing to do; cut off, it begins again and doubles nothing.
    Result<SweepTotals> match_back(events::Events const& archive, std::function<bool()> const& is_cancelled = {});
    /// Newest first, of the indicators the asker may see.
    Result<MatchPage> matches(MatchFilter const& filter, gate::Recipient const& asker, PageRequest const& page) const;
    /// Exact, of the matches the asker may see.
    Result<std::int64_t> count_matches(MatchFilter const& filter, gate::Recipient const& asker) const;
    /// A person's word: ruled_out, fresh to let a held one go, or held to take that back. Gives how many changed.
    Result<std::int64_t> judge(std::vector<std::int64_t> const& matches, MatchState state, access::Principal const& by);
    /// Makes events of fresh matches, so that they become findings with owners. A match whose owner may not have the
    /// indicator is held. Done twice after a kill it gives the same report, which is recognised. Gives how many went.
    Result<std::int64_t> hand_on_matches(AcceptReport const& accept);
    /// Values of live indicators.
    std::uint64_t live_values() const;

    /// Faults found in the store's own books; empty when whole.
    Result<std::vector<std::string>> check() const;

  private:
    friend class Merges;
    friend class Proposals;
    friend class Searches;
    friend class Watches;
    struct Impl;
    explicit Intelligence(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::intelligence
