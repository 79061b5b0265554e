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

void append_json(JsonWriter& json, events::Finding const& finding);
void append_json(JsonWriter& json, events::FeedHealth const& health);

}  // namespace tocsin::app
