#include "reports/repair/anonymous.hpp"

#include <algorithm>

namespace tocsin::reports {
namespace {

using Named = std::pair<std::string, std::vector<HeldCount>>;

/// What is asked of lines: columns whose whole has too few behind it are told in none.
struct Asked {
    std::int64_t fewest;
    std::vector<bool> columns;

    bool may_show(std::vector<HeldCount> const& cells) const {
        for (std::size_t i = 0; i < cells.size(); ++i)
            if (columns[i] && !cells[i].may_be_shown(fewest)) return false;
        return true;
    }
};

std::size_t holders_of(std::vector<HeldCount> const& cells) {
    std::size_t most = 0;
    for (auto const& cell : cells) most = std::max(most, cell.holders.size());
    return most;
}

Line line_of(std::string key, std::string const& words, std::vector<HeldCount> const& cells, Asked const& asked) {
    Line line{.key = std::move(key), .words = words, .values = {}};
    for (std::size_t i = 0; i < cells.size(); ++i)
        line.values.push_back(asked.columns[i] ? std::optional(static_cast<double>(cells[i].count)) : std::nullopt);
    return line;
}

Asked asked_of(HeldLines const& lines, std::int64_t fewest) {
    std::vector<HeldCount> whole;
    for (auto const& [key, cells] : lines) {
        whole.resize(std::max(whole.size(), cells.size()));
        for (std::size_t i = 0; i < cells.size(); ++i) whole[i].add(cells[i]);
    }
    Asked asked{fewest, {}};
    for (auto const& cell : whole) asked.columns.push_back(cell.may_be_shown(fewest));
    return asked;
}

}  // namespace

std::vector<Line> anonymous_lines(HeldLines const& lines, std::string const& words, std::int64_t fewest, bool by_key) {
    auto const asked = asked_of(lines, fewest);
    std::vector<Named> kept;
    std::vector<HeldCount> other;
    auto const fold = [&](std::vector<HeldCount> const& cells) {
        other.resize(std::max(other.size(), cells.size()));
        for (std::size_t i = 0; i < cells.size(); ++i) other[i].add(cells[i]);
    };
    for (auto const& [key, cells] : lines) {
        if (asked.may_show(cells)) {
            kept.emplace_back(key, cells);
        } else {
            fold(cells);
        }
    }
    std::ranges::sort(kept, [](Named const& a, Named const& b) {
        return std::pair(holders_of(b.second), std::string_view(a.first)) <
               std::pair(holders_of(a.second), std::string_view(b.first));
    });
    while (!kept.empty() && !asked.may_show(other)) {
        fold(kept.back().second);
        kept.pop_back();
    }
    std::ranges::sort(kept, [&](Named const& a, Named const& b) {
        auto const size = [&](Named const& one) { return by_key || one.second.empty() ? 0 : -one.second[0].count; };
        return std::pair(size(a), std::string_view(a.first)) < std::pair(size(b), std::string_view(b.first));
    });
    std::vector<Line> shown;
    shown.reserve(kept.size() + 1);
    for (auto const& [key, cells] : kept) shown.push_back(line_of(key, words, cells, asked));
    if (!other.empty()) shown.push_back(line_of(std::string(folded_key), words, other, asked));
    return shown;
}

}  // namespace tocsin::reports
