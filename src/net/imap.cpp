#include "net/imap.hpp"

#include "net/curl_parts.hpp"
#include "net/http_client.hpp"
#include "net/imap_answer.hpp"

#include <algorithm>
#include <array>
#include <curl/curl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

/// curl makes the connection, the TLS and the log-in; the commands are spoken here, over its socket.
namespace tocsin::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint64_t longest_plain_literal = 64 << 10;
constexpr std::size_t most_lines = 100'000;
constexpr std::chrono::milliseconds look_around{500};

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

/// "23-Nov-2026" (RFC 3501 section 9, date).
std::string imap_date(Timestamp time) {
    static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const iso = format_date(time);
    auto const month = parse_int(std::string_view(iso).substr(5, 2)).value_or(1);
    return fmt::format("{}-{}-{}", iso.substr(8, 2), months[static_cast<std::size_t>(month - 1)], iso.substr(0, 4));
}

/// What the callbacks below curl find.
struct Rules {
    ImapOptions options;
    std::optional<IpAddress> refused = {};
};

curl_socket_t on_open(void* user, curlsocktype, curl_sockaddr* target) {
    auto& rules = *static_cast<Rules*>(user);
    auto const address = address_of(target->addr);
    if (!address) return CURL_SOCKET_BAD;
    bool const may_reach =
        kind_of(*address) == AddressKind::global ||
        std::ranges::any_of(rules.options.reachable, [&](IpPrefix const& prefix) { return prefix.contains(*address); });
    if (!may_reach) {
        rules.refused = *address;
        return CURL_SOCKET_BAD;
    }
    return ::socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto const& options = static_cast<Rules*>(user)->options;
    return options.is_cancelled && options.is_cancelled() ? 1 : 0;
}

}  // namespace

Status check_imap_url(std::string_view url) {
    auto rest = url;
    if (rest.starts_with("imap://")) {
        rest.remove_prefix(7);
    } else if (rest.starts_with("imaps://")) {
        rest.remove_prefix(8);
    } else {
        return fail(Code::invalid, "a mailbox is given as imaps://host:port or imap://host:port");
    }
    if (rest.ends_with('/')) rest.remove_suffix(1);
    bool const is_fine = !rest.empty() && std::ranges::all_of(rest, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("-._:[]").contains(c);
    });
    if (!is_fine) return fail(Code::invalid, "a mail server's address may hold only a host and a port");
    return {};
}

struct ImapClient::Impl {
    explicit Impl(ImapOptions options) : rules{std::move(options)} {}
    ~Impl() {
        if (curl != nullptr) curl_easy_cleanup(curl);
    }
    Impl(Impl const&) = delete;
    Impl& operator=(Impl const&) = delete;

    Status connect();
    Status send(std::string_view bytes);
    Status more();
    Result<ImapAnswer> answer(std::uint64_t most_literal);
    /// Sends a command and gives what came before its end. `failure`: of a NO.
    Result<std::vector<ImapAnswer>> command(std::string_view words, Code failure = Code::unavailable,
                                            std::uint64_t most_literal = longest_plain_literal);
    Result<std::vector<std::uint32_t>> search(std::string_view criteria);
    Status wait(short events);
    Error broken(std::string_view what) const {
        return {Code::unavailable, fmt::format("the mail server: {}; try later", what)};
    }

    Rules rules;
    CURL* curl = nullptr;
    curl_socket_t socket = CURL_SOCKET_BAD;
    ImapReader reader;
    int tags = 0;
    std::string capabilities;
};

