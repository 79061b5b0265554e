#include "net/mail.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace tocsin::net {
namespace {

/// A mail server that says what the test wants. One connection after the other.
class ScriptedServer {
  public:
    std::string to_mail = "250 ok", to_data = "354 go on", to_end = "250 taken";
    std::string to_recipient = "250 ok", to_second_recipient = "250 ok";
    bool closes_after_end = false, closes_in_data = false;

    ScriptedServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener_, 8), 0);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    ~ScriptedServer() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
        ::close(listener_);
    }
    void start() {
        thread_ = std::thread([this] { serve(); });
    }
    SmtpOptions options() const {
        SmtpOptions options;
        options.url = fmt::format("smtp://127.0.0.1:{}", port_);
        options.tls = SmtpTls::none;
        options.quiet_time = std::chrono::seconds(5);
        return options;
    }
    std::atomic<int> delivered{0}, connections{0};
    std::string last;

  private:
    bool wait(int socket) const {
        while (!stopping_) {
            pollfd line{socket, POLLIN, 0};
            if (::poll(&line, 1, 20) > 0) return true;
        }
        return false;
    }
    void say(std::string const& text) { ::send(client_, (text + "\r\n").data(), text.size() + 2, MSG_NOSIGNAL); }
    std::string line() {
        for (;;) {
            auto const end = read_.find("\r\n");
            if (end != std::string::npos) {
                auto taken = read_.substr(0, end);
                read_.erase(0, end + 2);
                return taken;
            }
            char space[4096];
            if (!wait(client_)) return "QUIT";
            auto const count = ::recv(client_, space, sizeof space, 0);
            if (count <= 0) return "QUIT";
            read_.append(space, static_cast<std::size_t>(count));
        }
    }
    void serve() {
        while (wait(listener_)) {
            client_ = ::accept(listener_, nullptr, nullptr);
            ++connections;
            read_.clear();
            say("220 scripted");
            while (talk()) {
            }
            ::close(client_);
        }
    }
    bool talk() {
        auto const command = line();
        if (command.starts_with("EHLO")) {
            say("250-scripted\r\n250 8BITMIME");
        } else if (command.starts_with("MAIL")) {
            recipients_ = 0;
            say(to_mail);
        } else if (command.starts_with("RCPT")) {
            say(recipients_++ == 0 ? to_recipient : to_second_recipient);
        } else if (command.starts_with("DATA")) {
            say(to_data);
            return !to_data.starts_with("354") || take_data();
        } else if (command.starts_with("QUIT")) {
            say("221 bye");
            return false;
        } else {
            say("250 ok");
        }
        return true;
    }
    bool take_data() {
        if (closes_in_data) return false;
        std::string body;
        for (auto text = line(); text != "."; text = line()) {
            if (text == "QUIT") return false;  // also when the client has gone away
            body += (text.starts_with("..") ? text.substr(1) : text) + "\r\n";
        }
        last = body;
        if (closes_after_end) return false;
        if (to_end.starts_with("2")) ++delivered;
        say(to_end);
        return true;
    }

    int listener_, client_ = -1;
    std::uint16_t port_ = 0;
    int recipients_ = 0;
    std::atomic<bool> stopping_{false};
    std::string read_;
    std::thread thread_;
};

SmtpEnvelope const one_recipient{"cirt@cirt.example", {"abuse@power.example"}};
SmtpEnvelope const two_recipients{"cirt@cirt.example", {"abuse@power.example", "noc@power.example"}};
constexpr std::string_view message = "Subject: x\r\n\r\nline\r\n.dot\r\n";

Status fine() {
    return {};
}

TEST(SmtpClient, DeliversAndKeepsTheConnection) {
    ScriptedServer server;
    server.start();
    SmtpClient client(server.options());
    for (int i = 0; i < 3; ++i) {
        auto const outcome = client.send(one_recipient, message, fine);
        EXPECT_EQ(outcome.kind, SmtpOutcome::Kind::accepted) << outcome.reply;
        EXPECT_EQ(outcome.reply, "250 taken");
        EXPECT_EQ(outcome.accepted_for, one_recipient.to);
    }
    EXPECT_EQ(server.delivered, 3);
    EXPECT_EQ(server.connections, 1);
    EXPECT_EQ(server.last, message);
}

TEST(SmtpClient, AsksBeforeTheEndAndNothingIsDeliveredWhenTheAnswerIsNo) {
    ScriptedServer server;
    server.start();
    SmtpClient client(server.options());
    int asked = 0;
    auto const outcome = client.send(one_recipient, message, [&]() -> Status {
        ++asked;
        EXPECT_EQ(server.delivered, 0);
        return fail(Code::io, "the disk is full");
    });
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(outcome.kind, SmtpOutcome::Kind::temporary);
    EXPECT_EQ(outcome.reply, "the disk is full");
    EXPECT_EQ(server.delivered, 0);
    EXPECT_EQ(client.send(one_recipient, message, fine).kind, SmtpOutcome::Kind::accepted);
    EXPECT_EQ(server.delivered, 1);
}

