#include "net/mail_seal.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace tocsin::net {
namespace {

namespace fs = std::filesystem;

Timestamp now() {
    return system_clock().now();
}

MailMessage message() {
    return {.id = "k1@cirt.example",
            .date = *parse_timestamp("2026-11-23T10:00:00Z"),
            .from = {"CIRT", "cirt@cirt.example"},
            .reply_to = {},
            .to = {{"", "abuse@power.example"}},
            .subject = "3 open doors in réseau",
            .language = "fr",
            .text = "192.0.2.7 is open\n",
            .html = "<p>192.0.2.7</p>",
            .headers = {{"Auto-Submitted", "auto-generated"}},
            .files = {{"findings.csv", "text/csv; charset=utf-8", "address\n192.0.2.7\n"}}};
}

struct MailSeal : testing::Test {
    MailSeal() : work(fs::temp_directory_path() / fmt::format("seal-{}", ::getpid())) { fs::create_directories(work); }
    ~MailSeal() override {
        EXPECT_TRUE(fs::is_empty(work)) << "a home of GnuPG was left";
        fs::remove_all(work);
    }
    std::string secret(std::string address) const {
        auto made = make_openpgp_key({"Somebody", std::move(address)}, 2, work);
        EXPECT_TRUE(made) << made.error().message;
        return made ? *made : std::string();
    }
    MailKey public_of(std::string const& key, SealKind kind = SealKind::openpgp) const {
        auto made = public_half({.openpgp = key, .smime = key}, kind, now(), work);
        EXPECT_TRUE(made) << made.error().message;
        return made ? *made : MailKey{};
    }
    fs::path work;
};

/// A certificate that signed itself, and its key, in PEM.
std::string certificate(EVP_PKEY* key, EVP_MD const* digest = EVP_sha256(), long days = 30,
                        char const* usage = "digitalSignature,keyEncipherment,keyAgreement") {
    X509* const made = X509_new();
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 7);
    X509_gmtime_adj(X509_getm_notBefore(made), -86'400 * 2);
    X509_gmtime_adj(X509_getm_notAfter(made), days * 86'400);
    X509_set_pubkey(made, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                               reinterpret_cast<unsigned char const*>("Abuse"), -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(made));
    for (auto const& [nid, value] :
         {std::pair(NID_subject_alt_name, "email:abuse@power.example"), std::pair(NID_key_usage, usage),
          std::pair(NID_ext_key_usage, "emailProtection")}) {
        X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
        X509_add_ext(made, extension, -1);
        X509_EXTENSION_free(extension);
    }
    X509_sign(made, key, digest);
    BIO* const out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, made);
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    auto const size = BIO_get_mem_data(out, &data);
    std::string pem(data, static_cast<std::size_t>(size));
    BIO_free(out);
    X509_free(made);
    EVP_PKEY_free(key);
    return pem;
}
std::string only_certificate(std::string const& pem) {
    return pem.substr(0, pem.find("-----BEGIN PRIVATE"));
}

std::string between(std::string const& text, std::string_view from, std::string_view to) {
    auto const start = text.find(from);
    auto const end = text.find(to, start);
    return start == std::string::npos || end == std::string::npos ? "" : text.substr(start, end + to.size() - start);
}

TEST_F(MailSeal, AnOpenPgpMessageHidesEverythingAndOpensWithItsSignature) {
    auto const ours = secret("cirt@cirt.example"), theirs = secret("abuse@power.example");
    std::vector const to{public_of(theirs)};
    EXPECT_EQ(to[0].addresses, std::vector<std::string>{"abuse@power.example"});
    EXPECT_EQ(to[0].trouble, "");
    ASSERT_TRUE(to[0].expires);
    auto const sealed = sealed_mail_bytes(message(), to, {.openpgp = ours}, work);
    ASSERT_TRUE(sealed) << sealed.error().message;
    EXPECT_TRUE(sealed->contains("Subject: [...]\r\n"));
    EXPECT_TRUE(sealed->contains("Message-ID: <k1@cirt.example>\r\n"));
    EXPECT_FALSE(sealed->contains("192.0.2.7"));
    EXPECT_FALSE(sealed->contains("Content-Language"));
    auto const armour = between(*sealed, "-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----");
    MailOpener const reader({.openpgp = theirs}, {public_of(ours).text}, work);
    auto const opened = reader.openpgp(armour);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_TRUE(opened->bytes.contains("HP-Outer: Subject: [...]\r\n"));
    EXPECT_TRUE(opened->bytes.contains("hp=\"cipher\""));
    EXPECT_TRUE(opened->bytes.contains("192.0.2.7 is open"));
    ASSERT_EQ(opened->signatures.size(), 1U);
    EXPECT_EQ(opened->signatures[0].state, MailSignature::State::good);
    EXPECT_EQ(opened->signatures[0].fingerprint, public_of(ours).fingerprint);
    MailOpener const stranger({.openpgp = theirs}, {}, work);
    EXPECT_EQ(stranger.openpgp(armour)->signatures.at(0).state, MailSignature::State::unknown);
    MailOpener const other({.openpgp = ours}, {}, work);
    ASSERT_FALSE(other.openpgp(armour));
    EXPECT_EQ(other.openpgp(armour).error().code, Code::denied);
    MailOpener const small({.openpgp = theirs}, {}, work, 100);
    EXPECT_EQ(small.openpgp(armour).error().code, Code::limit);
}

/// What was signed, and the signature, of a multipart/signed message.
std::pair<std::string, std::string> signed_parts(std::string const& mail) {
    auto const start = mail.find("\r\n\r\n--") + 4;
    auto const boundary = mail.substr(start, mail.find("\r\n", start) - start);
    auto const from = start + boundary.size() + 2, to = mail.find("\r\n" + boundary, start + 1);
    auto const last = mail.find("\r\n\r\n", to) + 4;
    return {mail.substr(from, to - from), mail.substr(last, mail.find("\r\n" + boundary + "--", last) - last)};
}

TEST_F(MailSeal, AMessageInClearIsSigned) {
    auto const ours = secret("cirt@cirt.example");
    auto mail = message();
    mail.text = "From here on all is well \nFrom\n";
    auto const made = signed_mail_bytes(mail, SealKind::openpgp, {.openpgp = ours}, work);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(made->contains("protocol=\"application/pgp-signature\";\r\n micalg=pgp-sha512;"));
    EXPECT_TRUE(made->contains("\r\n=46rom here on all is well=20\r\nFrom\r\n"));
    EXPECT_FALSE(made->contains("Subject: [...]"));
    auto const [content, signature] = signed_parts(*made);
    EXPECT_TRUE(content.contains("hp=\"clear\"")) << content;
    EXPECT_TRUE(content.contains("Subject: ")) << "the subject is signed, too";
    MailOpener const reader({}, {public_of(ours).text}, work);
    auto const verified = reader.openpgp_signed(content, signature);
    ASSERT_TRUE(verified) << verified.error().message;
    ASSERT_EQ(verified->signatures.size(), 1U);
    EXPECT_EQ(verified->signatures[0].state, MailSignature::State::good);
    EXPECT_EQ(reader.openpgp_signed(content + "x", signature)->signatures.at(0).state, MailSignature::State::bad);
    EXPECT_EQ(signed_mail_bytes(mail, SealKind::smime, {.openpgp = ours}, work).error().code, Code::not_found);

    auto const pem = certificate(EVP_RSA_gen(2048));
    auto const other = signed_mail_bytes(mail, SealKind::smime, {.smime = pem}, work);
    ASSERT_TRUE(other) << other.error().message;
    auto [whole, lines] = signed_parts(*other);
    std::erase_if(lines, [](char c) { return c == '\r' || c == '\n'; });
    MailOpener const second({}, {only_certificate(pem)}, work);
    EXPECT_EQ(second.smime_signed(whole, *from_base64(lines))->signatures.at(0).state, MailSignature::State::good);
}

TEST_F(MailSeal, InALongFolderNothingButSocketsLiesElsewhere) {
    auto const deep = work / std::string(60, 'd') / std::string(60, 'e');
    fs::create_directories(deep);
    auto const ours = make_openpgp_key({"Somebody", "cirt@cirt.example"}, 2, deep);
    ASSERT_TRUE(ours) << ours.error().message;
    auto const made = signed_mail_bytes(message(), SealKind::openpgp, {.openpgp = *ours}, deep);
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_TRUE(fs::is_empty(deep));
    // What a kill leaves: a home that names its sockets; another's folder is never touched.
    auto const left = deep / "gpg-left";
    auto const sockets = fmt::format("/tmp/tocsin-gpg-left-{}", ::getpid());
    fs::create_directories(left / "private-keys-v1.d");
    fs::create_directories(sockets);
    std::ofstream(left / "S.gpg-agent") << "%Assuan%\nsocket=" << sockets << "/S.gpg-agent\n";
    std::ofstream(left / "private-keys-v1.d/A.key") << "secret";
    std::ofstream(fs::path(sockets) / "S.gpg-agent") << "";
    auto const foreign = deep / "gpg-other";
    fs::create_directories(foreign);
    std::ofstream(foreign / "S.gpg-agent") << "%Assuan%\nsocket=" << work.string() << "/S.gpg-agent\n";
    std::ofstream(work / "S.gpg-agent") << "";
    sweep_mail_work(deep);
    EXPECT_FALSE(fs::exists(deep));
    EXPECT_FALSE(fs::exists(sockets));
    EXPECT_TRUE(fs::exists(work / "S.gpg-agent"));
    fs::remove_all(work);
    fs::create_directories(work);
}

TEST_F(MailSeal, KeysAreReadForWhatTheyAre) {
    auto const theirs = secret("abuse@power.example");
    auto const key = read_mail_key(public_of(theirs).text, now(), work);
    ASSERT_TRUE(key);
    EXPECT_EQ(key->algorithm, "RSA 3072");
    EXPECT_TRUE(key->has_fingerprint(lowered(key->fingerprint)));
    EXPECT_FALSE(read_mail_key(theirs, now(), work)) << "a secret key is not a public one";
    EXPECT_FALSE(read_mail_key("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n", now(), work));
    EXPECT_FALSE(read_mail_key("hello", now(), work));
    EXPECT_FALSE(read_mail_key(key->text + public_of(secret("b@power.example")).text, now(), work));
    auto const later = read_mail_key(key->text, now() + std::chrono::days(800), work);
    EXPECT_TRUE(later->trouble.starts_with("it expired on")) << later->trouble;
    EXPECT_TRUE(check_openpgp_secret(theirs, now(), work));
    EXPECT_FALSE(check_openpgp_secret(key->text, now(), work));
}

TEST_F(MailSeal, SmimeIsSignedEncryptedAndOpened) {
    auto const ours = certificate(EVP_RSA_gen(2048)), theirs = certificate(EVP_EC_gen("P-256"));
    auto const key = read_mail_key(only_certificate(theirs), now(), work);
    ASSERT_TRUE(key);
    EXPECT_EQ(key->trouble, "");
    EXPECT_EQ(key->algorithm, "EC prime256v1");
    std::vector const to{*key};
    auto const sealed = sealed_mail_bytes(message(), to, {.smime = ours}, work);
    ASSERT_TRUE(sealed) << sealed.error().message;
    EXPECT_FALSE(sealed->contains("192.0.2.7"));
    auto der = sealed->substr(sealed->find("\r\n\r\n") + 4);
    std::erase_if(der, [](char c) { return c == '\r' || c == '\n'; });
    MailOpener const reader({.smime = theirs}, {only_certificate(ours)}, work);
    auto const opened = reader.smime(*from_base64(der));
    ASSERT_TRUE(opened) << opened.error().message;
    auto const start = opened->bytes.find("\r\n\r\n--") + 4;
    auto const boundary = opened->bytes.substr(start, opened->bytes.find("\r\n", start) - start);
    auto const content = opened->bytes.substr(
        start + boundary.size() + 2, opened->bytes.find("\r\n" + boundary, start + 1) - start - boundary.size() - 2);
    EXPECT_TRUE(content.contains("hp=\"cipher\""));
    auto signature = between(opened->bytes, "filename=\"smime.p7s\"\r\n\r\n", boundary + "--");
    signature = signature.substr(24, signature.find("\r\n--") - 24);
    std::erase_if(signature, [](char c) { return c == '\r' || c == '\n'; });
    auto const verified = reader.smime_signed(content, *from_base64(signature));
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->signatures.at(0).state, MailSignature::State::good);
    auto const changed = reader.smime_signed(content + "x", *from_base64(signature));
    EXPECT_EQ(changed->signatures.at(0).state, MailSignature::State::bad);
    MailOpener const other({.smime = ours}, {}, work);
    EXPECT_EQ(other.smime(*from_base64(der)).error().code, Code::denied);
}

