#pragma once
#include "app/command.hpp"
#include "events/events.hpp"

#include <vector>

/// How commands ask for events and findings: the same options everywhere.
namespace tocsin::app {

std::vector<Option> event_filter_options();
Result<events::EventFilter> event_filter(Invocation const& call);

std::vector<Option> finding_filter_options();
Result<events::FindingFilter> finding_filter(Invocation const& call);

/// The team's word on the findings named by the arguments, with --reason; on record in the audit log too.
Exit rule_on_findings(Invocation& call, events::Saying saying);
/// The arguments and options of a command that does so.
Command ruling(std::string_view name, std::string_view summary, Exit (*run)(Invocation&));

/// The filter as it was asked for, for the disclosure log: "--address=192.0.2.0/24 --type=scanner".
std::string words_of_event_filter(Invocation const& call);
/// What commands may read: they act as administrator.
events::Scope scope_of_commands(Instance const& instance);

void append_json(JsonWriter& json, events::Finding const& finding);
void append_json(JsonWriter& json, events::FeedHealth const& health);
void append_json(JsonWriter& json, events::Report const& report);

/// The members of a feed's health, without the braces around them.
void append_health(JsonWriter& json, events::FeedHealth const& health);
/// For people: "11h 1m", "3d 2h"; what is smaller than the second unit is left out.
std::string roughly(std::chrono::seconds duration);
/// "last report 2026-11-23T06:00:00Z, usually every 24h, the next expected 2026-11-24T06:00:00Z".
std::string rhythm_of(events::FeedHealth const& health);
/// What to do about a feed that is not well; empty when it is.
std::string_view todo_about(events::FeedHealth const& health);

/// Which rejected rows: a feed by the first argument, --report, --row.
struct RejectedChoice {
    std::string feed;
    std::optional<std::int64_t> report;
    std::vector<std::int64_t> rows;
    bool is_all() const { return feed.empty() && !report && rows.empty(); }
};
std::vector<Option> rejected_options();
/// Errors: Code::invalid, naming the option.
Result<RejectedChoice> rejected_choice(Invocation const& call);

}  // namespace tocsin::app
