#include "notifications/courier.hpp"

#include "notifications/notifications.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tocsin::notifications {
namespace {

constexpr int child_socket = 3;
constexpr int child_journal = 4;
constexpr int idle_milliseconds = 30'000;
constexpr std::size_t most_frame = std::size_t{512} << 20;
constexpr std::chrono::seconds patience_when_stopping{12};
constexpr char field_end = '\x1f';

/// Both couriers end here: the marks around the final dot.
net::SmtpOutcome carry(net::SmtpClient& client, int journal, Parcel const& parcel,
                       std::function<bool()> const& is_stopping) {
    auto outcome =
        client.send(parcel.envelope, parcel.bytes, [&] { return mark_end(journal, parcel.attempt); }, is_stopping);
    if (auto const marked = mark_result(journal, parcel.attempt, outcome); !marked)
        log::warning("{}", marked.error().message);  // the sender commits the outcome all the same
    return outcome;
}

class CourierHere final : public Courier {
  public:
    CourierHere(net::SmtpOptions const& options, int journal) : client_(options), journal_(journal) {}
    std::optional<net::SmtpOutcome> deliver(Parcel const& parcel, std::function<bool()> const& is_stopping) override {
        return carry(client_, journal_, parcel, is_stopping);
    }

  private:
    net::SmtpClient client_;
    int journal_;
};

bool write_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        auto const count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool read_all(int socket, char* into, std::size_t size) {
    while (size > 0) {
        auto const count = ::recv(socket, into, size, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        into += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

bool write_frame(int socket, std::string_view bytes) {
    auto const size = static_cast<std::uint64_t>(bytes.size());
    char head[8];
    std::memcpy(head, &size, 8);
    return write_all(socket, {head, 8}) && write_all(socket, bytes);
}

std::optional<std::string> read_frame(int socket) {
    char head[8];
    if (!read_all(socket, head, 8)) return {};
    std::uint64_t size = 0;
    std::memcpy(&size, head, 8);
    if (size > most_frame) return {};
    std::string bytes(size, '\0');
    if (!read_all(socket, bytes.data(), bytes.size())) return {};
    return bytes;
}

std::string packed_options(net::SmtpOptions const& options) {
    return fmt::format("{1}{0}{2}{0}{3}{0}{4}{0}{5}{0}{6}{0}{7}{0}{8}{0}{9}", field_end, options.url, options.user,
                       to_base64(options.password), static_cast<int>(options.tls), options.ca_file, options.greeting,
                       options.connect_time.count(), options.quiet_time.count(), options.total_time.count());
}

std::optional<net::SmtpOptions> unpacked_options(std::string_view text) {
    auto const fields = split(text, field_end);
    if (fields.size() != 9) return {};
    auto const number = [&](std::size_t i) { return parse_int(fields[i]).value_or(0); };
    net::SmtpOptions options;
    options.url = fields[0];
    options.user = fields[1];
    options.password = from_base64(fields[2]).value_or("");
    options.tls = static_cast<net::SmtpTls>(number(3));
    options.ca_file = fields[4];
    options.greeting = fields[5];
    options.connect_time = std::chrono::seconds(number(6));
    options.quiet_time = std::chrono::seconds(number(7));
    options.total_time = std::chrono::seconds(number(8));
    return options;
}

/// A running postman and our end of its line.
class Postman {
  public:
    static std::optional<Postman> start(std::string const& program, int journal) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return {};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        // Clear of each other's numbers first; dup2 takes close-on-exec away.
        int const far = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 16);
        int const marks = ::fcntl(journal, F_DUPFD_CLOEXEC, 16);
        posix_spawn_file_actions_adddup2(&actions, far, child_socket);
        posix_spawn_file_actions_adddup2(&actions, marks, child_journal);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);  // what is meant for us does not reach it
        std::string name = program;
        std::string word(postman_word);
        std::array<char*, 3> words{name.data(), word.data(), nullptr};
        pid_t process = -1;
        int const error = ::posix_spawn(&process, program.c_str(), &actions, &attributes, words.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
        for (int const end : {ends[1], far, marks}) ::close(end);
        if (error == 0) return Postman(process, ends[0]);
        ::close(ends[0]);
        return {};
    }
    Postman(Postman&& other) noexcept
        : process_(std::exchange(other.process_, -1)), socket_(std::exchange(other.socket_, -1)) {}
    Postman& operator=(Postman&&) = delete;
    ~Postman() {
        if (socket_ >= 0) ::close(socket_);  // tells it to end
        if (process_ <= 0) return;
        for (int i = 0; i < 100; ++i) {
            if (::waitpid(process_, nullptr, WNOHANG) != 0) return;
            ::usleep(10'000);
        }
    }
    int socket() const { return socket_; }
    /// It ended by itself, having nothing to do.
    bool is_gone() const {
        pollfd line{socket_, POLLIN | POLLRDHUP, 0};
        return ::poll(&line, 1, 0) != 0;
    }

  private:
    Postman(pid_t process, int socket) : process_(process), socket_(socket) {}
    pid_t process_;
    int socket_;
};

class CourierBeside final : public Courier {
  public:
    CourierBeside(net::SmtpOptions const& options, int journal, std::string program)
        : options_(options), journal_(journal), program_(std::move(program)) {}

    std::optional<net::SmtpOutcome> deliver(Parcel const& parcel, std::function<bool()> const& is_stopping) override {
        if (postman_ && postman_->is_gone()) postman_.reset();
        if (!postman_ && !start()) {
            if (!here_) {
                log::warning("no process of its own for mail could be started; sending from this one");
                here_ = courier_here(options_, journal_);
            }
            return here_->deliver(parcel, is_stopping);
        }
        auto const answer = ask(parcel, is_stopping);
        if (!answer) postman_.reset();
        return answer ? unpacked_outcome(*answer) : std::nullopt;
    }

  private:
    bool start() {
        if (auto started = Postman::start(program_, journal_)) postman_.emplace(*std::move(started));
        if (!postman_) return false;
        if (write_frame(postman_->socket(), packed_options(options_))) return true;
        postman_.reset();
        return false;
    }

    std::optional<std::string> ask(Parcel const& parcel, std::function<bool()> const& is_stopping) {
        std::string head = fmt::format("{}{}{}{}{}", parcel.attempt.notification, field_end, parcel.attempt.number,
                                       field_end, parcel.envelope.from);
        for (auto const& address : parcel.envelope.to) head += field_end + address;
        int const socket = postman_->socket();
        if (!write_frame(socket, head) || !write_frame(socket, parcel.bytes)) return {};
        std::optional<std::chrono::steady_clock::time_point> stopping_since;
        for (;;) {
            pollfd line{socket, POLLIN, 0};
            if (::poll(&line, 1, 250) > 0) return read_frame(socket);
            if (!is_stopping || !is_stopping()) continue;
            // Tells the postman to break off unless the end was sent; it answers through the journal if this is late.
            if (!stopping_since) ::shutdown(socket, SHUT_WR);
            auto const now = std::chrono::steady_clock::now();
            if (!stopping_since) stopping_since = now;
            if (now - *stopping_since > patience_when_stopping) return {};
        }
    }

    net::SmtpOptions options_;
    int journal_;
    std::string program_;
    std::optional<Postman> postman_;
    std::unique_ptr<Courier> here_;
};

bool carry_next(net::SmtpClient& client) {
    auto const head = read_frame(child_socket);
    auto const bytes = head ? read_frame(child_socket) : std::nullopt;
    if (!bytes) return false;
    auto const fields = split(*head, field_end);
    if (fields.size() < 4) return false;
    Parcel parcel;
    parcel.attempt = {parse_int(fields[0]).value_or(0), static_cast<int>(parse_int(fields[1]).value_or(0))};
    parcel.envelope.from = fields[2];
    for (std::size_t i = 3; i < fields.size(); ++i) parcel.envelope.to.emplace_back(fields[i]);
    parcel.bytes = *bytes;
    auto const is_alone = [] {
        pollfd line{child_socket, POLLRDHUP, 0};
        return ::poll(&line, 1, 0) > 0;
    };
    // Alone before the end: break off, it will be sent again. After the end: the answer is waited for in any case.
    bool has_ended = false;
    auto outcome = client.send(
        parcel.envelope, parcel.bytes,
        [&]() -> Status {
            if (is_alone()) return fail(Code::unavailable, "the program stops");
            CHECK(mark_end(child_journal, parcel.attempt));
            has_ended = true;
            return {};
        },
        [&] { return !has_ended && is_alone(); });
    if (!has_ended && is_alone()) return false;  // without a mark it is sent again at once
    auto const marked = mark_result(child_journal, parcel.attempt, outcome);
    return write_frame(child_socket, packed(outcome)) && marked.has_value();
}

}  // namespace

std::unique_ptr<Courier> courier_here(net::SmtpOptions const& options, int journal) {
    return std::make_unique<CourierHere>(options, journal);
}

std::unique_ptr<Courier> courier_beside(net::SmtpOptions const& options, int journal, std::string program) {
    return std::make_unique<CourierBeside>(options, journal, std::move(program));
}

int run_postman() {
    for (int const ignored : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) std::signal(ignored, SIG_IGN);
    ::close_range(child_journal + 1, ~0U, 0);
    for (int const used : {child_socket, child_journal}) ::fcntl(used, F_SETFD, FD_CLOEXEC);
    auto const words = read_frame(child_socket);
    auto const options = words ? unpacked_options(*words) : std::nullopt;
    if (!options) return 2;
    net::SmtpClient client(*options);
    for (;;) {
        pollfd line{child_socket, POLLIN, 0};
        if (::poll(&line, 1, idle_milliseconds) <= 0) return 0;
        if (!carry_next(client)) return 0;
    }
}

}  // namespace tocsin::notifications
