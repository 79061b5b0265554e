#pragma once
#include <span>
#include <string>
#include <string_view>

namespace tocsin::intelligence {

/// A JSON object without what the selectors name (STIX 2.1 section 7.2.3.1), and without the granular markings that
/// spoke of it. Selectors that name nothing are passed over. `json` is an object that was read before.
std::string without_selected(std::string_view json, std::span<std::string const> selectors);

}  // namespace tocsin::intelligence
