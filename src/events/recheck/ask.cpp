#include "events/recheck.hpp"
#include "events/recheck/wire.hpp"

#include <algorithm>
#include <fmt/format.h>

/// One question, and what its answer means. When in doubt: unclear.
namespace tocsin::events {
namespace {

using net::ProbeAnswer;
using net::Seen;

constexpr std::size_t shown_bytes = 80;
/// Who takes a connection only to end it (a filter in front) does so by then.
constexpr std::chrono::milliseconds hang_up_time{1000};
/// Longer than the longest way there and back, by satellite too.
constexpr std::chrono::milliseconds datagram_time{2000};

std::uint16_t random_number() {
    auto const bytes = secret_bytes(2);
    return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[0]) << 8 | static_cast<std::uint8_t>(bytes[1]));
}

/// The start of what was said, as one line of ASCII.
std::string shown(std::string_view bytes) {
    std::string line;
    for (auto const c : bytes.substr(0, shown_bytes)) {
        bool const is_plain = c >= 0x20 && c < 0x7f;
        if (is_plain) {
            line += c;
        } else if (c != '\r' && c != '\n') {
            line += '.';
        } else if (!line.empty()) {
            break;
        }
    }
    return line;
}

bool begins_with_one_of(std::vector<std::string> const& starts, std::string_view bytes) {
    return std::ranges::any_of(starts, [&](auto const& start) { return bytes.starts_with(start); });
}

/// What is the same whatever was asked; `answered` and `accepted` are the question's own.
Answered common(ProbeAnswer const& answer, std::string_view transport) {
    switch (answer.seen) {
        case Seen::refused:
            return {Verdict::closed, answer.seen,
                    transport == "udp" ? "the port is closed (ICMP port unreachable)" : "the port is closed (reset)"};
        case Seen::silent:
            return {Verdict::unclear, answer.seen, "no answer: filtered, lost, or closed without a word"};
        case Seen::hung_up:
            return {Verdict::unclear, answer.seen, "it took the connection and ended it without a word"};
        case Seen::unreachable:
            return {Verdict::unclear, answer.seen, fmt::format("no way there: {}", answer.error)};
        case Seen::failed:
            return {Verdict::unclear, answer.seen, fmt::format("we could not ask: {}", answer.error)};
        case Seen::answered:
        case Seen::accepted:
            break;
    }
    return {Verdict::unclear, answer.seen, "it took the connection and said nothing"};
}

Answered foreign(ProbeAnswer const& answer) {
    return {Verdict::unclear, answer.seen, fmt::format("something else answers: \"{}\"", shown(answer.bytes))};
}

net::ProbeOptions options_of(Question const& question) {
    net::ProbeOptions options{.source = question.settings.source};
    if (question.check.transport == "udp") options.quiet_time = datagram_time;
    return options;
}

Answered ask_connect(Question const& question) {
    auto options = options_of(question);
    options.quiet_time = hang_up_time;
    auto const answer = net::probe_tcp(question.address, question.port, "", options);
    if (answer.seen == Seen::accepted) return {Verdict::still_open, answer.seen, "the port takes connections"};
    if (answer.seen == Seen::answered)
        return {Verdict::still_open, answer.seen,
                fmt::format("the port takes connections: \"{}\"", shown(answer.bytes))};
    return common(answer, "tcp");
}

Answered ask_banner(Question const& question) {
    auto const& wanted = question.check.open;
    std::size_t longest = 1;
    for (auto const& one : wanted) longest = std::max(longest, one.size());
    auto const answer = net::probe_tcp(question.address, question.port, "", options_of(question),
                                       [&](std::string_view bytes) { return bytes.size() >= longest; });
    if (answer.seen != Seen::answered) return common(answer, "tcp");
    if (!wanted.empty() && !begins_with_one_of(wanted, answer.bytes)) return foreign(answer);
    return {Verdict::still_open, answer.seen, fmt::format("it says \"{}\"", shown(answer.bytes))};
}

Answered ask_line(Question const& question) {
    auto const answer =
        net::probe_tcp(question.address, question.port, question.check.send, options_of(question),
                       [](std::string_view bytes) { return bytes.find('\n') != std::string_view::npos; });
    if (answer.seen != Seen::answered) return common(answer, "tcp");
    if (begins_with_one_of(question.check.open, answer.bytes))
        return {Verdict::still_open, answer.seen, fmt::format("it answers \"{}\"", shown(answer.bytes))};
    if (begins_with_one_of(question.check.closed, answer.bytes))
        return {Verdict::closed, answer.seen, fmt::format("it refuses: \"{}\"", shown(answer.bytes))};
    return foreign(answer);
}