TEST_F(MailSeal, WeakAndUnfitCertificatesSayWhy) {
    auto const trouble = [&](std::string const& pem) {
        return read_mail_key(only_certificate(pem), now(), work)->trouble;
    };
    EXPECT_TRUE(trouble(certificate(EVP_RSA_gen(1024))).starts_with("it is too weak: RSA 1024"));
    EXPECT_TRUE(trouble(certificate(EVP_RSA_gen(2048), EVP_sha1())).contains("SHA-1"));
    EXPECT_TRUE(trouble(certificate(EVP_RSA_gen(2048), EVP_sha256(), -1)).starts_with("it expired on"));
    EXPECT_EQ(trouble(certificate(EVP_RSA_gen(2048), EVP_sha256(), 30, "digitalSignature")),
              "it is not for encrypting");
    EXPECT_FALSE(read_smime_secret("nothing", ""));
    auto const whole = certificate(EVP_RSA_gen(2048));
    EXPECT_TRUE(read_smime_secret(whole, ""));
    EXPECT_FALSE(read_smime_secret(only_certificate(whole), ""));
    std::vector const weak{*read_mail_key(only_certificate(certificate(EVP_RSA_gen(1024))), now(), work)};
    EXPECT_EQ(sealed_mail_bytes(message(), weak, {}, work).error().code, Code::invalid);
}

