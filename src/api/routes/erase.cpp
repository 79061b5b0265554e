#include "api/filters.hpp"
#include "api/render.hpp"
#include "api/router.hpp"

/// Erasing what the events hold of somebody.
namespace tocsin::api {

namespace {

Reply events_erase(Call& call) {
    TRY(auto const target, parse_request_target("/?" + call.text_or("filter", "")));
    TRY(auto const filter, event_filter(target));
    auto const is_dry_run = call.flag("dry_run").value_or(false);
    auto const& doors = call.doors();
    TRY(auto const erasure, is_dry_run ? doors.events->would_erase(filter)
                                       : notifications::erase_events(*doors.events, *doors.notifications, filter,
                                                                     call.text_or("reason", ""), call.caller));
    if (!is_dry_run) call.changed("finding", "", "removed");
    JsonWriter json;
    json.object()
        .field("dry_run", is_dry_run)
        .field("events", erasure.events)
        .field("findings", std::uint64_t{erasure.findings.size()})
        .field("statements", erasure.statements)
        .field("rejected", erasure.rejected)
        .end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_erase(Router& router) {
    router.answer("events_erase", events_erase);
}

}  // namespace tocsin::api
