#include "net/mail_seal.hpp"

#include "net/mail_seal_parts.hpp"

#include <algorithm>
#include <array>

namespace tocsin::net {
namespace {

constexpr std::array<std::string_view, 2> kind_names{"openpgp", "smime"};
constexpr std::array<std::string_view, 3> state_names{"good", "bad", "unknown"};

/// The fields of the head once more, as they stand outside (RFC 9788 section 2.2): who reads can tell them apart.
std::string outer_fields(std::string_view head) {
    std::string out;
    bool is_new = true;
    while (!head.empty()) {
        auto const end = std::min(head.find("\r\n"), head.size() - 2) + 2;
        if (is_new || (head.front() != ' ' && head.front() != '\t')) out += "HP-Outer: ";
        out += head.substr(0, end);
        head.remove_prefix(end);
        is_new = false;
    }
    return out;
}

/// What is sealed: the header fields as they are meant, and the body. The parameter says so, in the words of RFC 9788
/// and in those that came before it.
std::string payload_of(MailPieces const& meant, std::string_view outer, std::string_view how) {
    auto entity = meant.entity;
    auto end = entity.find("\r\n");  // of Content-Type, which comes first and may be folded
    while (end != std::string::npos && end + 2 < entity.size() && entity[end + 2] == ' ')
        end = entity.find("\r\n", end + 2);
    entity.insert(end, fmt::format(";\r\n hp=\"{}\"; protected-headers=\"v1\"", how));
    return meant.head + std::string(outer) + entity;
}

std::string mail_lines(std::string_view armour) {
    std::string lines;
    for (auto line : split(armour, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines += line;
        lines += "\r\n";
    }
    while (lines.ends_with("\r\n\r\n")) lines.resize(lines.size() - 2);
    return lines;
}

std::string pgp_signed(MailMessage const& message, std::string_view payload, openpgp::Detached const& signature) {
    return fmt::format(
        "Content-Type: multipart/signed; protocol=\"application/pgp-signature\";\r\n micalg={3}; "
        "boundary=\"{0}\"\r\n\r\n--{0}\r\n{1}\r\n--{0}\r\nContent-Type: application/pgp-signature; "
        "name=\"signature.asc\"\r\nContent-Description: OpenPGP digital signature\r\nContent-Disposition: attachment; "
        "filename=\"signature.asc\"\r\n\r\n{2}\r\n--{0}--\r\n",
        mail_boundary(message, 's'), payload, mail_lines(signature.armour), signature.micalg);
}

std::string pgp_mime(MailMessage const& message, std::string_view armour) {
    auto const boundary = mail_boundary(message, 'e');
    return fmt::format(
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n boundary=\"{0}\"\r\n\r\n"
        "--{0}\r\nContent-Type: application/pgp-encrypted\r\nContent-Description: PGP/MIME version identification\r\n"
        "\r\nVersion: 1\r\n\r\n--{0}\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n"
        "Content-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n{1}\r\n--{0}--\r\n",
        boundary, mail_lines(armour));
}

Result<std::string> smime_signed(MailMessage const& message, std::string const& payload, std::string_view own) {
    TRY(auto const signature, smime::sign(payload, own));
    auto const boundary = mail_boundary(message, 's');
    return fmt::format(
        "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n micalg=sha-256; "
        "boundary=\"{0}\"\r\n\r\n--{0}\r\n{1}\r\n--{0}\r\nContent-Type: application/pkcs7-signature; "
        "name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; "
        "filename=\"smime.p7s\"\r\n\r\n{2}\r\n--{0}--\r\n",
        boundary, payload, base64_lines(signature));
}

std::string smime_enveloped(std::string_view der) {
    return "Content-Type: application/pkcs7-mime; smime-type=enveloped-data;\r\n name=\"smime.p7m\"\r\n"
           "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n" +
           base64_lines(der);
}

}  // namespace

std::string_view name_of(SealKind kind) {
    return word_of(kind_names, kind);
}
std::string_view name_of(MailSignature::State state) {
    return word_of(state_names, state);
}

bool MailKey::has_fingerprint(std::string_view given) const {
    return equal_ignoring_case(given, fingerprint) ||
           (!other_fingerprint.empty() && equal_ignoring_case(given, other_fingerprint));
}

Result<MailKey> read_mail_key(std::string_view text, Timestamp now, std::filesystem::path const& work) {
    text = trimmed(text);
    if (text.contains("-----BEGIN PGP ")) return openpgp::read_key(text, now, work);
    if (text.contains("-----BEGIN CERTIFICATE-----")) return smime::read_key(text, now);
    return fail(Code::invalid,
                "expected an OpenPGP public key in armour (-----BEGIN PGP PUBLIC KEY BLOCK-----) or a certificate "
                "(-----BEGIN CERTIFICATE-----)");
}

Result<MailKey> public_half(OwnMailKeys const& own, SealKind kind, Timestamp now, std::filesystem::path const& work) {
    auto const& secret = kind == SealKind::openpgp ? own.openpgp : own.smime;
    if (secret.empty()) return fail(Code::not_found, fmt::format("there is no {} key of ours", name_of(kind)));
    if (kind == SealKind::openpgp) return openpgp::public_half(secret, now, work);
    constexpr std::string_view last = "-----END CERTIFICATE-----";
    auto const end = secret.find(last);
    if (end == std::string::npos) return fail(Code::invalid, "our S/MIME key file holds no certificate");
    return smime::read_key(std::string_view(secret).substr(0, end + last.size()), now);
}

Result<std::string> sealed_mail_bytes(MailMessage const& message, std::span<MailKey const> to, OwnMailKeys const& own,
                                      std::filesystem::path const& work) {
    if (to.empty()) return fail(Code::internal, "a message is sealed to somebody");
    auto const kind = to.front().kind;
    for (auto const& key : to) {
        if (!key.trouble.empty())
            return fail(Code::invalid, fmt::format("the key {}: {}", key.fingerprint, key.trouble));
        if (key.kind != kind) return fail(Code::internal, "a message is sealed by OpenPGP or by S/MIME, not by both");
    }
    TRY(auto const meant, mail_pieces(message, false));
    TRY(auto const outside, mail_pieces(message, true));
    auto payload = payload_of(meant, outer_fields(outside.head), "cipher");
    std::string body;
    if (kind == SealKind::openpgp) {
        TRY(auto const armour, openpgp::seal(payload, to, own.openpgp, work));
        body = pgp_mime(message, armour);
    } else {
        if (!own.smime.empty()) {
            TRY(payload, smime_signed(message, payload, own.smime));
        }
        TRY(auto const der, smime::encrypt(payload, to));
        body = smime_enveloped(der);
    }
    return outside.head + "MIME-Version: 1.0\r\n" + body;
}

Result<std::string> signed_mail_bytes(MailMessage const& message, SealKind kind, OwnMailKeys const& own,
                                      std::filesystem::path const& work) {
    auto const& secret = kind == SealKind::openpgp ? own.openpgp : own.smime;
    if (secret.empty()) return fail(Code::not_found, fmt::format("there is no {} key of ours", name_of(kind)));
    TRY(auto const meant, mail_pieces(message, false));
    auto const payload = payload_of(meant, "", "clear");
    std::string body;
    if (kind == SealKind::openpgp) {
        TRY(auto const signature, openpgp::sign(payload, secret, work));
        body = pgp_signed(message, payload, signature);
    } else {
        TRY(body, smime_signed(message, payload, secret));
    }
    return meant.head + "MIME-Version: 1.0\r\n" + body;
}

}  // namespace tocsin::net
