#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::net {

struct MailPart {
    std::string name;   ///< of a file: its last part, UTF-8; empty: it has none
    std::string type;   ///< "text/csv", lower case
    std::string bytes;  ///< without the transfer encoding
};

/// A message that came, taken apart.
struct MailParts {
    std::string subject, from, id;  ///< UTF-8; the Message-ID without brackets
    std::vector<MailPart> parts;    ///< the leaves in order, also those of messages inside
    bool is_encrypted = false;      ///< a part of it is, by PGP/MIME or S/MIME, and is not in `parts`
    bool is_cut = false;            ///< a limit was reached; what is beyond was left out
};

struct MailPartLimits {
    std::size_t bytes = std::size_t{256} << 20;  ///< of all parts, without the transfer encoding
    std::size_t parts = 200;
    int depth = 12;  ///< of multiparts and messages inside each other
};

/// Reads a message (RFC 5322, MIME), whatever it is: broken headers and missing ends are read as far as they go.
/// Errors: Code::invalid when there is no message in it.
Result<MailParts> parse_mail(std::string_view bytes, MailPartLimits const& limits = {});

}  // namespace tocsin::net
