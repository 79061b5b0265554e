#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

void print(Invocation const& call, constituency::ChangeSet const& set) {
    call.print("Change {} is undone ({} changes). To take that back: tocsin org undo {}", set.undoes.value, set.changes,
               set.id.value);
}

Exit run(Invocation& call) {
    auto const number = parse_number(call.arguments[0], "the number of a change");
    if (!number) {
        call.failed(number.error());
        return Exit::usage;
    }
    return print_one(call, directory_of(call).undo({*number}, access::command_principal()), append_change_set, print);
}

}  // namespace

Command command_org_undo() {
    return {.name = "org undo",
            .summary = "Take back a change of the directory, an import too",
            .about = "Everything is put back as it was, or, when something was changed again later, nothing.",
            .arguments = {{"CHANGE", "its number; see tocsin org history"}},
            .run = run};
}

}  // namespace tocsin::app
