#pragma once
#include "base/base.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats {

/// A PCRE2 regular expression over UTF-8 whose groups are asked for. It can't run away: calls, depth and memory of one
/// match are bounded; a text on which it would take longer does not match. Safe from any thread.
class Pattern {
  public:
    /// Limits: 4096 bytes, 64 groups. Errors: Code::invalid with PCRE2's words and the offset.
    static Result<Pattern> compile(std::string_view expression);

    /// The names of the groups `(?P<name>...)`, in the order of the text.
    std::vector<std::string> const& names() const;
    std::size_t groups() const;

    /// Matches anywhere in the text; `found[0]` is the whole match, the others the groups, empty where one took no
    /// part.
    bool match(std::string_view text, std::vector<std::string_view>& found) const;
    bool matches(std::string_view text) const;
    /// Of a named group by its place in `names()`: its number in `found`.
    std::size_t number_of(std::size_t name) const;

  private:
    struct State;
    std::shared_ptr<State const> state_;
};

}  // namespace tocsin::formats
