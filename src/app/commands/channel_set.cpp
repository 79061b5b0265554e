#include "app/channel_words.hpp"
#include "app/taxii_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_channels(call, [&](notifications::Channels& channels) -> Result<Exit> {
        notifications::ContactChannel draft;
        TRY(auto const contact, number_in(call.arguments.front()));
        draft.contact = {contact};
        auto const kind = notifications::channel_kind_named(call.get("--kind"));
        auto const tlp = gate::parse_tlp(call.get("--tlp"));
        if (!kind || !tlp) {
            call.tell(
                "--kind: expected webhook, mattermost, slack or matrix; --tlp: CLEAR, GREEN, AMBER, AMBER+STRICT "
                "or RED");
            return Exit::usage;
        }
        draft.kind = *kind;
        draft.tlp = *tlp;
        draft.room = call.get("--room");
        TRY(auto const secret, channels.set(draft, trimmed(call.input), access::command_principal()));
        if (call.json()) {
            JsonWriter json;
            json.object().field("contact", contact).field_unless_empty("secret", secret).end();
            call.print("{}", json.text());
        } else if (secret.empty()) {
            call.print("Contact {} gets warnings by {}, when there is no mail address.", contact, name_of(*kind));
        } else {
            call.print("{}", secret);
            call.tell("Give this secret to the owner: warnings are signed with it. It is not shown again.");
        }
        return Exit::done;
    });
}

}  // namespace

Command command_channel_set() {
    return {.name = "channel set",
            .summary = "Say how a contact's webhook address is spoken to",
            .about =
                "An owner without a mail address then gets warnings there. For a webhook the secret that the "
                "warnings are signed with is shown, this once; setting it again makes another.",
            .options = {{"--kind", "KIND", "webhook, mattermost, slack or matrix", "webhook"},
                        {"--tlp", "TLP", "chat: what is marked more strictly is told without figures", "GREEN"},
                        {"--room", "ID", "matrix: the room, !abc:example.org"},
                        {"--secret-stdin", "", "matrix: the account's access token, from standard input"},
                        {"--secret-file", "FILE", "the same from the first line of a file"}},
            .arguments = {{"CONTACT", "its number; see tocsin contact list"}},
            .input = read_taxii_secret,
            .run = run};
}

}  // namespace tocsin::app
