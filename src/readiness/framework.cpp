#include "readiness/framework.hpp"

#include <algorithm>

namespace tocsin::readiness {
namespace {

constexpr std::array<std::string_view, 3> sure_words = {"confirmed", "seen", "to-check"};
constexpr std::array<std::string_view, 4> kind_words = {"services", "maturity", "document", "list"};

template <class T>
T const* by_id(std::vector<T> const& list, std::string_view id) {
    auto const found = std::ranges::find(list, id, &T::id);
    return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::string_view name_of(Sure sure) {
    return word_of(sure_words, sure);
}
std::string_view name_of(FrameworkKind kind) {
    return word_of(kind_words, kind);
}

void append(JsonWriter& json, Texts const& texts) {
    json.object();
    for (std::size_t i = 0; i < languages.size(); ++i) json.field(languages[i], texts.in[i]);
    json.end();
}

std::int64_t Scale::most() const {
    std::int64_t most = 0;
    for (auto const& level : levels) most = std::max(most, level.value.value_or(0));
    return most;
}

bool Scale::has(std::optional<std::int64_t> value) const {
    return std::ranges::any_of(levels, [&](Level const& level) { return level.value == value; });
}

Item const* Framework::item(std::string_view item_id) const {
    return by_id(items, item_id);
}
Assignment const* Framework::assignment(std::string_view assignment_id) const {
    return by_id(assignments, assignment_id);
}
Recommendation const* Framework::recommendation(std::string_view recommendation_id) const {
    return by_id(recommendations, recommendation_id);
}
Scale const* Framework::scale(std::string_view scale_id) const {
    return by_id(scales, scale_id);
}

Scale const* Framework::scale_for(Item const& item, std::string_view assigned) const {
    if (auto const* const own = scale(item.scale)) return own;
    if (auto const* const given = assignment(assigned))
        if (auto const* const its = scale(given->scale)) return its;
    return scales.empty() ? nullptr : &scales.front();
}

Country const* Countries::find(std::string_view code) const {
    auto const found = std::ranges::find_if(countries, [&](Country const& country) {
        return equal_ignoring_case(country.iso2, code) || equal_ignoring_case(country.iso3, code) ||
               country.m49 == code || equal_ignoring_case(country.name.english(), code);
    });
    return found == countries.end() ? nullptr : &*found;
}

}  // namespace tocsin::readiness
