#include "reports/reports.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::reports {
namespace {

constexpr std::size_t longest_text = 20'000;

Status check(Statement const& draft) {
    auto const sections = sections_to_write();
    if (std::ranges::find(sections, draft.section) == sections.end())
        return fail(Code::invalid,
                    fmt::format("section: expected one of {}, found \"{}\"", fmt::join(sections, ", "), draft.section));
    if (std::ranges::find(readiness::languages, draft.language) == readiness::languages.end())
        return fail(Code::invalid, fmt::format("language: expected one of {}, found \"{}\"",
                                               fmt::join(readiness::languages, ", "), draft.language));
    if (draft.text.size() > longest_text)
        return fail(Code::limit, fmt::format("text: at most {} bytes, found {}", longest_text, draft.text.size()));
    return {};
}

}  // namespace

Status write(store::Ledger& ledger, Clock const& clock, Period const& period, Statement const& draft,
             access::Principal const& by) {
    CHECK(access::require(by, access::Role::analyst));
    CHECK(check(draft));
    auto const name = format_period(period);
    return ledger.write([&](store::Transaction& tx) -> Status {
        if (draft.text.empty())
            CHECK(tx.run("DELETE FROM report_statement WHERE period = ? AND section = ? AND language = ?",
                         {name, draft.section, draft.language}));
        else
            CHECK(
                tx.run("INSERT INTO report_statement (period, section, language, text, changed, changed_by) VALUES "
                       "(?, ?, ?, ?, ?, ?) ON CONFLICT (period, section, language) DO UPDATE SET text = "
                       "excluded.text, changed = excluded.changed, changed_by = excluded.changed_by",
                       {name, draft.section, draft.language, draft.text, clock.now(), by.who}));
        JsonWriter json;
        json.object()
            .field("section", draft.section)
            .field("language", draft.language)
            .field("bytes", std::uint64_t{draft.text.size()})
            .end();
        CHECK(access::audit(tx, by, clock.now(),
                            {.what = "report.write", .kind = "report", .id = name, .details = json.text()}));
        return {};
    });
}

Result<std::vector<Statement>> statements(store::Transaction& tx, Period const& period) {
    std::vector<Statement> list;
    CHECK(
        tx.query("SELECT section, language, text, changed, changed_by FROM report_statement WHERE period = ? ORDER BY "
                 "section, language",
                 {format_period(period)}, [&](store::Row const& row) {
                     list.push_back({.section = row.string(0),
                                     .language = row.string(1),
                                     .text = row.string(2),
                                     .changed = row.time(3),
                                     .changed_by = row.string(4)});
                 }));
    auto const sections = sections_to_write();
    std::vector<Statement> ordered;
    for (auto const section : sections)
        for (auto& one : list)
            if (one.section == section) ordered.push_back(std::move(one));
    return ordered;
}

}  // namespace tocsin::reports
