#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const number = parse_number(call.arguments[0], "an entry's number");
    if (!number) {
        call.failed(number.error());
        return Exit::usage;
    }
    return print_change(call,
                        directory_of(call).remove(constituency::DoNotContactId{*number}, access::command_principal()),
                        fmt::format("Entry {} is removed", *number));
}

}  // namespace

Command command_do_not_contact_remove() {
    return {.name = "do-not-contact remove",
            .summary = "Write again to who was on the do-not-contact list",
            .arguments = {{"ENTRY", "its number; see tocsin do-not-contact list"}},
            .run = run};
}

}  // namespace tocsin::app
