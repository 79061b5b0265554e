#include "app/review_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto review, review_named(room, call.arguments.front()));
        if (call.has("--check")) {
            TRY(auto const proof, store::read_file(call.path(call.get("--check")), readiness::largest_review_file));
            CHECK(readiness::check_proof(review.package, proof));
            call.print("The original gives this package: nothing was changed but what is named as redacted");
            return Exit::done;
        }
        if (!call.has("--output")) return fail(Code::invalid, "expected --output FILE, or --check FILE");
        TRY(auto const passed, cleared(call, std::move(review)));
        TRY(auto const proof, room.reviews.proof(passed, access::command_principal()));
        CHECK(write_output(call, proof));
        return Exit::done;
    });
}

}  // namespace

Command command_assess_review_prove() {
    return {
        .name = "assess review prove",
        .summary = "Prove that only what is named was taken out of a package",
        .about =
            "At home it writes the original and the salt of the hashes: whoever gets the file sees everything. A "
            "reviewer holds it against the package with --check.",
        .options = {{"--output", "FILE", "where to; -o for short"}, {"--check", "FILE", "a proof from the other team"}},
        .arguments = {{"REVIEW", "number"}},
        .run = run};
}

}  // namespace tocsin::app
