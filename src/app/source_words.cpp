#include "app/source_words.hpp"

#include "app/accounts.hpp"
#include "app/event_words.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"
#include "net/net.hpp"

namespace tocsin::app {

std::vector<Option> source_options() {
    return {{"--feed", "ID", "whose reports; without it they are recognised"},
            {"--address", "URL", "where it is; {date} in it is a day. Without it: where the feed says it is"},
            {"--every", "TIME", "how often; of a stream: how long messages are gathered before they are taken in"},
            {"--header", "NAME", "http: send the secret as this header's value"},
            {"--ca", "FILE", "authorities to trust instead of the system's (PEM)"},
            {"--fingerprint", "SHA256", "trust this certificate of the server and no other"},
            {"--certificate", "FILE", "our client certificate with its chain (PEM)"},
            {"--key", "FILE", "its key (PEM)"},
            {"--proxy", "URL", "http://host:port or socks5h://host:port"},
            {"--allow-private", "", "it may be on this machine or in networks of ours"},
            {"--allow-http", "", "the secret may go without TLS; everybody on the way can read it"},
            {"--redirects", "", "follow redirects to other hosts too"},
            {"--most-bytes", "N", "of one report, of a stream's message; what is larger is refused"},
            {"--most-time", "TIME", "for one fetch"},
            {"--days", "N", "how far back missed days are looked for"},
            {"--downloads", "URL", "shadowserver: reports are at this address plus id; without it the API gives them"},
            {.name = "--report", .value_name = "NAME", .help = "shadowserver: only these reports", .many = true},
            {.name = "--type", .value_name = "TYPE", .help = "shadowserver: only reports of these types", .many = true},
            {"--folder", "NAME", "imap: the folder that is read"},
            {"--move-to", "NAME", "imap: where messages go when they are taken; without it they are flagged"},
            {.name = "--link",
             .value_name = "EXPRESSION",
             .help = "imap: fetch links in messages that this regular expression matches whole",
             .many = true},
            {"--queue", "NAME", "stomp: the destination; amqp: the queue; kafka: topics, separated by commas"},
            {"--most-messages", "N", "of a stream, in one report; more are not asked for before these are durable"},
            {"--group", "NAME", "kafka: the consumer group that our offsets are kept under; without it: tocsin"},
            {"--mechanism", "NAME", "kafka: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; without it: PLAIN"},
            {.name = "--stream-header",
             .value_name = "HEADER",
             .help = "stomp: name:value, told with the subscription as the broker wants it",
             .many = true}};
}

std::vector<Option> source_secret_options() {
    return {{"--login", "NAME", "of HTTP Basic, of the mailbox or broker, or the key of the Shadowserver API"},
            {"--secret-stdin", "", "read the password, token or secret from standard input"},
            {"--secret-file", "FILE", "read it from the first line of a file"}};
}

Status read_source_options(Invocation const& call, events::Source& source) {
    auto const text = [&](std::string_view option, std::string& into) {
        if (call.has(option)) into = call.get(option);
    };
    auto const path = [&](std::string_view option, std::string& into) {
        if (call.has(option)) into = call.get(option).empty() ? "" : call.path(call.get(option));
    };
    auto const many = [&](std::string_view option, std::vector<std::string>& into) {
        if (!call.has(option)) return;
        into = call.all(option);
        std::erase(into, "");
    };
    text("--feed", source.feed);
    text("--address", source.address);
    text("--header", source.header);
    path("--ca", source.ca_file);
    text("--fingerprint", source.fingerprint);
    path("--certificate", source.certificate);
    path("--key", source.key);
    text("--proxy", source.proxy);
    text("--downloads", source.downloads);
    text("--folder", source.folder);
    text("--move-to", source.done_folder);
    text("--queue", source.queue);
    text("--group", source.group);
    text("--mechanism", source.mechanism);
    many("--stream-header", source.stream_headers);
    many("--report", source.reports);
    many("--type", source.types);
    many("--link", source.links);
    if (call.has("--allow-private")) source.allows_private = true;
    if (call.has("--allow-http")) source.allows_http = true;
    if (call.has("--redirects")) source.redirects_elsewhere = true;
    if (call.has("--every")) {
        TRY(source.every, parse_duration(call.get("--every")));
    }
    if (call.has("--most-time")) {
        TRY(source.most_time, parse_duration(call.get("--most-time")));
    }
    if (call.has("--most-bytes")) source.most_bytes = parse_int(call.get("--most-bytes")).value_or(0);
    if (call.has("--most-messages"))
        source.most_messages = static_cast<int>(parse_int(call.get("--most-messages")).value_or(0) % 1'000'000);
    if (call.has("--days")) source.days = static_cast<int>(parse_int(call.get("--days")).value_or(0) % 1000);
    return {};
}

void print_source(Invocation const& call, events::SourceHealth const& health) {
    auto const& source = health.source;
    auto const& course = health.course;
    call.print("{:<8} {:<24} {:<12} {}", events::name_of(health.condition), source.name, events::name_of(source.kind),
               net::printable_url(source.address));
    auto rhythm = fmt::format("last report {}", time_or_dash(course.last_report));
    if (health.usual_interval) rhythm += fmt::format(", usually every {}", roughly(*health.usual_interval));
    if (health.last_events) rhythm += fmt::format("; {} events", *health.last_events);
    if (health.usual_events) rhythm += fmt::format(", usually {}", *health.usual_events);
    auto const next = source.is_paused     ? std::string("next run when it is resumed")
                      : source.is_stream() ? std::string("a running server listens all the time")
                                           : fmt::format("next run {}", format_timestamp(course.due));
    call.print("{:<8} {}; {} reports in all; {}", "", rhythm, course.taken, next);
    if (!health.words.empty()) call.print("{:<8} -> {}", "", health.words);
}

Exit show_source(Invocation const& call, events::SourceId id) {
    auto& sources = call.instance->sources();
    auto const show = [&]() -> Result<events::SourceHealth> {
        TRY(auto source, sources.find(std::to_string(id.value)));
        return events::health_of(sources, std::move(source), call.instance->clock().now());
    };
    auto const health = show();
    if (!health) return call.failed(health.error());
    if (call.json()) {
        JsonWriter json;
        events::append_source(json, *health);
        call.print("{}", json.text());
    } else {
        print_source(call, *health);
    }
    return Exit::done;
}

Status wake_fetcher(Invocation const& call) {
    TRY(auto* const fetcher, call.instance->fetcher());
    fetcher->changed();
    return {};
}

}  // namespace tocsin::app
