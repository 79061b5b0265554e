#pragma once
#include "base/base.hpp"
#include "net/mail.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Sealed mail: signed and encrypted by PGP/MIME (RFC 3156) or S/MIME (RFC 8551), and opened again. OpenPGP is done by
/// GnuPG in a home of its own that lives for one operation: nobody's own key ring is read or changed, and no agent is
/// left running. S/MIME is done by OpenSSL. It knows no CIRT word. Safe from any thread.
namespace tocsin::net {

enum class SealKind : std::uint8_t { openpgp, smime };
std::string_view name_of(SealKind kind);  ///< "openpgp", "smime"

/// A public key or certificate, and what is to be known about it.
struct MailKey {
    SealKind kind = SealKind::openpgp;
    std::string fingerprint = {};        ///< upper case: OpenPGP's, or the SHA-256 of a certificate
    std::string other_fingerprint = {};  ///< the SHA-1 of a certificate, as older programs show it
    std::string algorithm = {};          ///< of what is encrypted to: "RSA 3072", "cv25519"
    std::vector<std::string> addresses = {};
    std::optional<Timestamp> created = {}, expires = {};
    std::string text = {};     ///< in armour
    std::string trouble = {};  ///< why nothing may be encrypted to it; empty: it may

    bool has_fingerprint(std::string_view given) const;
};

/// Reads one OpenPGP public key or X.509 certificate in armour (PEM). `work`: a folder for what GnuPG needs meanwhile.
/// Self-signatures by SHA-1 or MD5 do not count; RSA keys below 2048 bits are in trouble, and so are keys that are
/// expired at `now`, revoked or not for encrypting.
/// Errors: Code::invalid for what holds no key, several, or a secret one.
Result<MailKey> read_mail_key(std::string_view text, Timestamp now, std::filesystem::path const& work);

/// Our own keys: secret keys without a passphrase, in armour; empty without.
struct OwnMailKeys {
    std::string openpgp = {};
    std::string smime = {};               ///< PEM: a certificate, those it was issued by, and its key (PKCS #8)
    std::vector<std::string> older = {};  ///< keys of both kinds that only open what was sealed to them
};

/// A new OpenPGP key pair for signing and encrypting, good for that many years from now: the secret key in armour.
Result<std::string> make_openpgp_key(Mailbox const& owner, int years, std::filesystem::path const& work);
/// Checks a secret key in armour that somebody gives us. Errors: Code::invalid: none, several, with a passphrase.
Result<std::string> check_openpgp_secret(std::string_view text, Timestamp now, std::filesystem::path const& work);
/// A certificate and its key from PEM or PKCS #12, as OwnMailKeys::smime. Errors: Code::invalid.
Result<std::string> read_smime_secret(std::string_view bytes, std::string_view passphrase);
/// The public half of our own key of a kind. Errors: Code::not_found without one.
Result<MailKey> public_half(OwnMailKeys const& own, SealKind kind, Timestamp now, std::filesystem::path const& work);

/// The message as mail_bytes gives it, but for its inside, which is signed by our key of that kind (when there is one)
/// and encrypted to all of `to`, which must be of one kind. The inside holds the header fields, too (RFC 9788); outside
/// the subject is "[...]". The same message gives other bytes each time: keep them until they were sent.
/// Errors: those of mail_bytes; Code::invalid for a key in trouble; Code::unavailable when GnuPG can't be run.
Result<std::string> sealed_mail_bytes(MailMessage const& message, std::span<MailKey const> to, OwnMailKeys const& own,
                                      std::filesystem::path const& work);

/// The message in clear, signed by our key of that kind: PGP/MIME (RFC 3156 section 5) or S/MIME (RFC 8551 section
/// 3.5.3). The header fields are signed, too (RFC 9788, hp="clear"). Made again it may have other bytes: keep them
/// until they were sent. Errors: those of mail_bytes; Code::not_found without a key of ours of that kind;
/// Code::unavailable when GnuPG can't be run.
Result<std::string> signed_mail_bytes(MailMessage const& message, SealKind kind, OwnMailKeys const& own,
                                      std::filesystem::path const& work);

/// Removes what operations left behind in `work` when they were killed, the agents of GnuPG that wait there among it.
/// No secret key of ours ever lies outside `work`. To be called when nothing of this folder runs.
void sweep_mail_work(std::filesystem::path const& work);

/// Who signed what was opened.
struct MailSignature {
    enum class State : std::uint8_t {
        good,
        bad,      ///< it was changed, or the key is revoked or expired
        unknown,  ///< by a key that nobody has told us
    };
    State state = State::unknown;
    std::string fingerprint = {};  ///< what is known of the key; may be empty
    std::string words = {};        ///< "by abuse@power.example", "the key is expired"
};
std::string_view name_of(MailSignature::State state);

/// What was sealed, open.
struct OpenedMail {
    std::string bytes = {};
    std::vector<MailSignature> signatures = {};
};

/// Opens sealed parts with our keys.
class MailOpener {
  public:
    /// `signers`: public keys and certificates in armour whose signatures are recognised; what can't be read of them is
    /// left out. `most_bytes` bounds what comes out, whatever a compressed packet promises.
    MailOpener(OwnMailKeys own, std::vector<std::string> signers, std::filesystem::path work,
               std::size_t most_bytes = std::size_t{256} << 20)
        : own_(std::move(own)), signers_(std::move(signers)), work_(std::move(work)), most_bytes_(most_bytes) {}

    /// An OpenPGP message (armoured or not): decrypted, signatures verified.
    /// Errors: Code::denied when no key of ours opens it, Code::limit, Code::invalid for what is damaged.
    Result<OpenedMail> openpgp(std::string_view message) const;
    /// A detached OpenPGP signature over `content`.
    Result<OpenedMail> openpgp_signed(std::string_view content, std::string_view signature) const;
    /// A CMS structure (DER): enveloped or signed data.
    Result<OpenedMail> smime(std::string_view der) const;
    Result<OpenedMail> smime_signed(std::string_view content, std::string_view der) const;

  private:
    OwnMailKeys own_;
    std::vector<std::string> signers_;
    std::filesystem::path work_;
    std::size_t most_bytes_;
};

}  // namespace tocsin::net
