#pragma once
#include "app/command.hpp"
#include "events/events.hpp"

#include <vector>

/// What the source commands share.
namespace tocsin::app {

/// How a source is fetched; all but kind, login and secret.
std::vector<Option> source_options();
/// --login, --secret-stdin, --secret-file.
std::vector<Option> source_secret_options();
/// Fills what the options say; what is not given stays. Errors: Code::invalid.
Status read_source_options(Invocation const& call, events::Source& source);
/// Two or three lines: how it fares, what is wrong.
void print_source(Invocation const& call, events::SourceHealth const& health);
/// The source named by the first argument, as it is now, as JSON or words.
Exit show_source(Invocation const& call, events::SourceId id);
/// A run has something to do, or a source was changed: tells the server.
Status wake_fetcher(Invocation const& call);

}  // namespace tocsin::app
