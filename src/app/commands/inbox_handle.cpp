#include "app/inbox_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_inbox(call, [&](notifications::Inbox& inbox) -> Result<Exit> {
        TRY(auto const id, mail_id(call.arguments.front()));
        notifications::Handling handling{.note = call.get("--note")};
        if (call.has("--said")) {
            handling.said = notifications::parse_statement(call.get("--said"));
            if (!handling.said) {
                call.tell("--said: expected seen, repaired, not_ours or false_positive, found {}", call.get("--said"));
                return Exit::usage;
            }
        }
        if (auto const number = parse_int(call.get("--notification"))) handling.notification = {*number};
        TRY(auto const mail, inbox.handle(id, handling, access::command_principal()));
        if (call.json()) {
            JsonWriter json;
            append(json, mail, false);
            call.print("{}", json.text());
        } else {
            call.print("Mail {} is handled.", mail.id.value);
        }
        return Exit::done;
    });
}

}  // namespace

Command command_inbox_handle() {
    return {.name = "inbox handle",
            .summary = "Mark a mail that waits as handled, and write down what its writer meant",
            .about =
                "With --said the statement holds for all findings of the warning, as if the owner had given it on "
                "the page of the link; it stands on record that a person of the team read it so.",
            .options = {{"--note", "TEXT", "what was done"},
                        {"--said", "STATEMENT", "seen, repaired, not_ours or false_positive"},
                        {"--notification", "NUMBER", "the warning it is about, when that was not known"}},
            .arguments = {{"NUMBER", "the mail; see tocsin inbox list"}},
            .run = run};
}

}  // namespace tocsin::app
