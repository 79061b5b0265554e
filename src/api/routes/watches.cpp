#include "api/render_intelligence.hpp"

/// Saved searches, and watches that tell what is new.
namespace tocsin::api {

namespace {

using intelligence::SavedSearch;
using intelligence::Searches;
using intelligence::Watch;
using intelligence::Watches;

void put(JsonWriter& json, Call const& call, SavedSearch const& search, Names const& names) {
    json.object()
        .field("id", search.id)
        .field("name", search.name)
        .field("query", search.query)
        .field("owner", called(names, search.owner))
        .field("is_mine", search.owner == call.caller.who)
        .field("is_team", search.is_team)
        .field("created", search.created)
        .end();
}

void put(JsonWriter& json, Call const& call, Watch const& watch, Names const& names) {
    json.object()
        .field("id", watch.id)
        .field("name", watch.name)
        .field_or_null("search", watch.search == 0 ? std::nullopt : std::optional(watch.search))
        .field_or_null("search_name", watch.search_name)
        .key("values")
        .array();
    for (auto const& value : watch.values) json.value(value);
    json.end()
        .field("owner", called(names, watch.owner))
        .field("is_mine", watch.owner == call.caller.who)
        .field("is_team", watch.is_team)
        .field("created", watch.created)
        .field("unread", watch.unread)
        .field("unread_events", watch.unread_events)
        .end();
}

Reply searches_list(Call& call) {
    TRY(auto const searches, Searches(*call.doors().intelligence).all(call.caller));
    TRY(auto const names, Names::of(call));
    return list_of(searches, [&](JsonWriter& json, SavedSearch const& one) { put(json, call, one, names); });
}

Reply searches_create(Call& call) {
    TRY(auto const made, Searches(*call.doors().intelligence)
                             .add({.name = call.text_or("name", ""),
                                   .query = call.text_or("query", ""),
                                   .is_team = call.flag("is_team").value_or(false)},
                                  call.caller));
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    put(json, call, made, names);
    return json_answer(std::move(json), 201);
}

Reply searches_remove(Call& call) {
    CHECK(Searches(*call.doors().intelligence).remove(call.path_id(), call.caller));
    return nothing();
}

Reply searches_run(Call& call) {
    TRY(auto const search, Searches(*call.doors().intelligence).find(call.path("id"), call.caller));
    TRY(auto const filter, Searches::filter(search, call.now()));
    TRY(auto const page,
        call.doors().intelligence->objects(filter, asker_of(call), intelligence::ObjectOrder::newest_first,
                                           {.after = call.after(), .limit = call.limit()}));
    TRY(auto const names, Names::of(call));
    return page_of(page.items, page.next, [&](JsonWriter& json, gate::Cleared<intelligence::Object> const& object) {
        put(json, object, names);
    });
}

Reply watches_list(Call& call) {
    TRY(auto const watches, Watches(*call.doors().intelligence).all(call.caller));
    TRY(auto const names, Names::of(call));
    return list_of(watches, [&](JsonWriter& json, Watch const& one) { put(json, call, one, names); });
}

Reply watches_create(Call& call) {
    intelligence::NewWatch wanted{.name = call.text_or("name", ""),
                                  .search = call.number("search").value_or(0),
                                  .is_team = call.flag("is_team").value_or(false)};
    if (auto const* values = call.member("values"))
        for (auto const& value : values->as_array()) wanted.values.emplace_back(value.as_string());
    TRY(auto const made, Watches(*call.doors().intelligence).add(wanted, call.caller));
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    put(json, call, made, names);
    return json_answer(std::move(json), 201);
}

Reply watches_remove(Call& call) {
    CHECK(Watches(*call.doors().intelligence).remove(call.path_id(), call.caller));
    return nothing();
}

Reply watches_hits(Call& call) {
    bool const only_unread = call.query("unread").value_or("") == "yes";
    TRY(auto const page,
        Watches(*call.doors().intelligence)
            .hits(call.path_id(), only_unread, call.caller, {.after = call.after(), .limit = call.limit()}));
    TRY(auto const names, Names::of(call));
    return page_of(page.items, page.next, [&](JsonWriter& json, intelligence::WatchHit const& hit) {
        json.object()
            .field("id", hit.id)
            .field("at", hit.at)
            .field_or_null("value", hit.value)
            .field_or_null("subject", hit.subject)
            .field("is_read", hit.is_read)
            .key("object");
        put(json, hit.object, names);
        json.end();
    });
}

Reply watches_events(Call& call) {
    bool const only_unread = call.query("unread").value_or("") == "yes";
    TRY(auto const page,
        Watches(*call.doors().intelligence)
            .events(call.path_id(), only_unread, call.caller, {.after = call.after(), .limit = call.limit()}));
    return page_of(page.items, page.next, intelligence::append_watched_event);
}

std::vector<std::int64_t> numbers_of(Call const& call, std::string_view name) {
    std::vector<std::int64_t> numbers;
    if (auto const* list = call.member(name))
        for (auto const& number : list->as_array()) numbers.push_back(number.to_number<std::int64_t>());
    return numbers;
}

Reply watches_read(Call& call) {
    auto const hits = numbers_of(call, "hits"), events = numbers_of(call, "events");
    if ((call.member("hits") && hits.empty()) || (call.member("events") && events.empty()))
        return fail(Code::invalid, "hits, events: expected at least one; leave both out for all");
    Watches watches(*call.doors().intelligence);
    bool const is_all = hits.empty() && events.empty();
    std::int64_t read = 0;
    if (is_all || !hits.empty()) {
        TRY(read, watches.read(call.path_id(), hits, call.caller));
    }
    if (is_all || !events.empty()) {
        TRY(auto const more, watches.read_events(call.path_id(), events, call.caller));
        read += more;
    }
    JsonWriter json;
    json.object().field("read", read).end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_watches(Router& router) {
    router.answer("searches_list", searches_list);
    router.answer("searches_create", searches_create);
    router.answer("searches_remove", searches_remove);
    router.answer("searches_run", searches_run);
    router.answer("watches_list", watches_list);
    router.answer("watches_create", watches_create);
    router.answer("watches_remove", watches_remove);
    router.answer("watches_hits", watches_hits);
    router.answer("watches_events", watches_events);
    router.answer("watches_read", watches_read);
}

}  // namespace tocsin::api
