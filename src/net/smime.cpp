#include "net/mail_seal_parts.hpp"

#include <algorithm>
#include <memory>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

/// S/MIME by OpenSSL's CMS. Certificates are told to us one by one, by a person: no chain is followed.
namespace tocsin::net {
namespace {

template <auto release>
struct Released {
    template <class T>
    void operator()(T* object) const {
        release(object);
    }
};
using Bio = std::unique_ptr<BIO, Released<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Released<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Released<EVP_PKEY_free>>;
using Cms = std::unique_ptr<CMS_ContentInfo, Released<CMS_ContentInfo_free>>;
struct StackReleased {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using Certificates = std::unique_ptr<STACK_OF(X509), StackReleased>;

Bio reading(std::string_view bytes) {
    return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::string drained(BIO* bio) {
    char* data = nullptr;
    auto const size = BIO_get_mem_data(bio, &data);
    return {data, size > 0 ? static_cast<std::size_t>(size) : 0};
}

std::unexpected<Error> openssl_trouble(std::string_view doing, Code code = Code::invalid) {
    char words[256] = "unknown fault";
    if (auto const error = ERR_peek_last_error(); error != 0) ERR_error_string_n(error, words, sizeof words);
    ERR_clear_error();
    return fail(code, fmt::format("S/MIME, {}: {}", doing, words));
}

/// Never asks on a terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

Certificate read_certificate(BIO* bio) {
    return Certificate(PEM_read_bio_X509(bio, nullptr, no_passphrase, nullptr));
}

std::string digest_of(X509* certificate, EVP_MD const* kind) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(certificate, kind, digest, &size);
    return uppered(to_hex({reinterpret_cast<char const*>(digest), size}));
}

std::optional<Timestamp> time_of(ASN1_TIME const* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return Timestamp() + std::chrono::seconds(timegm(&parts));
}

std::vector<std::string> addresses_of(X509* certificate) {
    std::vector<std::string> all;
    auto* const listed = X509_get1_email(certificate);
    for (int i = 0; listed != nullptr && i < sk_OPENSSL_STRING_num(listed); ++i)
        all.push_back(repaired_utf8(sk_OPENSSL_STRING_value(listed, i)));
    X509_email_free(listed);
    return all;
}

std::string algorithm_of(X509* certificate) {
    auto* const key = X509_get0_pubkey(certificate);
    if (key == nullptr) return "unknown";
    char curve[64] = "";
    std::size_t size = 0;
    if (EVP_PKEY_is_a(key, "EC") != 0 && EVP_PKEY_get_group_name(key, curve, sizeof curve, &size) == 1)
        return fmt::format("EC {}", curve);
    auto const* const name = EVP_PKEY_get0_type_name(key);
    return fmt::format("{} {}", name != nullptr ? name : "unknown", EVP_PKEY_get_bits(key));
}

std::string trouble_of(X509* certificate, MailKey const& facts, Timestamp now) {
    auto* const key = X509_get0_pubkey(certificate);
    if (key == nullptr) return "its key is of an unknown kind";
    bool const is_rsa = EVP_PKEY_is_a(key, "RSA") != 0;
    if (!is_rsa && EVP_PKEY_is_a(key, "EC") == 0) return "it is not for encrypting";
    if (is_rsa && EVP_PKEY_get_bits(key) < 2048)
        return fmt::format("it is too weak: {}, at least 2048 bits are wanted", facts.algorithm);
    int digest = NID_undef;
    X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr);
    if (digest == NID_sha1 || digest == NID_md5) return "it is signed with SHA-1 or MD5, which is too weak";
    if (facts.created && *facts.created > now) return fmt::format("it is good from {} on", format_date(*facts.created));
    if (facts.expires && *facts.expires <= now) return fmt::format("it expired on {}", format_date(*facts.expires));
    auto const usage = X509_get_key_usage(certificate);  // all bits without the extension
    auto const wanted = is_rsa ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT;
    if ((usage & static_cast<unsigned>(wanted)) == 0) return "it is not for encrypting";
    if ((X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0 &&
        (X509_get_extended_key_usage(certificate) & (XKU_SMIME | XKU_ANYEKU)) == 0)
        return "it is not for mail (extended key usage)";
    return {};
}

MailKey facts_of(X509* certificate, Timestamp now) {
    MailKey facts{.kind = SealKind::smime, .fingerprint = digest_of(certificate, EVP_sha256())};
    facts.other_fingerprint = digest_of(certificate, EVP_sha1());
    facts.algorithm = algorithm_of(certificate);
    facts.addresses = addresses_of(certificate);
    facts.created = time_of(X509_get0_notBefore(certificate));
    facts.expires = time_of(X509_get0_notAfter(certificate));
    facts.trouble = trouble_of(certificate, facts, now);
    Bio const out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), certificate);
    facts.text = drained(out.get());
    return facts;
}

/// Our own certificate, its key, and what stands between it and its issuer.
struct Own {
    Certificate certificate;
    PrivateKey key;
    Certificates chain;
};

Result<Own> read_own(std::string_view pem) {
    Own own{.certificate = {}, .key = {}, .chain = Certificates(sk_X509_new_null())};
    auto const bio = reading(pem);
    while (auto certificate = read_certificate(bio.get())) {
        if (!own.certificate) {
            own.certificate = std::move(certificate);
        } else {
            sk_X509_push(own.chain.get(), certificate.release());
        }
    }
    ERR_clear_error();
    auto const again = reading(pem);
    own.key.reset(PEM_read_bio_PrivateKey(again.get(), nullptr, no_passphrase, nullptr));
    if (!own.certificate || !own.key) return openssl_trouble("reading our certificate and its key");
    if (X509_check_private_key(own.certificate.get(), own.key.get()) != 1)
        return openssl_trouble("the key does not belong to the first certificate");
    return own;
}

Result<std::string> der_of(CMS_ContentInfo* cms) {
    Bio const out(BIO_new(BIO_s_mem()));
    if (i2d_CMS_bio(out.get(), cms) != 1) return openssl_trouble("writing");
    return drained(out.get());
}

/// Signers that are pinned to somebody we know are good; others are named and unknown.
std::vector<MailSignature> signatures_of(CMS_ContentInfo* cms, bool is_intact, std::span<std::string const> known) {
    std::vector<MailSignature> all;
    auto* const signers = CMS_get0_signers(cms);
    for (int i = 0; signers != nullptr && i < sk_X509_num(signers) && i < 10; ++i) {
        auto* const signer = sk_X509_value(signers, i);
        MailSignature one{.state = MailSignature::State::unknown, .fingerprint = digest_of(signer, EVP_sha256())};
        for (auto const& pem : known) {
            if (!pem.contains("BEGIN CERTIFICATE")) continue;
            auto const bio = reading(pem);
            auto const pinned = read_certificate(bio.get());
            if (pinned && X509_cmp(pinned.get(), signer) == 0) one.state = MailSignature::State::good;
        }
        ERR_clear_error();
        auto const addresses = addresses_of(signer);
        if (!addresses.empty()) one.words = addresses.front();
        if (one.state == MailSignature::State::unknown && !one.words.empty())
            one.words = "by a certificate that says " + one.words;
        if (X509_cmp_current_time(X509_get0_notAfter(signer)) < 0) {
            one.state = MailSignature::State::bad;
            one.words = "the certificate is expired";
        }
        if (!is_intact) {
            one.state = MailSignature::State::bad;
            one.words = "what was signed was changed";
        }
        all.push_back(std::move(one));
    }
    sk_X509_free(signers);
    if (all.empty()) all.push_back({.state = MailSignature::State::unknown, .words = "the certificate is missing"});
    return all;
}

Result<OpenedMail> verified(CMS_ContentInfo* cms, BIO* content, std::span<std::string const> known) {
    Bio const out(BIO_new(BIO_s_mem()));
    // Whose a signer is, is decided by the certificates we were told, not by any authority.
    bool const is_intact =
        CMS_verify(cms, nullptr, nullptr, content, out.get(), CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) == 1;
    ERR_clear_error();
    if (!is_intact) CMS_set1_signers_certs(cms, nullptr, 0);
    OpenedMail opened{.bytes = drained(out.get()), .signatures = signatures_of(cms, is_intact, known)};
    if (!is_intact && content == nullptr) {  // what it says all the same, for the record
        if (auto* const* const inside = CMS_get0_content(cms); inside != nullptr && *inside != nullptr)
            opened.bytes.assign(reinterpret_cast<char const*>(ASN1_STRING_get0_data(*inside)),
                                static_cast<std::size_t>(ASN1_STRING_length(*inside)));
    }
    return opened;
}

Result<Cms> read_cms(std::string_view der) {
    auto const bio = reading(der);
    Cms cms(d2i_CMS_bio(bio.get(), nullptr));
    if (!cms) return openssl_trouble("reading a sealed part");
    return cms;
}

Result<Own> read_pkcs12(std::string_view bytes, std::string_view passphrase) {
    auto const bio = reading(bytes);
    std::unique_ptr<PKCS12, Released<PKCS12_free>> const packed(d2i_PKCS12_bio(bio.get(), nullptr));
    if (!packed) return openssl_trouble("this is neither PEM nor PKCS #12");
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    STACK_OF(X509)* others = nullptr;
    if (PKCS12_parse(packed.get(), std::string(passphrase).c_str(), &key, &certificate, &others) != 1)
        return openssl_trouble("opening PKCS #12 (is the passphrase right?)");
    Own own{.certificate = Certificate(certificate), .key = PrivateKey(key), .chain = Certificates(others)};
    if (!own.certificate || !own.key) return fail(Code::invalid, "the PKCS #12 file holds no certificate with its key");
    return own;
}

}  // namespace

