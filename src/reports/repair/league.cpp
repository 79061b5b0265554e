#include "reports/repair/measuring.hpp"
#include "reports/reports.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace tocsin::reports {
namespace {

constexpr std::size_t most_rows = 1000;

/// A count per thousand, with Byar's approximation of the exact Poisson bounds (Breslow and Day, "Statistical Methods
/// in Cancer Research" II, page 69).
Interval per_thousand(std::int64_t count, std::int64_t addresses) {
    constexpr double z = 1.959963984540054;
    auto const n = static_cast<double>(count), of = static_cast<double>(addresses) / 1000;
    auto const low = count == 0 ? 0 : n * std::pow(1 - 1 / (9 * n) - z / (3 * std::sqrt(n)), 3);
    auto const more = n + 1;
    auto const high = more * std::pow(1 - 1 / (9 * more) + z / (3 * std::sqrt(more)), 3);
    return {n / of, std::max(0.0, low) / of, high / of};
}

LeagueRow row_of(Tally const& tally, std::int64_t organisation, std::int64_t addresses, LeagueRequest const& request) {
    auto const standing = [&](Standing one) { return tally.counts[static_cast<std::size_t>(one)]; };
    LeagueRow row{.rank = {},
                  .organisation = organisation,
                  .addresses = addresses,
                  .findings = tally.findings - standing(Standing::ruled_out),
                  .standing = standing(Standing::open) + standing(Standing::silent) + standing(Standing::back),
                  .open = {},
                  .within_30 = {},
                  .median = {},
                  .is_small = addresses < request.least_addresses};
    if (addresses > 0) row.open = per_thousand(row.standing, addresses);
    if (row.findings < request.least_findings) return row;
    auto const curve = curve_of(tally.all);
    row.within_30 = curve.gone_within(30);
    row.median = curve.median();
    return row;
}

void rank(std::vector<LeagueRow>& rows) {
    std::ranges::sort(rows, [](LeagueRow const& a, LeagueRow const& b) {
        auto const place = [](LeagueRow const& row) { return row.is_small || !row.open ? 1e18 : row.open->value; };
        return std::tuple(place(a), -a.standing, a.organisation) < std::tuple(place(b), -b.standing, b.organisation);
    });
    int place = 0, last = 0;
    double value = -1;
    for (auto& row : rows) {
        if (row.is_small || !row.open) break;
        ++place;
        if (row.open->value > value) last = place;
        value = row.open->value;
        row.rank = last;
    }
}

}  // namespace

std::unordered_map<std::int64_t, std::int64_t> addresses_held(std::vector<std::pair<IpPrefix, std::int64_t>> networks) {
    std::erase_if(networks, [](auto const& one) { return !one.first.address.is_v4() || one.first.length < 96; });
    std::ranges::sort(networks);
    struct Around {
        IpPrefix network;
        std::vector<std::int64_t> holders;
    };
    std::vector<Around> around;
    std::unordered_map<std::int64_t, std::int64_t> held;
    for (auto const& [network, holder] : networks) {
        while (!around.empty() && !around.back().network.contains(network.address)) around.pop_back();
        auto const size = std::int64_t{1} << (128 - network.length);
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

Result<std::unordered_map<std::int64_t, std::int64_t>> addresses_held(constituency::Directory& directory) {
    std::vector<std::pair<IpPrefix, std::int64_t>> networks;
    constituency::ResourceQuery query{.kind = constituency::ResourceKind::prefix, .limit = 1000};
    do {
        TRY(auto const page, directory.resources(query));
        for (auto const& one : page.items)
            if (auto const network = parse_prefix(one.value)) networks.emplace_back(*network, one.organisation.value);
        query.after = page.next;
    } while (!query.after.empty());
    return addresses_held(std::move(networks));
}

Result<League> make_league(Rooms const& rooms, LeagueRequest const& request, access::Principal const& by) {
    auto& directory = rooms.constituency.directory();
    TRY(auto const owners, owners_of(directory));
    TRY(auto const held, addresses_held(directory));
    RepairRequest const counting{.filter = {}, .sectors = request.sectors, .by = Dimension::organisation};
    FirstTold const nobody;
    Measuring measuring(counting, owners, nobody);
    auto const scope = rooms.gate.scope<events::StoredEvent>(gate::Recipient::team(by));
    CHECK(rooms.events.scan(scope, request.filter, [&](events::Finding const& finding) {
        if (finding.organisation != 0) measuring.count(finding);
        return true;
    }));
    League league;
    Tally const nothing;
    for (auto const& [organisation, owner] : owners) {
        auto const found = measuring.numbered().find(organisation);
        auto const size = held.find(organisation);
        auto const addresses = size == held.end() ? 0 : size->second;
        bool const is_asked =
            request.sectors.empty() || std::ranges::find(request.sectors, owner.sector) != request.sectors.end();
        if (!is_asked || (found == measuring.numbered().end() && addresses < request.least_addresses)) continue;
        auto& row = league.rows.emplace_back(
            row_of(found == measuring.numbered().end() ? nothing : found->second, organisation, addresses, request));
        row.name = owner.name;
        row.sector = owner.sector;
    }
    rank(league.rows);
    auto const most = std::clamp<std::size_t>(request.most, 1, most_rows);
    if (league.rows.size() > most) league.more_rows = static_cast<std::int64_t>(league.rows.size() - most);
    league.rows.resize(std::min(league.rows.size(), most));
    return league;
}

}  // namespace tocsin::reports
