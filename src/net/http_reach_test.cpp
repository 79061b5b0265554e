#include "net/http_test_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::net {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// --- where it may go ---

TEST(HttpClient, DoesNotReachInsideUnlessAllowed) {
    TestServer server(saying(answer("inside")));
    for (auto const* const host : {"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "017700000001"}) {
        auto const reply = ask(get(server.url("/", host)), HttpClientOptions{});
        EXPECT_THAT(fault(reply), testing::AllOf(StartsWith("denied: "), HasSubstr("loopback"))) << host;
    }
    EXPECT_EQ(server.connections, 0);
    auto const reply = ask(get(server.url("/", "localhost")));
    EXPECT_TRUE(reply) << fault(reply);
}

TEST(HttpClient, ThroughAProxyAddressesInTheUrlAreStillHeldAgainstTheRule) {
    std::string head;
    TestServer proxy([&](TestLine& line) {
        head = line.read_head();
        line.send(answer("by proxy"));
    });
    HttpClientOptions options;
    options.proxy = fmt::format("http://127.0.0.1:{}", proxy.port());
    options.proxy_user = "through";
    options.proxy_password = "pw";
    auto const reply = ask(get("http://feeds.example/list"), options);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->body, "by proxy");
    EXPECT_THAT(head, StartsWith("GET http://feeds.example/list HTTP/1.1\r\n"));
    EXPECT_THAT(head, HasSubstr("Proxy-Authorization: Basic dGhyb3VnaDpwdw=="));
    EXPECT_THAT(fault(ask(get("http://10.0.0.1/"), options)), StartsWith("denied: "));
    options.proxy = "http://u:p@127.0.0.1";
    EXPECT_THAT(fault(ask(get("http://feeds.example/"), options)), StartsWith("invalid: "));
}

TEST(AddressKind, KnowsWhatIsNotGlobal) {
    using enum AddressKind;
    for (auto const& [text, kind] : std::vector<std::pair<std::string_view, AddressKind>>{
             {"192.0.2.1", global},           {"8.8.8.8", global},
             {"172.15.255.255", global},      {"172.32.0.0", global},
             {"2a00:1450::1", global},        {"100.128.0.0", global},
             {"127.255.255.255", loopback},   {"::1", loopback},
             {"::ffff:127.0.0.1", loopback},  {"::127.0.0.1", loopback},
             {"64:ff9b::7f00:1", loopback},   {"2002:7f00:1::", loopback},
             {"169.254.169.254", link_local}, {"fe80::1", link_local},
             {"10.1.2.3", internal},          {"172.16.0.1", internal},
             {"192.168.0.1", internal},       {"100.64.0.1", internal},
             {"198.18.0.1", internal},        {"fd00::1", internal},
             {"2002:a00:1::1", internal},     {"64:ff9b:1::1", internal},
             {"0.0.0.0", unusable},           {"::", unusable},
             {"224.0.0.1", unusable},         {"255.255.255.255", unusable},
             {"ff02::1", unusable},           {"2001:0:1::", unusable}})
        EXPECT_EQ(kind_of(*parse_ip(text)), kind) << text;
}

// --- redirects ---

/// Answers "/" with a redirect, everything else with what was asked.
TestServer::Script redirecting(std::string const& location, std::string status = "302 Found") {
    return [location, status](TestLine& line) {
        auto const head = line.read_head();
        if (head.starts_with("GET / ") || head.starts_with("POST / ")) {
            line.send(answer("moved", "location: " + location + "\r\nconnection: close\r\n", status));
        } else {
            line.send(answer(head, "connection: close\r\n"));
        }
    };
}

