#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a mail server says, apart from the connection (RFC 3501). Private to net. What comes in is hostile.
namespace tocsin::net {

/// One line of the server with the literals in it.
struct ImapAnswer {
    std::string text;     ///< without literals
    std::string literal;  ///< the last one
    bool has_literal = false;

    friend bool operator==(ImapAnswer const&, ImapAnswer const&) = default;
};

/// Puts answers together out of bytes as they come. After an error it is of no use any more.
class ImapReader {
  public:
    static constexpr std::size_t longest_line = std::size_t{1} << 20;

    void add(std::string_view bytes);
    /// The next answer, or nothing until more bytes are added. `most_literal` must not change within an answer.
    /// Errors: Code::invalid for a line without end, and for more than was asked for.
    Result<std::optional<ImapAnswer>> next(std::uint64_t most_literal);

  private:
    std::string buffer_;
    std::size_t at_ = 0;
    ImapAnswer answer_;
    std::uint64_t missing_ = 0;  ///< bytes of the literal that is being read
};

/// The number behind a word: "UIDVALIDITY 7".
std::optional<std::uint32_t> imap_number_behind(std::string_view text, std::string_view word);
/// Adds those of "* SEARCH 2 84 882"; other answers have none.
void add_imap_uids(std::string_view text, std::vector<std::uint32_t>& uids);

}  // namespace tocsin::net
