#include "app/known_good_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_known_good_list(call, "is removed; tocsin known-good undo brings it back",
                                &intelligence::KnownGoodFiles::remove);
}

}  // namespace

Command command_known_good_remove() {
    return {.name = "known-good remove",
            .summary = "Remove one of our own known-good lists",
            .about = "tocsin known-good undo brings it back.",
            .arguments = {{"LIST", known_good_name}},
            .run = run};
}

}  // namespace tocsin::app
