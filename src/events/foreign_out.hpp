#pragma once
#include <string>
#include <string_view>

/// Events in the formats of other teams.
namespace tocsin::events {

/// An event (JSON with dotted keys) as an IDEA0 object on one line. Its TLP stands in Note, of X-ARF 4 in tags.
std::string idea_of_event(std::string_view event);
/// As X-ARF 4 on one line. `reporter` is a mail address.
std::string xarf_of_event(std::string_view event, std::string_view reporter);
/// As the YAML part of an X-ARF 0.2 mail, with "---" in front.
std::string xarf_yaml_of_event(std::string_view event, std::string_view reporter);

}  // namespace tocsin::events
