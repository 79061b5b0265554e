#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tocsin::formats::stix_pattern {

/// A PCRE2 regular expression that can't run away: PCRE2's own limits on calls, depth and memory are set, and nothing
/// is compiled to machine code. Safe from any thread.
class RegularExpression {
  public:
    enum class Subject : std::uint8_t { text, bytes };

    /// `expression` is UTF-8 for texts and raw bytes for bytes. Errors: Code::invalid with PCRE2's words and the
    /// offset.
    static Result<RegularExpression> compile(std::string_view expression, Subject subject);

    /// True when it matches anywhere in the subject. `steps` bounds PCRE2's internal calls. Errors: Code::limit.
    Result<bool> matches(std::string_view subject, std::uint32_t steps) const;

  private:
    std::shared_ptr<void const> code_;  ///< pcre2_code, immutable
};

/// Unicode normalisation form C of UTF-8 text. ASCII comes back as it is.
std::string nfc(std::string_view text);

}  // namespace tocsin::formats::stix_pattern
