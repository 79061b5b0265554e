#pragma once
/// Detection rules within a text. Private to extract.
#include "formats/extract/extract.hpp"

namespace tocsin::formats {

/// The YARA, Sigma and Suricata rules in a text, in order, apart from each other. Linear; limits as in the options.
std::vector<EmbeddedRule> embedded_rules(std::string_view text, ExtractOptions const& options);

}  // namespace tocsin::formats
