#include "events/recheck/wire.hpp"

#include "events/recheck.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tocsin::events::wire {
namespace {

std::string const random32(32, 'r');

TEST(DnsReply, ToldFromGuessesAndReadsWhatItSays) {
    auto const query = *dns_query("example.com", 0x1234);
    EXPECT_EQ(to_hex(query), "123401000001000000000000076578616d706c6503636f6d0000010001");
    auto reply = query;
    reply[2] = static_cast<char>(0x81);
    reply[3] = static_cast<char>(0x80);
    reply[7] = 1;
    auto const read = dns_reply(reply, query);
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->recurses);
    EXPECT_EQ(read->answers, 1);
    EXPECT_FALSE(dns_reply(query, query)) << "a query is no reply";
    reply[0] = 0;
    EXPECT_FALSE(dns_reply(reply, query)) << "another id";
    EXPECT_EQ(dns_reply(*from_hex("123481050000000000000000"), query)->code, 5) << "refused, without the question";
    EXPECT_FALSE(dns_query("no name", 1));
}

TEST(Ntp, ControlAndTimeAreTheStandardsBytes) {
    EXPECT_EQ(to_hex(ntp_control(7)), "160200070000000000000000");
    EXPECT_EQ(is_ntp_control(*from_hex("168200070000000000000000"), 7), true);
    EXPECT_EQ(is_ntp_control(*from_hex("16c200070000000000000000"), 7), false) << "an error";
    EXPECT_FALSE(is_ntp_control(*from_hex("168200080000000000000000"), 7)) << "another sequence";
    EXPECT_FALSE(is_ntp_control(ntp_control(7), 7)) << "a query";
    auto const query = ntp_time("12345678");
    EXPECT_EQ(query.size(), 48U);
    auto answer = query;
    answer[0] = 0x24;
    answer.replace(24, 8, "12345678");
    EXPECT_TRUE(is_ntp_time(answer, "12345678"));
    EXPECT_FALSE(is_ntp_time(query, "12345678"));
}

TEST(Memcached, VersionInOneFrame) {
    EXPECT_EQ(to_hex(memcached_version(0x0102)), "010200000001000076657273696f6e0d0a");
    EXPECT_TRUE(is_memcached_version(*from_hex("0102000000010000") + "VERSION 1.6.18\r\n", 0x0102));
    EXPECT_FALSE(is_memcached_version(*from_hex("0103000000010000") + "VERSION 1.6.18\r\n", 0x0102));
}

std::string server_hello_of(std::uint16_t version, std::uint16_t cipher) {
    std::string body = {static_cast<char>(version >> 8), static_cast<char>(version & 0xff)};
    body += random32;
    body += '\0';
    body += {static_cast<char>(cipher >> 8), static_cast<char>(cipher & 0xff), '\0'};
    std::string const handshake = std::string{2, 0, 0, static_cast<char>(body.size())} + body;
    return std::string{22, 3, 0, 0, static_cast<char>(handshake.size())} + handshake;
}

TEST(ServerHello, IsTakenOnlyWithTheOfferedVersionAndCipher) {
    std::vector<std::uint16_t> const ciphers = {0x000a, 0x002f};
    auto const hello = client_hello(0x0300, ciphers, random32);
    EXPECT_EQ(to_hex(hello.substr(0, 11)), "160300002f0100002b0300");
    EXPECT_EQ(server_hello(server_hello_of(0x0300, 0x002f), 0x0300, ciphers), Hello::taken);
    EXPECT_EQ(server_hello(server_hello_of(0x0301, 0x002f), 0x0300, ciphers), Hello::foreign);
    EXPECT_EQ(server_hello(server_hello_of(0x0300, 0x0035), 0x0300, ciphers), Hello::foreign);
    EXPECT_EQ(server_hello(std::string{21, 3, 0, 0, 2, 2, 40}, 0x0300, ciphers), Hello::declined);
    EXPECT_EQ(server_hello("HTTP/1.1 400", 0x0300, ciphers), Hello::foreign);
    auto const whole = server_hello_of(0x0300, 0x002f);
    for (std::size_t size = 0; size + 1 < whole.size(); ++size)
        EXPECT_EQ(server_hello(whole.substr(0, size), 0x0300, ciphers), Hello::partial) << size;
}

RC_GTEST_PROP(Wire, ReadsAnyBytesWithoutHarm, ()) {
    auto const bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    auto const query = *dns_query("example.com", 1);
    (void)dns_reply(bytes, query);
    (void)is_ntp_control(bytes, 1);
    (void)is_ntp_time(bytes, "12345678");
    (void)is_memcached_version(bytes, 1);
    (void)server_hello(bytes, 0x0300, {0x000a});
    (void)http_status(bytes);
}

TEST(Checks, EveryIdentifierHasOneForEachTransportAndNothingIsSentThatIsLong) {
    EXPECT_GE(checks().size(), 30U);
    for (auto const& check : checks()) {
        EXPECT_FALSE(words_for(check).empty()) << check.name;
        for (auto const& identifier : check.identifiers)
            EXPECT_EQ(check_for(identifier, check.transport), &check) << identifier;
    }
    EXPECT_EQ(check_for("open-memcached", "udp")->name, "memcached-udp");
    EXPECT_EQ(check_for("open-snmp", "udp"), nullptr) << "a community is a guess";
    EXPECT_EQ(check_for("open-telnet", "udp"), nullptr);
}

}  // namespace
}  // namespace tocsin::events::wire
