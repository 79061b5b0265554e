#include "app/conflict_words.hpp"
#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const decision = constituency::source_decision(call.arguments[1]);
    auto const number = parse_number(call.arguments[0], "a conflict's number");
    if (!decision || !number) {
        call.failed(!number ? number.error()
                            : Error{Code::invalid,
                                    fmt::format("DECISION: expected keep-ours, take-theirs, keep-both or same, found "
                                                "\"{}\"",
                                                call.arguments[1])});
        return Exit::usage;
    }
    auto const decided =
        conflicts_of(call).decide(access::command_principal(), {*number}, *decision, call.get("--reason"));
    return print_one(call, decided, constituency::append, print_conflict);
}

}  // namespace

Command command_conflict_decide() {
    return {.name = "conflict decide",
            .summary = "Decide whether the register or a source is right",
            .about =
                "keep-ours: the register stays, and the same claim of the same source is not asked again. take-theirs: "
                "the source's goes into the register in place of ours. keep-both: theirs beside ours (not for keys and "
                "names). same: their organisation is ours under another name; it is known by it from now on.\n\n"
                "What changes is one change that tocsin org undo takes back. When the source says something else, it "
                "is asked again. A decision can be made anew.\n\nExample:\n"
                "  tocsin conflict decide 12 keep-ours --reason \"asked their NOC by telephone\"",
            .options = {{"--reason", "TEXT", "why; needed"}},
            .arguments = {{"CONFLICT", "its number; see tocsin conflict list"},
                          {"DECISION", "keep-ours, take-theirs, keep-both or same"}},
            .run = run};
}

}  // namespace tocsin::app
