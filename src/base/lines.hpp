#pragma once
#include <string>
#include <string_view>
#include <vector>

/// Lists of texts as one text, a line each, as columns and cells keep them.
namespace tocsin {

/// The lines that are not empty.
std::vector<std::string> lines_in(std::string_view text);
std::string as_lines(std::vector<std::string> const& list);

}  // namespace tocsin
