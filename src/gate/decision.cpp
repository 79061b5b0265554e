#include "gate/decision.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::gate {

Recipient Recipient::team(access::Principal const& principal) {
    Recipient recipient{.kind = Kind::team, .name = principal.name};
    recipient.principal = principal;
    recipient.clearance = principal.may(access::Role::analyst) ? Tlp::red : Tlp::amber_strict;
    return recipient;
}

Recipient Recipient::constituent(OrganisationId organisation, std::string_view name, Tlp clearance) {
    return {
        .kind = Kind::organisation, .name = std::string(name), .organisation = organisation, .clearance = clearance};
}

Recipient Recipient::peer(OrganisationId organisation, std::string_view name, Tlp clearance) {
    return {.kind = Kind::peer, .name = std::string(name), .organisation = organisation, .clearance = clearance};
}

Recipient Recipient::everyone() {
    return {.kind = Kind::open, .name = "the public"};
}

std::string Recipient::reference() const {
    switch (kind) {
        case Kind::team:
            return "team:" + principal.who;
        case Kind::organisation:
            return fmt::format("organisation:{}", organisation.value);
        case Kind::peer:
            return organisation ? fmt::format("peer:{}", organisation.value) : "peer:" + name;
        case Kind::open:
            return "public";
    }
    TOCSIN_ASSERT(false);
    return {};
}

bool allows(Reason reason) {
    return reason <= Reason::is_community;
}

std::string_view name_of(Reason reason) {
    switch (reason) {
        case Reason::is_public:
            return "is_public";
        case Reason::is_team:
            return "is_team";
        case Reason::is_named:
            return "is_named";
        case Reason::is_concerned:
            return "is_concerned";
        case Reason::is_above:
            return "is_above";
        case Reason::is_client:
            return "is_client";
        case Reason::is_originator:
            return "is_originator";
        case Reason::is_member:
            return "is_member";
        case Reason::is_cleared:
            return "is_cleared";
        case Reason::is_community:
            return "is_community";
        case Reason::not_public:
            return "not_public";
        case Reason::not_concerned:
            return "not_concerned";
        case Reason::not_named:
            return "not_named";
        case Reason::strict:
            return "strict";
        case Reason::above_clearance:
            return "above_clearance";
        case Reason::pap_holds:
            return "pap_holds";
        case Reason::no_right_to_read:
            return "no_right_to_read";
        case Reason::embargoed:
            return "embargoed";
        case Reason::originator_holds:
            return "originator_holds";
        case Reason::not_member:
            return "not_member";
        case Reason::withdrawn:
            return "withdrawn";
        case Reason::nothing_left:
            return "nothing_left";
    }
    TOCSIN_ASSERT(false);
    return {};
}

std::string_view words_of(Reason reason) {
    switch (reason) {
        case Reason::is_public:
            return "It is TLP:CLEAR and meant for many.";
        case Reason::is_team:
            return "The recipient belongs to the team.";
        case Reason::is_named:
            return "The originator named this recipient.";
        case Reason::is_concerned:
            return "It is about the recipient's own machines or business.";
        case Reason::is_above:
            return "It is about an organisation below the recipient.";
        case Reason::is_client:
            return "It is meant for an organisation the recipient belongs to, and TLP:AMBER reaches its clients.";
        case Reason::is_originator:
            return "It came from the recipient.";
        case Reason::is_member:
            return "It is shared with a group the recipient belongs to.";
        case Reason::is_cleared:
            return "It is ours and this peer is cleared for its marking.";
        case Reason::is_community:
            return "It is TLP:GREEN and the recipient belongs to the community.";
        case Reason::not_public:
            return "Its marking does not let it be published.";
        case Reason::not_concerned:
            return "It is about somebody else.";
        case Reason::not_named:
            return "It is TLP:RED and the recipient is not named.";
        case Reason::strict:
            return "It is TLP:AMBER+STRICT and stays within the organisation it is about.";
        case Reason::above_clearance:
            return "Its marking is stricter than what this peer may get.";
        case Reason::pap_holds:
            return "Published, it would warn those it is about; its PAP forbids that.";
        case Reason::no_right_to_read:
            return "This key may only push reports.";
        case Reason::embargoed:
            return "It is under embargo: its time has not come.";
        case Reason::originator_holds:
            return "Who it came from keeps it to the recipients that were named.";
        case Reason::not_member:
            return "It is shared with a group the recipient does not belong to.";
        case Reason::withdrawn:
            return "It was withdrawn.";
        case Reason::nothing_left:
            return "The recipient may not have any part of it.";
    }
    TOCSIN_ASSERT(false);
    return {};
}

