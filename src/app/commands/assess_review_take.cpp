#include "app/review_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const file, store::read_file(call.path(call.arguments.front()), readiness::largest_review_file));
        TRY(auto const review,
            room.reviews.take(file, call.get("--trust"), signer_of(call), access::command_principal()));
        if (call.json())
            print_json(call, review);
        else
            print_whole(call, review);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_review_take() {
    return {.name = "assess review take",
            .summary = "Take back a package that a reviewer countersigned",
            .about =
                "The comments stand beside the answers as those of an assessor; the result stays as it is until "
                "somebody changes it. All signatures are checked first; the countersignature is kept.",
            .options = {{"--trust", "FINGERPRINT", "accept the reviewer's key from now on"}},
            .arguments = {{"FILE", "at most 8 MiB"}},
            .run = run};
}

}  // namespace tocsin::app
