#include "events/source_health.hpp"

#include "net/net.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

constexpr std::array<std::string_view, 8> conditions = {"good",  "new",     "late",    "quiet",
                                                        "flood", "trickle", "failing", "paused"};
constexpr std::size_t items_looked_at = 2000, newest_looked_at = 20, least_habit = 3;
constexpr std::chrono::hours hours_looked_at{24 * 14};
constexpr std::int64_t least_flood = 50;  ///< fewer events are no flood, whatever is usual

/// What one run brought.
struct Batch {
    Timestamp at;
    std::int64_t events = 0;
    bool is_read = true;
};

std::vector<Batch> batches_of(std::span<SourceItem const> items) {
    std::vector<Batch> batches;
    for (auto const& item : items) {
        if (item.outcome != ItemOutcome::taken) continue;
        if (batches.empty() || batches.back().at != item.at) batches.push_back({item.at});
        batches.back().events += item.events;
        batches.back().is_read = batches.back().is_read && (item.state == "done" || item.state == "failed");
    }
    return batches;
}

std::int64_t median(std::vector<std::int64_t> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void learn(SourceHealth& health, std::vector<Batch> const& batches) {
    if (batches.size() > least_habit) {
        std::vector<std::int64_t> gaps;
        for (std::size_t i = 1; i < batches.size(); ++i)
            gaps.push_back((batches[i - 1].at - batches[i].at).count() / 1'000'000);
        // A back-fill brings many days at once; no source comes more often than it is asked.
        health.usual_interval = std::max(std::chrono::seconds(median(std::move(gaps))), health.source.every);
    }
    std::vector<std::int64_t> volumes;
    for (std::size_t i = 1; i < batches.size(); ++i)
        if (batches[i].is_read) volumes.push_back(batches[i].events);
    if (volumes.size() >= least_habit) health.usual_events = median(std::move(volumes));
    if (!batches.empty() && batches.front().is_read) health.last_events = batches.front().events;
}

SourceCondition condition_of(SourceHealth const& health, std::span<SourceItem const> items, Timestamp now) {
    auto const& course = health.course;
    if (health.source.is_paused) return SourceCondition::paused;
    if (course.failures > 0 || !course.error.empty()) return SourceCondition::failing;
    if (!items.empty() && items.front().state == "failed") return SourceCondition::failing;
    if (!course.last_report) return SourceCondition::fresh;
    if (health.usual_interval) {
        auto const silent = now - *course.last_report;
        if (silent > *health.usual_interval * 4) return SourceCondition::quiet;
        if (silent * 2 > *health.usual_interval * 3) return SourceCondition::late;
    }
    if (health.usual_events && health.last_events) {
        if (*health.last_events >= least_flood && *health.last_events >= *health.usual_events * 10)
            return SourceCondition::flood;
        if (*health.usual_events >= 10 && *health.last_events * 10 <= *health.usual_events)
            return SourceCondition::trickle;
    }
    return SourceCondition::good;
}

std::string words_about(SourceHealth const& health, std::span<SourceItem const> items, Timestamp now) {
    auto const& course = health.course;
    auto const since = [&] {
        return format_duration(std::chrono::duration_cast<std::chrono::seconds>(now - *course.last_report));
    };
    switch (health.condition) {
        case SourceCondition::good:
        case SourceCondition::fresh:
        case SourceCondition::paused:
            return {};
        case SourceCondition::late:
            return fmt::format("nothing for {}, usually every {}", since(), format_duration(*health.usual_interval));
        case SourceCondition::quiet:
            return fmt::format("this source went quiet: nothing for {}, usually every {}; ask its publisher", since(),
                               format_duration(*health.usual_interval));
        case SourceCondition::flood:
            return fmt::format("ten times more than usual: {} events, usually {}; look before they are sent on",
                               *health.last_events, *health.usual_events);
        case SourceCondition::trickle:
            return fmt::format("far less than usual: {} events, usually {}", *health.last_events, *health.usual_events);
        case SourceCondition::failing:
            break;
    }
    if (!course.error.empty()) return course.error;
    if (!items.empty() && !items.front().error.empty()) return items.front().error;
    return "what came last could not be read";
}

void append_lines(JsonWriter& json, std::string_view name, std::vector<std::string> const& lines) {
    json.key(name).array();
    for (auto const& line : lines) json.value(line);
    json.end();
}

void append_settings(JsonWriter& json, Source const& source) {
    json.field("id", source.id.value)
        .field("name", source.name)
        .field("kind", name_of(source.kind))
        .field_or_null("feed", source.feed)
        .field("address", net::printable_url(source.address))
        .field("every", format_duration(source.every))
        .field_or_null("login", source.kind == SourceKind::shadowserver ? std::string_view() : source.login)
        .field_or_null("header", source.header)
        .field("secret", source.has_secret)
        .field_or_null("ca_file", source.ca_file)
        .field_or_null("fingerprint", source.fingerprint)
        .field_or_null("certificate", source.certificate)
        .field_or_null("key", source.key)
        .field_or_null("proxy", source.proxy)
        .field("allow_private", source.allows_private)
        .field("allow_http", source.allows_http)
        .field("redirects", source.redirects_elsewhere)
        .field("most_bytes", source.most_bytes)
        .field("most_time", format_duration(source.most_time))
        .field("days", source.days)
        .field_or_null("downloads", net::printable_url(source.downloads))
        .field_or_null("folder", source.folder)
        .field_or_null("done_folder", source.done_folder)
        .field_or_null("queue", source.queue)
        .field_or_null("group", source.group)
        .field_or_null("mechanism", source.mechanism)
        .field("most_messages", source.most_messages)
        .field("paused", source.is_paused)
        .field("created", source.created);
    append_lines(json, "reports", source.reports);
    append_lines(json, "types", source.types);
    append_lines(json, "links", source.links);
    append_lines(json, "stream_headers", source.stream_headers);
}

}  // namespace

