#include "events/parsers/plan.hpp"

#include <algorithm>

namespace tocsin::events {
namespace {

/// The part by its number; nothing if there are not so many.
std::optional<std::string_view> part_of(std::string_view text, std::string_view separator, int number) {
    std::vector<std::string_view> parts;
    while (true) {
        auto const at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) break;
        text.remove_prefix(at + separator.size());
    }
    auto const count = static_cast<int>(parts.size());
    auto const place = number > 0 ? number - 1 : count + number;
    if (place < 0 || place >= count) return std::nullopt;
    return parts[static_cast<std::size_t>(place)];
}

std::optional<std::string_view> matched(formats::Pattern const& pattern, std::string_view text) {
    thread_local std::vector<std::string_view> found;
    if (!pattern.match(text, found)) return std::nullopt;
    return found[found.size() > 1 ? 1 : 0];
}

std::optional<std::string_view> changed(TextShape const& shape, std::string_view text, Arena& arena) {
    if (shape.match) {
        auto const part = matched(*shape.match, text);
        if (!part) return std::nullopt;
        text = *part;
    }
    if (!shape.split.empty()) {
        auto const part = part_of(text, shape.split, shape.part);
        if (!part) return std::nullopt;
        text = *part;
    }
    if (shape.trim) text = stripped(text);
    if (!shape.strip_prefix.empty() && text.starts_with(shape.strip_prefix))
        text.remove_prefix(shape.strip_prefix.size());
    if (!shape.strip_suffix.empty() && text.ends_with(shape.strip_suffix))
        text.remove_suffix(shape.strip_suffix.size());
    for (auto const& [from, to] : shape.replace)
        if (text.contains(from)) text = arena.store(replaced(std::string(text), from, to));
    if (shape.lower) text = arena.store(lowered(text));
    if (shape.upper) text = arena.store(uppered(text));
    if (shape.map.empty()) return text;
    auto const found = std::ranges::find(shape.map, text, &std::pair<std::string, std::string>::first);
    if (found != shape.map.end()) return found->second;
    return shape.otherwise ? std::string_view(*shape.otherwise) : text;
}

}  // namespace

std::string_view shaped(Step const& step, std::string_view text, std::vector<std::string_view> const& texts,
                        Arena& arena) {
    auto const& shape = *step.shape;
    if (!step.join.empty()) {
        std::string joined;
        for (auto const column : step.join)
            if (!texts[column].empty()) joined.append(joined.empty() ? "" : shape.join_with).append(texts[column]);
        text = arena.store(joined);
    }
    if (!text.empty() && shape.changes_text()) text = changed(shape, text, arena).value_or(std::string_view());
    return text.empty() ? std::string_view(shape.default_text) : text;
}

}  // namespace tocsin::events
