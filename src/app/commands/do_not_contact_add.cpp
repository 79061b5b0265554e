#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

void print(Invocation const& call, constituency::DoNotContact const& entry) {
    call.print("#{}: {} is not written to", entry.id.value,
               entry.organisation ? entry.organisation_name : entry.address);
}

Exit run(Invocation& call) {
    constituency::DoNotContactDraft draft;
    draft.reason = call.get("--reason");
    if (call.has("--organisation")) {
        auto const organisation = directory_of(call).find_organisation(call.get("--organisation"));
        if (!organisation) return call.failed(organisation.error());
        draft.organisation = organisation->id;
    }
    if (!call.arguments.empty()) draft.address = call.arguments[0];
    return print_one(call, directory_of(call).add(draft, access::command_principal()), append_do_not_contact, print);
}

}  // namespace

Command command_do_not_contact_add() {
    return {.name = "do-not-contact add",
            .summary = "Never write to an address, a domain or an organisation",
            .about =
                "Examples:\n  tocsin do-not-contact add noc@power.example --reason \"asked by telephone\"\n"
                "  tocsin do-not-contact add --organisation 12 --reason \"in liquidation\"",
            .options = {{"--organisation", "ORGANISATION", "name or number, instead of an address"},
                        {"--reason", "TEXT", "why", {}, true}},
            .arguments = {{"ADDRESS", "an e-mail address, or a domain for everyone there", false}},
            .run = run};
}

}  // namespace tocsin::app