Answered ask_http(Question const& question) {
    auto const host =
        question.address.is_v4() ? format_ip(question.address) : fmt::format("[{}]", format_ip(question.address));
    auto const words =
        fmt::format("GET / HTTP/1.1\r\nHost: {}{}\r\nUser-Agent: {}\r\nAccept: */*\r\nConnection: close\r\n\r\n", host,
                    question.port == 80 ? "" : fmt::format(":{}", question.port), question.settings.agent);
    auto const& marks = question.check.open;
    auto const has_mark = [&](std::string_view bytes) {
        return std::ranges::any_of(marks, [&](auto const& mark) { return bytes.find(mark) != std::string_view::npos; });
    };
    auto const answer =
        net::probe_tcp(question.address, question.port, words, options_of(question),
                       [&](std::string_view bytes) { return marks.empty() ? bytes.size() >= 12 : has_mark(bytes); });
    if (answer.seen != Seen::answered) return common(answer, "tcp");
    auto const status = wire::http_status(answer.bytes);
    if (!status) return foreign(answer);
    if (marks.empty() || (*status == 200 && has_mark(answer.bytes)))
        return {Verdict::still_open, answer.seen, fmt::format("it answers with status {}", *status)};
    if (*status == 401 || *status == 403)
        return {Verdict::closed, answer.seen, fmt::format("it wants to know who asks: status {}", *status)};
    return foreign(answer);
}

Answered ask_tls(Question const& question) {
    auto const& check = question.check;
    auto const judge = [&](std::string_view bytes) { return wire::server_hello(bytes, check.version, check.ciphers); };
    auto const answer = net::probe_tcp(
        question.address, question.port, wire::client_hello(check.version, check.ciphers, secret_bytes(32)),
        options_of(question), [&](std::string_view bytes) { return judge(bytes) != wire::Hello::partial; });
    if (answer.seen != Seen::answered) return common(answer, "tcp");
    switch (judge(answer.bytes)) {
        case wire::Hello::taken:
            return {Verdict::still_open, answer.seen, "it takes what is weak"};
        case wire::Hello::declined:
            return {Verdict::closed, answer.seen, "it declines with an alert"};
        case wire::Hello::partial:
        case wire::Hello::foreign:
            break;
    }
    return foreign(answer);
}

Answered ask_dns(Question const& question) {
    auto const query = wire::dns_query(question.settings.name, random_number());
    if (!query) return {Verdict::unclear, Seen::failed, query.error().message};
    auto const answer =
        net::probe_udp(question.address, question.port, *query, options_of(question),
                       [&](std::string_view bytes) { return wire::dns_reply(bytes, *query).has_value(); });
    if (answer.seen != Seen::answered) return common(answer, "udp");
    auto const reply = wire::dns_reply(answer.bytes, *query);
    if (!reply) return foreign(answer);
    if (reply->code == 0 && reply->recurses && reply->answers > 0)
        return {Verdict::still_open, answer.seen, fmt::format("it looked up {} for us", question.settings.name)};
    if (reply->code == 5) return {Verdict::closed, answer.seen, "it refuses (RCODE 5)"};
    if (reply->code == 0 && !reply->recurses) return {Verdict::closed, answer.seen, "it answers without recursion"};
    return {Verdict::unclear, answer.seen, fmt::format("it answers with RCODE {}", reply->code)};
}

Answered ask_ntp(Question const& question) {
    auto const sequence = random_number();
    auto answer =
        net::probe_udp(question.address, question.port, wire::ntp_control(sequence), options_of(question),
                       [&](std::string_view bytes) { return wire::is_ntp_control(bytes, sequence).has_value(); });
    if (answer.seen == Seen::answered && wire::is_ntp_control(answer.bytes, sequence) == true)
        return {Verdict::still_open, answer.seen, "it answers control queries"};
    if (answer.seen == Seen::answered) return {Verdict::unclear, answer.seen, "it answers with an error"};
    if (answer.seen != Seen::silent) return common(answer, "udp");
    auto const stamp = secret_bytes(8);
    answer = net::probe_udp(question.address, question.port, wire::ntp_time(stamp), options_of(question),
                            [&](std::string_view bytes) { return wire::is_ntp_time(bytes, stamp); });
    if (answer.seen == Seen::answered)
        return {Verdict::closed, answer.seen, "it tells the time, and does not answer control queries"};
    return common(answer, "udp");
}

Answered ask_memcached(Question const& question) {
    auto const id = random_number();
    auto const answer =
        net::probe_udp(question.address, question.port, wire::memcached_version(id), options_of(question),
                       [&](std::string_view bytes) { return wire::is_memcached_version(bytes, id); });
    if (answer.seen == Seen::answered) return {Verdict::still_open, answer.seen, "it tells its version"};
    return common(answer, "udp");
}

}  // namespace

Answered ask(Question const& question) {
    switch (question.check.way) {
        case CheckWay::connect:
            return ask_connect(question);
        case CheckWay::banner:
            return ask_banner(question);
        case CheckWay::line:
            return ask_line(question);
        case CheckWay::http:
            return ask_http(question);
        case CheckWay::tls:
            return ask_tls(question);
        case CheckWay::dns:
            return ask_dns(question);
        case CheckWay::ntp:
            return ask_ntp(question);
        case CheckWay::memcached:
            return ask_memcached(question);
    }
    return {};
}

}  // namespace tocsin::events
