#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

void print(Invocation const& call, constituency::Suppression const& s) {
    call.print("Suppression #{} keeps it quiet{}", s.id.value,
               s.until ? " until " + format_timestamp(*s.until) : " until it is removed");
}

Result<constituency::SuppressionDraft> draft_of(Invocation const& call) {
    constituency::SuppressionDraft draft;
    draft.network = call.get("--network");
    draft.feed = call.get("--feed");
    draft.identifier = call.get("--identifier");
    draft.reason = call.get("--reason");
    TRY(draft.until, parse_time_option(call, "--until"));
    if (call.has("--organisation")) {
        TRY(auto const organisation, directory_of(call).find_organisation(call.get("--organisation")));
        draft.organisation = organisation.id;
    }
    return draft;
}

Exit run(Invocation& call) {
    auto const draft = draft_of(call);
    if (!draft) return call.failed(draft.error());
    return print_one(call, directory_of(call).add(*draft, access::command_principal()), append_suppression, print);
}

}  // namespace

Command command_suppression_add() {
    return {.name = "suppression add",
            .summary = "Say what is not warned about: a constituent's own scanners, a test network",
            .about =
                "All that is given must match. Events and findings are kept all the same.\n\nExamples:\n"
                "  tocsin suppression add --network 192.0.2.64/28 --reason \"their own scanner\" --until 2027-01-01",
            .options = {{"--network", "PREFIX", "address or prefix"},
                        {"--organisation", "ORGANISATION", "name or number"},
                        {"--feed", "ID", "a feed's id"},
                        {"--identifier", "TEXT", "classification.identifier"},
                        {"--reason", "TEXT", "why", {}, true},
                        {"--until", "TIME", "else until it is removed"}},
            .run = run};
}

}  // namespace tocsin::app
