#include "base/lines.hpp"

#include "base/text.hpp"

#include <fmt/ranges.h>

namespace tocsin {

std::vector<std::string> lines_in(std::string_view text) {
    std::vector<std::string> list;
    for (auto const line : split(text, '\n'))
        if (!line.empty()) list.emplace_back(line);
    return list;
}

std::string as_lines(std::vector<std::string> const& list) {
    return fmt::format("{}", fmt::join(list, "\n"));
}

}  // namespace tocsin
