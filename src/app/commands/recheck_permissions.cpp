#include "app/recheck_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_rechecks(call, [&](events::Rechecks& rechecks) -> Result<Exit> {
        constituency::OrganisationId only;
        if (!call.arguments.empty()) {
            TRY(auto const one, call.instance->constituency().directory().find_organisation(call.arguments.front()));
            only = one.id;
        }
        TRY(auto const all, rechecks.permissions(only));
        TRY(auto const owners, call.instance->constituency().owners());
        auto const name_of = [&](events::Permission const& one) {
            return owners->name_of_organisation(one.organisation);
        };
        if (call.json()) {
            JsonWriter json;
            json.object().key("items").array();
            for (auto const& one : all) append(json, one, name_of(one));
            json.end().end();
            call.print("{}", json.text());
            return Exit::done;
        }
        for (auto const& one : all) print_permission(call, one, name_of(one));
        if (all.empty()) call.print("No organisation has given a permission.");
        return Exit::done;
    });
}

}  // namespace

Command command_recheck_permissions() {
    return {.name = "recheck permissions",
            .summary = "Permissions to look again: whose, for what, until when",
            .arguments = {{"ORGANISATION", "name or number; without it all", false}},
            .run = run};
}

}  // namespace tocsin::app