namespace smime {

Result<MailKey> read_key(std::string_view pem, Timestamp now) {
    if (pem.contains("PRIVATE KEY"))
        return fail(Code::invalid, "this holds a secret key; only the certificate belongs here");
    auto const bio = reading(pem);
    auto const certificate = read_certificate(bio.get());
    if (!certificate) return openssl_trouble("reading a certificate");
    if (read_certificate(bio.get())) return fail(Code::invalid, "it holds several certificates; one was expected");
    ERR_clear_error();
    return facts_of(certificate.get(), now);
}

Result<std::string> sign(std::string_view entity, std::string_view own_pem) {
    TRY(auto const own, read_own(own_pem));
    auto const content = reading(entity);
    Cms const cms(
        CMS_sign(own.certificate.get(), own.key.get(), own.chain.get(), content.get(), CMS_DETACHED | CMS_BINARY));
    if (!cms) return openssl_trouble("signing");
    return der_of(cms.get());
}

Result<std::string> encrypt(std::string_view entity, std::span<MailKey const> to) {
    Certificates const certificates(sk_X509_new_null());
    for (auto const& recipient : to) {
        auto const bio = reading(recipient.text);
        auto certificate = read_certificate(bio.get());
        if (!certificate) return openssl_trouble("reading a recipient's certificate");
        sk_X509_push(certificates.get(), certificate.release());
    }
    auto const content = reading(entity);
    Cms const cms(CMS_encrypt(certificates.get(), content.get(), EVP_aes_256_cbc(), CMS_BINARY));
    if (!cms) return openssl_trouble("encrypting");
    return der_of(cms.get());
}

}  // namespace smime

