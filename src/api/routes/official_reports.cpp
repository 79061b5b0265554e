#include "api/public_documents.hpp"
#include "api/render.hpp"
#include "api/router.hpp"
#include "reports/reports.hpp"

/// The annual report and the report on Resolution 58, and what people write for them.
namespace tocsin::api {

namespace {

/// Without one asked for, the last whole year.
Result<reports::Period> period_of(Call const& call, std::string_view asked) {
    if (!asked.empty()) return reports::parse_period(asked);
    auto const year = parse_int(format_date(call.now()).substr(0, 4)).value_or(1971);
    return reports::parse_period(std::to_string(year - 1));
}

Result<gate::Cleared<reports::Report>> make(Call const& call) {
    auto const& doors = call.doors();
    reports::Rooms const rooms{.ledger = *doors.ledger,
                               .gate = *doors.gate,
                               .constituency = *doors.constituency,
                               .events = *doors.events,
                               .notifications = *doors.notifications,
                               .intelligence = *doors.intelligence,
                               .peers = *doors.peers,
                               .readiness = *doors.readiness};
    auto const kind = reports::kind_named(call.path("kind"));
    if (!kind) return fail(Code::not_found, fmt::format("there is no report \"{}\"", call.path("kind")));
    reports::Request request{
        .kind = *kind,
        .audience = reports::audience_named(call.query("audience").value_or("")).value_or(reports::Audience::ministry),
        .made = call.now(),
        .team = call.house.options.team,
        .address = call.house.options.team_email,
        .base = call.house.options.public_url};
    TRY(request.period, period_of(call, call.query("period").value_or("")));
    if (auto const date = call.query("date")) {
        TRY(request.made, parse_date(*date));
    }
    return reports::make(rooms, request, call.caller);
}

Reply official_reports_make(Call& call) {
    auto const format = reports::format_named(call.query("format").value_or("json")).value_or(reports::Format::json);
    TRY(auto const report, make(call));
    TRY(auto bytes, reports::render(report, call.query("language").value_or("en"), format));
    CHECK(call.doors().ledger->write(
        [&](store::Transaction& tx) { return gate::Gate::record(tx, call.caller, call.now(), report, "export"); }));
    net::HttpResponse response;
    response.set("content-type", std::string(reports::media_type_of(format)));
    if (format == reports::Format::html)
        response.set("content-security-policy", document_policy());
    else if (format != reports::Format::json)
        response.set("content-disposition",
                     fmt::format("attachment; filename=\"{}-{}.{}\"", reports::name_of(report->kind),
                                 replaced(reports::format_period(report->period), "/", "-"), reports::name_of(format)));
    response.body = std::move(bytes);
    return response;
}

Reply statements_of(Call const& call, reports::Period const& period) {
    TRY(auto const all,
        call.doors().ledger->read([&](store::Transaction& tx) { return reports::statements(tx, period); }));
    JsonWriter json;
    json.object().field("period", reports::format_period(period)).key("items").array();
    for (auto const& one : all) append(json, one);
    json.end().key("sections").array();
    for (auto const section : reports::sections_to_write()) json.value(section);
    json.end().end();
    return json_answer(std::move(json));
}

Reply official_reports_statements(Call& call) {
    TRY(auto const period, period_of(call, call.query("period").value_or("")));
    return statements_of(call, period);
}

Reply official_reports_write(Call& call) {
    TRY(auto const period, period_of(call, call.text_or("period", "")));
    CHECK(reports::write(*call.doors().ledger, *call.doors().clock, period,
                         {.section = call.text_or("section", ""),
                          .language = call.text_or("language", ""),
                          .text = call.text_or("text", "")},
                         call.caller));
    call.changed("readiness", "", "changed");
    return statements_of(call, period);
}

}  // namespace

void routes_official_reports(Router& router) {
    router.answer("official_reports_make", official_reports_make);
    router.answer("official_reports_statements", official_reports_statements);
    router.answer("official_reports_write", official_reports_write);
}

}  // namespace tocsin::api
