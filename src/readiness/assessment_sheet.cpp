#include "readiness/assessment_sheet.hpp"

#include "base/lines.hpp"
#include "formats/formats.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <set>
#include <span>

namespace tocsin::readiness {
namespace {

namespace book = formats::spreadsheet;

enum class Column : std::uint8_t {
    item,
    name,
    level,
    declined,
    wanted,
    assignment,
    assigned_to,
    recommendation,
    justification,
    evidence,
    assessor,
    changed_by,
    date,
    why,
    proposed,
    proposed_by,
    proposed_at,
};
constexpr std::array<std::string_view, 17> headings = {
    "item",           "name",          "level",      "declined", "wanted",     "assignment", "assigned_to",
    "recommendation", "justification", "evidence",   "assessor", "changed_by", "date",       "why",
    "proposed",       "proposed_by",   "proposed_at"};
constexpr std::array<int, 17> widths = {8, 40, 7, 9, 7, 13, 20, 16, 60, 40, 16, 16, 22, 10, 9, 20, 22};
constexpr std::size_t most_faults = 1000;

std::string_view heading_of(Column column) {
    return word_of(headings, column);
}

book::Cell number(std::optional<std::int64_t> value) {
    return value ? book::Cell{std::to_string(*value), true} : book::Cell();
}
book::Cell time(std::optional<Timestamp> at) {
    return {at && at->micros != 0 ? format_timestamp(*at) : std::string()};
}

book::Row row_of(Item const& item, std::size_t language, Answer const& answer) {
    auto const& name = item.name.in[language].empty() ? item.name.english() : item.name.in[language];
    return {.cells = {{item.id},
                      {name},
                      number(answer.value),
                      {answer.declined ? "yes" : ""},
                      number(answer.wanted),
                      {answer.assignment},
                      {answer.assigned_to},
                      {answer.recommendation},
                      {answer.justification},
                      {as_lines(answer.evidence)},
                      {answer.assessor},
                      {answer.changed_by},
                      time(answer.changed),
                      {answer.why},
                      number(answer.proposed),
                      {answer.proposed_by},
                      time(answer.proposed_at)}};
}

book::Sheet about(Framework const& framework, Assessment const& assessment, std::string_view language) {
    book::Sheet sheet{.name = "about", .widths = {16, 80}};
    auto const add = [&](std::string_view key, std::string value) {
        sheet.rows.push_back({.cells = {{std::string(key)}, {std::move(value)}}});
    };
    add("schema", "tocsin/assessment-1");
    add("uuid", assessment.uuid);
    add("framework", assessment.framework);
    add("framework_title", framework.title.english());
    add("title", assessment.title);
    add("subject", assessment.subject);
    add("profile", assessment.profile);
    add("state", std::string(name_of(assessment.state)));
    add("note", assessment.note);
    add("assessors", as_lines(assessment.assessors));
    add("created", format_timestamp(assessment.created));
    add("created_by", assessment.created_by);
    add("language", std::string(language));
    return sheet;
}

/// The sheet "about" read back: texts by their key, and in which row they stand.
struct Fact {
    std::string text;
    std::int64_t row = 0;
};
using Facts = std::map<std::string, Fact, std::less<>>;

Facts facts_of(book::Sheet const& sheet) {
    Facts facts;
    for (auto const& row : sheet.rows)
        if (!row.cells[0].text.empty())
            facts.emplace(std::string(trimmed(row.cells[0].text)),
                          Fact{row.cells.size() > 1 ? row.cells[1].text : std::string(), row.number});
    return facts;
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> list;
    for (auto const line : split(text, '\n'))
        if (auto const clean = trimmed(line); !clean.empty()) list.emplace_back(clean);
    return list;
}

Result<Assessment> head_of(book::Sheet const& sheet) {
    auto const facts = facts_of(sheet);
    auto const text = [&](std::string_view key) {
        auto const found = facts.find(key);
        return found == facts.end() ? std::string() : found->second.text;
    };
    auto const wrong = [&](std::string_view key, std::string_view expected) {
        auto const found = facts.find(key);
        return fail(Code::invalid, fmt::format("about!B{}: {}: expected {}",
                                               found == facts.end() ? 1 : found->second.row, key, expected));
    };
    if (text("schema") != "tocsin/assessment-1") return wrong("schema", "tocsin/assessment-1");
    Assessment head{.uuid = text("uuid"),
                    .framework = std::string(trimmed(text("framework"))),
                    .title = text("title"),
                    .subject = text("subject"),
                    .profile = text("profile"),
                    .note = text("note"),
                    .assessors = lines_of(text("assessors")),
                    .created_by = text("created_by")};
    if (head.uuid.size() > 100) return wrong("uuid", "at most 100 bytes");
    auto const state = assessment_state_named(text("state").empty() ? "open" : text("state"));
    if (!state) return wrong("state", "open, moderated or closed");
    head.state = *state;
    if (!text("created").empty()) {
        auto const created = parse_timestamp(text("created"));
        if (!created) return wrong("created", "a time by RFC 3339");
        head.created = *created;
    }
    return head;
}

/// A row of the sheet "answers" by headings; the first fault is kept.
class RowReader {
  public:
    RowReader(std::array<std::optional<std::size_t>, headings.size()> const& places, book::Row const& row)
        : places_(places), row_(row) {}

