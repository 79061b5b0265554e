#include "app/conflict_words.hpp"
#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const number = parse_number(call.arguments[0], "a conflict's number");
    if (!number) return call.failed(number.error());
    return print_one(call, conflicts_of(call).conflict({*number}), constituency::append, print_conflict);
}

}  // namespace

Command command_conflict_show() {
    return {.name = "conflict show",
            .summary = "Show both sides of a conflict and what was decided",
            .arguments = {{"CONFLICT", "its number; see tocsin conflict list"}},
            .run = run};
}

}  // namespace tocsin::app
