#include "app/taxii_words.hpp"

#include "app/instance.hpp"

#include <unistd.h>

namespace tocsin::app {
namespace {

constexpr std::size_t longest_secret = 4096;

std::string first_line(std::string_view text) {
    auto line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return std::string(line);
}

void append_course(JsonWriter& json, RemoteHealth const& health, sharing::Course const& course) {
    json.object()
        .field("condition", condition_of(health, course))
        .field("due", course.due)
        .field_or_null("last_run", course.last_run)
        .field_or_null("last_success", course.last_success)
        .field_or_null("caught_up", course.caught_up)
        .field_or_null("added_after", course.added_after)
        .field("failures", course.failures)
        .field_or_null("error", course.error)
        .field("done", course.done)
        .field("known", course.known)
        .field("refused", course.refused)
        .field("unfinished", !course.next.empty() || !course.status.empty())
        .field_or_null("root", course.root);
    json.key("remarks").array();
    if (!course.remarks.empty())
        for (auto const line : split(course.remarks, '\n')) json.value(line);
    json.end().end();
}

}  // namespace

std::vector<Option> taxii_access_options() {
    return {{"--login", "NAME", "of HTTP Basic; without it the secret is sent as a bearer token"},
            {"--secret-stdin", "", "read the password or token from standard input"},
            {"--secret-file", "FILE", "read the password or token from the first line of a file"},
            {"--ca", "FILE", "authorities to trust instead of the system's (PEM)"},
            {"--fingerprint", "SHA256", "trust this certificate of the server and no other"},
            {"--certificate", "FILE", "our client certificate with its chain (PEM)"},
            {"--key", "FILE", "its key (PEM)"},
            {.name = "--reach", .value_name = "NETWORK", .help = "a network of ours where it may be", .many = true},
            {"--allow-http", "", "without TLS, also beyond this machine; everybody on the way can read it"}};
}

Status read_taxii_access(Invocation const& call, sharing::Remote& remote) {
    auto const path = [&](std::string_view option) { return call.has(option) ? call.path(call.get(option)) : ""; };
    remote.login = call.get("--login");
    remote.ca_file = path("--ca");
    remote.fingerprint = call.get("--fingerprint");
    remote.certificate = path("--certificate");
    remote.key = path("--key");
    remote.allows_http = call.has("--allow-http");
    for (auto const& text : call.all("--reach")) {
        auto const network = parse_prefix(text, true);
        if (!network) return fail(Code::invalid, fmt::format("--reach: expected a network, found \"{}\"", text));
        remote.reachable.push_back(*network);
    }
    return {};
}

Result<std::string> read_taxii_secret(Invocation const& call) {
    std::string secret;
    if (call.has("--secret-file")) {
        TRY(auto const text, store::read_file(call.path(call.get("--secret-file")), longest_secret));
        secret = first_line(text);
    } else if (call.has("--secret-stdin")) {
        char c = 0;
        while (secret.size() < longest_secret && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') secret.push_back(c);
        secret = first_line(secret);
    } else {
        return secret;
    }
    if (secret.empty()) return fail(Code::invalid, "there is no password or token in the first line");
    return secret;
}

Result<RemoteHealth> health_of(Invocation& call, sharing::Remote remote) {
    RemoteHealth health{.remote = std::move(remote), .courses = {}};
    for (auto const way : {sharing::Way::poll, sharing::Way::push}) {
        if (!health.remote.goes(way)) continue;
        TRY(auto course, call.instance->remotes().course(health.remote.id, way));
        health.courses.emplace_back(way, std::move(course));
    }
    if (health.remote.pushes) {
        TRY(auto* const exchange, call.instance->exchange());
        TRY(health.waiting, exchange->waiting(health.remote));
    }
    return health;
}

std::string condition_of(RemoteHealth const& health, sharing::Course const& course) {
    if (health.remote.is_paused) return "paused";
    if (course.failures > 0) return "failing";
    return course.last_run ? "ok" : "new";
}

std::string lag_of(sharing::Course const& course, Timestamp now) {
    if (!course.caught_up) return "-";
    auto const lag = std::chrono::duration_cast<std::chrono::seconds>(now - *course.caught_up);
    return format_duration(std::max(lag, std::chrono::seconds(0)));
}

void append_remote(JsonWriter& json, RemoteHealth const& health) {
    auto const& remote = health.remote;
    json.object().field("id", remote.id.value).field("name", remote.name);
    json.key("peer").object().field("id", remote.peer.value).field("name", remote.peer_name).end();
    json.field("url", net::printable_url(remote.url))
        .field_or_null("login", remote.login)
        .field("secret", remote.has_secret)
        .field("collection", remote.collection)
        .field("push_collection", remote.collection_for(sharing::Way::push))
        .field("every", format_duration(remote.every))
        .field("marking", gate::label_of(remote.standard))
        .field("paused", remote.is_paused)
        .field("created", remote.created);
    json.key("types").array();
    for (auto const& type : remote.types) json.value(type);
    json.end();
    for (auto const& [way, course] : health.courses) {
        json.key(sharing::name_of(way));
        append_course(json, health, course);
    }
    if (remote.pushes) json.field("waiting", health.waiting);
    json.end();
}

void append_counts(JsonWriter& json, std::string_view name, std::map<std::string, std::int64_t> const& counts) {
    json.key(name).object();
    for (auto const& [what, count] : counts) json.field(what, count);
    json.end();
}

}  // namespace tocsin::app
