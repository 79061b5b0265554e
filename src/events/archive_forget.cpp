#include "events/archive.hpp"
#include "events/archive_daily.hpp"
#include "events/archive_internal.hpp"
#include "events/within.hpp"

#include <algorithm>
#include <fmt/format.h>

/// What leaves the archive: events by a filter, segment by segment.
namespace tocsin::events {

Result<std::vector<SegmentCount>> Archive::by_segment(EventFilter const& filter) const {
    TRY(auto const condition, where_of(*impl_, filter));
    TRY(auto const connection, impl_->lease());
    std::vector<SegmentCount> found;
    CHECK(connection->query(
        fmt::format("SELECT (id // {})::BIGINT AS segment, count(*)::BIGINT FROM events WHERE {} GROUP BY 1 ORDER BY 1",
                    rows_per_segment, condition),
        [&](duck::Chunk const& chunk) {
            for (std::size_t i = 0; i < chunk.size(); ++i)
                found.push_back({chunk.get<std::int64_t>(0, i), chunk.get<std::int64_t>(1, i)});
            return true;
        }));
    return found;
}

Result<std::int64_t> Archive::remove(EventFilter const& filter, std::int64_t first, std::int64_t last) {
    TRY(auto const condition, where_of(*impl_, filter));
    TRY(auto const connection, impl_->lease());
    auto const where =
        fmt::format("id >= {} AND id < {} AND {}", first_event_id(first), first_event_id(last + 1), condition);
    auto const removed = [&]() -> Result<std::int64_t> {
        CHECK(connection->run("BEGIN TRANSACTION"));
        CHECK(connection->run(daily::count_events(daily::Sign::minus, 0, where)));
        TRY(auto const count, connection->number("DELETE FROM events WHERE " + where));
        CHECK(connection->run("COMMIT"));
        return count;
    }();
    if (!removed) (void)connection->run("ROLLBACK");
    return removed;
}

Result<std::vector<FindingKey>> Archive::findings_within(EventFilter const& filter) const {
    TRY(auto const condition, where_of(*impl_, filter));
    TRY(auto const connection, impl_->lease());
    std::vector<FindingKey> found;
    CHECK(connection->query(
        fmt::format(
            "SELECT ip_high, ip_low, subject, class, (CASE WHEN port >= 0 AND (flags & {1}) != 0 THEN port + 1 ELSE 0 "
            "END)::UINTEGER AS service FROM events WHERE (ip_high, ip_low, subject, class) IN (SELECT (ip_high, "
            "ip_low, "
            "subject, class) FROM events WHERE {0}) GROUP BY ALL HAVING bool_and({0})",
            condition, static_cast<unsigned>(EventRow::port_is_service)),
        [&](duck::Chunk const& chunk) {
            for (std::size_t i = 0; i < chunk.size(); ++i)
                found.push_back({{chunk.get<std::uint64_t>(0, i), chunk.get<std::uint64_t>(1, i)},
                                 chunk.get<std::uint64_t>(2, i),
                                 chunk.get<std::uint32_t>(3, i),
                                 chunk.get<std::uint32_t>(4, i)});
            return true;
        }));
    std::ranges::sort(found);
    return found;
}

Result<std::optional<Timestamp>> Archive::oldest(Scope const& scope) const {
    TRY(auto const connection, impl_->lease());
    auto const within = events_within(scope);
    std::optional<Timestamp> found;
    CHECK(connection->query("SELECT min(time) FROM events" + (within ? " WHERE " + *within : ""),
                            [&](duck::Chunk const& chunk) {
                                if (!chunk.is_null(0, 0)) found = Timestamp{chunk.get<std::int64_t>(0, 0)};
                                return true;
                            }));
    return found;
}

Result<std::map<std::int64_t, std::uint8_t>> Archive::strictest_of_reports() const {
    TRY(auto const connection, impl_->lease());
    std::map<std::int64_t, std::uint8_t> found;
    CHECK(connection->query("SELECT report, max(flags >> 16) FROM events GROUP BY 1", [&](duck::Chunk const& chunk) {
        for (std::size_t i = 0; i < chunk.size(); ++i)
            found[chunk.get<std::uint32_t>(0, i)] = static_cast<std::uint8_t>(chunk.get<std::uint32_t>(1, i));
        return true;
    }));
    return found;
}

}  // namespace tocsin::events
