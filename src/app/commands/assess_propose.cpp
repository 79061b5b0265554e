#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

void print_words(Invocation const& call, readiness::Proposal const& proposal) {
    call.print("{}: {}", proposal.title.english(), proposal.note.english());
    for (auto const& remark : proposal.remarks) call.print("Note: {}", remark.english());
    for (auto const& one : proposal.services)
        call.print("  {:<6} {:<12} {:<12} wanted {:<3} {}{}", one.item, one.suggestion.recommendation,
                   one.suggestion.assignment, score_text(one.suggestion.wanted), one.reason.english(),
                   one.assigned_to.empty() ? "" : " (" + one.assigned_to + ")");
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const questions, read_questions(call));
        TRY(auto const proposal, readiness::propose(room.library, call.get("--framework"), questions));
        if (call.has("--dry-run")) {
            if (call.json())
                print_json(call, proposal);
            else
                print_words(call, proposal);
            return Exit::done;
        }
        auto title = call.get("--title");
        if (title.empty()) title = "Start, " + format_date(call.instance->clock().now());
        TRY(auto const made, room.assessments.add(readiness::assessment_of(proposal, questions, std::move(title)),
                                                  access::command_principal()));
        if (call.json()) {
            call.print("{}", json_of(made));
            return Exit::done;
        }
        print_words(call, proposal);
        print_head(call, made);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_propose() {
    return {.name = "assess propose",
            .summary = "Propose a catalogue and profile of services to a team that begins",
            .about =
                "For who has nothing yet: which services, who does them, what to reach, and why. It is kept as an "
                "assessment that can be changed.\n\n"
                "  tocsin assess propose --people 3 --hours office --mandate no --dry-run\n"
                "  tocsin assess propose --people shared --with \"the regional CIRT\" --mandate yes",
            .options = {{"--people", "NUMBER", "people of the team, or shared: several states together", "3"},
                        {"--hours", "HOURS", "office, extended or always", "office"},
                        {"--mandate", "YES", "yes when a law or decree names the team", "no"},
                        {"--constituency", "TEXT", "whom it serves"},
                        {"--budget", "TEXT", "a year"},
                        {"--with", "WHOM", "who gives what is not done by the team alone"},
                        {"--framework", "FRAMEWORK", "of services", "x1060"},
                        {"--title", "TITLE", "else the date"},
                        {"--dry-run", "", "only show the proposal"}},
            .run = run};
}

}  // namespace tocsin::app
