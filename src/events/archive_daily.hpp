#pragma once
#include "events/archive_internal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The daily roll-up: how many events a day has, by what the screens count by. Private to archive*.cpp.
///
/// One row of `daily` stands for many of `events` and calls its columns alike, so that a filter, a scope and a group
/// are the same SQL over both: `time` is the start of the day (UTC), of `flags` only the marking is left, and `id` is
/// the first of the segment that the row was counted in, or 0 when it was folded with others. `events` is a sum:
/// what is removed from the archive is a row with a negative one.
///
/// A segment's rows come and go in the transaction of its events (docs/decisions/0021-a-daily-roll-up.md).
namespace tocsin::events::daily {

inline constexpr char create_table[] = R"sql(
CREATE TABLE IF NOT EXISTS daily (
    id UBIGINT, time BIGINT, class UINTEGER, country UINTEGER, organisation UINTEGER, severity UTINYINT, lane UTINYINT,
    flags UINTEGER, events BIGINT))sql";

/// Where a question is asked, and what counts the events there.
struct Source {
    std::string_view table;
    std::string_view count;
    friend bool operator==(Source const&, Source const&) = default;
};
inline constexpr Source each_event{"events", "count(*)"};
inline constexpr Source roll_up{"daily", "coalesce(sum(events), 0)::BIGINT"};

/// The one place that chooses: the roll-up when it gives exactly what the events would, else the events.
Source source_of(EventFilter const& filter);
Source source_of(EventFilter const& filter, AggregateRequest const& request);

enum class Sign : std::int8_t { plus = 1, minus = -1 };
/// The statement that counts events `where` into the roll-up, or out of it, as rows with this id.
std::string count_events(Sign sign, std::uint64_t id, std::string_view where);

/// Counts all events anew if the sums differ: an archive of a version before, or one that such a version wrote to.
Status fill_if_needed(duck::Connection& writer);
/// Folds rows of committed segments, up to `segment`, once there are `least` and a fifth of all. From the committer's
/// thread.
Status fold_if_due(duck::Connection& writer, std::int64_t segment, std::int64_t least);
/// How many sums differ from those of the events. Reads everything.
Result<std::int64_t> differences(duck::Connection& connection);

}  // namespace tocsin::events::daily