Result<std::string> read_smime_secret(std::string_view bytes, std::string_view passphrase) {
    Own own;
    if (bytes.contains("-----BEGIN ")) {
        TRY(own, read_own(bytes));
    } else {
        TRY(own, read_pkcs12(bytes, passphrase));
    }
    Bio const out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), own.certificate.get());
    for (int i = 0; i < sk_X509_num(own.chain.get()); ++i)
        PEM_write_bio_X509(out.get(), sk_X509_value(own.chain.get(), i));
    PEM_write_bio_PKCS8PrivateKey(out.get(), own.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return drained(out.get());
}

Result<OpenedMail> MailOpener::smime(std::string_view der) const {
    if (der.size() > most_bytes_) return fail(Code::limit, fmt::format("it is larger than {} bytes", most_bytes_));
    TRY(auto cms, read_cms(der));
    auto const kind = OBJ_obj2nid(CMS_get0_type(cms.get()));
    if (kind == NID_pkcs7_signed) return verified(cms.get(), nullptr, signers_);
    if (kind != NID_pkcs7_enveloped && kind != NID_id_smime_ct_authEnvelopedData)
        return fail(Code::invalid, "S/MIME of this kind can't be read");
    if (own_.smime.empty()) return fail(Code::denied, "there is no S/MIME key of ours; tocsin mail-key import");
    std::vector<std::string_view> ours{own_.smime};
    for (auto const& older : own_.older)
        if (older.contains("BEGIN CERTIFICATE")) ours.push_back(older);
    int reason = 0;
    for (auto const& pem : ours) {
        TRY(auto const own, read_own(pem));
        Bio const out(BIO_new(BIO_s_mem()));
        if (CMS_decrypt(cms.get(), own.key.get(), own.certificate.get(), nullptr, out.get(), CMS_BINARY) == 1)
            return OpenedMail{.bytes = drained(out.get()), .signatures = {}};
        reason = ERR_GET_REASON(ERR_peek_last_error());
        ERR_clear_error();
        // A decryption that failed may have left something behind in it.
        TRY(cms, read_cms(der));
    }
    return fail(Code::denied, reason == CMS_R_NO_MATCHING_RECIPIENT
                                  ? "it is not encrypted to our S/MIME certificate"
                                  : "it can't be decrypted with our S/MIME key; it may be damaged");
}

Result<OpenedMail> MailOpener::smime_signed(std::string_view content, std::string_view der) const {
    TRY(auto const cms, read_cms(der));
    auto const bio = reading(content);
    TRY(auto opened, verified(cms.get(), bio.get(), signers_));
    opened.bytes.clear();
    return opened;
}

}  // namespace tocsin::net
