#pragma once
#include "events/sources.hpp"

#include <string_view>

/// What a source may be. Private to the room.
namespace tocsin::events {

/// Errors: Code::invalid, naming the field and what was expected.
Status check_source(Source const& draft);
Status check_source_secret(Source const& draft, std::string_view login, std::string_view secret);

}  // namespace tocsin::events
