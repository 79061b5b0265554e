#include "events/archive_daily.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::events::daily {
namespace {

constexpr std::int64_t day_micros = 86'400'000'000;
constexpr char key_columns[] = "time, class, country, organisation, severity, lane, flags";

bool is_day_border(std::optional<Timestamp> const& time) {
    return !time || time->micros % day_micros == 0;
}

bool is_counted_by(std::string_view group) {
    static constexpr std::array names = {"feed",         "taxonomy", "type",     "identifier", "transport",
                                         "organisation", "country",  "severity", "lane"};
    return std::ranges::find(names, group) != names.end();
}

bool is_counted_by(FieldCondition const& condition) {
    auto const field = field_named(condition.field);
    if (!field) return false;
    switch (*field) {
        case Field::classification_taxonomy:
        case Field::classification_type:
        case Field::classification_identifier:
        case Field::protocol_transport:
        case Field::source_cc:
        case Field::severity:
        case Field::tlp:
            return true;
        default:
            return false;
    }
}

/// Events as rows of the roll-up but for the id.
std::string counted(Sign sign, std::string_view where) {
    return fmt::format(
        "time - (time % {0} + {0}) % {0} AS time, class, country, organisation, severity, lane, "
        "(flags & 16711680)::UINTEGER AS flags, {1}count(*) AS events FROM events WHERE {2} GROUP BY ALL",
        day_micros, sign == Sign::minus ? "-" : "", where);
}

Status in_transaction(duck::Connection& writer, std::initializer_list<std::string> statements) {
    CHECK(writer.run("BEGIN TRANSACTION"));
    Status status;
    for (auto const& statement : statements)
        if (status) status = writer.run(statement);
    if (status) status = writer.run("COMMIT");
    if (!status) (void)writer.run("ROLLBACK");
    return status;
}

}  // namespace

Source source_of(EventFilter const& filter) {
    bool const is_exact = is_day_border(filter.from) && is_day_border(filter.to) &&
                          std::ranges::all_of(filter.conditions, [](auto const& one) { return is_counted_by(one); }) &&
                          filter.addresses.empty() && filter.asns.empty() && filter.ports.empty() &&
                          filter.domain.empty() && !filter.report && filter.finding.empty() && filter.text.empty();
    // all else there is to ask: organisations, feeds, taxonomies, types, identifiers, transports, countries,
    // severities, lane
    return is_exact ? roll_up : each_event;
}

Source source_of(EventFilter const& filter, AggregateRequest const& request) {
    bool const is_exact = !request.with_addresses && request.bucket != "hour" &&
                          std::ranges::all_of(request.by, [](auto const& one) { return is_counted_by(one); });
    return is_exact ? source_of(filter) : each_event;
}

std::string count_events(Sign sign, std::uint64_t id, std::string_view where) {
    return fmt::format("INSERT INTO daily SELECT {}::UBIGINT AS id, {}", id, counted(sign, where));
}

Status fill_if_needed(duck::Connection& writer) {
    TRY(auto const stored, writer.number("SELECT count(*) FROM events"));
    TRY(auto const counted, writer.number("SELECT sum(events)::BIGINT FROM daily"));
    if (stored == counted) return {};
    log::info("archive: counting {} events by day, once", stored);
    return in_transaction(writer, {"DELETE FROM daily", count_events(Sign::plus, 0, "true")});
}

Status fold_if_due(duck::Connection& writer, std::int64_t segment, std::int64_t least) {
    auto const first_unnamed = first_event_id(segment + 1);
    TRY(auto const loose, writer.number(fmt::format(
                              "SELECT count(*) FROM daily WHERE events < 0 OR (id > 0 AND id < {})", first_unnamed)));
    if (loose < least) return {};
    TRY(auto const all, writer.number("SELECT count(*) FROM daily"));
    // a fold writes the whole table: waiting for a fifth of it keeps the cost of a row the same however many there are
    if (loose < all / 5) return {};
    return in_transaction(writer,
                          {fmt::format("CREATE OR REPLACE TEMP TABLE folded AS SELECT {0}, sum(events)::BIGINT "
                                       "AS events FROM daily WHERE id < {1} GROUP BY {0} HAVING sum(events) != 0",
                                       key_columns, first_unnamed),
                           fmt::format("DELETE FROM daily WHERE id < {}", first_unnamed),
                           "INSERT INTO daily SELECT 0::UBIGINT, * FROM folded ORDER BY time", "DROP TABLE folded"});
}

Result<std::int64_t> differences(duck::Connection& connection) {
    return connection.number(fmt::format(
        "SELECT count(*) FROM (SELECT sum(events) AS difference FROM (SELECT {0}, events FROM daily UNION ALL SELECT "
        "{1}) GROUP BY {0}) WHERE difference != 0",
        key_columns, counted(Sign::minus, "true")));
}

}  // namespace tocsin::events::daily
