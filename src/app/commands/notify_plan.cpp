#include "app/notices.hpp"

namespace tocsin::app {
namespace {

void print_json(Invocation& call, notifications::Plan const& plan) {
    JsonWriter json;
    json.object()
        .field("dry_run", plan.dry_run)
        .field("notifications", plan.notifications)
        .field("findings", plan.findings);
    json.key("items").array();
    for (auto const& item : plan.items) {
        json.object().key("organisation").object().field("id", item.organisation);
        json.field("name", item.organisation_name).end().key("to").array();
        for (auto const& address : item.to) json.value(address);
        json.end().field("language", item.language).field("findings", item.findings).field("subject", item.subject);
        json.key("id");
        item.id ? json.value(item.id.value) : json.null();
        json.field("decision", item.decision).end();
    }
    json.end().key("left_out").array();
    for (auto const& one : plan.left_out) {
        json.object()
            .reference("organisation", one.organisation, one.organisation_name)
            .field("findings", one.findings)
            .field("reason", one.reason)
            .end();
    }
    json.end().end();
    call.print("{}", json.text());
}

void print_words(Invocation& call, notifications::Plan const& plan) {
    for (auto const& item : plan.items) {
        std::string to;
        for (auto const& address : item.to) to += (to.empty() ? "" : ", ") + address;
        call.print("{}{} -> {} ({}): {} findings. {}", item.id ? fmt::format("{}: ", item.id.value) : std::string(),
                   item.organisation_name, to, item.language, item.findings, item.decision);
    }
    for (auto const& one : plan.left_out)
        call.print("left out: {} findings of {}: {}", one.findings,
                   one.organisation == 0 ? "nobody" : one.organisation_name, one.reason);
    call.print("{} {} about {} findings", plan.dry_run ? "Would make" : "Made", plan.notifications, plan.findings);
}

Exit run(Invocation& call) {
    auto const room = call.instance->notifications();
    if (!room) return call.failed(room.error());
    notifications::PlanRequest request{.organisations = {}, .hold = {}};
    for (auto const& name : call.all("--org")) {
        auto const organisation = call.instance->constituency().directory().find_organisation(name);
        if (!organisation) return call.failed(organisation.error());
        request.organisations.push_back(organisation->id.value);
    }
    request.dry_run = call.has("--dry-run");
    request.ignore_interval = call.has("--ignore-interval");
    if (call.has("--hold")) request.hold = true;
    if (call.has("--release")) request.hold = false;
    auto const plan = (*room)->plan(access::command_principal(), request);
    if (!plan) return call.failed(plan.error());
    call.json() ? print_json(call, *plan) : print_words(call, *plan);
    return Exit::done;
}

}  // namespace

Command command_notify_plan() {
    return {.name = "notify plan",
            .summary = "Make warnings of what is new, one digest for each organisation",
            .about = "With --dry-run nothing is stored: it says what would be sent, to whom, and why not to whom.",
            .options = {{"--dry-run", "", "only look"},
                        {.name = "--org", .value_name = "NAME", .help = "only this organisation", .many = true},
                        {"--ignore-interval", "", "also organisations that had a digest within the interval"},
                        {"--hold", "", "hold for approval, whatever the setting"},
                        {"--release", "", "queue at once, whatever the setting"}},
            .run = run};
}

}  // namespace tocsin::app
