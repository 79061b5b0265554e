#include "net/dkim.hpp"

#include "net/mail.hpp"

#include <algorithm>
#include <array>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <vector>

namespace tocsin::net {
namespace {

/// Those of our messages that a reader sees or a program acts on; each once more than it is there, so that none can be
/// added (RFC 6376 section 8.15).
constexpr std::array<std::string_view, 12> signed_fields{"from",
                                                         "to",
                                                         "reply-to",
                                                         "subject",
                                                         "date",
                                                         "message-id",
                                                         "mime-version",
                                                         "content-type",
                                                         "content-transfer-encoding",
                                                         "content-language",
                                                         "list-id",
                                                         "auto-submitted"};

bool is_space(char c) {
    return c == ' ' || c == '\t';
}

/// Runs of white space become one space, those at the end go.
std::string squeezed(std::string_view text) {
    std::string out;
    for (char const c : text) {
        if (c == '\r' || c == '\n') continue;
        if (!is_space(c)) {
            out += c;
        } else if (!out.ends_with(' ')) {
            out += ' ';
        }
    }
    while (out.ends_with(' ')) out.pop_back();
    return out;
}

struct Parts {
    std::vector<std::string_view> fields;  ///< whole, without their last line end
    std::string_view body;
};

Result<Parts> parts_of(std::string_view message) {
    Parts parts;
    while (!message.starts_with("\r\n")) {
        std::size_t end = message.find("\r\n");
        while (end != std::string_view::npos && end + 2 < message.size() && is_space(message[end + 2]))
            end = message.find("\r\n", end + 2);
        if (end == std::string_view::npos) return fail(Code::invalid, "the message to sign has no end of its head");
        parts.fields.push_back(message.substr(0, end));
        message.remove_prefix(end + 2);
    }
    parts.body = message.substr(2);
    return parts;
}

std::string name_of_field(std::string_view field) {
    return lowered(trimmed(field.substr(0, field.find(':'))));
}

/// The names as h= lists them.
std::vector<std::string> names_of(Parts const& parts) {
    std::vector<std::string> names;
    for (auto const name : signed_fields) {
        auto const count = std::ranges::count(parts.fields, name, name_of_field);
        for (std::ptrdiff_t i = 0; i <= count; ++i) names.emplace_back(name);
    }
    return names;
}

std::string sha256(std::string_view bytes) {
    std::array<unsigned char, 32> hash{};
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), hash.data(), &size, EVP_sha256(), nullptr);
    return {reinterpret_cast<char const*>(hash.data()), hash.size()};
}

/// What is signed: the fields that h= names, the last of a name first, then the signature's own field.
std::string signed_text(Parts const& parts, std::span<std::string const> names, std::string_view own) {
    std::string text;
    std::vector<bool> is_used(parts.fields.size(), false);
    for (auto const& name : names) {
        for (std::size_t i = parts.fields.size(); i-- > 0;) {
            if (is_used[i] || name_of_field(parts.fields[i]) != name) continue;
            is_used[i] = true;
            text += dkim_relaxed_field(parts.fields[i]) + "\r\n";
            break;
        }
    }
    return text + dkim_relaxed_field(own);
}

bool is_dns_name(std::string_view text) {
    return is_mail_address("a@" + std::string(text)) &&
           std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

struct DkimSigner::Impl {
    ~Impl() { EVP_PKEY_free(key); }
    std::string domain, selector;
    EVP_PKEY* key = nullptr;
    bool is_rsa = false;
};

std::string dkim_relaxed_field(std::string_view field) {
    auto const colon = std::min(field.find(':'), field.size());
    auto value = squeezed(field.substr(std::min(colon + 1, field.size())));
    if (value.starts_with(' ')) value.erase(0, 1);
    return name_of_field(field) + ":" + value;
}

std::string dkim_relaxed_body(std::string_view body) {
    std::string out;
    out.reserve(body.size());
    while (!body.empty()) {
        auto const end = body.find("\r\n");
        out += squeezed(body.substr(0, end));
        out += "\r\n";
        body.remove_prefix(end == std::string_view::npos ? body.size() : end + 2);
    }
    while (out.ends_with("\r\n\r\n")) out.resize(out.size() - 2);
    return out == "\r\n" ? std::string() : out;
}

DkimSigner::DkimSigner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DkimSigner::DkimSigner(DkimSigner&&) noexcept = default;
DkimSigner::~DkimSigner() = default;

Result<DkimSigner> DkimSigner::make(std::string domain, std::string selector, std::string_view key) {
    if (!is_dns_name(domain)) return fail(Code::invalid, fmt::format("{} is not a domain", json_string(domain)));
    if (!is_dns_name(selector)) return fail(Code::invalid, fmt::format("{} is not a selector", json_string(selector)));
    auto impl = std::make_unique<Impl>();
    impl->domain = std::move(domain);
    impl->selector = std::move(selector);
    std::unique_ptr<BIO, int (*)(BIO*)> const bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())), &BIO_free);
    impl->key = PEM_read_bio_PrivateKey(bio.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr);
    if (impl->key == nullptr) return fail(Code::invalid, "expected a private key in PEM without a passphrase");
    impl->is_rsa = EVP_PKEY_is_a(impl->key, "RSA") != 0;
    if (!impl->is_rsa && EVP_PKEY_is_a(impl->key, "ED25519") == 0)
        return fail(Code::invalid, "expected an RSA or Ed25519 key");
    if (impl->is_rsa && EVP_PKEY_get_bits(impl->key) < 1024)
        return fail(Code::invalid, "an RSA key for DKIM has at least 1024 bits, better 2048");
    return DkimSigner(std::move(impl));
}

