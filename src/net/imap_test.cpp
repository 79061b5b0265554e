#include "net/imap.hpp"

#include <gtest/gtest.h>

namespace tocsin::net {
namespace {

TEST(ImapUrl, HoldsOnlyAHostAndAPort) {
    EXPECT_TRUE(check_imap_url("imaps://mail.example"));
    EXPECT_TRUE(check_imap_url("imap://[2001:db8::1]:143/"));
    EXPECT_FALSE(check_imap_url("https://mail.example"));
    EXPECT_FALSE(check_imap_url("imaps://user@mail.example"));
    EXPECT_FALSE(check_imap_url("imaps://mail.example/INBOX"));
}

TEST(ImapClient, IsNotTalkedIntoOurOwnNetworks) {
    auto const opened = ImapClient::open({.url = "imap://127.0.0.1:9", .user = "a", .password = "b"});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::denied);
}

}  // namespace
}  // namespace tocsin::net
