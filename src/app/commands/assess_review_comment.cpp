#include "app/review_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const review, review_named(room, call.get("--review")));
        TRY(auto const level, number_option(call, "--level"));
        TRY(auto const changed,
            room.reviews.comment(
                review.id,
                {.item = call.arguments[0], .level = level, .text = call.arguments.size() > 1 ? call.arguments[1] : ""},
                access::command_principal()));
        if (call.json())
            print_json(call, changed);
        else
            call.print("{} comments on {}", changed.comments.size(), changed.package.assessment.title);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_review_comment() {
    return {.name = "assess review comment",
            .summary = "Comment on an item of a package that is open",
            .about =
                "One comment for each item; a new one takes the place of the old, without text and level it is taken "
                "back.\n\n  tocsin assess review comment O-2 \"The decree is signed: why not 3?\" --level 3",
            .options = {{"--level", "NUMBER", "what you would have given"},
                        {"--review", "NUMBER", "else the package worked on last"}},
            .arguments = {{"ITEM", "of the framework"}, {"TEXT", "what you say", false}},
            .run = run};
}

}  // namespace tocsin::app
