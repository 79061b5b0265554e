#include "reports/repair.hpp"

#include "api/filters.hpp"
#include "api/render.hpp"
#include "api/report_doors.hpp"
#include "api/router.hpp"

/// What became of findings, how long it took, and who does how well.
namespace tocsin::api {

namespace {

net::HttpResponse table_answer(std::string csv, std::string_view name) {
    net::HttpResponse response;
    response.set("content-type", "text/csv; charset=utf-8");
    response.set("content-disposition", fmt::format("attachment; filename=\"{}.csv\"", name));
    response.body = std::move(csv);
    return response;
}

/// The same words as in the list of findings, and `sector`.
Result<reports::RepairRequest> request_of(Call const& call) {
    reports::RepairRequest request;
    TRY(request.filter, finding_filter(call.target, call.caller));
    request.sectors = comma_list(call.target, "sector");
    return request;
}

Reply repair_show(Call& call) {
    TRY(auto request, request_of(call));
    request.by = reports::dimension_named(call.query("by").value_or("")).value_or(reports::Dimension::nothing);
    request.with_warnings = call.query("worth") == "yes";
    request.most = static_cast<std::size_t>(call.query_number("limit").value_or(50));
    TRY(auto const picture, reports::measure_repair(report_rooms(call.doors()), request, call.caller));
    if (call.query("format") == "csv") return table_answer(reports::as_csv(picture, request.by), "repair");
    JsonWriter json;
    reports::append(json, picture);
    return json_answer(std::move(json));
}

Reply repair_league(Call& call) {
    TRY(auto asked, request_of(call));
    reports::LeagueRequest request{.filter = std::move(asked.filter), .sectors = std::move(asked.sectors)};
    request.least_addresses = call.query_number("least_addresses").value_or(request.least_addresses);
    request.least_findings = call.query_number("least_findings").value_or(request.least_findings);
    request.least_networks = call.query_number("least_networks").value_or(request.least_networks);
    request.by_v6 = call.query("family") == "ipv6";
    request.most = static_cast<std::size_t>(call.query_number("limit").value_or(200));
    TRY(auto const league, reports::make_league(report_rooms(call.doors()), request, call.caller));
    if (call.query("format") == "csv") return table_answer(reports::as_csv(league), "league");
    JsonWriter json;
    reports::append(json, league);
    return json_answer(std::move(json));
}

Reply repair_moved(Call& call) {
    TRY(auto const organisation,
        call.doors().constituency->directory().organisation({call.query_number("organisation").value_or(0)}));
    reports::MovedRequest request{.organisation = organisation.id.value};
    TRY(request.from, time_value(call.target, "from"));
    TRY(request.to, time_value(call.target, "to"));
    TRY(auto const picture, reports::find_moved(report_rooms(call.doors()), request, call.caller));
    JsonWriter json;
    reports::append(json, picture);
    return json_answer(std::move(json));
}

Reply repair_country(Call& call) {
    reports::CountryRequest request{};
    TRY(auto const from, time_value(call.target, "from"));
    TRY(auto const before, time_value(call.target, "before"));
    request.before = Timestamp::from_day((before ? *before : call.now()).day() + (before ? 0 : 1));
    request.from = from ? Timestamp::from_day(from->day()) : request.before - std::chrono::hours(24 * 30);
    request.by_network = call.query("by") == "asn";
    request.most = static_cast<std::size_t>(call.query_number("limit").value_or(50));
    TRY(auto const picture, reports::picture_country(report_rooms(call.doors()), request, call.caller));
    JsonWriter json;
    reports::append(json, picture);
    return json_answer(std::move(json));
}

}  // namespace

void routes_repair(Router& router) {
    router.answer("repair_show", repair_show);
    router.answer("repair_league", repair_league);
    router.answer("repair_moved", repair_moved);
    router.answer("repair_country", repair_country);
}

}  // namespace tocsin::api
