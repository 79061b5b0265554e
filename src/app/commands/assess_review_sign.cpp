#include "app/review_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto review, review_named(room, call.get("--review")));
        auto const id = review.id;
        TRY(auto const passed, cleared(call, std::move(review)));
        TRY(auto const file,
            room.reviews.sign(passed, call.get("--reviewer"), signer_of(call), access::command_principal()));
        CHECK(write_output(call, file));
        TRY(auto const made, room.reviews.one(id));
        if (call.json())
            print_json(call, made);
        else
            call.print("Countersigned with {} comments. Tell {} our fingerprint over another line: {}",
                       made.comments.size(), made.package.team,
                       readiness::fingerprint_of(signer_of(call).key.public_key()));
        return Exit::done;
    });
}

}  // namespace

Command command_assess_review_sign() {
    return {.name = "assess review sign",
            .summary = "Countersign a package with your comments, to be sent back",
            .about =
                "The file holds the package as it came and your comments, signed with the key of this Tocsin. It is "
                "entered in the disclosure log.\n\n  tocsin assess review sign --reviewer \"A. Reviewer\" -o "
                "back.tocsin-review",
            .options = {{"--output", "FILE", "where to; -o for short", "", true},
                        {"--reviewer", "NAME", "who reviewed it"},
                        {"--review", "NUMBER", "else the package worked on last"}},
            .run = run};
}

}  // namespace tocsin::app
