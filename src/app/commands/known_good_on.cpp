#include "app/known_good_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_known_good_list(call, "is on", &intelligence::KnownGoodFiles::switch_on);
}

}  // namespace

Command command_known_good_on() {
    return {.name = "known-good on",
            .summary = "Switch one of our own known-good lists on again",
            .arguments = {{"LIST", known_good_name}},
            .run = run};
}

}  // namespace tocsin::app