TEST_F(MailSeal, ACompressedPacketIsBounded) {
    auto const theirs = secret("abuse@power.example");
    auto const key = public_of(theirs);
    auto const folder = work / "bomb";
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all);
    std::ofstream(folder / "key.asc") << key.text;
    auto const gpg = fmt::format("gpg --homedir {} --batch --quiet --trust-model always ", folder.string());
    ASSERT_EQ(std::system((gpg + "--import " + (folder / "key.asc").string()).c_str()), 0);
    ASSERT_EQ(std::system(("head -c 80000000 /dev/zero | " + gpg + "-z 9 -e -r " + key.fingerprint + " > " +
                           (folder / "bomb.pgp").string())
                              .c_str()),
              0);
    std::ifstream in(folder / "bomb.pgp", std::ios::binary);
    std::string const bomb{std::istreambuf_iterator<char>(in), {}};
    EXPECT_LT(bomb.size(), 1'000'000U);
    MailOpener const reader({.openpgp = theirs}, {}, work, std::size_t{8} << 20);
    auto const opened = reader.openpgp(bomb);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::limit);
    // Its agent ends in its own time, and takes its sockets away while we do.
    EXPECT_EQ(std::system(("gpgconf --homedir " + folder.string() + " --kill all").c_str()), 0);
    std::error_code fault;
    do fs::remove_all(folder, fault);
    while (fs::exists(folder));
}

}  // namespace
}  // namespace tocsin::net
