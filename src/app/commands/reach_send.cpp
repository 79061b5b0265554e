#include "app/letter_words.hpp"
#include "app/reach_words.hpp"

namespace tocsin::app {
namespace {

void append_plan(JsonWriter& json, readiness::ReachPlan const& plan) {
    json.key("items").array();
    for (auto const& item : plan.items)
        json.object()
            .field("target", item.target.value)
            .field("name", item.name)
            .field("address", item.address)
            .field("language", item.language)
            .field_or_null("test", item.test ? std::optional<std::int64_t>(item.test.value) : std::nullopt)
            .field_or_null("left_out", item.left_out)
            .end();
    json.end();
}

void print_plan(Invocation const& call, readiness::ReachPlan const& plan, bool is_dry_run) {
    for (auto const& item : plan.items)
        call.print("{:<30} {:<40} {}", item.name, item.address,
                   !item.left_out.empty() ? "left out: " + item.left_out
                   : is_dry_run           ? "would be sent in " + item.language
                                          : fmt::format("test #{}", item.test.value));
    if (plan.items.empty()) call.print("No test is due.");
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        std::vector<readiness::ReachTargetId> ids;
        for (auto const& word : call.arguments) {
            TRY(auto const id, reach_target_id(word));
            ids.push_back(id);
        }
        auto const is_dry_run = call.has("--dry-run");
        TRY(auto const plan, room.reachability.queue(ids, is_dry_run, access::command_principal()));
        readiness::ReachSent report;
        if (!is_dry_run) {
            TRY(report, room.reachability.send_due(call.is_cancelled));
        }
        return tell_letters(call, is_dry_run, plan, report, append_plan, print_plan);
    });
}

}  // namespace

Command command_reach_send() {
    return {.name = "reach send",
            .summary = "Send reachability tests now",
            .about =
                "Without numbers: those whose time has come; a running server does that by itself. Who has not "
                "agreed, is not to be contacted, or has a test that still waits for its answer is left out, and it "
                "says so. The mail has a link that is good once; only its button counts as an answer.",
            .options = {{"--dry-run", "", "say what would be sent, and to whom; send nothing"}},
            .arguments = {{"TARGET", "numbers; see tocsin reach list", false, true}},
            .run = run};
}

}  // namespace tocsin::app
