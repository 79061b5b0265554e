#pragma once
#include "formats/formats.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Private to the room: a TOML file read key by key.
namespace tocsin::events {

/// A word of a file and what it stands for.
template <class T>
struct Word {
    std::string_view name;
    T value;
};
template <class T, std::size_t N>
std::string words_of(std::array<Word<T>, N> const& words) {
    std::string all;
    for (auto const& word : words) fmt::format_to(std::back_inserter(all), "{}{}", all.empty() ? "" : ", ", word.name);
    return all;
}

/// Gives each key to who takes it, and collects what is wrong, a line for each fault: file, line, key, what was
/// expected.
class TomlKeys {
  public:
    using TomlValue = formats::TomlValue;
    /// Reads the value of a key into where it belongs; the key is told for its faults.
    using Taker = std::function<void(TomlValue const&, std::string const&)>;

    explicit TomlKeys(std::string path) : path_(std::move(path)) {}

    void fault(TomlValue const& at, std::string_view key, std::string_view expected);
    std::string const& faults() const { return faults_; }

  protected:
    /// Gives the key's value to `taker` and remembers that the key is known.
    void take(TomlValue const& t, std::string_view key, Taker const& taker, std::string_view section = "");
    /// A fault for each key that nobody took.
    void refuse_others(TomlValue const& t, std::string_view section);

    Taker text(std::string& into);
    Taker character(char& into, bool may_be_empty);
    Taker pattern(std::optional<formats::Pattern>& into);
    Taker zone(std::optional<formats::TimeZone>& into);
    Taker only_word(std::string_view expected, bool& into);
    Taker pairs(std::vector<std::pair<std::string, std::string>>& into);
    Taker truth(bool& into);
    Taker number(int& into, int least, int most);
    Taker texts(std::vector<std::string>& into);
    Taker table(std::function<void(TomlValue const&)> inner);
    template <std::size_t N>
    Taker one_of(std::string& into, std::array<std::string_view, N> const& choices) {
        return [this, &into, &choices](auto const& node, auto const& key) {
            auto const* const value = node.text();
            if (value && std::ranges::find(choices, *value) != choices.end())
                into = *value;
            else
                fault(node, key, fmt::format("one of {}", fmt::join(choices, ", ")));
        };
    }
    template <class T, std::size_t N>
    Taker word(T& into, std::array<Word<T>, N> const& words) {
        return [this, &into, &words](auto const& node, auto const& key) {
            auto const* const value = node.text();
            auto const found = value ? std::ranges::find(words, std::string_view(*value), &Word<T>::name) : words.end();
            if (found != words.end())
                into = found->value;
            else
                fault(node, key, "one of " + words_of(words));
        };
    }

  private:
    std::string path_, faults_;
    std::vector<std::pair<std::string, std::string>> known_;  ///< section and key
};

}  // namespace tocsin::events
