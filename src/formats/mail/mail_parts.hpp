#pragma once
#include "base/base.hpp"
#include "formats/inflate.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats::mail {

struct MailPart {
    std::string name;  ///< the last part of its file name, or empty
    std::string type;  ///< "text/csv", in lower case
    std::string bytes;
    bool is_attachment = false;  ///< has a file name, or says that it is one
};

struct MailPartsLimits {
    std::size_t mail_bytes = std::size_t{64} << 20;
    std::size_t parts = 256;
    std::uint64_t bytes = std::uint64_t{512} << 20;  ///< of all parts, unpacked
    int depth = 8;                                   ///< of mails and archives in each other
};

/// Whether these bytes begin like a mail: header fields, among them From, Received, Subject, MIME-Version or such.
bool looks_like_mail(std::string_view first_bytes);

/// A mail that came, taken apart.
struct Mail {
    std::string subject, from, id;  ///< UTF-8; the Message-ID without brackets
    std::vector<MailPart> parts;    ///< the leaves, in the order they stand in
    bool is_encrypted = false;      ///< a part of it is, by PGP/MIME, inline PGP or S/MIME: what it holds is not known
};

/// Takes a mail apart: its parts without multiparts, also those of forwarded mails (RFC 2046 section 5.2.1) and of
/// attached .eml files, zip archives and gzip and zstd files unpacked, whatever is inside of what. Transfer encodings
/// are undone; the bytes are otherwise as they were sent.
///
/// Source: RFC 5322, RFC 2045 to 2047, RFC 2231. Errors: Code::invalid for what is no mail or an archive that is
/// damaged or encrypted, Code::limit.
Result<Mail> read_mail(std::string_view mail, MailPartsLimits const& limits = {});

}  // namespace tocsin::formats::mail