    std::string const& text(Column column) const {
        static std::string const none;
        auto const place = places_[static_cast<std::size_t>(column)];
        return place && *place < row_.cells.size() ? row_.cells[*place].text : none;
    }
    std::string word(Column column) const { return std::string(trimmed(text(column))); }
    std::optional<std::int64_t> number(Column column) {
        auto const given = word(column);
        if (given.empty()) return std::nullopt;
        auto const read = parse_int(given);
        if (!read) fault(column, fmt::format("a whole number, found \"{}\"", given.substr(0, 40)));
        return read;
    }
    bool truth(Column column) {
        auto const given = lowered(word(column));
        if (given.empty() || given == "no" || given == "false" || given == "0") return false;
        if (given != "yes" && given != "true" && given != "1" && given != "x")
            fault(column, fmt::format("yes or no, found \"{}\"", given.substr(0, 40)));
        return true;
    }
    std::optional<Timestamp> time(Column column) {
        auto const given = word(column);
        if (given.empty()) return std::nullopt;
        if (auto const read = parse_timestamp(given)) return *read;
        if (auto const read = parse_date(given)) return *read;
        fault(column,
              fmt::format("a date (2026-11-26) or a time by RFC 3339 as text, found \"{}\"", given.substr(0, 40)));
        return std::nullopt;
    }
    /// Something beyond which item it is.
    bool says_anything() const {
        for (std::size_t i = 0; i < headings.size(); ++i) {
            auto const column = static_cast<Column>(i);
            if (column != Column::item && column != Column::name && column != Column::assessor && !text(column).empty())
                return true;
        }
        return false;
    }
    void fault(Column column, std::string expected) {
        if (first_.empty()) first_ = {std::string(heading_of(column)), std::move(expected)};
    }

    struct First {
        std::string column, expected;
        bool empty() const { return expected.empty(); }
    };
    First const& first() const { return first_; }

