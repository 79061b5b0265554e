#include "app/event_words.hpp"

namespace tocsin::app {

Command command_finding_reopen() {
    return ruling("finding reopen", "Take the ruling on findings back",
                  [](Invocation& call) { return rule_on_findings(call, events::Saying::reopened); });
}

}  // namespace tocsin::app