TEST(SmtpClient, AsksOnceBeforeTheEndForMessagesOfAnySize) {
    ScriptedServer server;
    server.start();
    SmtpClient client(server.options());
    for (std::size_t const size : {0U, 1U, 65'534U, 65'536U, 300'000U}) {
        int asked = 0;
        std::string body = "Subject: x\r\n\r\n";
        while (body.size() < size) body += "..........\r\n";
        auto const outcome = client.send(one_recipient, body, [&]() -> Status {
            ++asked;
            return {};
        });
        EXPECT_EQ(outcome.kind, SmtpOutcome::Kind::accepted) << outcome.reply;
        EXPECT_EQ(asked, 1) << size;
        EXPECT_EQ(server.last, body);
    }
}

struct Case {
    std::string name;
    std::string ScriptedServer::* where;
    std::string reply;
    SmtpOutcome::Kind kind;
};

class SmtpReplies : public testing::TestWithParam<Case> {};

TEST_P(SmtpReplies, AreToldApart) {
    ScriptedServer server;
    server.*GetParam().where = GetParam().reply;
    server.start();
    SmtpClient client(server.options());
    auto const outcome = client.send(one_recipient, message, fine);
    EXPECT_EQ(outcome.kind, GetParam().kind) << outcome.reply;
    EXPECT_EQ(outcome.reply, GetParam().reply);
    EXPECT_EQ(server.delivered, 0);
}

using Kind = SmtpOutcome::Kind;
INSTANTIATE_TEST_SUITE_P(
    ByPlace, SmtpReplies,
    testing::Values(Case{"greylisted", &ScriptedServer::to_recipient, "450 4.7.1 come back later", Kind::temporary},
                    Case{"no_mailbox", &ScriptedServer::to_recipient, "550 5.1.1 no such mailbox", Kind::permanent},
                    Case{"closing", &ScriptedServer::to_recipient, "421 4.3.2 closing", Kind::temporary},
                    Case{"sender_refused", &ScriptedServer::to_mail, "550 5.7.1 not you", Kind::unreachable},
                    Case{"too_large", &ScriptedServer::to_mail, "552 5.3.4 too large", Kind::permanent},
                    Case{"busy", &ScriptedServer::to_mail, "452 4.3.1 no space", Kind::temporary},
                    Case{"data_refused", &ScriptedServer::to_data, "554 5.5.1 no", Kind::permanent},
                    Case{"content_refused", &ScriptedServer::to_end, "550 5.7.1 spam", Kind::permanent},
                    Case{"content_later", &ScriptedServer::to_end, "451 4.7.1 later", Kind::temporary}),
    [](auto const& info) { return info.param.name; });

TEST(SmtpClient, TellsWhichRecipientsWereRefused) {
    ScriptedServer server;
    server.to_second_recipient = "550 5.1.1 unknown";
    server.start();
    SmtpClient client(server.options());
    auto const outcome = client.send(two_recipients, message, fine);
    EXPECT_EQ(outcome.kind, Kind::accepted);
    ASSERT_EQ(outcome.refused.size(), 1U);
    EXPECT_EQ(outcome.refused[0].address, "noc@power.example");
    EXPECT_EQ(outcome.refused[0].code, 550);
    EXPECT_EQ(outcome.accepted_for, std::vector<std::string>{"abuse@power.example"});
}

TEST(SmtpClient, DoesNotKnowWhenTheConnectionBreaksAfterTheEnd) {
    ScriptedServer server;
    server.closes_after_end = true;
    server.start();
    SmtpClient client(server.options());
    EXPECT_EQ(client.send(one_recipient, message, fine).kind, Kind::unknown);
}

TEST(SmtpClient, TriesLaterWhenTheConnectionBreaksBeforeTheEnd) {
    ScriptedServer server;
    server.closes_in_data = true;
    server.start();
    SmtpClient client(server.options());
    std::string const large(3'000'000, 'x');
    EXPECT_EQ(client.send(one_recipient, large, fine).kind, Kind::temporary);
}

TEST(SmtpClient, SaysThatNobodyIsThere) {
    SmtpOptions options;
    options.url = "smtp://127.0.0.1:1";
    SmtpClient client(options);
    EXPECT_EQ(client.send(one_recipient, message, fine).kind, Kind::unreachable);
    EXPECT_EQ(client.probe().kind, Kind::unreachable);
}

TEST(SmtpClient, SendsNothingInTheClearWhenTlsIsRequired) {
    ScriptedServer server;
    server.start();
    auto options = server.options();
    options.tls = SmtpTls::required;
    EXPECT_EQ(SmtpClient(options).send(one_recipient, message, fine).kind, Kind::unreachable);
    options.tls = SmtpTls::opportunistic;
    options.user = "u";
    options.password = "p";
    EXPECT_EQ(SmtpClient(options).send(one_recipient, message, fine).kind, Kind::unreachable);
    EXPECT_EQ(server.delivered, 0);
}

TEST(SmtpClient, RefusesAUrlThatHidesSomething) {
    for (auto const* const bad :
         {"http://x", "smtp://", "smtp://a@b", "smtp://host/path?x", "smtp://ho st", "smtp://h\r\n"})
        EXPECT_FALSE(check_smtp_url(bad)) << bad;
    for (auto const* const good : {"smtp://127.0.0.1:25", "smtps://mail.example", "smtp://[::1]:2525/"})
        EXPECT_TRUE(check_smtp_url(good)) << good;
}

}  // namespace
}  // namespace tocsin::net
