#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

void print_history(Invocation const& call, std::vector<readiness::AnswerChange> const& history) {
    for (auto const& change : history)
        call.print("{} {} {} by {}\n  was {}\n  is  {}", format_timestamp(change.at), change.item, change.assessor,
                   change.by, change.before.empty() ? "nothing" : change.before, change.after);
}

void print_answers(Invocation const& call, readiness::Framework const& framework,
                   readiness::Assessment const& assessment) {
    for (auto const& item : framework.items) {
        for (auto const& answer : assessment.answers) {
            if (answer.item != item.id) continue;
            call.print("  {:<8} {:>8} of {:<3} {}{}{}{}{}{}", item.id, score_text(answer.value, answer.declined),
                       score_text(answer.wanted), item.name.english(), answer.assessor.empty() ? "" : " by ",
                       answer.assessor, answer.assignment.empty() ? "" : ", " + answer.assignment,
                       answer.assigned_to.empty() ? "" : " to " + answer.assigned_to,
                       answer.recommendation.empty() ? "" : ", " + answer.recommendation);
            if (!answer.justification.empty()) call.print("{:27}{}", "", answer.justification);
        }
    }
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const found, room.assessments.find(call.arguments.front()));
        if (call.has("--history")) {
            TRY(auto const history, room.assessments.history(found.id, call.get("--history")));
            print_history(call, history);
            return Exit::done;
        }
        if (call.json()) {
            call.print("{}", json_of(found));
            return Exit::done;
        }
        TRY(auto const* const framework, room.library.framework(found.framework));
        print_head(call, found);
        print_answers(call, *framework, found);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_show() {
    return {.name = "assess show",
            .summary = "Show an assessment with its answers",
            .options = {{"--history", "ITEM", "what was changed about this item, the newest first"}},
            .arguments = {{"ASSESSMENT", "number or title"}},
            .run = run};
}

}  // namespace tocsin::app
