#pragma once
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"
#include "sharing/peers.hpp"
#include "sharing/remotes.hpp"
#include "store/store.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::sharing {

struct RecallTag;
using RecallId = Id<RecallTag>;

/// What is to be taken back, and why.
struct RecallOrder {
    std::vector<std::string> objects = {};  ///< ids; all versions of each
    std::int64_t delivery = 0;              ///< and all objects of this delivery
    std::string reason = {};
    std::optional<gate::Marking> marking = {};  ///< at least this from now on; none: withdrawn
    bool is_ours = false;                       ///< we made them, though created_by_ref is not the team's own identity
};

/// How somebody hears of a recall.
enum class Telling : std::uint8_t {
    protocol,  ///< gets the version that tells of it, in the collections it reads or by push
    file,      ///< the detection file it fetches no longer holds the object
    hand,      ///< a person writes to them
};
std::string_view name_of(Telling telling);

/// One object that somebody was given.
struct Given {
    std::string recipient;  ///< as in the disclosure log
    std::string object;
    std::string door;
    std::string page = {};  ///< of a file: which
    gate::Marking marking = {};
    Timestamp first_at = {}, last_at = {};
    std::int64_t line = 0;   ///< of the disclosure log, the last
    std::int64_t times = 0;  ///< pages, pushes, files that held it
    Telling telling = Telling::hand;
    std::optional<Timestamp> told_at = {};
    std::int64_t told_line = 0;  ///< of the disclosure log: the page that told
};

struct RecallRecipient {
    std::string recipient = {};
    gate::OrganisationId organisation = {};
    std::string name = {};
    std::vector<Given> given = {};
    std::string told_by = {};  ///< by hand
    std::optional<Timestamp> told_at = {};
    std::string answer = {};
    std::optional<Timestamp> confirmed_at = {};
    std::string confirmed_by = {};  ///< "taxii" or who wrote it down

    /// Heard of all that it was given, by protocol or by hand.
    bool is_told() const;
    /// The last moment of hearing; none: not yet.
    std::optional<Timestamp> heard_at() const;
    /// A person has to write to them, and nobody has.
    bool needs_hand() const;
};

struct RecalledObject {
    std::string id = {};
    std::string versions = {};  ///< which of the store were there then: "12-14,40"
    bool is_ours = false;
    std::string notice = {};  ///< the version that tells of it; empty: there is none
    gate::Marking notice_marking = {};
    gate::Terms notice_terms = {};
    std::int64_t notice_seq = 0;  ///< in the store; 0: not yet
    Timestamp notice_added = {};
};

enum class RecallState : std::uint8_t { proposed, open, dismissed, lifted };
std::string_view name_of(RecallState state);

struct Recall {
    RecallId id = {};
    Timestamp at = {};
    std::string by = {};
    std::string reason = {};
    std::optional<gate::Marking> marking = {};  ///< none: withdrawn
    RecallState state = RecallState::open;
    bool is_upstream = false;  ///< whom it came from withdrew it
    std::int64_t line = 0;     ///< the last line of the disclosure log then
    std::vector<RecalledObject> objects = {};
    std::vector<RecallRecipient> recipients = {};

    std::string_view kind() const { return marking ? "downgrade" : "withdraw"; }
};

/// Counts of recipients.
struct RecallCounts {
    std::int64_t recipients = 0, told = 0, confirmed = 0, by_hand = 0;  ///< by_hand: a person has to write to them
};
RecallCounts counts_of(Recall const& recall);

/// A person told them.
struct ToldByHand {
    std::string by = {};  ///< who; empty: the principal's name
    std::optional<Timestamp> at = {};
    std::string answer = {};
    bool is_confirmed = false;
};

struct RecallDoors {
    store::Ledger* ledger = nullptr;
    Peers* peers = nullptr;
    Remotes* remotes = nullptr;
    intelligence::Intelligence* intelligence = nullptr;
    gate::Gate const* gate = nullptr;
    Clock const* clock = &system_clock();
    std::string team = {};  ///< its name
    std::function<std::string(gate::OrganisationId)> name_of = [](gate::OrganisationId) { return std::string(); };
};

/// Takes back what was shared.
///
/// Who was given it is read from the disclosure log. With the recall, in one transaction, the gate lets the object out
/// no more, or only under the stricter marking. Of an object of our own a new version tells of it: to exactly those who
/// had it when it was withdrawn (revoked, docs/decisions/0023), to whoever may still have it when it was downgraded.
/// The version is stored by keep(), after a kill too. Who got it is read from the disclosure log again; a push counts
/// when the server has confirmed it. Every other recipient is for a person to write to.
///
/// Safe from any thread.
class Recalls {
  public:
    explicit Recalls(RecallDoors doors) : doors_(std::move(doors)) {}

    /// What add() would do. Changes nothing. Errors: Code::not_found for an object, Code::invalid, Code::limit.
    Result<Recall> plan(RecallOrder const& order);
    /// Errors: as for plan.
    Result<Recall> add(RecallOrder const& order, access::Principal const& by);
    /// A proposed one is done. Errors: Code::not_found, Code::conflict when it is not proposed.
    Result<Recall> accept(RecallId id, access::Principal const& by);
    Status dismiss(RecallId id, std::string_view reason, access::Principal const& by);
    /// Undoes a withdrawal that no version tells of (what others made): it leaves again as before. Those who were told
    /// by hand have to be told so. Errors: Code::not_found, Code::conflict for any other recall.
    Status lift(RecallId id, std::string_view reason, access::Principal const& by);
    /// Errors: Code::not_found; Code::invalid for a time to come.
    Status tell(RecallId id, std::string_view recipient, ToldByHand const& told, access::Principal const& by);

    /// Newest first.
    Result<std::vector<Recall>> all(std::size_t limit = 100);
    Result<Recall> recall(RecallId id);
    /// How many were proposed and wait for a decision.
    Result<std::int64_t> waiting();

    /// Stores what tells of recalls, notes who has heard, proposes recalls of what others withdrew and we had passed
    /// on. Cheap when there is nothing to do.
    Status keep();

  private:
    Result<Recall> planned(RecallOrder const& order, bool is_upstream);
    Status commit(Recall& recall, std::string_view what, access::Principal const& by);
    void keep_now();
    Status store_notices();
    Status store_notices_of(Recall& recall);
    Status note_stragglers();
    Status note_stragglers_of(Recall& recall);
    Status note_receipts();
    Status note_receipts_of(Recall& recall);
    Status find_notice(Recall const& recall, RecalledObject& object);
    Result<std::optional<Timestamp>> pushed_at(RecallRecipient const& recipient, RecalledObject const& object);
    Status look_upstream();
    Status propose(std::map<gate::OrganisationId, RecallOrder>& orders, Timestamp mark);

    RecallDoors doors_;
    std::mutex keeping_;  ///< one at a time
};

/// Gives the name of who stands in the audit log ("account:3").
using CalledWho = std::function<std::string(std::string_view who)>;
/// {"id", "at", ..., "objects", "recipients"}; without the two lists when it is for a list.
void append(JsonWriter& json, Recall const& recall, bool is_whole, CalledWho const& called);
/// A mail to somebody who has to be told by hand: what it is about and what is asked of them. `language`: one of
/// constituency::languages(); any other text stands for English.
std::string letter_of(Recall const& recall, RecallRecipient const& recipient, std::string_view team,
                      std::string_view language = "en");

}  // namespace tocsin::sharing
