#include "gate/scope.hpp"

#include "gate/gate.hpp"

#include <algorithm>

namespace tocsin::gate {

bool Whose::holds(OrganisationId organisation) const {
    return std::ranges::binary_search(listed, organisation) != is_all_but;
}

bool Bounds::is_everything() const {
    return std::ranges::all_of(whose_, &Whose::is_everybody);
}

bool Bounds::is_nothing() const {
    return std::ranges::all_of(whose_, &Whose::is_nobody);
}

Tlp Bounds::strictest() const {
    for (auto tlp = whose_.size(); tlp-- > 0;)
        if (!whose_[tlp].is_nobody()) return static_cast<Tlp>(tlp);
    return Tlp::clear;
}

namespace {

/// Everybody who stands to the recipient as `kin` says, by the nearest relation.
Whose whose_within(Reach const& reach, OrganisationId own, Kin const& kin) {
    if (reach.everywhere()) return {.is_all_but = true};
    Whose whose{.is_all_but = reach.at(Relation::none)};
    auto const list = [&](OrganisationId organisation, Relation relation) {
        if (reach.at(relation) != whose.is_all_but) whose.listed.push_back(organisation);
    };
    if (own) list(own, Relation::own);
    for (auto const below : kin.below) list(below, Relation::above);  // the recipient is above what is below it
    for (auto const above : kin.above) list(above, Relation::below);
    std::ranges::sort(whose.listed);
    auto const doubles = std::ranges::unique(whose.listed);
    whose.listed.erase(doubles.begin(), doubles.end());
    return whose;
}

}  // namespace

Bounds Gate::bounds(Particulars kind, Recipient const& recipient) const {
    Kin kin;
    if (recipient.organisation) {
        auto const own = recipient.organisation;
        kin = world_.kin_of(own);
        // is_within has the last word: a list is never wider than the decision about each
        std::erase_if(kin.below, [&](auto one) { return one == own || !world_.is_within(one, own); });
        std::erase_if(kin.above, [&](auto one) { return one == own || !world_.is_within(own, one); });
    }
    Bounds bounds(kind.kind, recipient);
    for (std::size_t tlp = 0; tlp < bounds.whose_.size(); ++tlp) {
        kind.marking.tlp = static_cast<Tlp>(tlp);
        bounds.whose_[tlp] = whose_within(reach(kind, recipient), recipient.organisation, kin);
    }
    return bounds;
}

}  // namespace tocsin::gate
