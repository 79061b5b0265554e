#include "api/render_events.hpp"
#include "api/router.hpp"

/// How long events are kept, and what was removed for its age.
namespace tocsin::api {

namespace {

void put(JsonWriter& json, events::Forgetting const& one) {
    json.object().field("id", one.id).field("before", one.before).field("begun", one.begun);
    json.field_or_null("finished", one.finished);
    json.field("events", one.events).field("rejected", one.rejected).field("by", one.by).end();
}

Reply retention_get(Call& call) {
    auto const& events = *call.doors().events;
    TRY(auto const oldest, events.oldest(scope_of(call)));
    TRY(auto const runs, events.forgettings());
    JsonWriter json;
    json.object().field("keep_days", call.doors().keep_days);
    json.field_or_null("oldest", oldest);
    json.key("runs").array();
    for (auto const& one : runs) put(json, one);
    json.end().end();
    return json_answer(std::move(json));
}

Reply retention_forget(Call& call) {
    TRY(auto const before, parse_timestamp(call.text_or("before", "")));
    auto const is_dry_run = call.flag("dry_run").value_or(false);
    TRY(auto const plan, call.doors().events->would_forget(before));
    if (!is_dry_run) {
        CHECK(call.doors().events->order_forgetting(call.caller, before));
        if (call.doors().forget_soon) call.doors().forget_soon();
    }
    JsonWriter json;
    json.object()
        .field("before", plan.before)
        .field("dry_run", is_dry_run)
        .field("events", plan.events)
        .field("rejected", plan.rejected)
        .end();
    return json_answer(std::move(json), 202);
}

}  // namespace

void routes_retention(Router& router) {
    router.answer("retention_get", retention_get);
    router.answer("retention_forget", retention_forget);
}

}  // namespace tocsin::api
