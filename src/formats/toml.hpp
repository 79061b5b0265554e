#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tocsin::formats {

struct TomlMember;

/// A value of a TOML document, and where it stands. Dates and times are values of no kind: nothing here asks for them.
class TomlValue {
  public:
    std::size_t line = 0;  ///< counted from 1; of a section its heading

    std::string const* text() const { return std::get_if<std::string>(&value); }
    std::optional<std::int64_t> integer() const { return found<std::int64_t>(); }
    std::optional<double> real() const { return found<double>(); }
    std::optional<bool> truth() const { return found<bool>(); }
    std::vector<TomlValue> const* list() const { return std::get_if<std::vector<TomlValue>>(&value); }
    bool is_table() const { return std::holds_alternative<std::vector<TomlMember>>(value); }
    /// Of a table, in the order of their keys; of anything else none.
    std::span<TomlMember const> members() const;
    /// The member of that name; none if there is none, or this is no table.
    TomlValue const* get(std::string_view key) const;

    std::variant<std::monostate, std::string, std::int64_t, double, bool, std::vector<TomlValue>,
                 std::vector<TomlMember>>
        value;

  private:
    template <class T>
    std::optional<T> found() const {
        auto const* const here = std::get_if<T>(&value);
        return here != nullptr ? std::optional(*here) : std::nullopt;
    }
};

struct TomlMember {
    std::string key;
    TomlValue value;
};

/// Reads a TOML document; the result is its outermost table. The only reader of TOML in the house.
///
/// Source: TOML 1.0. `name` (a file's) stands in front of every message.
/// Limits: 1 MiB, then Code::limit; 256 values inside each other.
/// Errors: Code::invalid as "NAME:LINE: what is wrong".
Result<TomlValue> parse_toml(std::string_view text, std::string_view name);

}  // namespace tocsin::formats
