#include "reports/repair/measuring.hpp"
#include "reports/reports.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace tocsin::reports {
namespace {

constexpr std::size_t most_rows = 1000;

constexpr double v6_unit = 65'536;  // /64 in a /48

/// A count per thousand, with Byar's approximation of the exact Poisson bounds (Breslow and Day, "Statistical Methods
/// in Cancer Research" II, page 69).
Interval per_thousand(std::int64_t count, double held) {
    constexpr double z = 1.959963984540054;
    auto const n = static_cast<double>(count), of = held / 1000;
    auto const low = count == 0 ? 0 : n * std::pow(1 - 1 / (9 * n) - z / (3 * std::sqrt(n)), 3);
    auto const more = n + 1;
    auto const high = more * std::pow(1 - 1 / (9 * more) + z / (3 * std::sqrt(more)), 3);
    return {n / of, std::max(0.0, low) / of, high / of};
}

/// Findings that stand, by the family of their address.
struct Families {
    std::int64_t v4 = 0, v6 = 0;
};

LeagueFamily family_of(std::int64_t standing, double held, double least) {
    LeagueFamily family{.standing = standing, .is_small = held < least};
    // Of a handful of addresses a thousand is a number that says nothing: one finding on a /56 would be 256,000.
    if (held > 0 && !family.is_small) family.open = per_thousand(standing, held);
    return family;
}

LeagueRow row_of(Tally const& tally, std::int64_t organisation, LeagueRequest const& request) {
    auto const standing = [&](Standing one) { return tally.counts[static_cast<std::size_t>(one)]; };
    LeagueRow row{.organisation = organisation,
                  .findings = tally.findings - standing(Standing::ruled_out),
                  .standing = standing(Standing::open) + standing(Standing::silent) + standing(Standing::back),
                  .v4 = {},
                  .v6 = {},
                  .within_30 = {},
                  .median = {}};
    if (row.findings < request.least_findings) return row;
    auto const curve = curve_of(tally.all);
    row.within_30 = curve.gone_within(30);
    row.median = curve.median();
    return row;
}

bool is_ranked(LeagueFamily const& family) {
    return family.open.has_value();
}

void rank(std::vector<LeagueRow>& rows, LeagueFamily LeagueRow::* family) {
    std::ranges::sort(rows, [&](LeagueRow const& a, LeagueRow const& b) {
        auto const place = [&](LeagueRow const& row) {
            return is_ranked(row.*family) ? (row.*family).open->value : 1e18;
        };
        return std::tuple(place(a), -(a.*family).standing, a.organisation) <
               std::tuple(place(b), -(b.*family).standing, b.organisation);
    });
    int place = 0, last = 0;
    double value = -1;
    for (auto& row : rows) {
        auto& one = row.*family;
        if (!is_ranked(one)) break;
        ++place;
        if (one.open->value > value) last = place;
        value = one.open->value;
        one.rank = last;
    }
}

/// What each holds of networks that are all of one family, a smaller one inside a larger one for its own holder only.
std::unordered_map<std::int64_t, std::int64_t> held_of(std::vector<std::pair<IpPrefix, std::int64_t>> networks,
                                                       int unit_length) {
    std::ranges::sort(networks);
    struct Around {
        IpPrefix network;
        std::vector<std::int64_t> holders;
    };
    std::vector<Around> around;
    std::unordered_map<std::int64_t, std::int64_t> held;
    for (auto const& [network, holder] : networks) {
        while (!around.empty() && !around.back().network.contains(network.address)) around.pop_back();
        auto const size = std::int64_t{1} << (unit_length - network.length);
        if (!around.empty() && around.back().network == network) {  // claimed by two
            auto& holders = around.back().holders;
            if (std::ranges::find(holders, holder) != holders.end()) continue;
            holders.push_back(holder);
            held[holder] += size;
            continue;
        }
        if (!around.empty())
            for (auto const outer : around.back().holders) held[outer] -= size;
        held[holder] += size;
        around.push_back({network, {holder}});
    }
    return held;
}

Result<std::vector<std::pair<IpPrefix, std::int64_t>>> networks_of(constituency::Directory& directory) {
    std::vector<std::pair<IpPrefix, std::int64_t>> networks;
    constituency::ResourceQuery query{.kind = constituency::ResourceKind::prefix, .limit = 1000};
    do {
        TRY(auto const page, directory.resources(query));
        for (auto const& one : page.items)
            if (auto const network = parse_prefix(one.value)) networks.emplace_back(*network, one.organisation.value);
        query.after = page.next;
    } while (!query.after.empty());
    return networks;
}

std::int64_t value_in(std::unordered_map<std::int64_t, std::int64_t> const& held, std::int64_t organisation) {
    auto const found = held.find(organisation);
    return found == held.end() ? 0 : found->second;
}

}  // namespace

