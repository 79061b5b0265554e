#include "app/review_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const file, store::read_file(call.path(call.arguments.front()), readiness::largest_review_file));
        TRY(auto const review,
            room.reviews.open(file, call.get("--trust"), signer_of(call), access::command_principal()));
        if (call.json())
            print_json(call, review);
        else
            print_whole(call, review);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_review_open() {
    return {.name = "assess review open",
            .summary = "Open the package of another team, to review it",
            .about =
                "A package that was changed or forged is refused, with the part that does not fit. The key of a team "
                "that is not known yet is shown by its fingerprint; compare it over another line, then accept it once "
                "with --trust.",
            .options = {{"--trust", "FINGERPRINT", "accept this key from now on"}},
            .arguments = {{"FILE", "at most 8 MiB"}},
            .run = run};
}

}  // namespace tocsin::app
