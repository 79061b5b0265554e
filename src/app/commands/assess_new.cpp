#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        readiness::Assessment draft{.framework = call.arguments.front(),
                                    .title = call.get("--title"),
                                    .subject = call.get("--subject"),
                                    .profile = call.get("--profile"),
                                    .note = call.get("--note"),
                                    .assessors = call.all("--assessor")};
        if (call.has("--organisation")) {
            TRY(auto const organisation,
                call.instance->constituency().directory().find_organisation(call.get("--organisation")));
            draft.organisation = organisation.id;
            if (draft.subject.empty()) draft.subject = organisation.name;
        }
        if (draft.title.empty()) draft.title = draft.framework + " " + format_date(call.instance->clock().now());
        TRY(auto const made, room.assessments.add(std::move(draft), access::command_principal()));
        if (call.json())
            call.print("{}", json_of(made));
        else
            print_head(call, made);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_new() {
    return {.name = "assess new",
            .summary = "Begin an assessment against a framework",
            .about = "  tocsin assess new sim3 --title \"SIM3, spring\" --assessor Amina --assessor Boris",
            .options = {{"--title", "TITLE", "else the framework and the date"},
                        {"--subject", "NAME", "the team that is assessed; else we ourselves"},
                        {"--organisation", "ORGANISATION", "the subject in the directory"},
                        {"--profile", "PROFILE", "target profile"},
                        {"--assessor", "NAME", "who gives answers beside the moderated result", "", false, true},
                        {"--note", "TEXT", "for the reader"}},
            .arguments = {{"FRAMEWORK", "sim3-v2i, or sim3 for its newest version"}},
            .run = run};
}

}  // namespace tocsin::app
