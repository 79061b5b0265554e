#pragma once
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string>
#include <unistd.h>

/// Certificates made for one test, in files that go with it. Private to net's tests.
namespace tocsin::net {

class TestCertificate {
  public:
    struct Wish {
        std::string name = "tocsin.example";
        std::string alternative_names = "IP:127.0.0.1,DNS:localhost";  ///< OpenSSL's words
        long starts = -3600, ends = 3600;                              ///< seconds from now
        TestCertificate const* issuer = nullptr;                       ///< none: signed by itself
        bool is_authority = false;
    };

    explicit TestCertificate(Wish const& wish) : folder_(fresh_folder()), key_(EVP_EC_gen("P-256")), own_(X509_new()) {
        static std::atomic<long> serial{1};
        X509_set_version(own_, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(own_), serial++);
        X509_gmtime_adj(X509_getm_notBefore(own_), wish.starts);
        X509_gmtime_adj(X509_getm_notAfter(own_), wish.ends);
        X509_set_pubkey(own_, key_);
        auto* name = X509_get_subject_name(own_);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>(wish.name.c_str()),
                                   -1, -1, 0);
        X509_set_issuer_name(own_, wish.issuer != nullptr ? X509_get_subject_name(wish.issuer->own_) : name);
        if (!wish.alternative_names.empty()) extend(NID_subject_alt_name, wish.alternative_names);
        if (wish.is_authority) extend(NID_basic_constraints, "critical,CA:TRUE");
        X509_sign(own_, wish.issuer != nullptr ? wish.issuer->key_ : key_, EVP_sha256());
        write();
    }
    ~TestCertificate() {
        X509_free(own_);
        EVP_PKEY_free(key_);
        std::filesystem::remove_all(folder_);
    }
    TestCertificate(TestCertificate const&) = delete;
    TestCertificate& operator=(TestCertificate const&) = delete;

    std::filesystem::path const& folder() const { return folder_; }
    std::string certificate_file() const { return (folder_ / "cert.pem").string(); }
    std::string key_file() const { return (folder_ / "key.pem").string(); }
    /// SHA-256 in the way certificates are shown: "AB:CD:...".
    std::string fingerprint() const {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        X509_digest(own_, EVP_sha256(), digest, &size);
        std::string text;
        char pair[4];
        for (unsigned i = 0; i < size; ++i) {
            std::snprintf(pair, sizeof pair, "%s%02X", i == 0 ? "" : ":", digest[i]);
            text += pair;
        }
        return text;
    }

  private:
    static std::filesystem::path fresh_folder() {
        static std::atomic<int> count{0};
        auto folder = std::filesystem::temp_directory_path() /
                      ("tocsin-tls-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
        std::filesystem::create_directories(folder);
        return folder;
    }
    void extend(int what, std::string const& value) {
        auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
        X509_add_ext(own_, extension, -1);
        X509_EXTENSION_free(extension);
    }
    void write() const {
        auto* out = std::fopen(certificate_file().c_str(), "w");
        PEM_write_X509(out, own_);
        std::fclose(out);
        out = std::fopen(key_file().c_str(), "w");
        PEM_write_PrivateKey(out, key_, nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(out);
    }

    std::filesystem::path folder_;
    EVP_PKEY* key_;
    X509* own_;
};

}  // namespace tocsin::net
