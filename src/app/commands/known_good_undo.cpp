#include "app/known_good_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_known_good_list(call, "is as it was before", &intelligence::KnownGoodFiles::undo);
}

}  // namespace

Command command_known_good_undo() {
    return {.name = "known-good undo",
            .summary = "Take back the last change of one of our own known-good lists",
            .about = "As it was before it was last added or removed; again: as it was before that.",
            .arguments = {{"LIST", known_good_name}},
            .run = run};
}

}  // namespace tocsin::app