Status ImapClient::Impl::connect() {
    start_curl_once();
    CHECK(check_imap_url(rules.options.url));
    curl = curl_easy_init();
    if (curl == nullptr) return fail(Code::internal, "curl can't be started");
    auto const& o = rules.options;
    char error[CURL_ERROR_SIZE] = {};
    curl_easy_setopt(curl, CURLOPT_URL, o.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "imap,imaps");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(o.wants_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!o.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, o.ca_file.c_str());
    curl_easy_setopt(curl, CURLOPT_USERNAME, o.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, o.password.c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(o.connect_time.count()));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(o.connect_time.count()));
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &rules);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &rules);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    auto const result = curl_easy_perform(curl);
    auto const said = printable(error[0] != '\0' ? error : curl_easy_strerror(result));
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
    if (rules.refused)
        return fail(Code::denied, fmt::format("{} leads to {}, which is {}; if that is meant, allow private addresses",
                                              o.url, format_ip(*rules.refused), name_of(kind_of(*rules.refused))));
    if (result == CURLE_LOGIN_DENIED)
        return fail(Code::denied, fmt::format("{} refuses the login or password ({})", o.url, said));
    if (result == CURLE_PEER_FAILED_VERIFICATION)
        return fail(Code::denied, fmt::format("the certificate of {} can't be trusted ({}). Give the file of its "
                                              "authority",
                                              o.url, said));
    if (result == CURLE_USE_SSL_FAILED) return fail(Code::denied, fmt::format("{} offers no TLS; use imaps://", o.url));
    if (result != CURLE_OK) return fail(Code::unavailable, fmt::format("{}: {}; try later", o.url, said));
    if (curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK || socket == CURL_SOCKET_BAD)
        return fail(Code::unavailable, fmt::format("{}: the connection is gone; try later", o.url));
    TRY(auto const said_of_itself, command("CAPABILITY"));
    for (auto const& one : said_of_itself)
        if (one.text.starts_with("* CAPABILITY ")) capabilities = uppered(one.text.substr(12)) + ' ';
    return {};
}

/// Until the socket is ready; in steps, to hear of a cancelling.
Status ImapClient::Impl::wait(short events) {
    auto const until = SteadyClock::now() + rules.options.quiet_time;
    while (true) {
        if (rules.options.is_cancelled && rules.options.is_cancelled())
            return fail(Code::unavailable, "it was cancelled");
        pollfd one{.fd = socket, .events = events, .revents = 0};
        auto const ready = ::poll(&one, 1, static_cast<int>(look_around.count()));
        if (ready > 0) return {};
        if (SteadyClock::now() > until) return std::unexpected(broken("it has gone quiet"));
    }
}

Status ImapClient::Impl::send(std::string_view bytes) {
    while (!bytes.empty()) {
        std::size_t sent = 0;
        auto const result = curl_easy_send(curl, bytes.data(), bytes.size(), &sent);
        if (result == CURLE_AGAIN) {
            CHECK(wait(POLLOUT));
            continue;
        }
        if (result != CURLE_OK) return std::unexpected(broken(curl_easy_strerror(result)));
        bytes.remove_prefix(sent);
    }
    return {};
}

Status ImapClient::Impl::more() {
    std::array<char, 16 << 10> piece{};
    while (true) {
        std::size_t got = 0;
        auto const result = curl_easy_recv(curl, piece.data(), piece.size(), &got);
        if (result == CURLE_AGAIN) {
            CHECK(wait(POLLIN));
            continue;
        }
        if (result != CURLE_OK || got == 0) return std::unexpected(broken("the connection broke off"));
        reader.add({piece.data(), got});
        return {};
    }
}

Result<ImapAnswer> ImapClient::Impl::answer(std::uint64_t most_literal) {
    while (true) {
        TRY(auto whole, reader.next(most_literal));
        if (whole) return *std::move(whole);
        CHECK(more());
    }
}

Result<std::vector<ImapAnswer>> ImapClient::Impl::command(std::string_view words, Code failure,
                                                          std::uint64_t most_literal) {
    auto const tag = fmt::format("t{}", ++tags);
    CHECK(send(fmt::format("{} {}\r\n", tag, words)));
    std::vector<ImapAnswer> answers;
    while (true) {
        TRY(auto one, answer(most_literal));
        if (one.text.starts_with("* BYE")) return std::unexpected(broken(printable(one.text.substr(2))));
        if (!one.text.starts_with(tag + ' ')) {
            if (answers.size() >= most_lines) return fail(Code::invalid, "the mail server answers without end");
            answers.push_back(std::move(one));
            continue;
        }
        auto const verdict = one.text.substr(tag.size() + 1);
        if (uppered(verdict.substr(0, 3)) == "OK " || uppered(verdict) == "OK") {
            answers.push_back(std::move(one));
            return answers;
        }
        return fail(failure, fmt::format("the mail server says to {}: {}", words.substr(0, words.find(' ')),
                                         printable(verdict)));
    }
}

