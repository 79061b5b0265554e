#include "app/notices.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const room = call.instance->notifications();
    if (!room) return call.failed(room.error());
    notifications::Filter filter;
    for (auto const& text : call.all("--state")) {
        auto const state = notifications::parse_state(text);
        if (!state) {
            call.tell("--state: expected held, queued, sending, sent, failed or cancelled, found {}", text);
            return Exit::usage;
        }
        filter.states.push_back(*state);
    }
    for (auto const& name : call.all("--org")) {
        auto const organisation = call.instance->constituency().directory().find_organisation(name);
        if (!organisation) return call.failed(organisation.error());
        filter.organisations.push_back(organisation->id.value);
    }
    filter.text = call.get("--text");
    auto const limit = parse_int(call.get("--limit")).value_or(100);
    auto const page = (*room)->list(filter, static_cast<std::size_t>(std::clamp<std::int64_t>(limit, 1, 1000)));
    auto const total = (*room)->count(filter);
    if (!page) return call.failed(page.error());
    if (!total) return call.failed(total.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("total", *total).key("items").array();
        for (auto const& one : page->items) append_notification(json, one);
        json.end().end();
        call.print("{}", json.text());
        return Exit::done;
    }
    for (auto const& one : page->items)
        call.print("{:<6} {:<9} {} {:>5} findings  {:<30} {}{}", one.id.value, notifications::name_of(one.state),
                   format_timestamp(one.created), one.findings, one.to.empty() ? "" : one.to.front(),
                   one.organisation_name, one.is_uncertain ? "  UNCERTAIN" : "");
    call.print("{} in all", *total);
    return Exit::done;
}

}  // namespace

Command command_notify_list() {
    return {.name = "notify list",
            .summary = "List warnings, newest first",
            .options = {{.name = "--state",
                         .value_name = "STATE",
                         .help = "held, queued, sending, sent, failed, cancelled",
                         .many = true},
                        {.name = "--org", .value_name = "NAME", .help = "only this organisation", .many = true},
                        {"--text", "TEXT", "part of the subject or an address"},
                        {"--limit", "N", "how many, at most 1000", "100"}},
            .run = run};
}

}  // namespace tocsin::app
