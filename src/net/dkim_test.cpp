#include "net/dkim.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace tocsin::net {
namespace {

// RFC 8463 appendix A.3.
constexpr std::string_view game =
    "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"
    "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";

std::string pem_of(EVP_PKEY* key) {
    BIO* const out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    auto const size = BIO_get_mem_data(out, &data);
    std::string pem(data, static_cast<std::size_t>(size));
    BIO_free(out);
    EVP_PKEY_free(key);
    return pem;
}

std::string key_of_the_rfc() {
    auto const seed = *from_base64("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=");
    return pem_of(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                               reinterpret_cast<unsigned char const*>(seed.data()), seed.size()));
}

TEST(Dkim, RelaxedFormsAreThoseOfTheStandard) {  // RFC 6376 section 3.4.5
    EXPECT_EQ(dkim_relaxed_field("A: X"), "a:X");
    EXPECT_EQ(dkim_relaxed_field("B : Y\t\r\n\tZ  "), "b:Y Z");
    EXPECT_EQ(dkim_relaxed_body(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
    EXPECT_EQ(dkim_relaxed_body("\r\n\r\n"), "");
    EXPECT_EQ(dkim_relaxed_body("no end"), "no end\r\n");
}

TEST(Dkim, AKnownMessageGetsTheKnownSignature) {
    auto const signer = DkimSigner::make("football.example.com", "brisbane", key_of_the_rfc());
    ASSERT_TRUE(signer);
    EXPECT_EQ(signer->record(), "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    auto const made = signer->signature(
        game,
        "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; "
        "i=@football.example.com;\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : "
        "message-id : from : subject : date;\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=");
    ASSERT_TRUE(made);
    EXPECT_EQ(*made, "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==");
}

TEST(Dkim, TheSameMessageGetsTheSameSignatureAndTheBodysHash) {
    auto const signer = DkimSigner::make("football.example.com", "brisbane", key_of_the_rfc());
    ASSERT_TRUE(signer);
    auto const once = signer->sign(game);
    ASSERT_TRUE(once);
    EXPECT_EQ(*once, *signer->sign(game));
    EXPECT_TRUE(once->contains("bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="));
    EXPECT_TRUE(once->contains("h=from:from:to:to:"));
    EXPECT_TRUE(once->ends_with(game));
    EXPECT_FALSE(signer->sign("no head at all"));
}

TEST(Dkim, KeysAndNamesThatCantWorkAreRefused) {
    EXPECT_FALSE(DkimSigner::make("not a domain", "a", key_of_the_rfc()));
    EXPECT_FALSE(DkimSigner::make("cirt.example", "", key_of_the_rfc()));
    EXPECT_FALSE(DkimSigner::make("cirt.example", "a", "no key"));
    EXPECT_FALSE(DkimSigner::make("cirt.example", "a", pem_of(EVP_EC_gen("P-256"))));
    EXPECT_FALSE(DkimSigner::make("cirt.example", "a", pem_of(EVP_RSA_gen(512))));
    auto const rsa = DkimSigner::make("cirt.example", "a", pem_of(EVP_RSA_gen(2048)));
    ASSERT_TRUE(rsa);
    EXPECT_TRUE(
        rsa->sign(game)->starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=cirt.example"));
}

}  // namespace
}  // namespace tocsin::net
