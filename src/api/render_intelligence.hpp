#pragma once
#include "api/render.hpp"
#include "api/render_events.hpp"
#include "api/router.hpp"
#include "formats/formats.hpp"
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Intelligence as the contract's schemas: only what the gate has cleared becomes JSON. Private to api.
namespace tocsin::api {

/// The asking account as the gate knows it.
gate::Recipient asker_of(Call const& call);

/// IntelligenceObject: what lists tell.
void put(JsonWriter& json, gate::Cleared<intelligence::Object> const& object, Names const& names);
/// Match. The indicator is cleared by itself, so that its strict parts stay behind.
void put(JsonWriter& json, Call const& call, gate::Cleared<intelligence::Match> const& match, Names const& names);

/// What people call it: its name, value, first line; empty when it has none. At most 200 characters.
std::string title_of(std::string_view object_json);
/// What it is about, in the normal form; at most 50.
std::vector<formats::Observable> values_of(std::string_view object_json);

/// One reference to another object.
struct ReferenceTo {
    std::string property, target;
};
/// All but creator and markings, each target once; at most 200.
std::vector<ReferenceTo> references_of(std::string_view object_json);

/// "account:3" as the account's name; others as they are.
std::string called(Names const& names, std::string_view who);
/// "peer:4" and "organisation:4" with the organisation's name; "public", "team:account:3" in words.
std::string recipient_name(Names const& names, std::string_view reference);

}  // namespace tocsin::api
