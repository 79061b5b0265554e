#include "app/reach_words.hpp"

namespace tocsin::app {

Command command_reach_pause() {
    return {.name = "reach pause",
            .summary = "Test somebody no more until further notice",
            .arguments = {{"TARGET", "its number; see tocsin reach list"}},
            .run = [](Invocation& call) { return set_paused(call, true); }};
}

}  // namespace tocsin::app
