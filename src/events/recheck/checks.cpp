#include "events/recheck.hpp"
#include "formats/formats.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

constexpr std::string_view catalogue = "catalogues/recheck/checks.json";
constexpr std::array<std::string_view, 8> ways = {"connect", "banner", "line", "http",
                                                  "tls",     "dns",    "ntp",  "memcached"};
constexpr std::array<std::string_view, 4> verdicts = {"still_open", "closed", "unclear", "not_asked"};
constexpr std::array<std::string_view, 3> causes = {"team", "owner", "answer"};
constexpr std::array<std::string_view, 3> states = {"waiting", "running", "done"};
constexpr std::size_t longest_line = 64;

std::vector<std::string> texts_of(formats::JsonValue const& list) {
    std::vector<std::string> texts;
    for (auto const one : list) texts.emplace_back(one.text());
    return texts;
}

std::uint16_t hex_of(std::string_view text) {
    std::uint16_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    TOCSIN_ASSERT(error == std::errc() && end == text.data() + text.size());
    return number;
}

std::vector<Check> read_checks() {
    auto const text = embedded::find(catalogue);
    formats::JsonTree tree;
    TOCSIN_ASSERT(text && tree.parse(*text));
    std::vector<Check> all;
    for (auto const row : tree.root()["checks"]) {
        auto const way = value_of<CheckWay>(ways, row["way"].text());
        TOCSIN_ASSERT(way.has_value());
        Check check{.name = std::string(row["name"].text()),
                    .identifiers = texts_of(row["identifiers"]),
                    .way = *way,
                    .transport = std::string(row["transport"].text()),
                    .port = static_cast<std::uint16_t>(row["port"].integer().value_or(0)),
                    .send = std::string(row["send"].text()),
                    .open = texts_of(row["open"]),
                    .closed = texts_of(row["closed"]),
                    .ciphers = {}};
        if (check.way == CheckWay::tls) {
            check.version = hex_of(row["version"].text());
            for (auto const cipher : row["ciphers"]) check.ciphers.push_back(hex_of(cipher.text()));
        }
        bool const is_udp =
            check.way == CheckWay::dns || check.way == CheckWay::ntp || check.way == CheckWay::memcached;
        TOCSIN_ASSERT(!check.name.empty() && !check.identifiers.empty() && check.port != 0 &&
                      check.transport == (is_udp ? "udp" : "tcp") && check.send.size() <= longest_line &&
                      check.send.empty() == (check.way != CheckWay::line));
        all.push_back(std::move(check));
    }
    return all;
}

}  // namespace

std::string_view name_of(CheckWay way) {
    return word_of(ways, way);
}
std::string_view name_of(Verdict verdict) {
    return word_of(verdicts, verdict);
}
std::string_view name_of(RecheckCause cause) {
    return word_of(causes, cause);
}
std::string_view name_of(RecheckState state) {
    return word_of(states, state);
}

std::vector<Check> const& checks() {
    static std::vector<Check> const all = read_checks();
    return all;
}

Check const* check_for(std::string_view identifier, std::string_view transport) {
    auto const found = std::ranges::find_if(checks(), [&](Check const& one) {
        return (transport.empty() || one.transport == transport) &&
               std::ranges::find(one.identifiers, identifier) != one.identifiers.end();
    });
    return found == checks().end() ? nullptr : &*found;
}

std::string words_for(Check const& check) {
    switch (check.way) {
        case CheckWay::connect:
            return "nothing: it connects, waits a second, and hangs up";
        case CheckWay::banner:
            return "nothing: it connects, and reads what the service says first";
        case CheckWay::line:
            return fmt::format("one line, \"{}\"", trimmed(check.send));
        case CheckWay::http:
            return "GET / of HTTP/1.1, with our name in User-Agent";
        case CheckWay::tls:
            return check.version == 0x0300 ? "one ClientHello that offers SSL 3.0 only"
                                           : "one ClientHello that offers export ciphers only";
        case CheckWay::dns:
            return "one query for an A record, recursion desired";
        case CheckWay::ntp:
            return "one control query (mode 6, READVAR); without an answer, one query for the time";
        case CheckWay::memcached:
            return "one datagram, \"version\"";
    }
    return {};
}

void append(JsonWriter& json, Recheck const& one) {
    json.object()
        .field("id", one.id.value)
        .field("finding", one.finding)
        .field("address", format_ip(one.address))
        .field("port", static_cast<int>(one.port))
        .field("check", one.check)
        .field("cause", name_of(one.cause))
        .field("asked_by", one.asked_by)
        .field("asked", one.asked)
        .field("not_before", one.not_before)
        .field("state", name_of(one.state))
        .field_or_null("verdict", one.verdict ? name_of(*one.verdict) : std::string_view())
        .field_or_null("seen", one.seen)
        .field_or_null("detail", one.detail)
        .field_or_null("permission", one.permission ? std::optional(one.permission.value) : std::nullopt)
        .field_or_null("began", one.began)
        .field_or_null("ended", one.ended)
        .end();
}

void append(JsonWriter& json, RecheckPlan const& plan) {
    json.object()
        .field("finding", plan.finding)
        .field_or_null("address", plan.address.is_none() ? std::string() : format_ip(plan.address))
        .field_or_null("port", plan.port == 0 ? std::nullopt : std::optional(static_cast<int>(plan.port)))
        .field_or_null("transport", plan.transport)
        .field_or_null("check", plan.check == nullptr ? std::string() : plan.check->name)
        .field_or_null("sends", plan.check == nullptr ? std::string() : words_for(*plan.check))
        .field_or_null("permission", plan.permission ? std::optional(plan.permission.value) : std::nullopt)
        .field_or_null("refusal", plan.refusal)
        .field_or_null("words", plan.words)
        .end();
}

void append(JsonWriter& json, RecheckSettings const& s) {
    json.object()
        .field("is_on", s.is_on)
        .field("per_minute", s.per_minute)
        .field("per_network_an_hour", s.per_network_an_hour)
        .field("gap_seconds", std::int64_t{s.gap.count()})
        .key("after_answer_seconds")
        .array();
    for (auto const one : s.after_answer) json.value(std::int64_t{one.count()});
    json.end().field("agent", s.agent).field("source", s.source).field("name", s.name).key("reachable").array();
    for (auto const& network : s.reachable) json.value(format_prefix(network));
    json.end().field_or_null("by", s.by);
    json.field_or_null("at", s.by.empty() ? std::nullopt : std::optional(s.at)).end();
}

void append(JsonWriter& json, Permission const& one, std::string_view organisation) {
    json.object()
        .field("id", one.id.value)
        .reference("organisation", one.organisation.value, organisation)
        .key("networks")
        .array();
    for (auto const& network : one.networks) json.value(format_prefix(network));
    json.end()
        .field("given_by", one.given_by)
        .field("given", one.given)
        .field_or_null("starts", one.starts)
        .field("ends", one.ends)
        .field("evidence", one.evidence)
        .field("recorded", one.recorded)
        .field("recorded_by", one.recorded_by)
        .field_or_null("withdrawn", one.withdrawn)
        .field_or_null("withdrawn_by", one.withdrawn_by)
        .field_or_null("reason", one.reason)
        .end();
}

void append(JsonWriter& json, Check const& check) {
    json.object().field("name", check.name).key("identifiers").array();
    for (auto const& one : check.identifiers) json.value(one);
    json.end()
        .field("way", name_of(check.way))
        .field("transport", check.transport)
        .field("port", static_cast<int>(check.port))
        .field("sends", words_for(check))
        .end();
}

}  // namespace tocsin::events
