#include "app/repair_words.hpp"

namespace tocsin::app {
namespace {

Result<Exit> moved(Invocation& call) {
    TRY(auto const organisation, call.instance->constituency().directory().find_organisation(call.arguments.front()));
    reports::MovedRequest request{.organisation = organisation.id.value};
    if (call.has("--from")) {
        TRY(request.from, parse_date(call.get("--from")));
    }
    if (call.has("--to")) {
        TRY(request.to, parse_date(call.get("--to")));
    }
    TRY(auto const rooms, call.instance->report_rooms());
    TRY(auto const picture, reports::find_moved(rooms, request, access::command_principal()));
    if (call.json()) {
        JsonWriter json;
        reports::append(json, picture);
        call.print("{}", json.text());
        return Exit::done;
    }
    for (auto const& one : picture.items)
        call.print("{}  {} -> {}  {} ({} {}), last there {}", format_date(one.first_after), format_ip(one.before),
                   format_ip(one.after), one.what, one.identifier, one.value, format_date(one.last_before));
    call.tell("{} events looked at, {} of them name a device, {} moves{}", picture.looked_at, picture.with_identifier,
              picture.items.size(), picture.is_cut ? "; there is more: bound the time with --from and --to" : "");
    return Exit::done;
}

Exit run(Invocation& call) {
    auto const done = moved(call);
    return done ? *done : call.failed(done.error());
}

}  // namespace

Command command_repair_moved() {
    return {.name = "repair moved",
            .summary = "Devices of an organisation that came up again on another address",
            .about =
                "A repair of which the same device is seen elsewhere is none. Reads the organisation's events, because "
                "findings keep no serial numbers; says something only where feeds give one (a serial number, a "
                "hardware address, a certificate's fingerprint, an account).\n\n"
                "  tocsin repair moved 'Northern Telecom' --from 2026-01-01",
            .options = {{"--from", "DATE", "events not before"}, {"--to", "DATE", "events before"}},
            .arguments = {{"ORGANISATION", "name or number"}},
            .run = run};
}

}  // namespace tocsin::app
