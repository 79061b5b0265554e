#include "events/toml_keys.hpp"

namespace tocsin::events {

void TomlKeys::fault(TomlValue const& at, std::string_view key, std::string_view expected) {
    faults_ += fmt::format("{}{}:{}: {}: expected {}", faults_.empty() ? "" : "\n", path_, at.line, key, expected);
}

void TomlKeys::take(TomlValue const& t, std::string_view key, Taker const& taker, std::string_view section) {
    known_.emplace_back(section, key);
    if (auto const* node = t.get(key))
        taker(*node, section.empty() ? std::string(key) : fmt::format("{}.{}", section, key));
}

void TomlKeys::refuse_others(TomlValue const& t, std::string_view section) {
    for (auto const& [key, node] : t.members()) {
        auto const is_this = [&](auto const& known) { return known.first == section && known.second == key; };
        if (std::ranges::none_of(known_, is_this))
            fault(node, section.empty() ? key : fmt::format("{}.{}", section, key),
                  "no such key here (see docs/add-a-feed.md)");
    }
    std::erase_if(known_, [&](auto const& known) { return known.first == section; });
}

TomlKeys::Taker TomlKeys::text(std::string& into) {
    return [this, &into](auto const& node, auto const& key) {
        if (auto const* const value = node.text())
            into = *value;
        else
            fault(node, key, "a text in quotes");
    };
}

TomlKeys::Taker TomlKeys::character(char& into, bool may_be_empty) {
    return [this, &into, may_be_empty](auto const& node, auto const& key) {
        auto const* const value = node.text();
        if (value && value->size() == 1 && *value != "\n" && *value != "\r")
            into = value->front();
        else if (value && value->empty() && may_be_empty)
            into = '\0';
        else
            fault(node, key, "one ASCII character");
    };
}

TomlKeys::Taker TomlKeys::pattern(std::optional<formats::Pattern>& into) {
    return [this, &into](auto const& node, auto const& key) {
        auto const* const value = node.text();
        if (value == nullptr || value->empty()) return fault(node, key, "a regular expression in single quotes");
        auto made = formats::Pattern::compile(*value);
        if (made)
            into = *std::move(made);
        else
            fault(node, key, "a regular expression; " + made.error().message);
    };
}

TomlKeys::Taker TomlKeys::zone(std::optional<formats::TimeZone>& into) {
    return [this, &into](auto const& node, auto const& key) {
        auto const* const value = node.text();
        into = value != nullptr ? formats::TimeZone::named(*value) : std::nullopt;
        if (!into) fault(node, key, "a time zone, as \"Europe/Madrid\"");
    };
}

TomlKeys::Taker TomlKeys::only_word(std::string_view expected, bool& into) {
    return [this, expected, &into](auto const& node, auto const& key) {
        auto const* const value = node.text();
        into = value != nullptr && *value == expected;
        if (!into) fault(node, key, fmt::format("\"{}\"", expected));
    };
}

TomlKeys::Taker TomlKeys::pairs(std::vector<std::pair<std::string, std::string>>& into) {
    return [this, &into](auto const& node, auto const& key) {
        into.clear();
        if (!node.is_table() || node.members().empty())
            return fault(node, key, "texts for texts, as { \"a\" = \"b\" }");
        for (auto const& [from, value] : node.members()) {
            if (auto const* const to = value.text(); to != nullptr && !from.empty())
                into.emplace_back(from, *to);
            else
                return fault(value, key, "texts for texts, as { \"a\" = \"b\" }");
        }
    };
}

TomlKeys::Taker TomlKeys::truth(bool& into) {
    return [this, &into](auto const& node, auto const& key) {
        if (auto const value = node.truth())
            into = *value;
        else
            fault(node, key, "true or false");
    };
}

TomlKeys::Taker TomlKeys::number(int& into, int least, int most) {
    return [this, &into, least, most](auto const& node, auto const& key) {
        auto const value = node.integer();
        if (value && *value >= least && *value <= most)
            into = static_cast<int>(*value);
        else
            fault(node, key, fmt::format("a number from {} to {}", least, most));
    };
}

TomlKeys::Taker TomlKeys::texts(std::vector<std::string>& into) {
    return [this, &into](auto const& node, auto const& key) {
        into.clear();
        auto const* list = node.list();
        if (list == nullptr || list->size() > 4096) return fault(node, key, "a list of texts");
        for (auto const& item : *list) {
            if (auto const* const value = item.text())
                into.push_back(*value);
            else
                return fault(item, key, "a list of texts");
        }
    };
}

TomlKeys::Taker TomlKeys::table(std::function<void(TomlValue const&)> inner) {
    return [this, inner](auto const& node, auto const& key) {
        if (node.is_table())
            inner(node);
        else
            fault(node, key, "a section");
    };
}

}  // namespace tocsin::events
