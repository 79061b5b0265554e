#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

void print_words(Invocation const& call, readiness::Framework const& framework, readiness::Comparison const& found) {
    for (auto const& one : found.items) {
        auto const* const item = framework.item(one.item);
        if (!one.now && !one.before && !one.wanted) continue;
        call.print("{:<8} {:>8} -> {:<8} wanted {:<3} {}{}", one.item, score_text(one.before, one.was_declined),
                   score_text(one.now, one.is_declined), score_text(one.wanted), one.is_gap() ? "gap  " : "     ",
                   item ? item->name.english() : "");
    }
    call.print("{} risen, {} fallen, {} gaps", found.risen, found.fallen, found.gaps);
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const now, room.assessments.find(call.arguments[0]));
        TRY(auto const* const framework, room.library.framework(now.framework));
        std::optional<readiness::Assessment> before;
        if (call.arguments.size() > 1) {
            TRY(before, room.assessments.find(call.arguments[1]));
        }
        auto const name = call.has("--profile") ? call.get("--profile") : now.profile;
        readiness::Profile const* profile = nullptr;
        if (!name.empty()) {
            TRY(profile, room.library.profile(name));
            if (profile->levels.empty()) call.tell("The profile {} has no levels yet: load its table", name);
        }
        auto const found = readiness::compare(*framework, now, before ? &*before : nullptr, profile);
        if (!call.json()) {
            print_words(call, *framework, found);
            return Exit::done;
        }
        print_json(call, found);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_compare() {
    return {.name = "assess compare",
            .summary = "Compare an assessment with an earlier one and with a target profile",
            .options = {{"--profile", "PROFILE", "else the assessment's"}},
            .arguments = {{"ASSESSMENT", "number or title"}, {"EARLIER", "number or title", false}},
            .run = run};
}

}  // namespace tocsin::app
