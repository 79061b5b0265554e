#include "reports/facts.hpp"

#include "reports/composing.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tocsin::reports {
namespace {

std::unexpected<Error> not_a_period(std::string_view text) {
    return fail(Code::invalid,
                fmt::format("period: expected 2026, 2026-03, 2026-Q2 or 2026-01-01/2026-07-01, found \"{}\"", text));
}

/// The start of a month; 13 is January of the next year.
Result<Timestamp> month_start(std::int64_t year, std::int64_t month) {
    return parse_date(fmt::format("{:04}-{:02}-01", year + (month - 1) / 12, (month - 1) % 12 + 1));
}

std::string cell(std::string_view text) {
    std::string safe(text);
    if (!safe.empty() && std::string_view("=+-@\t\r").find(safe.front()) != std::string_view::npos) safe.insert(0, "'");
    if (safe.find_first_of(",\"\n\r") == std::string::npos) return safe;
    std::string quoted = "\"";
    for (char const c : safe) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + "\"";
}

std::string plain_number(std::optional<double> value) {
    if (!value) return "";
    return *value == std::round(*value) ? fmt::format("{:.0f}", *value) : fmt::format("{:.2f}", *value);
}

void number(JsonWriter& json, std::optional<double> value) {
    if (!value)
        json.null();
    else if (*value == std::round(*value))
        json.value(static_cast<std::int64_t>(*value));
    else
        json.raw(plain_number(value));
}

Unit unit_of(Table const& table, std::size_t column) {
    return table.units.empty() ? Unit::count : table.units[column];
}

void append(JsonWriter& json, Table const& table) {
    json.object().field("id", table.id).key("columns").array();
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        json.object().field("id", table.columns[i]).field("unit", name_of(unit_of(table, i))).end();
    json.end().key("lines").array();
    for (auto const& line : table.lines) {
        json.object().field("key", line.key).key("values").array();
        for (auto const& value : line.values) number(json, value);
        json.end();
        if (!line.links.empty()) {
            json.key("links").array();
            for (std::size_t i = 0; i < line.values.size(); ++i) json.value(line.link(i));
            json.end();
        }
        json.end();
    }
    json.end().end();
}

}  // namespace

std::string_view name_of(Kind kind) {
    return kind == Kind::annual ? "annual" : "resolution-58";
}
std::optional<Kind> kind_named(std::string_view name) {
    for (auto const kind : {Kind::annual, Kind::resolution_58})
        if (name == name_of(kind)) return kind;
    return std::nullopt;
}

std::string_view name_of(Audience audience) {
    constexpr std::string_view names[] = {"public", "ministry", "donor", "itu"};
    return names[static_cast<std::size_t>(audience)];
}
std::optional<Audience> audience_named(std::string_view name) {
    for (auto const audience : {Audience::everybody, Audience::ministry, Audience::donor, Audience::itu})
        if (name == name_of(audience)) return audience;
    return std::nullopt;
}
gate::Marking marking_for(Audience audience) {
    switch (audience) {
        case Audience::everybody:
            return {gate::Tlp::clear};
        case Audience::donor:
        case Audience::itu:
            return {gate::Tlp::green};
        case Audience::ministry:
            break;
    }
    return {gate::Tlp::amber};
}

std::string_view name_of(Unit unit) {
    constexpr std::string_view names[] = {"count", "percent", "hours", "days", "level"};
    return names[static_cast<std::size_t>(unit)];
}

