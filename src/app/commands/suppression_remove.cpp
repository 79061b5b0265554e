#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const number = parse_number(call.arguments[0], "a suppression's number");
    if (!number) {
        call.failed(number.error());
        return Exit::usage;
    }
    return print_change(call,
                        directory_of(call).remove(constituency::SuppressionId{*number}, access::command_principal()),
                        fmt::format("Suppression {} is removed", *number));
}

}  // namespace

Command command_suppression_remove() {
    return {.name = "suppression remove",
            .summary = "Warn again about what a suppression kept quiet",
            .arguments = {{"SUPPRESSION", "its number; see tocsin suppression list"}},
            .run = run};
}

}  // namespace tocsin::app