  private:
    std::array<std::optional<std::size_t>, headings.size()> const& places_;
    book::Row const& row_;
    First first_;
};

Answer answer_of(RowReader& row) {
    Answer answer{.item = row.word(Column::item),
                  .assessor = row.word(Column::assessor),
                  .value = row.number(Column::level),
                  .declined = row.truth(Column::declined),
                  .wanted = row.number(Column::wanted),
                  .recommendation = row.word(Column::recommendation),
                  .assignment = row.word(Column::assignment),
                  .assigned_to = row.text(Column::assigned_to),
                  .justification = row.text(Column::justification),
                  .evidence = lines_of(row.text(Column::evidence)),
                  .proposed = row.number(Column::proposed),
                  .proposed_by = row.text(Column::proposed_by),
                  .proposed_at = row.time(Column::proposed_at),
                  .why = row.text(Column::why),
                  .changed = row.time(Column::date).value_or(Timestamp()),
                  .changed_by = row.text(Column::changed_by)};
    if (answer.item.empty()) row.fault(Column::item, "an item of the framework");
    if (answer.changed_by.size() > 200) row.fault(Column::changed_by, "at most 200 bytes");
    return answer;
}

using Places = std::array<std::optional<std::size_t>, headings.size()>;

Result<Places> places_of(book::Sheet const& sheet) {
    Places places;
    if (sheet.rows.empty()) return fail(Code::invalid, "answers: expected a row of headings");
    auto const& first = sheet.rows.front();
    for (std::size_t i = 0; i < first.cells.size(); ++i) {
        auto const column = value_of<Column>(headings, lowered(trimmed(first.cells[i].text)));
        if (!column) continue;
        auto& place = places[static_cast<std::size_t>(*column)];
        if (place)
            return fail(Code::invalid, fmt::format("{}: the heading \"{}\" is there twice",
                                                   book::place_of(sheet.name, i, first.number), heading_of(*column)));
        place = i;
    }
    if (!places[0])
        return fail(Code::invalid, fmt::format("{}: expected a heading \"item\" in the first row",
                                               book::place_of(sheet.name, 0, first.number)));
    return places;
}

/// The column that the fault of an answer is about: it begins with the member's name.
SheetFault fault_of(std::string const& message) {
    auto const colon = message.find(": ");
    auto const member = message.substr(0, colon);
    auto const column = member == "value" ? "level" : member;
    auto const expected = colon == std::string::npos ? message : message.substr(colon + 2);
    constexpr std::string_view start = "expected ";
    return {.sheet = "answers",
            .column = column,
            .expected = expected.starts_with(start) ? expected.substr(start.size()) : expected};
}

}  // namespace

Result<std::string> to_xlsx(Library const& library, gate::Cleared<Assessment> const& cleared,
                            std::string_view language) {
    auto const& assessment = *cleared;
    TRY(auto const* const framework, library.framework(assessment.framework));
    auto const found = std::ranges::find(languages, language);
    if (found == languages.end()) return fail(Code::invalid, "language: expected ar, zh, en, fr, ru or es");
    auto const place = static_cast<std::size_t>(found - languages.begin());
    book::Sheet sheet{.name = "answers",
                      .widths = {widths.begin(), widths.end()},
                      .has_heading = true,
                      .is_right_to_left = language == "ar"};
    sheet.rows.emplace_back();
    for (auto const heading : headings) sheet.rows.back().cells.push_back({std::string(heading)});
    std::map<std::string_view, std::map<std::string_view, Answer const*>> by_item;
    for (auto const& answer : assessment.answers) by_item[answer.item][answer.assessor] = &answer;
    for (auto const& item : framework->items) {
        auto const& answers = by_item[item.id];
        if (!answers.contains("")) sheet.rows.push_back(row_of(item, place, {.item = item.id}));
        for (auto const& [assessor, answer] : answers) sheet.rows.push_back(row_of(item, place, *answer));
    }
    return book::to_xlsx({.sheets = {std::move(sheet), about(*framework, assessment, language)}});
}

void append(JsonWriter& json, SheetFault const& fault) {
    json.object()
        .field("sheet", fault.sheet)
        .field("row", fault.row)
        .field("column", fault.column)
        .field("expected", fault.expected)
        .end();
}

Result<SheetRead> read_xlsx(Library const& library, Assessments const& assessments, std::string_view bytes) {
    TRY(auto const workbook, book::read_xlsx(bytes));
    auto const* const about_sheet = workbook.sheet("about");
    auto const* const sheet = workbook.sheet("answers");
    if (!about_sheet || !sheet) return fail(Code::invalid, "expected two sheets, \"answers\" and \"about\"");
    TRY(auto head, head_of(*about_sheet));
    TRY(auto const* const framework, library.framework(head.framework));
    TRY(auto const places, places_of(*sheet));
    SheetRead read{.assessment = std::move(head)};
    std::set<std::pair<std::string, std::string>> seen;
    for (auto const& row : std::span(sheet->rows).subspan(1)) {
        RowReader reader(places, row);
        if (!reader.says_anything()) continue;
        auto answer = answer_of(reader);
        SheetFault fault{.sheet = "answers", .column = reader.first().column, .expected = reader.first().expected};
        if (fault.expected.empty()) {
            if (auto const fits = assessments.check(*framework, read.assessment, answer); !fits)
                fault = fault_of(fits.error().message);
            else if (!seen.emplace(answer.item, answer.assessor).second)
                fault = {.sheet = "answers",
                         .column = "item",
                         .expected = "each item once, " + answer.item + " is there twice"};
        }
        if (fault.expected.empty()) {
            read.assessment.answers.push_back(std::move(answer));
            continue;
        }
        ++read.rejected;
        fault.row = row.number;
        if (read.faults.size() < most_faults) read.faults.push_back(std::move(fault));
    }
    return read;
}

}  // namespace tocsin::readiness
