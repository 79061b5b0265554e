#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::formats {

/// A host name with other letters than ASCII in its A-label form: "bücher.example" is "xn--bcher-kva.example".
///
/// Source: UTS #46, non-transitional. Nothing for a name that has no such form. Safe from any thread.
std::optional<std::string> idna_to_ascii(std::string_view name);

}  // namespace tocsin::formats