std::unordered_map<std::int64_t, std::int64_t> addresses_held(std::vector<std::pair<IpPrefix, std::int64_t>> networks) {
    std::erase_if(networks, [](auto const& one) { return !one.first.address.is_v4() || one.first.length < 96; });
    return held_of(std::move(networks), 128);
}

std::unordered_map<std::int64_t, std::int64_t> networks_held_v6(
    std::vector<std::pair<IpPrefix, std::int64_t>> networks) {
    std::erase_if(networks, [](auto const& one) {
        return one.first.address.is_v4() || one.first.length < 8 || one.first.length > 64;
    });
    return held_of(std::move(networks), 64);
}

Result<League> make_league(Rooms const& rooms, LeagueRequest const& request, access::Principal const& by) {
    auto& directory = rooms.constituency.directory();
    TRY(auto const owners, owners_of(directory));
    TRY(auto const networks, networks_of(directory));
    auto const held = addresses_held(networks);
    auto const held_v6 = networks_held_v6(networks);
    RepairRequest const counting{.filter = {}, .sectors = request.sectors, .by = Dimension::organisation};
    FirstTold const nobody;
    Measuring measuring(counting, owners, nobody);
    std::unordered_map<std::int64_t, Families> families;
    auto const scope = rooms.gate.scope<events::StoredEvent>(gate::Recipient::team(by));
    CHECK(rooms.events.scan(scope, request.filter, [&](events::Finding const& finding) {
        if (finding.organisation == 0) return true;
        measuring.count(finding);
        auto const standing = course_of(finding, std::nullopt).standing;
        bool const stands = standing == Standing::open || standing == Standing::silent || standing == Standing::back;
        if (stands && finding.address) {
            auto& one = families[finding.organisation];
            ++(finding.address->is_v4() ? one.v4 : one.v6);
        }
        return true;
    }));
    League league;
    Tally const nothing;
    for (auto const& [organisation, owner] : owners) {
        if (owner.is_removed) continue;  // holds nothing any more
        auto const found = measuring.numbered().find(organisation);
        bool const has_findings = found != measuring.numbered().end();
        auto const addresses = value_in(held, organisation);
        auto const networks_v6 = static_cast<double>(value_in(held_v6, organisation)) / v6_unit;
        bool const is_asked =
            request.sectors.empty() || std::ranges::find(request.sectors, owner.sector) != request.sectors.end();
        bool const is_large =
            addresses >= request.least_addresses || networks_v6 >= static_cast<double>(request.least_networks);
        if (!is_asked || (!has_findings && !is_large)) continue;
        auto& row = league.rows.emplace_back(row_of(has_findings ? found->second : nothing, organisation, request));
        auto const standing = families[organisation];
        row.name = owner.name;
        row.sector = owner.sector;
        row.addresses = addresses;
        row.networks_v6 = networks_v6;
        row.v4 = family_of(standing.v4, static_cast<double>(addresses), static_cast<double>(request.least_addresses));
        row.v6 = family_of(standing.v6, networks_v6, static_cast<double>(request.least_networks));
    }
    rank(league.rows, request.by_v6 ? &LeagueRow::v4 : &LeagueRow::v6);
    rank(league.rows, request.by_v6 ? &LeagueRow::v6 : &LeagueRow::v4);
    auto const most = std::clamp<std::size_t>(request.most, 1, most_rows);
    if (league.rows.size() > most) league.more_rows = static_cast<std::int64_t>(league.rows.size() - most);
    league.rows.resize(std::min(league.rows.size(), most));
    return league;
}

}  // namespace tocsin::reports
