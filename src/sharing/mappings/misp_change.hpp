#pragma once
#include "formats/formats.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What of a MISP element STIX has changed since it came. Private to the mappings.
namespace tocsin::sharing::misp {

/// The object is another version than the one that was made of the element.
bool is_changed(formats::stix::ObjectView const& object);
/// The element of a changed object: its value, comment, tags, deletion and time are the object's. `kind` is that of the
/// extension. What is not of `kinds` attribute, proposal, object, report, event stays as it was.
std::string changed_element(formats::JsonTree const& tree, formats::stix::ObjectView const& object,
                            formats::JsonValue element, std::string_view kind);

/// Names and JSON of members.
using Members = std::vector<std::pair<std::string, std::string>>;
/// The element with these members in place of its own, or behind them.
std::string with_members(formats::JsonTree const& tree, formats::JsonValue element, Members const& members);

/// The tags of an object: its labels, and one for each level it is marked with.
std::vector<std::string> tags_of(formats::stix::ObjectView const& object);

/// The one value of a pattern; nothing when it asks for more or something else.
std::optional<formats::Observable> single_value(std::string_view pattern);

}  // namespace tocsin::sharing::misp
