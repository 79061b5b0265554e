#include "app/known_good_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_known_good_list(call, "is off", &intelligence::KnownGoodFiles::switch_off);
}

}  // namespace

Command command_known_good_off() {
    return {.name = "known-good off",
            .summary = "Switch one of our own known-good lists off",
            .about = "It holds nothing until it is switched on again.",
            .arguments = {{"LIST", known_good_name}},
            .run = run};
}

}  // namespace tocsin::app
