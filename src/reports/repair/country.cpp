#include "reports/repair.hpp"
#include "reports/reports.hpp"

#include <algorithm>
#include <map>

namespace tocsin::reports {
namespace {

constexpr std::int32_t most_days_shown = 92;
constexpr std::size_t most_groups = 10'000;

struct Counting {
    Rooms const& rooms;
    events::Scope const& scope;
    std::string by;

    Result<events::Aggregate> ask(Period const& period, std::vector<std::string> more, std::string bucket,
                                  bool with_addresses) const {
        events::EventFilter filter;
        filter.from = period.from;
        filter.to = period.before;
        filter.lane = events::Lane::own;
        events::AggregateRequest request;
        request.by = {by};
        request.by.insert(request.by.end(), more.begin(), more.end());
        request.bucket = std::move(bucket);
        request.limit = most_groups;
        request.with_addresses = with_addresses;
        return rooms.events.aggregate(scope, filter, request);
    }
};

}  // namespace

Result<CountryPicture> picture_country(Rooms const& rooms, CountryRequest const& request, access::Principal const& by) {
    if (request.from >= request.before) return fail(Code::invalid, "from: expected a day before the last one");
    auto const scope = rooms.gate.scope<events::StoredEvent>(gate::Recipient::team(by));
    Counting const counting{rooms, scope, request.by_network ? "asn" : "region"};
    Period const now{request.from, request.before};
    Period const then{request.from - (request.before - request.from), request.from};
    CountryPicture picture{.from = now.from, .before = now.before, .before_from = then.from, .days = {}, .rows = {}};
    std::map<std::string, CountryRow> rows;
    TRY(auto const totals, counting.ask(now, {}, "", true));
    for (auto const& group : totals.groups) {
        auto& row = rows[group.key.front()];
        row.events = group.count;
        row.addresses = group.addresses;
    }
    TRY(auto const earlier, counting.ask(then, {}, "", true));
    for (auto const& group : earlier.groups) {
        auto& row = rows[group.key.front()];
        row.events_before = group.count;
        row.addresses_before = group.addresses;
    }
    TRY(auto const owners, counting.ask(now, {"organisation"}, "", false));
    for (auto const& group : owners.groups) rows[group.key[0]].organisations += !group.key[1].empty();
    for (auto& [key, row] : rows) {
        row.key = key;
        picture.rows.push_back(std::move(row));
    }
    std::ranges::sort(picture.rows, [](CountryRow const& a, CountryRow const& b) {
        return std::pair(-a.events, std::string_view(a.key)) < std::pair(-b.events, std::string_view(b.key));
    });
    auto const most = std::clamp<std::size_t>(request.most, 1, 1000);
    if (picture.rows.size() > most) picture.more_rows = static_cast<std::int64_t>(picture.rows.size() - most);
    picture.rows.resize(std::min(picture.rows.size(), most));

    bool const is_long = now.before.day() - now.from.day() > most_days_shown;
    TRY(auto const trend, counting.ask(now, {}, is_long ? "month" : "day", false));
    std::map<std::string, std::size_t> places;
    for (auto const& group : trend.groups) places.emplace(group.key[0].substr(0, is_long ? 7 : 10), 0);
    for (auto& [day, place] : places) {
        place = picture.days.size();
        picture.days.push_back(day);
    }
    std::map<std::string_view, CountryRow*> shown;
    for (auto& row : picture.rows) {
        row.trend.assign(picture.days.size(), 0);
        shown.emplace(row.key, &row);
    }
    for (auto const& group : trend.groups)
        if (auto const row = shown.find(group.key[1]); row != shown.end())
            row->second->trend[places[group.key[0].substr(0, is_long ? 7 : 10)]] += group.count;
    return picture;
}

}  // namespace tocsin::reports