TEST(HttpClient, RedirectsAreAnswersUnlessAskedToFollow) {
    TestServer server(redirecting("/there"));
    auto const reply = ask(get(server.url()));
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->status, 302);
    EXPECT_EQ(reply->header("location"), "/there");
    auto options = local();
    options.redirects = 3;
    options.authorization = "Bearer secret";
    auto const followed = ask(get(server.url()), options);
    ASSERT_TRUE(followed) << fault(followed);
    EXPECT_EQ(followed->status, 200);
    EXPECT_EQ(followed->url, server.url("/there"));
    EXPECT_THAT(followed->body, HasSubstr("Authorization: Bearer secret\r\n"));
    auto post = get(server.url());
    post.method = Method::post;
    auto const posted = ask(post, options);
    ASSERT_TRUE(posted) << fault(posted);
    EXPECT_EQ(posted->status, 302);
}

TEST(HttpClient, RedirectLoopsEnd) {
    TestServer server([](TestLine& line) {
        line.read_head();
        line.send(answer("", "location: /\r\n", "301 Moved"));
    });
    auto options = local();
    options.redirects = 5;
    EXPECT_THAT(fault(ask(get(server.url()), options)),
                testing::AllOf(StartsWith("limit: "), HasSubstr("more than 5")));
    EXPECT_EQ(server.connections, 6);
}

TEST(HttpClient, OtherHostsAreNamedAndNotGoneTo) {
    TestServer other(saying(answer("other")));
    TestServer server(redirecting(other.url("/x", "localhost")));
    auto options = local();
    options.redirects = 3;
    EXPECT_THAT(fault(ask(get(server.url()), options)),
                testing::AllOf(StartsWith("denied: "), HasSubstr("http://localhost:"), HasSubstr("another host")));
    EXPECT_EQ(other.connections, 0);
}

TEST(HttpClient, CredentialsDoNotTravelToOtherHosts) {
    std::string head;
    TestServer other([&](TestLine& line) {
        head = line.read_head();
        line.send(answer("other"));
    });
    TestServer server(redirecting(other.url("/x", "localhost")));
    auto options = local();
    options.redirects = 3;
    options.redirects_to_other_hosts = true;
    options.authorization = "Bearer secret";
    auto call = get(server.url());
    call.headers = {{"X-Api-Key", "secret"}, {"Cookie", "secret"}, {"Accept", "text/csv"}};
    auto const reply = ask(call, options);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->body, "other");
    EXPECT_THAT(head, HasSubstr("Accept: text/csv\r\n"));
    EXPECT_THAT(head, Not(HasSubstr("secret")));
}

TEST(HttpClient, RedirectsToOtherSchemesAndInsideAreRefused) {
    auto options = local();
    options.redirects = 3;
    options.redirects_to_other_hosts = true;
    for (auto const* const target : {"file:///etc/passwd", "ftp://x.example/", "http://169.254.169.254/latest",
                                     "http://10.0.0.1/", "http://[fe80::1]/", "http://u:p@127.0.0.1/"}) {
        TestServer server(redirecting(target));
        auto const said = fault(ask(get(server.url()), options));
        EXPECT_THAT(said, testing::AnyOf(StartsWith("denied: "), StartsWith("invalid: "))) << target;
        EXPECT_THAT(said, Not(HasSubstr("u:p"))) << target;
    }
}

// --- TLS ---

TEST(HttpClient, TrustsTheGivenAuthorityOnly) {
    TestCertificate const authority({.name = "authority", .is_authority = true});
    TestCertificate const peer({.issuer = &authority});
    TestServer server(saying(answer("over TLS")), {.own = &peer});
    auto options = local();
    auto const unknown = fault(ask(get(server.url()), options));
    EXPECT_THAT(unknown, testing::AllOf(StartsWith("denied: "), HasSubstr("can't be trusted"), HasSubstr("SHA-256")));
    options.ca_file = authority.certificate_file();
    auto const known = ask(get(server.url()), options);
    ASSERT_TRUE(known) << fault(known);
    EXPECT_EQ(known->body, "over TLS");
}

