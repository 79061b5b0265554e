#include "app/event_words.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

constexpr std::size_t reports_shown = 30;

struct Shown {
    std::shared_ptr<events::FeedDefinition const> definition;  ///< none: it has sent reports, but is known no longer
    events::FeedHealth health;
    std::vector<events::Report> reports;
    std::vector<std::pair<std::string, std::int64_t>> reasons;
};

Result<Shown> look_up(Invocation const& call) {
    auto const& id = call.arguments.front();
    Shown shown;
    TRY(auto* const events, call.instance->events());
    auto const scope = scope_of_commands(*call.instance);
    TRY(auto const catalogue, call.instance->catalogue());
    TRY(shown.health, events->feed_health(scope, id));
    auto definition = catalogue->find(id);
    if (!definition && shown.health.reports == 0) return std::unexpected(definition.error());
    if (definition) shown.definition = *definition;
    std::string next;
    TRY(shown.reports, events->reports(scope, id, std::nullopt, {.after = "", .limit = reports_shown}, next));
    TRY(shown.reasons, events->rejected_reasons(scope, id));
    return shown;
}

void append_definition(JsonWriter& json, events::FeedDefinition const& d) {
    json.field("title", d.title)
        .field_unless_empty("publisher", d.publisher)
        .field_unless_empty("documentation", d.documentation)
        .field_unless_empty("licence", d.licence)
        .field("tlp", d.tlp)
        .field_unless_empty("taxonomy", d.taxonomy)
        .field_unless_empty("type", d.type)
        .field_unless_empty("identifier", d.identifier);
    json.key("files").array();
    for (auto const& pattern : d.file_patterns) json.value(pattern);
    json.end()
        .field("dedup_window_days", d.dedup_window_days)
        .field("round_seconds", std::int64_t{d.round_every.count()})
        .field("repaired_after", d.repaired_after);
}

std::string json_of(Shown const& shown) {
    JsonWriter json;
    json.object().key("feed").object();
    append_health(json, shown.health);
    if (shown.definition) append_definition(json, *shown.definition);
    json.end().key("reports").array();
    for (auto const& report : shown.reports) append_json(json, report);
    json.end().key("rejected_reasons").array();
    for (auto const& [reason, count] : shown.reasons) json.object().field("reason", reason).field("count", count).end();
    json.end().end();
    return json.text();
}

void print_definition(Invocation const& call, events::FeedDefinition const& d) {
    if (!d.documentation.empty()) call.print("  documentation  {}", d.documentation);
    call.print("  marking        TLP:{}", d.tlp);
    if (!d.type.empty()) call.print("  class          {} / {} / {}", d.taxonomy, d.type, d.identifier);
    if (!d.file_patterns.empty()) call.print("  files          {}", fmt::join(d.file_patterns, ", "));
    call.print(
        "  duplicates     {} within {} days",
        d.dedup_key.empty() ? std::string("the same row") : fmt::format("the same {}", fmt::join(d.dedup_key, ", ")),
        d.dedup_window_days);
    call.print("  rounds         every {}; repaired after {} without it", format_duration(d.round_every),
               d.repaired_after);
}

Exit run(Invocation& call) {
    auto const shown = look_up(call);
    if (!shown) return call.failed(shown.error());
    if (call.json()) {
        call.print("{}", json_of(*shown));
        return Exit::done;
    }
    auto const& health = shown->health;
    call.print("{}{}", health.feed,
               shown->definition ? fmt::format(": {} ({})", shown->definition->title, shown->definition->publisher)
                                 : " (its definition is gone)");
    if (shown->definition) print_definition(call, *shown->definition);
    call.print("  health         {}: {}", events::name_of(health.condition), rhythm_of(health));
    call.print("  counts         {} reports, {} events, {} duplicates, {} rejected of which {} wait", health.reports,
               health.events, health.duplicates, health.rejected, health.kept);
    for (auto const& [reason, count] : shown->reasons) call.print("  rejected       {} x {}", count, reason);
    for (auto const& report : shown->reports)
        call.print("  #{:<5} {} {:<11} {} events, {} duplicates, {} rejected  {}{}", report.id,
                   format_timestamp(report.received), events::name_of(report.state), report.events, report.duplicates,
                   report.rejected, report.name, report.error.empty() ? "" : ": " + report.error);
    return Exit::done;
}

}  // namespace

Command command_feed_show() {
    return {.name = "feed show",
            .summary = "Show one feed: what it is, its health, its last reports, why rows were rejected",
            .arguments = {{"FEED", "its id, publisher/report"}},
            .run = run};
}

}  // namespace tocsin::app
