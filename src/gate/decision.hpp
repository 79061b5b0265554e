#pragma once
#include "base/base.hpp"
#include "gate/marking.hpp"
#include "gate/recipient.hpp"
#include "gate/terms.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::gate {

/// What the gate wants to know of a thing before it leaves.
struct Particulars {
    std::string kind;  ///< a word of the product: "finding", "notification"
    std::string id = {};
    Marking marking = {};
    Terms terms = {};
    std::vector<OrganisationId> concerns = {};  ///< whose machines or business it is about

    /// True for what tells about somebody's machines (findings, warnings, events): only those concerned and the team
    /// may have it, however open its marking. False for what is meant for many (an advisory, an indicator).
    bool is_for_the_concerned_only = true;

    /// Recipients whom the originator named: organisations, accounts. TLP:RED reaches only these and the team's
    /// analysts.
    std::vector<OrganisationId> named_organisations = {};
    std::vector<access::AccountId> named_accounts = {};
};

/// Why. The first group allows, the second refuses.
enum class Reason {
    is_public,         ///< TLP:CLEAR, meant for many
    is_team,           ///< the recipient works here
    is_named,          ///< the originator named the recipient
    is_concerned,      ///< it is about the recipient's own machines or business
    is_above,          ///< it is about an organisation below the recipient
    is_client,         ///< it is meant for an organisation the recipient belongs to, and TLP:AMBER reaches clients
    is_originator,     ///< it came from the recipient
    is_member,         ///< it is shared with a group the recipient belongs to
    is_cleared,        ///< it is ours, and this peer is cleared for its marking
    is_community,      ///< TLP:GREEN, and the recipient is of the community
    not_public,        ///< the marking does not let it be published
    not_concerned,     ///< it is about somebody else
    not_named,         ///< TLP:RED, and the recipient is not named
    strict,            ///< TLP:AMBER+STRICT stays within the organisation it is about
    above_clearance,   ///< the marking is stricter than what this peer may get
    pap_holds,         ///< published, it would reach those it warns about; the PAP forbids that
    no_right_to_read,  ///< a key that may only push reports
    embargoed,         ///< its time has not come
    originator_holds,  ///< who it came from keeps it to those named
    not_member,        ///< it is shared with a group the recipient does not belong to
    withdrawn,         ///< it was shared once, and taken back
    nothing_left,      ///< every part of it was removed
};
bool allows(Reason reason);
/// "not_concerned": stable, for JSON and for looking up the words in the reader's language
/// (`gate.reason.not_concerned`).
std::string_view name_of(Reason reason);
/// One English sentence for the log and the command line.
std::string_view words_of(Reason reason);

/// A part that was left out, and why.
struct Removed {
    std::string id;
    Reason reason = Reason::not_concerned;
};

struct Decision {
    bool allowed = false;
    Reason reason = Reason::not_public;
    Marking marking;               ///< of what is given: the strictest of the parts that stay
    std::vector<Removed> removed;  ///< parts that stay behind
};

/// True when `below` is `above` or hangs under it by parents.
using IsWithin = std::function<bool(OrganisationId below, OrganisationId above)>;
/// True when the organisation is a member of the sharing group.
using IsMember = std::function<bool(SharingGroupId group, OrganisationId organisation)>;

/// The organisations above one by parents, and those below.
struct Kin {
    std::vector<OrganisationId> above = {}, below = {};
};
using KinOf = std::function<Kin(OrganisationId organisation)>;

/// What the rules ask of the world. Functions must be safe from any thread.
struct World {
    IsWithin is_within = [](OrganisationId below, OrganisationId above) { return below == above; };
    IsMember is_member = [](SharingGroupId, OrganisationId) { return false; };
    /// The same as is_within, as lists, for scopes. Where it leaves somebody out, a scope shows less.
    KinOf kin_of = [](OrganisationId) { return Kin(); };
    Clock const* clock = &system_clock();
};

/// The rules, pure but for the world. The table in docs/security.md says the same in words, and a property test holds
/// them together.
Reason decide(Particulars const& thing, Recipient const& recipient, World const& world);

/// How a recipient's organisation stands to those a thing is about; the nearest counts.
enum class Relation : unsigned char { none, below, above, own };

/// For doors that ask a store for many things at once: at which relations the recipient may have what carries this
/// marking and these terms. A store that keeps markings, terms and concerns as columns turns it into a condition; what
/// it finds still goes through `Gate::clear`.
class Reach {
  public:
    bool at(Relation relation) const { return (bits_ & (1U << static_cast<unsigned>(relation))) != 0; }
    bool nowhere() const { return bits_ == 0; }
    /// Whoever it concerns: no need to look.
    bool everywhere() const { return bits_ == 0xf; }

  private:
    friend Reach reach(Particulars const& kind, Recipient const& recipient, World const& world);
    unsigned bits_ = 0;
};
/// `kind` without concerns: only its marking, terms, names and `is_for_the_concerned_only` are looked at.
Reach reach(Particulars const& kind, Recipient const& recipient, World const& world);

}  // namespace tocsin::gate
