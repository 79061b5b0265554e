#include "app/review_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const review, review_named(room, call.arguments.empty() ? "" : call.arguments.front()));
        if (call.json())
            print_json(call, review);
        else
            print_whole(call, review);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_review_show() {
    return {.name = "assess review show",
            .summary = "Show a package with its answers, comments and countersignatures",
            .arguments = {{"REVIEW", "number; else the package of others worked on last", false}},
            .run = run};
}

}  // namespace tocsin::app
