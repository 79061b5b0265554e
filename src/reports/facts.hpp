#pragma once
#include "base/base.hpp"
#include "gate/gate.hpp"
#include "readiness/readiness.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a report says, as values: every number with the address of what it counts. No words of any language; those are
/// in texts/reports/<language>.toml under the same ids.
namespace tocsin::reports {

enum class Kind : std::uint8_t {
    annual,         ///< of the team
    resolution_58,  ///< what was done to implement WTSA Resolution 58
};
std::string_view name_of(Kind kind);  ///< "annual", "resolution-58"
std::optional<Kind> kind_named(std::string_view name);

/// For whom: decides over the marking, and over what is left out.
enum class Audience : std::uint8_t { everybody, ministry, donor, itu };
std::string_view name_of(Audience audience);  ///< "public", "ministry", "donor", "itu"
std::optional<Audience> audience_named(std::string_view name);
/// CLEAR for the public, GREEN for ITU and donors, AMBER for the ministry.
gate::Marking marking_for(Audience audience);
/// A line of a table that counts fewer than this many is not shown by itself, but to the ministry.
constexpr std::int64_t fewest_shown = 5;

/// From the start of a day (UTC) to before the start of another.
struct Period {
    Timestamp from, before;
};
/// "2026", "2026-03", "2026-Q2", or "2026-01-01/2026-07-01" (the second day is not in it).
/// Errors: Code::invalid, saying what is expected.
Result<Period> parse_period(std::string_view text);
std::string format_period(Period const& period);  ///< "2026-01-01/2027-01-01"

enum class Unit : std::uint8_t { count, percent, hours, days, level };
std::string_view name_of(Unit unit);

struct Figure {
    std::string id;               ///< "findings.repaired"
    std::optional<double> value;  ///< none: there are no records
    Unit unit = Unit::count;
    std::string link = {};  ///< path in the console of what it counts; empty for the public
};

struct Line {
    std::string key;         ///< "2026-03", "phishing", an assessment's title
    std::string words = {};  ///< group of texts that names the key: "type", "sector"; empty: the key itself is shown
    readiness::Texts names = {};  ///< of the key, where a catalogue has them
    std::vector<std::optional<double>> values;
    std::vector<std::string> links = {};  ///< beside the values, as a figure's; may be shorter: the rest has none

    std::string_view link(std::size_t column) const {
        return column < links.size() ? std::string_view(links[column]) : std::string_view();
    }
};
/// Lines under columns. `key` of the line folded from small ones is "other".
struct Table {
    std::string id;                    ///< "findings.by_month"
    std::vector<std::string> columns;  ///< ids: "opened", "repaired"
    std::vector<Unit> units = {};      ///< of the columns; empty: all count
    std::vector<Line> lines;
};

/// What a person wrote for a section.
struct Statement {
    std::string section;  ///< one of sections_to_write()
    std::string language;
    std::string text;
    Timestamp changed = {};
    std::string changed_by = {};
};
void append(JsonWriter& json, Statement const& statement);

struct Report {
    Kind kind = Kind::annual;
    Audience audience = Audience::ministry;
    Period period;
    Timestamp made;                                  ///< the date it bears: with the same data the same report
    std::string team = {}, address = {}, base = {};  ///< name, e-mail, and what stands in front of links
    std::vector<Figure> figures = {};
    std::vector<Table> tables = {};
    std::vector<Statement> statements = {};

    Figure const* figure(std::string_view id) const;
    Table const* table(std::string_view id) const;
};

/// {"schema": "tocsin/report-1", ...}
std::string as_json(gate::Cleared<Report> const& report);
/// table,line,column,value,unit,link: one number a line; cells are safe for spreadsheets.
std::string as_csv(gate::Cleared<Report> const& report);

/// Sections a person writes in: "established", "strengthened", "exercised", "support_given", "support_needed",
/// "summary", "next".
std::vector<std::string_view> sections_to_write();

}  // namespace tocsin::reports

namespace tocsin::gate {

/// Counts and words about the team's work, without names of others.
template <>
struct About<reports::Report> {
    static Particulars of(reports::Report const& report);
    static std::string contents(reports::Report const& report);
};

}  // namespace tocsin::gate
