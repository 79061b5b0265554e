#include "events/source_check.hpp"
#include "formats/formats.hpp"
#include "net/message_stream.hpp"
#include "net/net.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

constexpr std::array<std::string_view, 6> kinds = {"http", "shadowserver", "imap", "stomp", "amqp", "kafka"};
constexpr std::array<std::string_view, 3> outcomes = {"taken", "known", "failed"};
constexpr std::chrono::seconds shortest{10}, longest{30 * 86'400};
constexpr std::chrono::seconds usual_gathering{10}, longest_gathering{600};
constexpr std::int64_t usual_message = 1 << 20, largest_message = 16 << 20;
constexpr int most_at_once = 10'000;
constexpr std::array<std::string_view, 3> mechanisms = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
constexpr std::int64_t largest = std::int64_t{16} << 30;
constexpr std::size_t most_lines = 50;

bool is_plain(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

net::StreamProtocol protocol_of(SourceKind kind) {
    return kind == SourceKind::stomp  ? net::StreamProtocol::stomp
           : kind == SourceKind::amqp ? net::StreamProtocol::amqp
                                      : net::StreamProtocol::kafka;
}

bool has_tls(Source const& draft) {
    if (draft.is_stream()) {
        auto const address = net::parse_stream_url(protocol_of(draft.kind), draft.address);
        return address && address->has_tls;
    }
    return lowered(draft.address).starts_with(draft.kind == SourceKind::imap ? "imaps://" : "https://");
}

Status check_lines(std::string_view field, std::vector<std::string> const& lines) {
    if (lines.size() > most_lines)
        return fail(Code::invalid, fmt::format("{}: expected at most {}", field, most_lines));
    for (auto const& line : lines)
        if (line.empty() || line.size() > 500 || !is_plain(line))
            return fail(Code::invalid, fmt::format("{}: expected 1 to 500 bytes without control characters", field));
    return {};
}

Status check_address(Source const& draft) {
    if (draft.kind == SourceKind::imap) {
        if (auto const url = net::check_imap_url(draft.address); !url)
            return fail(Code::invalid, fmt::format("address: {}", url.error().message));
        return {};
    }
    if (draft.is_stream()) {
        if (auto const url = net::parse_stream_url(protocol_of(draft.kind), draft.address); !url)
            return fail(Code::invalid, fmt::format("address: {}", url.error().message));
        return {};
    }
    auto const plain = replaced(draft.address, "{date}", "2026-01-02");
    if (auto const url = net::check_http_url(plain); !url)
        return fail(Code::invalid, fmt::format("address: {}", url.error().message));
    if (draft.kind == SourceKind::shadowserver && !draft.downloads.empty())
        if (auto const url = net::check_http_url(draft.downloads); !url)
            return fail(Code::invalid, fmt::format("downloads: {}", url.error().message));
    return {};
}

Status check_files(Source const& draft) {
    if (draft.certificate.empty() != draft.key.empty())
        return fail(Code::invalid, "certificate: a client certificate needs its key, and a key its certificate");
    for (auto const* file : {&draft.ca_file, &draft.certificate, &draft.key})
        if (!file->empty() && !file->starts_with('/'))
            return fail(Code::invalid, fmt::format("{}: expected an absolute path", *file));
    return {};
}

Status check_limits(Source const& draft) {
    if (draft.is_stream()) {
        if (draft.every < std::chrono::seconds(1) || draft.every > longest_gathering)
            return fail(Code::invalid, "every: expected between 1s and 10m: how long messages are gathered");
        if (draft.most_bytes < 1 || draft.most_bytes > largest_message)
            return fail(Code::invalid, "most_bytes: expected 1 to 16 MiB for a message");
        if (draft.most_messages < 1 || draft.most_messages > most_at_once)
            return fail(Code::invalid, "most_messages: expected 1 to 10000");
    } else if (draft.every < shortest || draft.every > longest) {
        return fail(Code::invalid, "every: expected between 10s and 30d");
    }
    if (draft.most_bytes < 1 || draft.most_bytes > largest)
        return fail(Code::invalid, "most_bytes: expected 1 to 16 GiB");
    if (draft.most_time < std::chrono::seconds(1) || draft.most_time > std::chrono::hours(24))
        return fail(Code::invalid, "most_time: expected between 1s and 24h");
    if (draft.days < 1 || draft.days > 90) return fail(Code::invalid, "days: expected 1 to 90");
    return {};
}

Status check_mailbox(Source const& draft) {
    for (auto const* folder : {&draft.folder, &draft.done_folder})
        if (!folder->empty()) {
            auto const good = std::ranges::all_of(*folder, [](char c) { return c >= 0x20 && c < 0x7f; });
            if (!good || folder->size() > 500)
                return fail(Code::invalid, "folder: expected a mailbox's name in ASCII (modified UTF-7 beyond it)");
        }
    if (!draft.done_folder.empty() && draft.done_folder == (draft.folder.empty() ? "INBOX" : draft.folder))
        return fail(Code::invalid, "done_folder: expected another folder than the one that is read");
    CHECK(check_lines("links", draft.links));
    for (auto const& link : draft.links) {
        auto const compiled = formats::stix_pattern::RegularExpression::compile(
            fmt::format("^(?:{})$", link), formats::stix_pattern::RegularExpression::Subject::text);
        if (!compiled) return fail(Code::invalid, fmt::format("links: {}: {}", link, compiled.error().message));
    }
    return {};
}

Status check_topics(std::string_view text) {
    for (auto const topic : split(text, ',')) {
        auto const name = trimmed(topic);
        bool const is_good = !name.empty() && name.size() <= 249 && std::ranges::all_of(name, [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                   std::string_view("-._").contains(c);
        });
        if (!is_good) return fail(Code::invalid, "queue: expected names of topics, separated by commas");
    }
    return {};
}

Status check_stream_headers(std::vector<std::string> const& lines) {
    static constexpr std::array<std::string_view, 5> ours = {"id", "destination", "ack", "receipt", "content-length"};
    CHECK(check_lines("stream_headers", lines));
    for (auto const& line : lines) {
        auto const name = trimmed(std::string_view(line).substr(0, line.find(':')));
        if (!line.contains(':') || name.empty() || std::ranges::find(ours, lowered(name)) != ours.end())
            return fail(Code::invalid, "stream_headers: expected name:value, and no header that we send ourselves");
    }
    return {};
}

Status check_stream(Source const& draft) {
    if (!draft.is_stream()) {
        if (!draft.queue.empty() || !draft.group.empty() || !draft.mechanism.empty() || !draft.stream_headers.empty())
            return fail(Code::invalid, "queue: only a stream (stomp, amqp, kafka) has one");
        return {};
    }
    if (draft.feed.empty()) return fail(Code::invalid, "feed: a stream needs to be told whose messages come by it");
    if (draft.queue.empty() || draft.queue.size() > 500 || !is_plain(draft.queue))
        return fail(Code::invalid, "queue: expected the destination, queue or topics that are read, at most 500 bytes");
    bool const is_kafka = draft.kind == SourceKind::kafka;
    if (is_kafka) CHECK(check_topics(draft.queue));
    if (draft.kind == SourceKind::amqp && draft.queue.size() > 255)
        return fail(Code::invalid, "queue: expected at most 255 bytes");
    if (is_kafka && (draft.group.empty() || draft.group.size() > 200 || !is_plain(draft.group)))
        return fail(Code::invalid, "group: expected a consumer group of 1 to 200 bytes");
    if (!is_kafka && !draft.group.empty()) return fail(Code::invalid, "group: only Kafka knows consumer groups");
    if (!draft.mechanism.empty() && (!is_kafka || std::ranges::find(mechanisms, draft.mechanism) == mechanisms.end()))
        return fail(Code::invalid, "mechanism: expected PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, of Kafka");
    if (!draft.stream_headers.empty() && draft.kind != SourceKind::stomp)
        return fail(Code::invalid, "stream_headers: only STOMP knows headers of a subscription");
    CHECK(check_stream_headers(draft.stream_headers));
    if (!draft.proxy.empty() && is_kafka) return fail(Code::invalid, "proxy: Kafka is not asked through one");
    bool const wants_tls = !draft.certificate.empty() || !draft.ca_file.empty() || !draft.fingerprint.empty();
    if (wants_tls && !has_tls(draft))
        return fail(Code::invalid, "address: certificates are for TLS: expected stomps://, amqps:// or kafkas://");
    return {};
}

}  // namespace

std::string_view name_of(SourceKind kind) {
    return word_of(kinds, kind);
}
std::optional<SourceKind> source_kind_named(std::string_view name) {
    return value_of<SourceKind>(kinds, name);
}
std::string_view name_of(ItemOutcome outcome) {
    return word_of(outcomes, outcome);
}

Status check_source(Source const& draft) {
    if (trimmed(draft.name).empty() || draft.name.size() > 200 || parse_int(draft.name) || !is_plain(draft.name) ||
        draft.name.contains("://") || draft.name.starts_with('#'))
        return fail(Code::invalid, "name: expected 1 to 200 bytes, not a number and not an address");
    CHECK(check_address(draft));
    CHECK(check_limits(draft));
    CHECK(check_files(draft));
    CHECK(check_lines("reports", draft.reports));
    CHECK(check_lines("types", draft.types));
    CHECK(check_mailbox(draft));
    CHECK(check_stream(draft));
    if (!draft.header.empty() && draft.kind != SourceKind::http)
        return fail(Code::invalid, "header: only a source of kind http sends one");
    if (!draft.header.empty() && draft.redirects_elsewhere)
        return fail(Code::invalid, "redirects: a header with a secret is not sent to other hosts");
    if (!is_plain(draft.proxy)) return fail(Code::invalid, "proxy: expected http://host:port or socks5h://host:port");
    if (!draft.proxy.empty() && draft.kind == SourceKind::imap)
        return fail(Code::invalid, "proxy: a mailbox is not asked through one");
    return {};
}

Status check_source_secret(Source const& draft, std::string_view login, std::string_view secret) {
    if (secret.size() > 4096 || !is_plain(secret))
        return fail(Code::invalid, "secret: expected one line of 4096 bytes");
    if (draft.is_stream()) {
        if (login.empty() != secret.empty()) return fail(Code::invalid, "login: a login needs its password");
        if (login.size() > 500 || !is_plain(login)) return fail(Code::invalid, "login: expected one line");
        if (draft.kind == SourceKind::amqp && login.empty() && draft.certificate.empty())
            return fail(Code::invalid, "login: AMQP needs a login and its password, or a client certificate");
    } else if (draft.kind != SourceKind::http && (login.empty() || secret.empty()))
        return fail(Code::invalid, draft.kind == SourceKind::imap ? "login: a mailbox needs a login and its password"
                                                                  : "login: the API needs its key as the login, and "
                                                                    "its secret");
    if (!secret.empty() && !has_tls(draft) && !draft.allows_http && !draft.allows_private)
        return fail(Code::invalid,
                    "address: everybody on the way reads the secret without TLS; use https, imaps, stomps, "
                    "amqps or kafkas");
    if (draft.kind == SourceKind::imap && (!is_plain(login) || login.size() > 500))
        return fail(Code::invalid, "login: expected one line");
    if (draft.kind != SourceKind::http) return {};
    if (!login.empty() && secret.empty()) return fail(Code::invalid, "login: a login needs its password");
    if (!draft.header.empty()) {
        if (!login.empty()) return fail(Code::invalid, "header: give either a login or a header");
        if (secret.empty()) return fail(Code::invalid, "header: a header needs the secret that is its value");
        return {};
    }
    if (login.empty() && !secret.empty()) CHECK(net::bearer_authorization(secret));
    if (!login.empty()) CHECK(net::basic_authorization(login, secret));
    return {};
}

Status complete_source(Source& draft, bool has_every, FeedCatalogue const& catalogue) {
    if (!draft.feed.empty()) {
        TRY(auto const feed, catalogue.find(draft.feed));
        if (draft.kind == SourceKind::http && draft.address.empty()) {
            draft.address = feed->fetch_address;
            if (draft.address.empty())
                return fail(Code::invalid,
                            fmt::format("address: {} does not tell where it is fetched; give it", draft.feed));
        }
        if (!has_every && !feed->fetch_every.empty()) {
            TRY(draft.every, parse_duration(feed->fetch_every));
        }
    }
    if (draft.kind == SourceKind::shadowserver && draft.address.empty()) {
        draft.address = shadowserver_api;
        if (draft.downloads.empty()) draft.downloads = shadowserver_downloads;
    }
    if (draft.kind == SourceKind::shadowserver && !draft.address.ends_with('/')) draft.address += '/';
    if (!draft.downloads.empty() && !draft.downloads.ends_with('/')) draft.downloads += '/';
    if (draft.is_stream()) {
        if (!has_every) draft.every = usual_gathering;
        if (draft.most_bytes == Source().most_bytes) draft.most_bytes = usual_message;
        if (draft.kind == SourceKind::kafka && draft.group.empty()) draft.group = "tocsin";
    }
    if (draft.kind == SourceKind::imap && draft.folder.empty()) draft.folder = "INBOX";
    if (draft.address.empty()) return fail(Code::invalid, "address: expected where it is");
    return {};
}

}  // namespace tocsin::events
