#pragma once
#include "app/command.hpp"
#include "app/instance.hpp"
#include "intelligence/intelligence.hpp"

/// What the commands about saved searches and watches share.
namespace tocsin::app {

void append_search(JsonWriter& json, intelligence::SavedSearch const& search);
std::string line_of(intelligence::SavedSearch const& search);
void append_watch(JsonWriter& json, intelligence::Watch const& watch);
std::string line_of(intelligence::Watch const& watch);

}  // namespace tocsin::app