TEST(HttpClient, AWrongNameAndAWrongDateAreRefused) {
    TestCertificate const authority({.name = "authority", .is_authority = true});
    auto options = local();
    options.ca_file = authority.certificate_file();
    TestCertificate const other_name({.alternative_names = "DNS:other.example", .issuer = &authority});
    TestServer misnamed(saying(answer("x")), {.own = &other_name});
    EXPECT_THAT(fault(ask(get(misnamed.url()), options)), StartsWith("denied: "));
    TestCertificate const expired({.starts = -7200, .ends = -3600, .issuer = &authority});
    TestServer old(saying(answer("x")), {.own = &expired});
    EXPECT_THAT(fault(ask(get(old.url()), options)), testing::AllOf(StartsWith("denied: "), HasSubstr("expired")));
}

TEST(HttpClient, APinnedCertificateIsTheWholeIdentity) {
    TestCertificate const peer({.alternative_names = "DNS:other.example", .starts = -7200, .ends = -3600});
    TestCertificate const other({});
    TestServer server(saying(answer("pinned")), {.own = &peer});
    auto options = local();
    options.fingerprint = peer.fingerprint();
    auto const reply = ask(get(server.url()), options);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->body, "pinned");
    options.fingerprint = other.fingerprint();
    auto const said = fault(ask(get(server.url()), options));
    EXPECT_THAT(said, testing::AllOf(StartsWith("denied: "), HasSubstr("not the one that was pinned"),
                                     HasSubstr(lowered(replaced(peer.fingerprint(), ":", "")))));
    options.fingerprint = "abc";
    EXPECT_THAT(fault(ask(get(server.url()), options)), StartsWith("invalid: "));
}

TEST(HttpClient, APinDoesNotVouchForWhereARedirectLeads) {
    TestCertificate const peer({});
    TestServer other(saying(answer("x")), {.own = &peer});
    TestServer server(redirecting(other.url("/x")), {.own = &peer});
    auto options = local();
    options.fingerprint = peer.fingerprint();
    options.redirects = 3;
    options.redirects_to_other_hosts = true;
    EXPECT_THAT(fault(ask(get(server.url()), options)), testing::AllOf(StartsWith("denied: "), HasSubstr("trusted")));
}

TEST(HttpClient, NeverGoesFromHttpsToHttp) {
    TestCertificate const peer({});
    TestServer other(saying(answer("x")));
    TestServer server(redirecting(other.url("/x")), {.own = &peer});
    auto options = local();
    options.fingerprint = peer.fingerprint();
    options.redirects = 3;
    options.redirects_to_other_hosts = true;
    EXPECT_THAT(fault(ask(get(server.url()), options)),
                testing::AllOf(StartsWith("denied: "), HasSubstr("not encrypted")));
    EXPECT_EQ(other.connections, 0);
}

TEST(HttpClient, OldTlsIsRefused) {
    TestCertificate const peer({});
    TestServer server(saying(answer("x")), {.own = &peer, .most = TLS1_1_VERSION});
    auto options = local();
    options.fingerprint = peer.fingerprint();
    EXPECT_THAT(fault(ask(get(server.url()), options)), HasSubstr("TLS 1.2"));
}

TEST(HttpClient, ShowsItsOwnCertificate) {
    TestCertificate const peer({}), client({.name = "client"});
    TestServer server(saying(answer("welcome")), {.own = &peer, .client_authority = &client});
    auto options = local();
    options.fingerprint = peer.fingerprint();
    EXPECT_THAT(fault(ask(get(server.url()), options)), StartsWith("unavailable: "));
    options.certificate = client.certificate_file();
    EXPECT_THAT(fault(ask(get(server.url()), options)), testing::AllOf(StartsWith("invalid: "), HasSubstr("its key")));
    options.key = client.key_file();
    auto const reply = ask(get(server.url()), options);
    ASSERT_TRUE(reply) << fault(reply);
    EXPECT_EQ(reply->body, "welcome");
    options.key = "/nonexistent/key.pem";
    EXPECT_THAT(fault(ask(get(server.url()), options)),
                testing::AllOf(StartsWith("io: "), HasSubstr("/nonexistent/key.pem")));
    options.key = peer.key_file();
    EXPECT_THAT(fault(ask(get(server.url()), options)),
                testing::AllOf(StartsWith("io: "), HasSubstr("our client certificate")));
}

}  // namespace
}  // namespace tocsin::net