std::string_view name_of(SourceCondition condition) {
    return word_of(conditions, condition);
}

bool is_troubled(SourceCondition condition) {
    return condition != SourceCondition::good && condition != SourceCondition::fresh &&
           condition != SourceCondition::paused;
}

SourceHealth judge_source(Source source, SourceCourse course, std::span<SourceItem const> items, Timestamp now) {
    SourceHealth health;
    health.source = std::move(source);
    health.course = std::move(course);
    learn(health, batches_of(items));
    health.condition = condition_of(health, items, now);
    health.words = words_about(health, items, now);
    return health;
}

SourceHealth judge_stream(Source source, SourceCourse course, std::span<SourceItem const> newest,
                          std::span<SourceItem const> hours, Timestamp now) {
    SourceHealth health;
    health.source = std::move(source);
    health.course = std::move(course);
    auto batches = batches_of(hours);
    // The hour that runs says something only when it is a flood already.
    bool const is_running = !batches.empty() && now - batches.front().at < std::chrono::hours(1);
    if (is_running && batches.size() > 1) {
        auto with = health;
        learn(with, batches);
        health.condition = condition_of(with, newest, now);
        if (health.condition == SourceCondition::flood) {
            with.condition = health.condition;
            with.words = words_about(with, newest, now);
            return with;
        }
        batches.erase(batches.begin());
    }
    learn(health, batches);
    health.condition = condition_of(health, newest, now);
    health.words = words_about(health, newest, now);
    return health;
}

Result<SourceHealth> health_of(Sources& sources, Source source, Timestamp now) {
    TRY(auto course, sources.course(source.id));
    if (source.is_stream()) {
        TRY(auto newest, sources.items(source.id, newest_looked_at));
        TRY(auto const hours, sources.hours(source.id, now - hours_looked_at));
        return judge_stream(std::move(source), std::move(course), newest, hours, now);
    }
    TRY(auto const items, sources.items(source.id, items_looked_at));
    return judge_source(std::move(source), std::move(course), items, now);
}

Result<std::vector<SourceHealth>> source_health(Sources& sources, Timestamp now) {
    TRY(auto all, sources.all());
    std::vector<SourceHealth> found;
    for (auto& source : all) {
        TRY(auto health, health_of(sources, std::move(source), now));
        found.push_back(std::move(health));
    }
    return found;
}

void append_source(JsonWriter& json, SourceHealth const& health) {
    auto const& course = health.course;
    json.object();
    append_settings(json, health.source);
    json.field("condition", name_of(health.condition))
        .field_or_null("words", health.words)
        .field("due", course.due)
        .field_or_null("last_run", course.last_run)
        .field_or_null("last_success", course.last_success)
        .field_or_null("last_report", course.last_report)
        .field("failures", course.failures)
        .field_or_null("error", course.error)
        .field("taken", course.taken)
        .field_or_null("last_events", health.last_events)
        .field_or_null("usual_events", health.usual_events);
    if (health.usual_interval)
        json.field("usual_interval_seconds", std::int64_t{health.usual_interval->count()});
    else
        json.key("usual_interval_seconds").null();
    json.end();
}

void append_item(JsonWriter& json, SourceItem const& item) {
    json.object()
        .field("at", item.at)
        .field("item", item.item)
        .field("name", item.name)
        .field("outcome", name_of(item.outcome))
        .field_or_null("report", item.report)
        .field_or_null("state", item.state)
        .field("events", item.events)
        .field("bytes", item.bytes)
        .field_or_null("error", item.error)
        .end();
}

}  // namespace tocsin::events
