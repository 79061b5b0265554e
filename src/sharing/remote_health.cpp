#include "sharing/remote_health.hpp"

#include "net/net.hpp"

#include <algorithm>

namespace tocsin::sharing {
namespace {

void append_course(JsonWriter& json, RemoteHealth const& health, Course const& course, Timestamp now) {
    auto const lag = lag_of(health.remote, course, now);
    json.object()
        .field("condition", condition_of(health, course))
        .field("due", course.due)
        .field_or_null("last_run", course.last_run)
        .field_or_null("last_success", course.last_success)
        .field_or_null("caught_up", course.caught_up)
        .field_or_null("added_after", course.added_after)
        .field_or_null("lag_seconds", lag ? std::optional<std::int64_t>(lag->count()) : std::nullopt)
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

Result<RemoteHealth> health_of(Remotes& remotes, Exchange& exchange, Remote remote) {
    RemoteHealth health{.remote = std::move(remote), .courses = {}};
    for (auto const way : {Way::poll, Way::push}) {
        if (!health.remote.goes(way)) continue;
        TRY(auto course, remotes.course(health.remote.id, way));
        health.courses.emplace_back(way, std::move(course));
    }
    if (health.remote.pushes) {
        TRY(health.waiting, exchange.waiting(health.remote));
    }
    return health;
}

std::string condition_of(RemoteHealth const& health, Course const& course) {
    if (health.remote.is_paused) return "paused";
    if (course.failures > 0) return "failing";
    return course.last_run ? "ok" : "new";
}

std::optional<std::chrono::seconds> lag_of(Remote const& remote, Course const& course, Timestamp now) {
    if (!course.caught_up) return {};
    auto const age = std::chrono::duration_cast<std::chrono::seconds>(now - *course.caught_up);
    return std::max(age - std::chrono::duration_cast<std::chrono::seconds>(remote.every), std::chrono::seconds(0));
}

std::string lag_words(Remote const& remote, Course const& course, Timestamp now) {
    auto const lag = lag_of(remote, course, now);
    if (!lag) return "-";
    return lag->count() == 0 ? "none" : format_duration(*lag);
}

void append_remote(JsonWriter& json, RemoteHealth const& health, Timestamp now) {
    auto const& remote = health.remote;
    json.object().field("id", remote.id.value).field("name", remote.name);
    json.key("peer").object().field("id", remote.peer.value).field("name", remote.peer_name).end();
    json.field("url", net::printable_url(remote.url))
        .field_or_null("login", remote.login)
        .field("secret", remote.has_secret)
        .field("collection", remote.collection)
        .field("push_collection", remote.collection_for(Way::push))
        .field("every", format_duration(remote.every))
        .field("marking", gate::label_of(remote.standard))
        .field("paused", remote.is_paused)
        .field("created", remote.created);
    json.key("types").array();
    for (auto const& type : remote.types) json.value(type);
    json.end();
    for (auto const& [way, course] : health.courses) {
        json.key(name_of(way));
        append_course(json, health, course, now);
    }
    if (remote.pushes) json.field("waiting", health.waiting);
    json.end();
}

}  // namespace tocsin::sharing
