#include "app/remote.hpp"

#include "app/instance.hpp"

#include <atomic>
#include <boost/json.hpp>
#include <cstring>
#include <list>
#include <mutex>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace tocsin::app {
namespace {

constexpr std::size_t max_request_bytes = 1 << 20;
constexpr std::size_t max_frame_bytes = 1 << 20;
constexpr int max_commands = 16;

struct Socket {
    int number = -1;
    Socket() = default;
    explicit Socket(int descriptor) : number(descriptor) {}
    Socket(Socket&& other) noexcept : number(std::exchange(other.number, -1)) {}
    Socket& operator=(Socket&&) = delete;
    ~Socket() {
        if (number >= 0) ::close(number);
    }
};

std::optional<sockaddr_un> address_of(std::string const& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return std::nullopt;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        auto const sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool receive_exactly(int socket, char* into, std::size_t count) {
    while (count > 0) {
        auto const got = ::recv(socket, into, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        into += got;
        count -= static_cast<std::size_t>(got);
    }
    return true;
}

bool send_frame(int socket, char kind, std::string_view bytes) {
    do {
        auto const part = bytes.substr(0, max_frame_bytes);
        auto const size = static_cast<std::uint32_t>(part.size());
        char const head[5] = {kind, static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                              static_cast<char>(size >> 8), static_cast<char>(size)};
        if (!send_all(socket, {head, 5}) || !send_all(socket, part)) return false;
        bytes.remove_prefix(part.size());
    } while (!bytes.empty());
    return true;
}

std::string request_line(std::span<std::string const> words, Invocation const& invocation) {
    JsonWriter json;
    json.object().key("words").array();
    for (auto const& word : words) json.value(word);
    json.end()
        .field("directory", invocation.working_directory)
        .field("input", invocation.input)
        .field("out_terminal", invocation.streams.out_is_terminal)
        .field("err_terminal", invocation.streams.err_is_terminal)
        .end();
    return std::move(json).text() + "\n";
}

}  // namespace

std::optional<int> run_on_owner(Config const& config, std::span<std::string const> words,
                                Invocation const& invocation) {
    auto const path = config.data / "tocsin.sock";
    auto const address = address_of(path.string());
    if (!address) return std::nullopt;
    Socket const socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.number, reinterpret_cast<sockaddr const*>(&*address), sizeof *address) != 0)
        return std::nullopt;
    if (!send_all(socket.number, request_line(words, invocation))) return std::nullopt;
    std::string body;
    while (true) {
        unsigned char head[5];
        if (!receive_exactly(socket.number, reinterpret_cast<char*>(head), 5)) break;
        std::size_t const size =
            std::size_t{head[1]} << 24 | std::size_t{head[2]} << 16 | std::size_t{head[3]} << 8 | head[4];
        if (size > max_frame_bytes) break;
        body.resize(size);
        if (!receive_exactly(socket.number, body.data(), size)) break;
        if (head[0] == 'o') invocation.streams.out(body);
        if (head[0] == 'e') invocation.streams.err(body);
        if (head[0] == 'x') return static_cast<int>(parse_int(body).value_or(1));
    }
    invocation.tell("tocsin: the server stopped before the command was done");
    return static_cast<int>(Exit::failed);
}

struct CommandSocket::Impl {
    Instance& instance;
    std::string path;
    Socket listener;
    std::atomic<bool> stopping = false;
    std::atomic<int> running = 0;
    std::mutex threads_mutex;  // guards threads
    std::list<std::jthread> threads;
    std::jthread acceptor;

    explicit Impl(Instance& owner, std::string where, Socket socket)
        : instance(owner), path(std::move(where)), listener(std::move(socket)) {}

    void accept_loop() {
        while (!stopping) {
            pollfd waiting{listener.number, POLLIN, 0};
            if (::poll(&waiting, 1, 200) <= 0) continue;
            Socket caller(::accept4(listener.number, nullptr, nullptr, SOCK_CLOEXEC));
            if (caller.number < 0) continue;
            if (running >= max_commands) {
                send_frame(caller.number, 'e', "tocsin: too many commands are running; try again\n");
                send_frame(caller.number, 'x', "1");
                continue;
            }
            ++running;
            std::lock_guard const lock(threads_mutex);
            if (running == 1) threads.clear();
            threads.emplace_back([this, socket = std::move(caller)] {
                serve(socket.number);
                --running;
            });
        }
    }

    void serve(int socket) {
        timeval const patience{10, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        std::string line;
        char c = 0;
        while (line.size() < max_request_bytes && receive_exactly(socket, &c, 1) && c != '\n') line.push_back(c);
        boost::system::error_code fault;
        auto const request = boost::json::parse(line, fault);
        auto const* const object = fault ? nullptr : request.if_object();
        auto const* const list =
            object == nullptr || !object->contains("words") ? nullptr : object->at("words").if_array();
        if (list == nullptr) return;
        std::vector<std::string> words;
        for (auto const& word : *list)
            words.emplace_back(word.is_string() ? std::string_view(word.get_string()) : std::string_view());
        auto const flag = [&](char const* name) {
            return object->contains(name) && object->at(name).is_bool() && object->at(name).get_bool();
        };
        auto const text = [&](char const* name, std::string_view otherwise) {
            bool const given = object->contains(name) && object->at(name).is_string();
            return std::string(given ? std::string_view(object->at(name).get_string()) : otherwise);
        };
        std::atomic<bool> gone = false;
        Streams streams{[&](std::string_view text) { gone = gone || !send_frame(socket, 'o', text); },
                        [&](std::string_view text) { gone = gone || !send_frame(socket, 'e', text); },
                        flag("out_terminal"), flag("err_terminal")};
        auto const cancelled = [&] {
            char probe = 0;
            auto const got = ::recv(socket, &probe, 1, MSG_PEEK | MSG_DONTWAIT);
            return gone || stopping || got == 0;
        };
        int const code = run_command_on(instance, words, streams, text("directory", "/"), cancelled, text("input", ""));
        send_frame(socket, 'x', std::to_string(code));
    }
};

CommandSocket::CommandSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
    impl_->acceptor = std::jthread([this] { impl_->accept_loop(); });
}

CommandSocket::~CommandSocket() {
    impl_->stopping = true;
    impl_->acceptor.join();
    impl_->threads.clear();
    ::unlink(impl_->path.c_str());
}

Result<std::unique_ptr<CommandSocket>> CommandSocket::open(Instance& instance) {
    auto const path = (instance.directory() / "tocsin.sock").string();
    auto const address = address_of(path);
    if (!address)
        return fail(
            Code::limit,
            fmt::format("{} is too long for a local socket (107 bytes); choose a shorter data directory", path));
    Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::unlink(path.c_str());  // the directory is ours, so a socket there is a dead owner's
    auto const old_mask = ::umask(0177);
    bool const bound = ::bind(socket.number, reinterpret_cast<sockaddr const*>(&*address), sizeof *address) == 0;
    ::umask(old_mask);
    if (!bound || ::listen(socket.number, max_commands) != 0)
        return fail(Code::io, fmt::format("listening on {}: {}", path, std::strerror(errno)));
    return std::unique_ptr<CommandSocket>(new CommandSocket(std::make_unique<Impl>(instance, path, std::move(socket))));
}

}  // namespace tocsin::app
