#pragma once
#include "constituency/constituency.hpp"
#include "net/dkim.hpp"
#include "net/mail_seal.hpp"
#include "notifications/notifications.hpp"
#include "store/store.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Who can be written to so that nobody else reads it, and with which key; our own keys for mail.
/// docs/decisions/0028-what-was-sealed-is-kept-until-it-was-sent.md.
namespace tocsin::notifications {

/// Our own keys for mail: files in DATA/mail-keys, which only we may read, and which a backup holds. One owner of the
/// data directory is one writer. Every change is audited.
class MailKeys {
  public:
    MailKeys(store::Ledger& ledger, Clock const& clock, std::filesystem::path data)
        : ledger_(ledger), clock_(clock), data_(std::move(data)) {}

    Result<net::OwnMailKeys> own() const;
    /// Whether there is a key of that kind, without looking into it.
    bool has(net::SealKind kind) const;
    /// The public half. Errors: Code::not_found without a key of that kind.
    Result<net::MailKey> public_half(net::SealKind kind) const;
    /// A new OpenPGP key pair. An older one stays for reading what is encrypted to it; `replaces` says that this is
    /// meant. Errors: Code::conflict when there is one and `replaces` is not set.
    Result<net::MailKey> make(net::Mailbox const& owner, int years, bool replaces, access::Principal const& by);
    /// An OpenPGP secret key in armour, or a certificate with its key in PEM or PKCS #12.
    Result<net::MailKey> import(std::string_view bytes, std::string_view passphrase, bool replaces,
                                access::Principal const& by);
    /// The secret key itself, for a safe place elsewhere.
    Result<std::string> export_secret(net::SealKind kind, access::Principal const& by) const;

    /// Removes what an operation that was killed left behind; when nothing of this directory runs.
    static void sweep(std::filesystem::path const& data);
    /// Where GnuPG works; empty between two operations.
    std::filesystem::path work() const { return data_ / "mail-work"; }

  private:
    Result<net::MailKey> keep(net::SealKind kind, std::string const& secret, bool replaces, std::string_view act,
                              access::Principal const& by);
    std::filesystem::path file_of(net::SealKind kind) const;

    store::Ledger& ledger_;
    Clock const& clock_;
    std::filesystem::path data_;
};

/// What a contact's key is good for.
struct ContactKey {
    std::optional<net::MailKey> key;  ///< none: there is none, or it can't be read
    std::string trouble;              ///< why nothing can be encrypted for the contact, in words; empty: it can
    bool is_usable() const { return key && trouble.empty(); }
};
/// The key that goes with a contact: read, compared with the fingerprint that was given, and judged. One without a key
/// has trouble, too.
ContactKey check_contact_key(constituency::ContactDraft const& contact, Timestamp now,
                             std::filesystem::path const& work);
/// Why a key is not taken for a contact; nothing when it is, or when there is none. A key that only expired is taken.
Status refuse_bad_key(constituency::ContactDraft const& contact, Timestamp now, std::filesystem::path const& work);

/// How one message leaves.
struct SealPlan {
    struct One {
        std::string address, fingerprint;
        std::string trouble;  ///< why it is in clear for this one
    };
    std::optional<net::SealKind> kind;   ///< none: in clear
    std::optional<net::SealKind> signs;  ///< in clear, but signed by our key of that kind
    std::vector<net::MailKey> keys;
    std::vector<One> to;
    std::string refusal;  ///< why it must not leave at all, and what to do; empty: it may

    /// "openpgp FINGERPRINT ..."; "" in clear.
    std::string summary() const;
};

/// Asked for every message, just before it leaves. Safe from any thread.
class Sealing {
  public:
    /// Errors: Code::invalid for [mail.dkim].
    static Result<std::unique_ptr<Sealing>> open(store::Ledger& ledger, store::DataDirectory const& directory,
                                                 constituency::Constituency& constituency, Clock const& clock,
                                                 Settings const& settings);

    MailKeys& keys() { return keys_; }
    /// "openpgp", "smime", or "": how a mailbox of an organisation's contacts is written to, and so who can be written
    /// to in one message. A key goes with the mailbox: whichever of the contacts that share it has one.
    Result<std::string_view> way_to(constituency::OrganisationId organisation, std::string_view address);
    /// For a message to these addresses of an organisation's contacts.
    Result<SealPlan> plan(Encryption demand, constituency::OrganisationId organisation,
                          std::span<std::string const> addresses);
    /// In clear, to whoever: signed as the settings say, when we have the key.
    SealPlan in_clear() const;
    /// As it leaves: sealed or signed by the plan, with a DKIM signature when we make those.
    Result<std::string> bytes(net::MailMessage const& message, SealPlan const& plan);

  private:
    Sealing(store::Ledger& ledger, std::filesystem::path const& data, constituency::Constituency& constituency,
            Clock const& clock)
        : keys_(ledger, clock, data), constituency_(constituency), clock_(clock) {}
    ContactKey checked(constituency::Contact const& contact);
    /// What is known of a mailbox: every good key of the kind of the first one, so that whoever shares it can read.
    struct MailboxKeys {
        std::vector<net::MailKey> keys = {};
        std::string trouble;       ///< why there is none
        std::int64_t contact = 0;  ///< whose trouble it is
    };
    MailboxKeys keys_of(std::span<constituency::Contact const> contacts, std::string_view address);

    struct Known {
        ContactKey key;
        Timestamp at;
    };
    MailKeys keys_;
    constituency::Constituency& constituency_;
    Clock const& clock_;
    std::optional<net::DkimSigner> dkim_;
    std::optional<net::SealKind> signing_;  ///< of what leaves in clear
    std::mutex mutex_;                      ///< guards known_
    std::map<std::string, Known> known_;    ///< by fingerprint and key as given: GnuPG is not asked for every message
};

}  // namespace tocsin::notifications
