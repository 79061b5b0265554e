#pragma once
#include "net/mail_seal.hpp"

/// The two ways of sealing, apart. Private to the room.
namespace tocsin::net {

namespace openpgp {
Result<MailKey> read_key(std::string_view armour, Timestamp now, std::filesystem::path const& work);
Result<MailKey> public_half(std::string_view secret, Timestamp now, std::filesystem::path const& work);
/// An armoured message: `entity` signed by `secret` (unless empty) and encrypted to the keys.
Result<std::string> seal(std::string_view entity, std::span<MailKey const> to, std::string_view secret,
                         std::filesystem::path const& work);
struct Detached {
    std::string armour;
    std::string micalg;  ///< "pgp-sha512", RFC 3156 section 5
};
Result<Detached> sign(std::string_view entity, std::string_view secret, std::filesystem::path const& work);
}  // namespace openpgp

namespace smime {
Result<MailKey> read_key(std::string_view pem, Timestamp now);
/// A detached signature (DER).
Result<std::string> sign(std::string_view entity, std::string_view own);
/// Enveloped data (DER).
Result<std::string> encrypt(std::string_view entity, std::span<MailKey const> to);
}  // namespace smime

/// A message apart, as mail_bytes puts it together (mail_message.cpp).
struct MailPieces {
    std::string head;    ///< all header fields but those of MIME
    std::string entity;  ///< MIME: Content-Type and so on, an empty line, the body
};
/// `hides`: the subject is "[...]" and the language is not told.
Result<MailPieces> mail_pieces(MailMessage const& message, bool hides);
std::string base64_lines(std::string_view bytes);
/// A boundary for this message that stands in none of its parts.
std::string mail_boundary(MailMessage const& message, char kind);

}  // namespace tocsin::net
