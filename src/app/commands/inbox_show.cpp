#include "app/inbox_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_inbox(call, [&](notifications::Inbox& inbox) -> Result<Exit> {
        TRY(auto const id, mail_id(call.arguments.front()));
        TRY(auto const mail, inbox.show(id));
        if (call.json()) {
            JsonWriter json;
            append(json, mail, true);
            call.print("{}", json.text());
        } else {
            print_mail(call, mail);
        }
        return Exit::done;
    });
}

}  // namespace

Command command_inbox_show() {
    return {.name = "inbox show",
            .summary = "Show one mail that came",
            .arguments = {{"NUMBER", "the mail; see tocsin inbox list"}},
            .run = run};
}

}  // namespace tocsin::app
