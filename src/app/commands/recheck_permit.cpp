#include "app/recheck_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_rechecks(call, [&](events::Rechecks& rechecks) -> Result<Exit> {
        auto& directory = call.instance->constituency().directory();
        TRY(auto const organisation, directory.find_organisation(call.arguments.front()));
        events::PermissionDraft draft{.organisation = organisation.id,
                                      .networks = {},
                                      .given_by = call.get("--given-by"),
                                      .given = call.instance->clock().now(),
                                      .ends = {},
                                      .evidence = call.get("--evidence")};
        TRY(draft.networks, networks_in("--networks", call.get("--networks")));
        if (call.has("--given")) {
            TRY(draft.given, parse_timestamp(call.get("--given")));
        }
        if (call.has("--from")) {
            TRY(draft.starts, parse_timestamp(call.get("--from")));
        }
        TRY(draft.ends, parse_timestamp(call.get("--until")));
        TRY(auto const made, rechecks.permit(draft, access::command_principal()));
        if (call.json()) {
            JsonWriter json;
            append(json, made, organisation.name);
            call.print("{}", json.text());
        } else {
            print_permission(call, made, organisation.name);
        }
        return Exit::done;
    });
}

}  // namespace

Command command_recheck_permit() {
    return {.name = "recheck permit",
            .summary = "Record an organisation's permission to look again",
            .about =
                "Kept as it was given, never changed, only withdrawn. The networks must lie in prefixes that the "
                "register gives to the organisation; what of them belongs to somebody else, now or later, is not "
                "asked.\n\n"
                "  tocsin recheck permit 'Northern Telecom' --networks 192.0.2.0/24,2001:db8::/32 --until 2027-06-30 "
                "\\\n"
                "      --given-by 'J. Okello, head of network operations' --evidence 'letter of 2026-11-20, file 17/4'",
            .options = {{"--networks", "NETWORKS", "by comma, at most 100", {}, true},
                        {"--given-by", "TEXT", "who gave it, and what entitles them", {}, true},
                        {"--evidence", "TEXT", "where the paper is, or its words", {}, true},
                        {"--until", "TIME", "at most two years after it starts", {}, true},
                        {"--from", "TIME", "else now"},
                        {"--given", "TIME", "the day it was given; else today"}},
            .arguments = {{"ORGANISATION", "name or number"}},
            .run = run};
}

}  // namespace tocsin::app