Result<std::string> DkimSigner::signature(std::string_view message, std::string_view field) const {
    TRY(auto const parts, parts_of(message));
    std::string listed;
    for (auto const tag : split(field, ';'))
        if (auto const text = trimmed(tag); text.starts_with("h=")) listed = text.substr(2);
    std::vector<std::string> names;
    for (auto const name : split(listed, ':')) names.push_back(lowered(trimmed(name)));
    auto const text = signed_text(parts, names, field);
    // RFC 8463 section 3: Ed25519 signs the SHA-256 of it.
    auto const hash = sha256(text);
    auto const& input = impl_->is_rsa ? text : hash;
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> const context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::array<unsigned char, 1024> made{};
    std::size_t size = made.size();
    bool const is_made =
        EVP_DigestSignInit(context.get(), nullptr, impl_->is_rsa ? EVP_sha256() : nullptr, nullptr, impl_->key) == 1 &&
        EVP_DigestSign(context.get(), made.data(), &size, reinterpret_cast<unsigned char const*>(input.data()),
                       input.size()) == 1;
    if (!is_made) return fail(Code::internal, "OpenSSL did not make a DKIM signature");
    return to_base64({reinterpret_cast<char const*>(made.data()), size});
}

Result<std::string> DkimSigner::sign(std::string_view message) const {
    TRY(auto const parts, parts_of(message));
    if (std::ranges::find(parts.fields, "from", name_of_field) == parts.fields.end())
        return fail(Code::invalid, "the message to sign has no From");
    std::string names;
    std::size_t column = 3;
    for (auto const& name : names_of(parts)) {
        if (column + name.size() > 70) {
            names += "\r\n ";
            column = 1;
        }
        names += name + ":";
        column += name.size() + 1;
    }
    names.pop_back();
    auto field =
        fmt::format("DKIM-Signature: v=1; a={}; c=relaxed/relaxed;\r\n d={}; s={};\r\n h={};\r\n bh={};\r\n b=",
                    impl_->is_rsa ? "rsa-sha256" : "ed25519-sha256", impl_->domain, impl_->selector, names,
                    to_base64(sha256(dkim_relaxed_body(parts.body))));
    TRY(auto const made, signature(message, field));
    for (std::size_t i = 0; i < made.size(); i += 70) {
        if (i > 0) field += "\r\n ";
        field += made.substr(i, 70);
    }
    return field + "\r\n" + std::string(message);
}

std::string DkimSigner::record() const {
    if (!impl_->is_rsa) {
        std::array<unsigned char, 32> raw{};
        std::size_t size = raw.size();
        EVP_PKEY_get_raw_public_key(impl_->key, raw.data(), &size);
        return "v=DKIM1; k=ed25519; p=" + to_base64({reinterpret_cast<char const*>(raw.data()), size});
    }
    unsigned char* der = nullptr;
    int const size = i2d_PUBKEY(impl_->key, &der);
    std::string const bytes(reinterpret_cast<char const*>(der), size > 0 ? static_cast<std::size_t>(size) : 0);
    OPENSSL_free(der);
    return "v=DKIM1; k=rsa; p=" + to_base64(bytes);
}

}  // namespace tocsin::net
