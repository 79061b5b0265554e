#include "app/inbox_words.hpp"

namespace tocsin::app {
namespace {

constexpr std::size_t longest_mail = std::size_t{16} << 20;

Exit run(Invocation& call) {
    return with_inbox(call, [&](notifications::Inbox& inbox) -> Result<Exit> {
        for (auto const& name : call.arguments) {
            TRY(auto const bytes, store::read_file(call.path(name), longest_mail));
            TRY(auto const mail, inbox.take(bytes, access::command_principal()));
            if (call.json()) {
                JsonWriter json;
                append(json, mail, false);
                call.print("{}", json.text());
            } else {
                print_mail_line(call, mail);
            }
        }
        return Exit::done;
    });
}

}  // namespace

Command command_inbox_take() {
    return {.name = "inbox take",
            .summary = "Take mails that came from files, as if they stood in the mailbox",
            .about = "The same mail again changes nothing: the one that is kept is shown.",
            .arguments = {{.name = "FILE", .help = "a mail (.eml)", .required = true, .many = true}},
            .run = run};
}

}  // namespace tocsin::app
