#include "readiness/reach_words.hpp"

#include "base/embedded.hpp"
#include "formats/formats.hpp"
#include "readiness/framework.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::readiness {

ReachWords::ReachWords(std::string_view code) : code_(code) {
    auto const path = fmt::format("texts/reachability/{}.toml", code);
    auto const bytes = embedded::find(path);
    TOCSIN_ASSERT(bytes.has_value());
    auto const root = formats::parse_toml(*bytes, path);
    TOCSIN_ASSERT(root.has_value());
    for (auto const& member : root->members())
        if (auto const* const text = member.value.text()) words_[member.key] = *text;
}

bool ReachWords::has(std::string_view language) {
    return std::ranges::find(languages, language) != languages.end();
}

ReachWords const& ReachWords::of(std::string_view language) {
    static auto const all = [] {
        std::map<std::string, ReachWords, std::less<>> read;
        for (auto const code : languages) read.emplace(code, ReachWords(code));
        return read;
    }();
    auto const found = all.find(language);
    return found == all.end() ? all.find("en")->second : found->second;
}

std::string_view ReachWords::get(std::string_view key) const {
    auto const found = words_.find(key);
    return found == words_.end() ? key : std::string_view(found->second);
}

std::string ReachWords::replaced(std::string_view key, Values values, bool with_isolates) const {
    std::string out;
    auto rest = get(key);
    for (auto brace = rest.find('{'); brace != std::string_view::npos; brace = rest.find('{')) {
        auto const end = rest.find('}', brace);
        if (end == std::string_view::npos) break;
        auto const name = rest.substr(brace + 1, end - brace - 1);
        auto const value = std::ranges::find(values, name, &std::pair<std::string_view, std::string_view>::first);
        out += rest.substr(0, brace);
        if (value != values.end())
            out += with_isolates ? fmt::format("\u2068{}\u2069", value->second) : std::string(value->second);
        rest.remove_prefix(end + 1);
    }
    return out.append(rest);
}

std::string ReachWords::fill(std::string_view key, Values values) const {
    return replaced(key, values, is_right_to_left());
}
std::string ReachWords::plain(std::string_view key, Values values) const {
    return replaced(key, values, false);
}

}  // namespace tocsin::readiness
