#include "gate/decision.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::gate {

Recipient Recipient::team(access::Principal const& principal) {
    Recipient recipient{.kind = Kind::team, .name = principal.name};
    recipient.principal = principal;
    return recipient;
}

Recipient Recipient::constituent(OrganisationId organisation, std::string_view name) {
    return {.kind = Kind::organisation, .name = std::string(name), .organisation = organisation};
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
    if (thing.marking.tlp == Tlp::red && !who.may(access::Role::analyst)) return Reason::not_named;
    return Reason::is_team;
}

Reason decide_for_everyone(Particulars const& thing) {
    if (thing.marking.tlp != Tlp::clear) return Reason::not_public;
    if (thing.is_for_the_concerned_only) return Reason::not_concerned;
    if (thing.marking.pap && *thing.marking.pap >= Pap::amber) return Reason::pap_holds;
    return Reason::is_public;
}

/// How an organisation stands to what a thing is about; the nearest relation counts.
enum class Relation { own, above, below, none };

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

Reason decide_for_organisation(Particulars const& thing, Recipient const& recipient, IsWithin const& is_within) {
    Tlp const tlp = thing.marking.tlp;
    if (recipient.organisation && holds(thing.named_organisations, recipient.organisation)) return Reason::is_named;
    if (tlp == Tlp::red) return Reason::not_named;
    auto const relation = relation_of(thing, recipient.organisation, is_within);
    if (relation == Relation::own) return Reason::is_concerned;
    if (tlp == Tlp::amber_strict) return relation == Relation::none ? Reason::not_concerned : Reason::strict;
    if (relation == Relation::above) return Reason::is_above;
    if (thing.is_for_the_concerned_only) return Reason::not_concerned;
    if (tlp == Tlp::clear) return Reason::is_public;
    if (tlp == Tlp::green) return Reason::is_community;
    return relation == Relation::below ? Reason::is_client : Reason::not_concerned;
}

}  // namespace

Reason decide(Particulars const& thing, Recipient const& recipient, IsWithin const& is_within) {
    switch (recipient.kind) {
        case Recipient::Kind::team:
            return decide_for_team(thing, recipient);
        case Recipient::Kind::organisation:
            return decide_for_organisation(thing, recipient, is_within);
        case Recipient::Kind::peer:
            if (thing.marking.tlp > recipient.clearance) return Reason::above_clearance;
            return decide_for_organisation(thing, recipient, is_within);
        case Recipient::Kind::open:
            return decide_for_everyone(thing);
    }
    TOCSIN_ASSERT(false);
    return Reason::not_public;
}

}  // namespace tocsin::gate
