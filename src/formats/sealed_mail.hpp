#pragma once
#include "formats/mail/mail_parts.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats::mail {

/// A part of a mail that is encrypted or signed.
struct SealedPart {
    enum class Kind : std::uint8_t {
        openpgp,         ///< an OpenPGP message (RFC 3156, or inline)
        openpgp_signed,  ///< `bytes` and a detached OpenPGP signature
        cms,             ///< S/MIME: enveloped or signed data (RFC 8551), DER
        cms_signed,      ///< `bytes` and a detached CMS signature
    };
    Kind kind = Kind::openpgp;
    std::string bytes;
    std::string signature = {};
    std::string from = {};  ///< as the mail says
};

/// What came out of it.
struct UnsealedPart {
    std::string bytes = {};  ///< not used of what was only signed
    std::string label = {};  ///< who signed, in any words: stands with every part that it covers
};
/// None: it can't be opened (who asks keeps why).
using Unseal = std::function<std::optional<UnsealedPart>(SealedPart const& part)>;

struct UnsealedMail {
    Mail mail;                        ///< is_encrypted: a part of it could not be opened
    std::vector<std::string> labels;  ///< of each of mail.parts: of the innermost signature that covers it, or empty
};

/// As read_mail, and opens what is sealed, whatever is inside of what: the limits hold for what comes out, too. The
/// subject is the protected one (RFC 9788) when there is one.
Result<UnsealedMail> read_sealed_mail(std::string_view mail, MailPartsLimits const& limits, Unseal const& unseal);

}  // namespace tocsin::formats::mail