Result<Period> parse_period(std::string_view text) {
    auto const wrong = [&] { return not_a_period(text); };
    if (auto const slash = text.find('/'); slash != std::string_view::npos) {
        auto const from = parse_date(text.substr(0, slash)), before = parse_date(text.substr(slash + 1));
        if (!from || !before || *from >= *before) return wrong();
        return Period{*from, *before};
    }
    auto const year = text.size() >= 4 ? parse_int(text.substr(0, 4)) : std::nullopt;
    if (!year || *year < 1970 || *year > 9000) return wrong();
    std::int64_t first = 1, months = 12;
    if (auto const rest = text.substr(4); rest.size() == 3 && rest[0] == '-') {
        auto const is_quarter = rest[1] == 'Q';
        auto const number = parse_int(rest.substr(is_quarter ? 2 : 1));
        if (!number || *number < 1 || *number > (is_quarter ? 4 : 12)) return wrong();
        first = is_quarter ? *number * 3 - 2 : *number;
        months = is_quarter ? 3 : 1;
    } else if (!rest.empty()) {
        return wrong();
    }
    TRY(auto const from, month_start(*year, first));
    TRY(auto const before, month_start(*year, first + months));
    return Period{from, before};
}

std::string format_period(Period const& period) {
    return format_date(period.from) + "/" + format_date(period.before);
}

Figure const* Report::figure(std::string_view id) const {
    auto const found = std::ranges::find(figures, id, &Figure::id);
    return found == figures.end() ? nullptr : &*found;
}
Table const* Report::table(std::string_view id) const {
    auto const found = std::ranges::find(tables, id, &Table::id);
    return found == tables.end() ? nullptr : &*found;
}

void append(JsonWriter& json, Statement const& statement) {
    json.object()
        .field("section", statement.section)
        .field("language", statement.language)
        .field("text", statement.text)
        .end();
}

void append_numbers(JsonWriter& json, Report const& report) {
    json.key("figures").array();
    for (auto const& figure : report.figures) {
        json.object().field("id", figure.id).key("value");
        number(json, figure.value);
        json.field("unit", name_of(figure.unit)).field_unless_empty("link", figure.link).end();
    }
    json.end().key("tables").array();
    for (auto const& table : report.tables) append(json, table);
    json.end();
}

std::string as_json(gate::Cleared<Report> const& report) {
    JsonWriter json;
    json.object()
        .field("schema", "tocsin/report-1")
        .field("kind", name_of(report->kind))
        .field("audience", name_of(report->audience))
        .field("tlp", gate::label_of(report.marking().tlp))
        .field("from", format_date(report->period.from))
        .field("before", format_date(report->period.before))
        .field("made", format_date(report->made))
        .field("team", report->team);
    append_numbers(json, *report);
    json.key("statements").array();
    for (auto const& one : report->statements) append(json, one);
    json.end().end();
    return std::move(json).text();
}

std::string as_csv(gate::Cleared<Report> const& report) {
    std::string out = "table,line,column,value,unit,link\r\n";
    auto const row = [&](std::string_view table, std::string_view line, std::string_view column,
                         std::optional<double> value, Unit unit, std::string_view link) {
        out += fmt::format("{},{},{},{},{},{}\r\n", cell(table), cell(line), cell(column), plain_number(value),
                           name_of(unit), cell(link));
    };
    for (auto const& figure : report->figures) row("", figure.id, "", figure.value, figure.unit, figure.link);
    for (auto const& table : report->tables)
        for (auto const& line : table.lines)
            for (std::size_t i = 0; i < line.values.size(); ++i)
                row(table.id, line.key, table.columns[i], line.values[i], unit_of(table, i), line.link(i));
    return out;
}

std::vector<std::string_view> sections_to_write() {
    return {"summary", "established", "strengthened", "exercised", "support_given", "support_needed", "next"};
}

}  // namespace tocsin::reports

namespace tocsin::gate {

Particulars About<reports::Report>::of(reports::Report const& report) {
    return {.kind = "report",
            .id = fmt::format("{} {}", name_of(report.kind), format_period(report.period)),
            .marking = reports::marking_for(report.audience),
            .is_for_the_concerned_only = false};
}

std::string About<reports::Report>::contents(reports::Report const& report) {
    JsonWriter json;
    json.object()
        .field("audience", name_of(report.audience))
        .field("figures", std::uint64_t{report.figures.size()})
        .end();
    return std::move(json).text();
}

}  // namespace tocsin::gate