namespace {

template <class T>
bool holds(std::vector<T> const& list, T wanted) {
    return std::ranges::find(list, wanted) != list.end();
}

Reason decide_for_team(Particulars const& thing, Recipient const& recipient) {
    auto const& who = recipient.principal;
    if (!who.may(access::Role::viewer)) return Reason::no_right_to_read;
    if (who.account && holds(thing.named_accounts, who.account)) return Reason::is_named;
    if (thing.marking.tlp > recipient.clearance) return Reason::not_named;
    return Reason::is_team;
}

Reason decide_for_everyone(Particulars const& thing, World const& world) {
    if (thing.terms.recalled == Recalled::withdrawn) return Reason::withdrawn;
    if (thing.marking.tlp != Tlp::clear) return Reason::not_public;
    if (thing.is_for_the_concerned_only) return Reason::not_concerned;
    if (thing.terms.embargo && world.clock->now() < *thing.terms.embargo) return Reason::embargoed;
    if (thing.terms.originator_control) return Reason::originator_holds;
    if (thing.terms.group) return Reason::not_member;
    if (thing.marking.pap && *thing.marking.pap >= Pap::amber) return Reason::pap_holds;
    return Reason::is_public;
}

Relation relation_of(Particulars const& thing, OrganisationId organisation, IsWithin const& is_within) {
    if (!organisation) return Relation::none;
    Relation best = Relation::none;
    for (auto const concerned : thing.concerns) {
        if (concerned == organisation) return Relation::own;
        if (is_within(concerned, organisation)) {
            best = Relation::above;
        } else if (best == Relation::none && is_within(organisation, concerned)) {
            best = Relation::below;
        }
    }
    return best;
}

/// The terms refuse, or say by themselves that the recipient may have it; none: the marking decides.
std::optional<Reason> by_terms(Particulars const& thing, Recipient const& recipient, World const& world) {
    auto const& terms = thing.terms;
    if (terms.originator && terms.originator == recipient.organisation) return Reason::is_originator;
    if (terms.embargo && world.clock->now() < *terms.embargo) return Reason::embargoed;
    if (terms.originator_control) return Reason::originator_holds;
    if (!terms.group) return {};
    if (!recipient.organisation || !world.is_member(terms.group, recipient.organisation)) return Reason::not_member;
    return thing.marking.tlp == Tlp::red ? Reason::not_named : Reason::is_member;
}

/// What an organisation may have by the marking alone.
Reason by_marking(Particulars const& thing, Relation relation) {
    Tlp const tlp = thing.marking.tlp;
    if (tlp == Tlp::red) return Reason::not_named;
    if (relation == Relation::own) return Reason::is_concerned;
    if (tlp == Tlp::amber_strict) return relation == Relation::none ? Reason::not_concerned : Reason::strict;
    if (relation == Relation::above) return Reason::is_above;
    if (thing.is_for_the_concerned_only) return Reason::not_concerned;
    if (tlp == Tlp::clear) return Reason::is_public;
    if (tlp == Tlp::green) return Reason::is_community;
    return relation == Relation::below ? Reason::is_client : Reason::not_concerned;
}

/// Its own intelligence a team gives to the peers it has cleared for the marking; what came from others it does not
/// pass on that way.
bool is_ours_for_peers(Particulars const& thing) {
    return !thing.is_for_the_concerned_only && !thing.terms.originator && thing.marking.tlp <= Tlp::amber;
}

Reason decide_for_organisation(Particulars const& thing, Recipient const& recipient, World const& world,
                               std::optional<Relation> assumed) {
    if (recipient.organisation && holds(thing.named_organisations, recipient.organisation)) return Reason::is_named;
    if (auto const decided = by_terms(thing, recipient, world)) return *decided;
    auto const relation = assumed ? *assumed : relation_of(thing, recipient.organisation, world.is_within);
    Reason const reason = by_marking(thing, relation);
    bool const is_peer = recipient.kind == Recipient::Kind::peer;
    return reason == Reason::not_concerned && is_peer && is_ours_for_peers(thing) ? Reason::is_cleared : reason;
}

Reason decide_at(Particulars const& thing, Recipient const& recipient, World const& world,
                 std::optional<Relation> assumed) {
    switch (recipient.kind) {
        case Recipient::Kind::team:
            return decide_for_team(thing, recipient);
        case Recipient::Kind::organisation:
        case Recipient::Kind::peer:
            if (thing.terms.recalled == Recalled::withdrawn) return Reason::withdrawn;
            if (thing.marking.tlp > recipient.clearance) return Reason::above_clearance;
            return decide_for_organisation(thing, recipient, world, assumed);
        case Recipient::Kind::open:
            return decide_for_everyone(thing, world);
    }
    TOCSIN_ASSERT(false);
    return Reason::not_public;
}

}  // namespace

Terms stricter(Terms const& a, Terms const& b) {
    Terms both = a;
    both.embargo = std::max(a.embargo, b.embargo);
    both.originator_control |= b.originator_control;
    both.recalled = std::max(a.recalled, b.recalled);
    auto const settle = [&](auto& mine, auto theirs) {
        if (mine && theirs && mine != theirs) both.originator_control = true;
        if (!mine) mine = theirs;
    };
    settle(both.group, b.group);
    settle(both.originator, b.originator);
    return both;
}

Reason decide(Particulars const& thing, Recipient const& recipient, World const& world) {
    return decide_at(thing, recipient, world, {});
}

Reach reach(Particulars const& kind, Recipient const& recipient, World const& world) {
    Reach reach;
    for (auto const relation : {Relation::none, Relation::below, Relation::above, Relation::own})
        if (allows(decide_at(kind, recipient, world, relation))) reach.bits_ |= 1U << static_cast<unsigned>(relation);
    return reach;
}

}  // namespace tocsin::gate
