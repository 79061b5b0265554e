#include "net/http.hpp"
#include "net/http_test_certificate.hpp"
#include "net/http_test_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <thread>

namespace tocsin::net {
namespace {

/// A self-signed certificate for this test only.
class TlsTest : public testing::Test {
  protected:
    Result<std::unique_ptr<HttpServer>> start() {
        std::vector<Listener> listeners(1);
        listeners[0].tls = files_;
        listeners[0].application.answer = [](HttpRequest const& request) {
            HttpResponse response;
            response.body = request.peer.is_tls ? "over TLS" : "plain";
            return response;
        };
        return HttpServer::start(std::move(listeners), {.header_time = std::chrono::milliseconds(500)});
    }

    /// The answer to a GET with at most this version of TLS; empty when the handshake fails.
    static std::string get(std::uint16_t port, int most) {
        RawClient client(port);
        auto* context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_security_level(context, 0);
        SSL_CTX_set_max_proto_version(context, most);
        auto* session = SSL_new(context);
        SSL_set_fd(session, client.descriptor());
        std::string answer;
        if (SSL_connect(session) == 1) {
            std::string_view const request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
            SSL_write(session, request.data(), static_cast<int>(request.size()));
            char space[4096];
            for (int count = 1; count > 0;) {
                count = SSL_read(session, space, sizeof space);
                if (count > 0) answer.append(space, static_cast<std::size_t>(count));
            }
        }
        SSL_free(session);
        SSL_CTX_free(context);
        return answer;
    }

    TestCertificate certificate_{{}};
    TlsFiles files_{certificate_.certificate_file(), certificate_.key_file()};
};

TEST_F(TlsTest, AnswersOverTls12And13ButNothingOlder) {
    auto const server = start();
    ASSERT_TRUE(server) << server.error().message;
    EXPECT_THAT(get((*server)->port(), TLS1_3_VERSION), testing::EndsWith("over TLS"));
    EXPECT_THAT(get((*server)->port(), TLS1_2_VERSION), testing::EndsWith("over TLS"));
    EXPECT_EQ(get((*server)->port(), TLS1_1_VERSION), "");
    EXPECT_TRUE(
        eventually([&] { return (*server)->counters().tls_failures >= 1; }));  // counted after the alert has left
}

TEST_F(TlsTest, BadHandshakesAreCutOffAndCounted) {
    auto const server = start();
    ASSERT_TRUE(server) << server.error().message;
    RawClient plain((*server)->port());
    plain.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    EXPECT_THAT(plain.read_to_end(), testing::Not(testing::HasSubstr("HTTP/1.1 200")));
    RawClient silent((*server)->port());
    EXPECT_TRUE(silent.is_closed_by_peer());
    EXPECT_TRUE(eventually([&] { return (*server)->counters().tls_failures == 2; }));
}

TEST_F(TlsTest, AMissingOrWrongCertificateIsSaidAtTheStart) {
    files_.certificate = (certificate_.folder() / "absent.pem").string();
    auto const server = start();
    ASSERT_FALSE(server);
    EXPECT_THAT(server.error().message, testing::HasSubstr("absent.pem"));
}

}  // namespace
}  // namespace tocsin::net
