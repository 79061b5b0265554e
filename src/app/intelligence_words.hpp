#pragma once
#include "app/command.hpp"
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"

#include <string_view>

/// What the commands about intelligence share.
namespace tocsin::app {

/// --type, --label, --value, --network, --under, --prefix, --near, --text, --live, --all-versions.
std::vector<Option> object_filter_options();
Result<intelligence::ObjectFilter> object_filter(Invocation const& call);

/// "public", "team", "peer:NAME", "org:NAME" or an organisation's name or number. Errors: Code::invalid,
/// Code::not_found.
Result<gate::Recipient> recipient_named(Invocation const& call, std::string_view text);

void append_json(JsonWriter& json, gate::Cleared<intelligence::Object> const& object);
/// The same, open for more members.
JsonWriter& begin_json(JsonWriter& json, gate::Cleared<intelligence::Object> const& object);
std::string line_of(gate::Cleared<intelligence::Object> const& object);

/// A page of objects, as lines or as JSON.
Exit print_objects(Invocation const& call, intelligence::ObjectPage const& page);

/// Who asks by the command line: it may see everything.
gate::Recipient command_recipient();

}  // namespace tocsin::app
