#pragma once
#include "intelligence/store.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

enum class ProposalState : std::uint8_t { open, accepted, dismissed, withdrawn };
std::string_view name_of(ProposalState state);
std::optional<ProposalState> proposal_state_named(std::string_view name);

/// A property and what it is to be.
struct ProposedChange {
    std::string property;
    std::string value = {};   ///< JSON; empty: the property goes
    std::string before = {};  ///< JSON, when it was proposed; empty: it was not there
};

/// What somebody wants to be different about an object, and why.
struct NewProposal {
    std::string object;                        ///< id
    std::vector<ProposedChange> changes = {};  ///< `before` is not looked at
    bool revokes = false;                      ///< the object is to be revoked; then no changes
    std::string reason;
};

struct Proposal {
    std::int64_t id = 0;
    Timestamp at;
    std::string who;
    std::string reason;
    bool revokes = false;
    std::vector<ProposedChange> changes;
    ProposalState state = ProposalState::open;
    std::optional<Timestamp> decided_at;
    std::string decided_by;
    std::string answer;            ///< why it was dismissed
    std::string told;              ///< id of the note or opinion that tells the object's author
    gate::Cleared<Object> object;  ///< as it is now
};

struct ProposalFilter {
    std::optional<ProposalState> state = {};
    std::string object = {};  ///< id
};
struct ProposalPage {
    std::vector<Proposal> items;  ///< the newest first
    std::string next;
};

/// Who speaks for the team when a proposal is accepted.
struct TeamVoice {
    std::string identity;  ///< id of its identity object
    std::string name;
};

/// Proposals to change an object, ours or another's. A proposal is as strict as its object is now: who may not see the
/// object knows of none. Of an object with parts that are marked for fewer it is shown only to whom all of it is. A
/// value: make one when it is needed.
///
///     add ─► open ─┬─ accept ─► ours: a new version; another's: a note or opinion of ours that goes back to its author
///                  ├─ dismiss
///                  └─ withdraw, by who made it
class Proposals {
  public:
    explicit Proposals(Intelligence& room) : room_(room) {}

    /// Errors: Code::not_found for an object that `by` may not see; Code::invalid naming the property, also when the
    /// changed object would break STIX; Code::conflict when it changes nothing, or the property has a marking of its
    /// own; Code::limit.
    Result<Proposal> add(NewProposal const& wanted, access::Principal const& by);
    Result<ProposalPage> list(ProposalFilter const& filter, access::Principal const& by, PageRequest const& page) const;
    Result<std::int64_t> count(ProposalFilter const& filter, access::Principal const& by) const;
    /// Errors: Code::not_found, also for what `by` may not see.
    Result<Proposal> find(std::int64_t id, access::Principal const& by) const;

    /// Of our own object (no other brought it, and created_by_ref is the team's identity or absent, or `is_ours`): its
    /// next version is stored. Of another's:
    /// a note of ours that says what ought to change, of a revocation an opinion ("strongly-disagree"); marked and
    /// bound as the object, and named for whom it came from. Cut off by a kill it is still open, and done again adds
    /// nothing. Errors: Code::conflict when it is not open, or the object was changed so that it fits no more.
    Result<Proposal> accept(std::int64_t id, TeamVoice const& team, bool is_ours, access::Principal const& by);
    Result<Proposal> dismiss(std::int64_t id, std::string_view reason, access::Principal const& by);
    /// One's own; an administrator's any. Errors: Code::denied.
    Result<Proposal> withdraw(std::int64_t id, access::Principal const& by);

  private:
    struct Deed {
        ProposalState state;
        std::string_view what;
        std::string answer = {}, told = {};
    };
    Result<Proposal> decide(Proposal const& proposal, Deed const& deed, access::Principal const& by);
    Result<Object> whole_object(std::string_view id) const;
    Status store_version(Proposal const& proposal, access::Principal const& by);
    Result<std::string> tell_author(Proposal const& proposal, TeamVoice const& team, access::Principal const& by);

    Intelligence& room_;
};

/// {"id", "at", "by", "reason", "revokes", "changes", "state", "decided_at", "decided_by", "answer", "told"} and what
/// the caller adds (`object`); left open for more members. `called` gives the name of "account:3".
JsonWriter& begin_json(JsonWriter& json, Proposal const& proposal,
                       std::function<std::string(std::string_view who)> const& called);

}  // namespace tocsin::intelligence
