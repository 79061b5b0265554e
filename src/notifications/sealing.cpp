#include "notifications/sealing.hpp"

#include <algorithm>
#include <array>

namespace tocsin::notifications {
namespace {

constexpr std::size_t most_known = 2000, longest_file = std::size_t{1} << 20;
constexpr std::chrono::minutes known_for{30};
constexpr std::array<std::string_view, 3> encryption_names{"when_possible", "required", "never"};
constexpr std::string_view no_key = "no key of it is known";

std::string details_of(net::MailKey const& key) {
    JsonWriter json;
    json.object().field("fingerprint", key.fingerprint).field("algorithm", key.algorithm).end();
    return std::move(json).text();
}

Result<std::string> file_or_nothing(std::filesystem::path const& file) {
    auto text = store::read_file(file, longest_file);
    if (!text && text.error().code == Code::not_found) return std::string();
    return text;
}

}  // namespace

std::string_view name_of(Encryption encryption) {
    return word_of(encryption_names, encryption);
}
std::optional<Encryption> parse_encryption(std::string_view text) {
    return value_of<Encryption>(encryption_names, text);
}

// ---- our own keys

std::filesystem::path MailKeys::file_of(net::SealKind kind) const {
    return data_ / "mail-keys" / (kind == net::SealKind::openpgp ? "openpgp.asc" : "smime.pem");
}

void MailKeys::sweep(std::filesystem::path const& data) {
    net::sweep_mail_work(data / "mail-work");
}

bool MailKeys::has(net::SealKind kind) const {
    std::error_code fault;
    return std::filesystem::exists(file_of(kind), fault);
}

Result<net::OwnMailKeys> MailKeys::own() const {
    net::OwnMailKeys own;
    TRY(own.openpgp, file_or_nothing(file_of(net::SealKind::openpgp)));
    TRY(own.smime, file_or_nothing(file_of(net::SealKind::smime)));
    std::error_code fault;
    for (auto const& entry : std::filesystem::directory_iterator(data_ / "mail-keys", fault)) {
        if (!entry.path().filename().string().starts_with("older-")) continue;
        TRY(auto older, file_or_nothing(entry.path()));
        own.older.push_back(std::move(older));
    }
    return own;
}

Result<net::MailKey> MailKeys::public_half(net::SealKind kind) const {
    TRY(auto const own, this->own());
    return net::public_half(own, kind, clock_.now(), work());
}

Result<net::MailKey> MailKeys::keep(net::SealKind kind, std::string const& secret, bool replaces, std::string_view act,
                                    access::Principal const& by) {
    auto const file = file_of(kind);
    std::error_code fault;
    std::filesystem::create_directories(file.parent_path(), fault);
    std::filesystem::permissions(file.parent_path(), std::filesystem::perms::owner_all, fault);
    net::OwnMailKeys own;
    (kind == net::SealKind::openpgp ? own.openpgp : own.smime) = secret;
    TRY(auto key, net::public_half(own, kind, clock_.now(), work()));
    if (std::filesystem::exists(file, fault)) {
        if (!replaces)
            return fail(Code::conflict,
                        fmt::format("there is a {} key of ours already; --replace puts another in its place, and keeps "
                                    "it for reading what is encrypted to it",
                                    net::name_of(kind)));
        auto const before = public_half(kind);
        auto const name = fmt::format("older-{}{}", before ? before->fingerprint : format_timestamp(clock_.now()),
                                      file.extension().string());
        TRY(auto const old, store::read_file(file, longest_file));
        CHECK(store::write_file(file.parent_path() / name, old));
    }
    CHECK(store::write_file(file, secret));
    CHECK(ledger_.write([&](store::Transaction& tx) {
        return access::audit(
            tx, by, clock_.now(),
            {.what = act, .kind = "mail_key", .id = std::string(net::name_of(kind)), .details = details_of(key)});
    }));
    return key;
}

Result<net::MailKey> MailKeys::make(net::Mailbox const& owner, int years, bool replaces, access::Principal const& by) {
    std::error_code fault;
    if (!replaces && std::filesystem::exists(file_of(net::SealKind::openpgp), fault))
        return fail(Code::conflict, "there is an OpenPGP key of ours already; see tocsin mail-key show, or --replace");
    TRY(auto const secret, net::make_openpgp_key(owner, years, work()));
    return keep(net::SealKind::openpgp, secret, replaces, "mail_key.make", by);
}

Result<net::MailKey> MailKeys::import(std::string_view bytes, std::string_view passphrase, bool replaces,
                                      access::Principal const& by) {
    if (bytes.contains("-----BEGIN PGP ")) {
        TRY(auto const secret, net::check_openpgp_secret(bytes, clock_.now(), work()));
        return keep(net::SealKind::openpgp, secret, replaces, "mail_key.import", by);
    }
    TRY(auto const secret, net::read_smime_secret(bytes, passphrase));
    return keep(net::SealKind::smime, secret, replaces, "mail_key.import", by);
}

Result<std::string> MailKeys::export_secret(net::SealKind kind, access::Principal const& by) const {
    TRY(auto const own, this->own());
    auto const& secret = kind == net::SealKind::openpgp ? own.openpgp : own.smime;
    TRY(auto const key, public_half(kind));
    CHECK(ledger_.write([&](store::Transaction& tx) {
        return access::audit(tx, by, clock_.now(),
                             {.what = "mail_key.export",
                              .kind = "mail_key",
                              .id = std::string(net::name_of(kind)),
                              .details = details_of(key)});
    }));
    return secret;
}

// ---- a contact's key

ContactKey check_contact_key(constituency::ContactDraft const& contact, Timestamp now,
                             std::filesystem::path const& work) {
    ContactKey found;
    if (contact.public_key.empty()) {
        found.trouble =
            contact.key.empty() ? std::string(no_key) : "only the fingerprint of its key is known, not the key itself";
        return found;
    }
    auto key = net::read_mail_key(contact.public_key, now, work);
    if (!key) {
        found.trouble = "its key can't be read: " + key.error().message;
        return found;
    }
    found.trouble = key->trouble.empty() ? std::string() : "of its key: " + key->trouble;
    if (!contact.key.empty() && !key->has_fingerprint(contact.key))
        found.trouble =
            fmt::format("its key has the fingerprint {}, and {} was expected", key->fingerprint, contact.key);
    found.key = *std::move(key);
    return found;
}

Status refuse_bad_key(constituency::ContactDraft const& contact, Timestamp now, std::filesystem::path const& work) {
    if (contact.public_key.empty()) return {};
    auto const found = check_contact_key(contact, now, work);
    if (found.trouble.empty() || found.trouble.contains("expired on")) return {};
    auto const is_other = found.key && !contact.key.empty() && !found.key->has_fingerprint(contact.key);
    return fail(Code::invalid, fmt::format("{}: {}", is_other ? "key" : "public_key", found.trouble));
}

// ---- how a message leaves

std::string SealPlan::summary() const {
    if (!kind) return {};
    std::string out(net::name_of(*kind));
    for (auto const& key : keys) out += " " + key.fingerprint;
    return out;
}

Result<std::unique_ptr<Sealing>> Sealing::open(store::Ledger& ledger, store::DataDirectory const& directory,
                                               constituency::Constituency& constituency, Clock const& clock,
                                               Settings const& settings) {
    std::unique_ptr<Sealing> sealing(new Sealing(ledger, directory.path(), constituency, clock));
    for (auto const kind : {net::SealKind::openpgp, net::SealKind::smime})
        if (settings.signing == net::name_of(kind)) sealing->signing_ = kind;
    if (settings.dkim.domain.empty() && settings.dkim.key_file.empty()) return sealing;
    auto const pem = store::read_file(settings.dkim.key_file, longest_file);
    if (!pem) return std::unexpected(pem.error().during("[mail.dkim] key_file"));
    auto signer = net::DkimSigner::make(settings.dkim.domain, settings.dkim.selector, *pem);
    if (!signer) return std::unexpected(signer.error().during("[mail.dkim]"));
    sealing->dkim_.emplace(*std::move(signer));
    return sealing;
}

ContactKey Sealing::checked(constituency::Contact const& contact) {
    if (contact.public_key.empty()) return check_contact_key(contact, clock_.now(), keys_.work());
    auto const name = contact.key + "\n" + contact.public_key;
    auto const now = clock_.now();
    {
        std::scoped_lock const lock(mutex_);
        auto const known = known_.find(name);
        if (known != known_.end() && now - known->second.at < known_for) {
            auto const& key = known->second.key.key;
            if (!key || !key->expires || *key->expires > now || *key->expires <= known->second.at)
                return known->second.key;
        }
    }
    auto found = check_contact_key(contact, now, keys_.work());
    std::scoped_lock const lock(mutex_);
    if (known_.size() >= most_known) known_.clear();
    known_[name] = {found, now};
    return found;
}

Sealing::MailboxKeys Sealing::keys_of(std::span<constituency::Contact const> contacts, std::string_view address) {
    MailboxKeys found{.trouble = std::string(no_key)};
    for (auto const& contact : contacts) {
        if (!equal_ignoring_case(contact.email, address)) continue;
        if (found.contact == 0) found.contact = contact.id.value;
        if (contact.public_key.empty() && contact.key.empty()) continue;
        auto one = checked(contact);
        if (!one.is_usable()) {
            if (!found.keys.empty()) continue;
            found.contact = contact.id.value;
            found.trouble = std::move(one.trouble);
            continue;
        }
        auto const is_it = [&](net::MailKey const& other) { return other.fingerprint == one.key->fingerprint; };
        auto const is_other_kind = !found.keys.empty() && found.keys.front().kind != one.key->kind;
        if (!is_other_kind && std::ranges::none_of(found.keys, is_it)) found.keys.push_back(*std::move(one.key));
    }
    if (!found.keys.empty()) found.trouble.clear();
    return found;
}

Result<std::string_view> Sealing::way_to(constituency::OrganisationId organisation, std::string_view address) {
    constituency::ContactQuery query;
    query.organisation = organisation;
    query.limit = 1000;
    TRY(auto const contacts, constituency_.directory().contacts(query));
    auto const found = keys_of(contacts.items, address);
    return found.keys.empty() ? std::string_view() : net::name_of(found.keys.front().kind);
}

Result<SealPlan> Sealing::plan(Encryption demand, constituency::OrganisationId organisation,
                               std::span<std::string const> addresses) {
    SealPlan plan;
    constituency::ContactQuery query;
    query.organisation = organisation;
    query.limit = 1000;
    TRY(auto const contacts, constituency_.directory().contacts(query));
    std::size_t sealed = 0;
    bool is_of_one_kind = true;
    for (auto const& address : addresses) {
        auto found = keys_of(contacts.items, address);
        SealPlan::One one{.address = address, .fingerprint = {}, .trouble = found.trouble};
        if (!found.keys.empty()) {
            auto const kind = found.keys.front().kind;
            for (auto const& key : found.keys)
                one.fingerprint += (one.fingerprint.empty() ? "" : " ") + key.fingerprint;
            is_of_one_kind = is_of_one_kind && (!plan.kind || *plan.kind == kind);
            plan.kind = kind;
            std::ranges::move(found.keys, std::back_inserter(plan.keys));
            ++sealed;
        } else if (demand == Encryption::required && plan.refusal.empty()) {
            plan.refusal = fmt::format(
                "It must not leave in clear, and for {} nothing can be encrypted: {}. Add a good key (tocsin contact "
                "edit {} --key-file FILE) and approve it, or cancel it.",
                address, found.trouble, found.contact);
        }
        plan.to.push_back(std::move(one));
    }
    bool const is_mixed = (sealed > 0 && sealed < addresses.size()) || !is_of_one_kind;
    if (demand != Encryption::never && is_mixed && plan.refusal.empty())
        plan.refusal =
            "Since it was planned the keys of its recipients have changed: some can be written to encrypted, others "
            "not, or otherwise, and one message can't serve both. Cancel it and plan again.";
    if (demand == Encryption::never || sealed == 0 || !plan.refusal.empty()) {
        plan.kind.reset();
        plan.keys.clear();
        for (auto& one : plan.to) one.fingerprint.clear();
        plan.signs = in_clear().signs;
    }
    return plan;
}

SealPlan Sealing::in_clear() const {
    SealPlan plan;
    if (signing_ && keys_.has(*signing_)) plan.signs = signing_;
    return plan;
}

Result<std::string> Sealing::bytes(net::MailMessage const& message, SealPlan const& plan) {
    std::string made;
    if (plan.kind) {
        TRY(auto const own, keys_.own());
        TRY(made, net::sealed_mail_bytes(message, plan.keys, own, keys_.work()));
    } else if (plan.signs) {
        TRY(auto const own, keys_.own());
        TRY(made, net::signed_mail_bytes(message, *plan.signs, own, keys_.work()));
    } else {
        TRY(made, net::mail_bytes(message));
    }
    return dkim_ ? dkim_->sign(made) : made;
}

}  // namespace tocsin::notifications
