#include "app/accounts.hpp"
#include "app/instance.hpp"
#include "app/taxii_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

constexpr std::size_t refusals_shown = 20;

void print(Invocation const& call, RemoteHealth const& health, Timestamp now) {
    auto const& remote = health.remote;
    call.print("{} ({}), of {}", remote.name, remote.id.value, remote.peer_name);
    call.print("  {}  every {}  {}", net::printable_url(remote.url), format_duration(remote.every),
               !remote.has_secret     ? "nobody signs in"
               : remote.login.empty() ? "with a token"
                                      : "as " + remote.login);
    for (auto const& [way, course] : health.courses) {
        call.print("  {} {}: {}; last run {}, next {}, behind {}", sharing::name_of(way), remote.collection_for(way),
                   condition_of(health, course), time_or_dash(course.last_run), format_timestamp(course.due),
                   lag_words(remote, course, now));
        call.print("    {} done, {} known, {} refused; all until {}", course.done, course.known, course.refused,
                   time_or_dash(course.added_after));
        if (!course.error.empty()) call.print("    {} in a row: {}", course.failures, course.error);
        if (course.remarks.empty()) continue;
        for (auto const line : split(course.remarks, '\n')) call.print("    odd: {}", line);
    }
    if (remote.pushes) call.print("  {} objects wait to be pushed", health.waiting);
}

Result<RemoteHealth> asked_for(Invocation& call) {
    TRY(auto remote, call.instance->remotes().find(call.arguments.front()));
    return health_of(call, std::move(remote));
}

Exit run(Invocation& call) {
    auto const health = asked_for(call);
    if (!health) return call.failed(health.error());
    auto const refusals = call.instance->remotes().refusals(health->remote.id, call.json() ? 1000 : refusals_shown);
    if (!refusals) return call.failed(refusals.error());
    if (!call.json()) {
        print(call, *health, call.instance->clock().now());
        for (auto const& one : *refusals)
            call.print("  refused {} {} {}: {}", format_timestamp(one.at), one.object, one.version, one.message);
        return Exit::done;
    }
    JsonWriter json;
    json.object().key("remote");
    append_remote(json, *health, call.instance->clock().now());
    json.key("refusals").array();
    for (auto const& one : *refusals)
        json.object()
            .field("at", one.at)
            .field("object", one.object)
            .field("version", one.version)
            .field("message", one.message)
            .end();
    json.end().end();
    call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_taxii_show() {
    return {.name = "taxii show",
            .summary = "Show how far a remote is, what it refused and what is odd about it",
            .arguments = {{"NAME", "the remote, by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
