#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats::stix_pattern {

enum class TokenKind : std::uint8_t { end, word, text, integer, decimal, bytes, timestamp, sign };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string_view source;  ///< as written
    std::string value;        ///< of a text or bytes: what it stands for
    std::int64_t integer = 0;
    double decimal = 0;  ///< of an integer too
    Timestamp timestamp;
    std::size_t at = 0;  ///< byte of the pattern
};

/// "line 2, column 5: found x, expected y".
Error syntax_error(std::string_view pattern, std::size_t at, std::string_view found, std::string_view expected);
/// The token for a message.
std::string described(Token const& token);

/// Cuts the pattern into tokens; the last one is `end`. Words are not told apart: what is reserved depends on the
/// place. Errors: Code::invalid; Code::limit for more than `most` tokens.
Result<std::vector<Token>> tokens_of(std::string_view pattern, std::size_t most);

/// The words of the grammar that no path step may be without quotes.
bool is_reserved(std::string_view word);
/// A letter or underscore, then these and digits.
bool is_plain_name(std::string_view word);
/// The timestamp of section 2.13 (RFC 3339 with a Z), or nothing.
std::optional<Timestamp> strict_timestamp(std::string_view text);

}  // namespace tocsin::formats::stix_pattern
