#pragma once
#include "gate/gate.hpp"

#include <fmt/format.h>
#include <map>
#include <vector>

/// For the room's tests: four organisations, two sharing groups, and things to decide about.
namespace tocsin::gate {

inline constexpr OrganisationId ministry{1}, bank{2}, branch{3}, shop{4};

/// The ministry is above the bank, the bank above its branch; the shop stands alone.
inline bool is_within(OrganisationId below, OrganisationId above) {
    std::map<OrganisationId, OrganisationId> const parent{{branch, bank}, {bank, ministry}};
    for (OrganisationId at = below; at;) {
        if (at == above) return true;
        auto const next = parent.find(at);
        at = next == parent.end() ? OrganisationId() : next->second;
    }
    return false;
}

inline constexpr SharingGroupId banks{1}, everybody{2};
inline bool is_member(SharingGroupId group, OrganisationId organisation) {
    return group == everybody || (group == banks && (organisation == bank || organisation == branch));
}
inline FixedClock const noon(*parse_timestamp("2026-11-26T12:00:00Z"));
inline World const world{.is_within = is_within, .is_member = is_member, .clock = &noon};

inline Particulars finding(Tlp tlp, std::vector<OrganisationId> concerns) {
    return {.kind = "finding", .id = "7", .marking = {tlp}, .concerns = std::move(concerns)};
}
inline Particulars advisory(Tlp tlp, std::vector<OrganisationId> concerns = {}) {
    return {.kind = "advisory",
            .id = "7",
            .marking = {tlp},
            .concerns = std::move(concerns),
            .is_for_the_concerned_only = false};
}
inline access::Principal member(access::Role role, std::int64_t account = 5) {
    access::Principal principal;
    principal.who = fmt::format("account:{}", account);
    principal.role = role;
    principal.via = access::Via::session;
    principal.account = {account};
    return principal;
}

/// The simplest thing to clear.
struct Note {
    Particulars about;
};
template <>
struct About<Note> {
    static Particulars of(Note const& note) { return note.about; }
};

/// Things that are read many at once: for the concerned only, and meant for many.
struct Sighting {};
struct Advice {};
template <>
struct About<Sighting> {
    static Particulars kind() { return {.kind = "sighting"}; }
    static Particulars of(Sighting const&) { return kind(); }
};
template <>
struct About<Advice> {
    static Particulars kind() { return {.kind = "advice", .is_for_the_concerned_only = false}; }
    static Particulars of(Advice const&) { return kind(); }
};

/// Things and recipients by chance.
struct Dice {
    Random random;
    Particulars thing() {
        Particulars made{.kind = "thing",
                         .id = "1",
                         .marking = {static_cast<Tlp>(random.below(5))},
                         .concerns = {},
                         .is_for_the_concerned_only = random.chance(0.5)};
        if (random.chance(0.2)) made.terms.group = {static_cast<std::int64_t>(random.below(2)) + 1};
        if (random.chance(0.2)) made.terms.originator = {static_cast<std::int64_t>(random.below(4)) + 1};
        if (random.chance(0.1)) made.terms.originator_control = true;
        if (random.chance(0.2)) made.terms.recalled = static_cast<Recalled>(random.below(3));
        if (random.chance(0.2)) made.terms.embargo = noon.now() + std::chrono::hours(random.chance(0.5) ? 1 : -1);
        if (random.chance(0.5)) made.marking.pap = static_cast<Pap>(random.below(4));
        for (std::int64_t id = 1; id <= 4; ++id) {
            if (random.chance(0.3)) made.concerns.push_back({id});
            if (random.chance(0.1)) made.named_organisations.push_back({id});
            if (random.chance(0.2)) made.named_accounts.push_back({id});
        }
        return made;
    }
    Recipient recipient() {
        OrganisationId const organisation{static_cast<std::int64_t>(random.below(5))};
        switch (random.below(4)) {
            case 0: {
                auto who =
                    member(static_cast<access::Role>(random.below(4)), static_cast<std::int64_t>(random.below(5)));
                if (random.chance(0.2)) who.feeds = {"a/b"};
                return Recipient::team(who);
            }
            case 1:
                return Recipient::constituent(organisation, "organisation");
            case 2:
                return Recipient::peer(organisation, "peer", static_cast<Tlp>(random.below(5)));
            default:
                return Recipient::everyone();
        }
    }
};

}  // namespace tocsin::gate
