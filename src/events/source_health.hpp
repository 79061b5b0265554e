#pragma once
#include "events/sources.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::events {

enum class SourceCondition : std::uint8_t {
    good,
    fresh,    ///< nothing came yet, and nothing is wrong
    late,     ///< overdue by half its usual rhythm
    quiet,    ///< four times its usual rhythm without a report
    flood,    ///< the last time ten times more than usual
    trickle,  ///< the last time a tenth of the usual, or less
    failing,  ///< it can't be asked, or what it gave is no report
    paused,
};
std::string_view name_of(SourceCondition condition);
/// Somebody should look at it.
bool is_troubled(SourceCondition condition);

/// A source with how it fares.
struct SourceHealth {
    Source source;
    SourceCourse course;
    SourceCondition condition = SourceCondition::fresh;
    std::optional<std::chrono::seconds>
        usual_interval;                        ///< median between runs that brought something; of three or more
    std::optional<std::int64_t> usual_events;  ///< median of such a run, the last left out; of three or more
    std::optional<std::int64_t> last_events;   ///< of the last such run, once its reports are read
    std::string words;                         ///< what is wrong and what to do; empty: nothing
};

/// `items`: the newest first, some hundreds.
SourceHealth judge_source(Source source, SourceCourse course, std::span<SourceItem const> items, Timestamp now);
/// The same of a stream, whose rhythm and volume are by the hour. `newest`: its newest items; `hours`: as
/// Sources::hours.
SourceHealth judge_stream(Source source, SourceCourse course, std::span<SourceItem const> newest,
                          std::span<SourceItem const> hours, Timestamp now);
Result<SourceHealth> health_of(Sources& sources, Source source, Timestamp now);
Result<std::vector<SourceHealth>> source_health(Sources& sources, Timestamp now);
/// Never with the secret.
void append_source(JsonWriter& json, SourceHealth const& health);
void append_item(JsonWriter& json, SourceItem const& item);

}  // namespace tocsin::events
