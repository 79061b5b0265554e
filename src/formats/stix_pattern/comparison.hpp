#pragma once
#include "formats/stix_pattern/object_graph.hpp"
#include "formats/stix_pattern/pattern.hpp"
#include "formats/stix_pattern/regular_expression.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tocsin::formats::stix_pattern {

/// One comparison with its constant made ready: normalised texts, compiled expressions, networks as numbers.
class ReadyComparison {
  public:
    /// Keeps a reference to the comparison. Errors: Code::invalid for a bad regular expression.
    static Result<ReadyComparison> make(Comparison const& comparison);

    Comparison const& source() const { return *source_; }

    /// Whether one value that the path led to passes, NOT included. Source: STIX 2.1 section 9.6.1.
    ///
    /// Unlike types are unequal, and have no order whether negated or not. A text and bytes compare byte by byte when
    /// all characters of the text are below U+0100. Errors: Code::limit.
    Result<bool> passes(Value const& value, Steps& steps, std::uint32_t regex_steps) const;

  private:
    Result<bool> passes_text(Value const& value, Steps& steps, std::uint32_t regex_steps) const;

    Comparison const* source_ = nullptr;
    std::string pattern_;                     ///< of LIKE, in NFC
    std::optional<RegularExpression> text_;   ///< of MATCHES, for texts
    std::optional<RegularExpression> bytes_;  ///< of MATCHES, for bytes: if all its characters are below U+0100
    std::optional<IpPrefix> network_;         ///< of ISSUBSET and ISSUPERSET
};

/// LIKE of section 9.6.1: `%` any characters, `_` one, the rest itself, over the whole text, both in NFC already.
Result<bool> is_like(std::string_view text, std::string_view pattern, Steps& steps);

}  // namespace tocsin::formats::stix_pattern
