#include "api/render_events.hpp"
#include "api/router.hpp"
#include "events/events.hpp"

#include <algorithm>
#include <fmt/format.h>

/// Sources: where reports are fetched from, and how that goes.
namespace tocsin::api {

namespace {

constexpr std::size_t items_shown = 200;

/// What a source brought is told in figures and names of reports: only to who may read all of them. For others there
/// are no sources.
bool sees_sources(Call const& call) {
    return scope_of(call).is_everything();
}

Result<events::Source> source_of(Call const& call) {
    if (!sees_sources(call)) return fail(Code::not_found, fmt::format("there is no source \"{}\"", call.path("id")));
    return call.doors().sources->find(call.path("id"));
}

Reply one(Call const& call, events::SourceId id, int status = 200) {
    auto& sources = *call.doors().sources;
    TRY(auto source, sources.find(std::to_string(id.value)));
    TRY(auto const health, events::health_of(sources, std::move(source), call.now()));
    JsonWriter json;
    events::append_source(json, health);
    return json_answer(std::move(json), status);
}

/// A source was changed: the fetcher looks again, open consoles too.
void tell(Call& call, events::SourceId id, std::string_view change) {
    call.doors().fetcher->changed();
    call.changed("feed", std::to_string(id.value), change);
}

Reply sources_list(Call& call) {
    JsonWriter json;
    json.object().key("items").array();
    if (!sees_sources(call)) {
        json.end().end();
        return json_answer(std::move(json));
    }
    TRY(auto const found, events::source_health(*call.doors().sources, call.now()));
    for (auto const& health : found) events::append_source(json, health);
    json.end().end();
    return json_answer(std::move(json));
}

void put_items(JsonWriter& json, std::vector<events::SourceItem> const& items) {
    json.key("items").array();
    for (auto const& item : items) events::append_item(json, item);
    json.end();
}

Reply sources_get(Call& call) {
    TRY(auto source, source_of(call));
    TRY(auto const items, call.doors().sources->items(source.id, items_shown));
    TRY(auto const health, events::health_of(*call.doors().sources, std::move(source), call.now()));
    JsonWriter json;
    json.object().key("source");
    events::append_source(json, health);
    put_items(json, items);
    json.end();
    return json_answer(std::move(json));
}

void take_lines(Call const& call, std::string_view name, std::vector<std::string>& into) {
    auto const* const given = call.member(name);
    if (given == nullptr || !given->is_array()) return;
    into.clear();
    for (auto const& line : given->as_array()) into.emplace_back(line.as_string());
}

/// What is not given stays.
Status apply(Call const& call, events::Source& draft) {
    auto const text = [&](std::string_view name, std::string& into) {
        if (auto given = call.text(name)) into = *std::move(given);
    };
    auto const flag = [&](std::string_view name, bool& into) { into = call.flag(name).value_or(into); };
    text("name", draft.name);
    text("feed", draft.feed);
    text("address", draft.address);
    text("header", draft.header);
    text("ca_file", draft.ca_file);
    text("fingerprint", draft.fingerprint);
    text("certificate", draft.certificate);
    text("key", draft.key);
    text("proxy", draft.proxy);
    text("downloads", draft.downloads);
    text("folder", draft.folder);
    text("done_folder", draft.done_folder);
    text("queue", draft.queue);
    text("group", draft.group);
    text("mechanism", draft.mechanism);
    draft.most_messages = static_cast<int>(call.number("most_messages").value_or(draft.most_messages) % 1'000'000);
    flag("allow_private", draft.allows_private);
    flag("allow_http", draft.allows_http);
    flag("redirects", draft.redirects_elsewhere);
    if (auto const every = call.text("every"); every && !every->empty()) {
        TRY(draft.every, parse_duration(*every));
    }
    if (auto const most = call.text("most_time"); most && !most->empty()) {
        TRY(draft.most_time, parse_duration(*most));
    }
    draft.most_bytes = call.number("most_bytes").value_or(draft.most_bytes);
    draft.days = static_cast<int>(call.number("days").value_or(draft.days));
    take_lines(call, "reports", draft.reports);
    take_lines(call, "types", draft.types);
    take_lines(call, "links", draft.links);
    take_lines(call, "stream_headers", draft.stream_headers);
    return {};
}

Reply sources_create(Call& call) {
    events::Source draft{.kind = events::source_kind_named(call.text_or("kind", "")).value_or(events::SourceKind::http),
                         .login = call.text_or("login", ""),
                         .is_paused = call.flag("paused").value_or(false)};
    CHECK(apply(call, draft));
    CHECK(events::complete_source(draft, !call.text_or("every", "").empty(), *call.doors().catalogue));
    TRY(auto const made, call.doors().sources->add(draft, call.text_or("secret", ""), call.caller));
    tell(call, made.id, "added");
    return one(call, made.id, 201);
}

Reply sources_change(Call& call) {
    TRY(auto draft, source_of(call));
    CHECK(apply(call, draft));
    CHECK(events::complete_source(draft, true, *call.doors().catalogue));
    TRY(auto const changed, call.doors().sources->change(draft, call.caller));
    tell(call, changed.id, "changed");
    return one(call, changed.id);
}

Reply sources_remove(Call& call) {
    TRY(auto const source, source_of(call));
    CHECK(call.doors().sources->remove(source.id, call.caller));
    tell(call, source.id, "removed");
    return nothing();
}

Reply set_paused(Call& call, bool is_paused) {
    TRY(auto const source, source_of(call));
    CHECK(call.doors().sources->pause(source.id, is_paused, call.caller));
    tell(call, source.id, "changed");
    return one(call, source.id);
}

Reply sources_run(Call& call) {
    TRY(auto const source, source_of(call));
    CHECK(call.doors().sources->hurry(source.id, call.caller));
    tell(call, source.id, "changed");
    return one(call, source.id, 202);
}

Reply sources_preview(Call& call) {
    TRY(auto const source, source_of(call));
    TRY(auto const report, call.doors().fetcher->run(source, {.is_dry = true, .by = call.caller}));
    JsonWriter json;
    json.object();
    put_items(json, report.items);
    json.field("unfinished", report.is_unfinished).field_or_null("remark", report.remark).end();
    return json_answer(std::move(json));
}

Reply sources_secret(Call& call) {
    TRY(auto const source, source_of(call));
    CHECK(call.doors().sources->change_secret(source.id, call.text_or("login", ""), call.text_or("secret", ""),
                                              call.caller));
    tell(call, source.id, "changed");
    return nothing();
}

Reply sources_backfill(Call& call) {
    TRY(auto const source, source_of(call));
    TRY(auto const from, parse_date(call.text_or("from", "")));
    TRY(auto const to, parse_date(call.text_or("to", "")));
    CHECK(call.doors().sources->backfill(source.id, from, to, call.caller));
    tell(call, source.id, "changed");
    return one(call, source.id, 202);
}

}  // namespace

void routes_sources(Router& router) {
    router.answer("sources_list", sources_list);
    router.answer("sources_get", sources_get);
    router.answer("sources_create", sources_create);
    router.answer("sources_change", sources_change);
    router.answer("sources_remove", sources_remove);
    router.answer("sources_pause", [](Call& call) { return set_paused(call, true); });
    router.answer("sources_resume", [](Call& call) { return set_paused(call, false); });
    router.answer("sources_run", sources_run);
    router.answer("sources_preview", sources_preview);
    router.answer("sources_secret", sources_secret);
    router.answer("sources_backfill", sources_backfill);
}

}  // namespace tocsin::api
