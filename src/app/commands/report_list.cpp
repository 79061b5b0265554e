#include "app/command.hpp"
#include "app/report_words.hpp"

namespace tocsin::app {
namespace {

Result<Exit> list(Invocation& call) {
    TRY(auto const period, report_period(call));
    TRY(auto const written,
        call.instance->ledger().read([&](store::Transaction& tx) { return reports::statements(tx, period); }));
    if (call.json()) {
        JsonWriter json;
        json.object().field("period", reports::format_period(period)).key("items").array();
        for (auto const& one : written) append(json, one);
        json.end().end();
        call.print("{}", json.text());
        return Exit::done;
    }
    call.print("Kinds: annual, resolution-58. Written for {}:", reports::format_period(period));
    for (auto const section : reports::sections_to_write()) {
        std::string languages;
        for (auto const& one : written)
            if (one.section == section) languages += " " + one.language;
        call.print("  {:<16}{}", section, languages.empty() ? " -" : languages);
    }
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = list(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_report_list() {
    return {.name = "report list",
            .summary = "List the kinds of reports, and what was written for a period",
            .options = {{"--period", "PERIOD", "as of report make; else last year"}},
            .run = run};
}

}  // namespace tocsin::app
