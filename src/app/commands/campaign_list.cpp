#include "app/rule_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    return print_things(
        call, (*rules)->campaigns(1000),
        [&](notifications::Campaign const& one) {
            call.print("{:<5} {} {:>6} owners  {:>6} sent {:>6} held {:>6} answered  {}{}", one.id.value,
                       format_timestamp(one.created), one.owners, one.sent, one.held, one.answered, one.name,
                       one.finished ? "" : "  UNFINISHED");
        },
        "There was no campaign yet.");
}

}  // namespace

Command command_campaign_list() {
    return {.name = "campaign list", .summary = "List campaigns and what came of them, newest first", .run = run};
}

}  // namespace tocsin::app
