#include "app/command.hpp"
#include "app/report_words.hpp"

#include <fstream>

namespace tocsin::app {
namespace {

Status record(Invocation const& call, gate::Cleared<reports::Report> const& report) {
    return call.instance->ledger().write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, access::command_principal(), call.instance->clock().now(), report, "file");
    });
}

Status write_file(std::string const& path, std::string_view bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) return fail(Code::io, fmt::format("{} can't be written", path));
    return {};
}

Result<Exit> make(Invocation& call) {
    TRY(auto const request, report_request(call, call.arguments.front()));
    auto const format = reports::format_named(call.json() ? "json" : call.get("--format"));
    if (!format)
        return fail(Code::invalid, fmt::format("--format: expected json, csv, md, html, pdf or docx, found \"{}\"",
                                               call.get("--format")));
    bool const is_text = *format != reports::Format::pdf && *format != reports::Format::docx;
    if (!call.has("--out") && !is_text) return fail(Code::invalid, "--out: needed for pdf and docx");
    auto const language = call.has("--language") ? call.get("--language") : call.instance->config().language;
    TRY(auto const rooms, call.instance->report_rooms());
    TRY(auto const report, reports::make(rooms, request, access::command_principal()));
    TRY(auto const bytes, reports::render(report, language, *format));
    CHECK(record(call, report));
    if (!call.has("--out")) {
        call.streams.out(bytes);
        return Exit::done;
    }
    auto const path = call.path(call.get("--out"));
    CHECK(write_file(path, bytes));
    call.tell("{}: {} bytes, {}", path, bytes.size(), gate::label_of(report.marking().tlp));
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = make(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_report_make() {
    return {.name = "report make",
            .summary = "Make the annual report, or the report on Resolution 58, from the records",
            .about =
                "Every number links to what it counts. The same data and date give the same bytes. What is marked "
                "TLP:RED is in no report;\nbut for the ministry no line counts fewer than five.\n\n"
                "  tocsin report make annual --period 2026 --language fr --format pdf --out annual.pdf\n"
                "  tocsin report make resolution-58 --period 2026 --audience itu --language ar --format docx "
                "--out r58.docx\n"
                "  tocsin report make annual --period 2026-Q2 --format csv",
            .options = {{"--period", "PERIOD", "2026, 2026-03, 2026-Q2 or 2026-01-01/2026-07-01; else last year"},
                        {"--audience", "AUDIENCE", "public, ministry, donor or itu", "ministry"},
                        {"--language", "LANGUAGE", "ar, zh, en, fr, ru or es; else [mail] language"},
                        {"--format", "FORMAT", "json, csv, md, html, pdf or docx", "md"},
                        {"--date", "DATE", "that the report bears; else today"},
                        {"--out", "FILE", "where to; without it text goes to standard output"}},
            .arguments = {{"KIND", "annual or resolution-58"}},
            .run = run};
}

}  // namespace tocsin::app