ImapClient::ImapClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ImapClient::~ImapClient() = default;
ImapClient::ImapClient(ImapClient&&) noexcept = default;

Result<ImapClient> ImapClient::open(ImapOptions options) {
    ImapClient client(std::make_unique<Impl>(std::move(options)));
    CHECK(client.impl_->connect());
    return client;
}

Result<ImapClient::Folder> ImapClient::select(std::string_view folder, bool read_only) {
    auto const words = fmt::format("{} {}", read_only ? "EXAMINE" : "SELECT", quoted(folder));
    TRY(auto const answers, impl_->command(words, Code::not_found));
    Folder found;
    for (auto const& one : answers) {
        if (auto const validity = imap_number_behind(one.text, "[UIDVALIDITY ")) found.validity = *validity;
        if (one.text.ends_with(" EXISTS")) found.exists = imap_number_behind(one.text, "* ").value_or(0);
    }
    if (found.validity == 0) return fail(Code::invalid, "the mail server tells no UIDVALIDITY");
    return found;
}

Result<std::vector<std::uint32_t>> ImapClient::Impl::search(std::string_view criteria) {
    TRY(auto const answers, command(fmt::format("UID SEARCH {}", criteria)));
    std::vector<std::uint32_t> found;
    for (auto const& one : answers) add_imap_uids(one.text, found);
    std::ranges::sort(found);
    found.erase(std::ranges::unique(found).begin(), found.end());
    return found;
}

Result<std::vector<std::uint32_t>> ImapClient::from(std::uint32_t first) {
    TRY(auto found, impl_->search(fmt::format("UID {}:*", std::max(first, 1U))));
    std::erase_if(found, [&](std::uint32_t uid) { return uid < first; });  // "*" gives the last one all the same
    return found;
}

Result<std::vector<std::uint32_t>> ImapClient::between(Timestamp since, Timestamp before) {
    return impl_->search(fmt::format("SINCE {} BEFORE {}", imap_date(since), imap_date(before)));
}

Result<std::string> ImapClient::message(std::uint32_t uid, std::uint64_t most) {
    TRY(auto const sizes, impl_->command(fmt::format("UID FETCH {} (RFC822.SIZE)", uid)));
    std::optional<std::uint32_t> size;
    for (auto const& one : sizes)
        if (one.text.contains("FETCH")) size = imap_number_behind(one.text, "RFC822.SIZE ");
    if (!size) return fail(Code::not_found, fmt::format("message {} is gone", uid));
    if (*size > most)
        return fail(Code::limit, fmt::format("the message has {} bytes, at most {} are read", *size, most));
    TRY(auto answers, impl_->command(fmt::format("UID FETCH {} (BODY.PEEK[])", uid), Code::unavailable,
                                     std::uint64_t{*size} * 2 + longest_plain_literal));
    for (auto& one : answers)
        if (one.has_literal && one.text.contains("FETCH")) return std::move(one.literal);
    return fail(Code::not_found, fmt::format("message {} is gone", uid));
}

Status ImapClient::flag(std::uint32_t uid, std::string_view keyword) {
    auto const both = fmt::format("UID STORE {} +FLAGS.SILENT (\\Seen {})", uid, keyword);
    if (impl_->command(both)) return {};
    CHECK(impl_->command(fmt::format("UID STORE {} +FLAGS.SILENT (\\Seen)", uid)));
    return {};
}

Status ImapClient::move(std::uint32_t uid, std::string_view folder) {
    auto const target = quoted(folder);
    bool const can_move = impl_->capabilities.contains(" MOVE ");
    auto const words = fmt::format("UID {} {} {}", can_move ? "MOVE" : "COPY", uid, target);
    auto done = impl_->command(words);
    if (!done && done.error().message.contains("[TRYCREATE]")) {
        CHECK(impl_->command(fmt::format("CREATE {}", target)));
        done = impl_->command(words);
    }
    if (!done) return std::unexpected(done.error());
    if (can_move) return {};
    CHECK(impl_->command(fmt::format("UID STORE {} +FLAGS.SILENT (\\Seen \\Deleted)", uid)));
    if (impl_->capabilities.contains(" UIDPLUS ")) CHECK(impl_->command(fmt::format("UID EXPUNGE {}", uid)));
    return {};
}

}  // namespace tocsin::net
