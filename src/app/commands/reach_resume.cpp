#include "app/reach_words.hpp"

namespace tocsin::app {

Command command_reach_resume() {
    return {.name = "reach resume",
            .summary = "Test somebody again",
            .arguments = {{"TARGET", "its number; see tocsin reach list"}},
            .run = [](Invocation& call) { return set_paused(call, false); }};
}

}  // namespace tocsin::app
