#include "app/event_words.hpp"

namespace tocsin::app {

Command command_finding_close() {
    return ruling("finding close", "Rule findings false positives: they are silenced until reopened",
                  [](Invocation& call) { return rule_on_findings(call, events::Saying::false_positive); });
}

}  // namespace tocsin::app
