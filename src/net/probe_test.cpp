#include "net/probe.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace tocsin::net {
namespace {

using namespace std::chrono_literals;

IpAddress const here = *parse_ip("127.0.0.1");
ProbeOptions const quick{.connect_time = 1000ms, .quiet_time = 200ms, .total_time = 600ms, .most_bytes = 1000};

/// A socket on loopback, bound to a free port.
class Bound {
  public:
    explicit Bound(int type) : file_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof name;
        EXPECT_EQ(::bind(file_, reinterpret_cast<sockaddr*>(&name), size), 0);
        EXPECT_EQ(::getsockname(file_, reinterpret_cast<sockaddr*>(&name), &size), 0);
        port_ = ntohs(name.sin_port);
    }
    ~Bound() { ::close(file_); }
    Bound(Bound const&) = delete;
    Bound& operator=(Bound const&) = delete;
    int file() const { return file_; }
    std::uint16_t port() const { return port_; }

  private:
    int file_;
    std::uint16_t port_ = 0;
};

/// Takes one connection and does with it what it is told.
class Server {
  public:
    explicit Server(std::function<void(int)> serve) : listener_(SOCK_STREAM) {
        EXPECT_EQ(::listen(listener_.file(), 4), 0);
        thread_ = std::thread([this, serve = std::move(serve)] {
            pollfd waiting{listener_.file(), POLLIN, 0};
            if (::poll(&waiting, 1, 5000) != 1) return;
            auto const peer = ::accept4(listener_.file(), nullptr, nullptr, SOCK_CLOEXEC);
            serve(peer);
            ::close(peer);
        });
    }
    ~Server() { thread_.join(); }
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;
    std::uint16_t port() const { return listener_.port(); }

  private:
    Bound listener_;
    std::thread thread_;
};

void say(int peer, std::string_view words) {
    EXPECT_EQ(::send(peer, words.data(), words.size(), MSG_NOSIGNAL), static_cast<ssize_t>(words.size()));
}

/// Until the other side hangs up, at most five seconds.
void wait_for_end(int peer) {
    pollfd waiting{peer, POLLIN, 0};
    char byte = 0;
    while (::poll(&waiting, 1, 5000) == 1 && ::recv(peer, &byte, 1, 0) > 0) {
    }
}

TEST(ProbeTcp, ReadsABannerAndHangsUp) {
    Server const server([](int peer) {
        say(peer, "220 ready\r\n");
        wait_for_end(peer);
    });
    auto const answer = probe_tcp(here, server.port(), "", quick);
    EXPECT_EQ(answer.seen, Seen::answered);
    EXPECT_EQ(answer.bytes, "220 ready\r\n");
}

TEST(ProbeTcp, TellsWhoIsSilentFromWhoHangsUpAndFromWhoRefuses) {
    Server const silent(wait_for_end);
    EXPECT_EQ(probe_tcp(here, silent.port(), "", quick).seen, Seen::accepted);
    Server const rude([](int) {});
    EXPECT_EQ(probe_tcp(here, rude.port(), "", quick).seen, Seen::hung_up);
    Bound const nobody_listens(SOCK_STREAM);
    EXPECT_EQ(probe_tcp(here, nobody_listens.port(), "", quick).seen, Seen::refused);
}

TEST(ProbeTcp, StopsAtItsLimitHoweverMuchIsSaid) {
    Server const endless([](int peer) {
        std::string const words(4096, 'x');
        while (::send(peer, words.data(), words.size(), MSG_NOSIGNAL) > 0) {
        }
    });
    auto const answer = probe_tcp(here, endless.port(), "", quick, [](std::string_view) { return false; });
    EXPECT_EQ(answer.seen, Seen::answered);
    EXPECT_EQ(answer.bytes.size(), quick.most_bytes);
}

TEST(ProbeTcp, DoesNotWaitForAnEndThatNeverComes) {
    Server const dripping([](int peer) {
        while (::send(peer, "x", 1, MSG_NOSIGNAL) == 1) std::this_thread::sleep_for(20ms);
    });
    auto const answer = probe_tcp(here, dripping.port(), "", quick, [](std::string_view) { return false; });
    EXPECT_EQ(answer.seen, Seen::answered);
    EXPECT_LT(answer.bytes.size(), 100U);
}

TEST(ProbeTcp, SendsItsWordsAndNothingElse) {
    std::string heard;
    {
        Server const server([&](int peer) {
            std::array<char, 100> bytes{};
            while (true) {
                auto const got = ::recv(peer, bytes.data(), bytes.size(), 0);
                if (got <= 0) break;
                if (heard.empty()) say(peer, "+PONG\r\n");
                heard.append(bytes.data(), static_cast<std::size_t>(got));
            }
        });
        EXPECT_EQ(probe_tcp(here, server.port(), "PING\r\n", quick).bytes, "+PONG\r\n");
    }
    EXPECT_EQ(heard, "PING\r\n");
}

TEST(ProbeUdp, TakesTheAnswerThatIsOneAndTellsAClosedPort) {
    Bound const server(SOCK_DGRAM);
    std::thread answering([&] {
        std::array<char, 100> bytes{};
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        auto const got =
            ::recvfrom(server.file(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&peer), &size);
        EXPECT_EQ(got, 1);
        for (std::string_view const words : {"guess", "answer"})
            ::sendto(server.file(), words.data(), words.size(), 0, reinterpret_cast<sockaddr*>(&peer), size);
    });
    auto const answer =
        probe_udp(here, server.port(), "?", quick, [](std::string_view bytes) { return bytes == "answer"; });
    answering.join();
    EXPECT_EQ(answer.seen, Seen::answered);
    EXPECT_EQ(answer.bytes, "answer");
    EXPECT_EQ(probe_udp(here, server.port(), "?", quick).seen, Seen::silent);
    std::uint16_t free_port = 0;
    {
        Bound const gone(SOCK_DGRAM);
        free_port = gone.port();
    }
    EXPECT_EQ(probe_udp(here, free_port, "?", quick).seen, Seen::refused);
}

TEST(Probe, NamesAnAddressThatIsNotOurs) {
    auto options = quick;
    options.source = "192.0.2.77";
    auto const answer = probe_tcp(here, 9, "", options);
    EXPECT_EQ(answer.seen, Seen::failed);
    EXPECT_NE(answer.error.find("source address"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::net
