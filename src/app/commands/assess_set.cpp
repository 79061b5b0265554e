#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

/// Lays the options that were given over what stands there.
Status lay_over(Invocation const& call, readiness::Answer& answer) {
    if (call.has("--value")) {
        answer.declined = call.get("--value") == "declined";
        if (answer.declined) answer.value.reset();
        if (!answer.declined) {
            TRY(answer.value, number_option(call, "--value"));
        }
        answer.proposed_by.clear();
    }
    if (call.has("--wanted")) {
        TRY(answer.wanted, number_option(call, "--wanted"));
    }
    for (auto const& [option, member] :
         {std::pair("--recommendation", &readiness::Answer::recommendation),
          std::pair("--assignment", &readiness::Answer::assignment), std::pair("--to", &readiness::Answer::assigned_to),
          std::pair("--because", &readiness::Answer::justification)})
        if (call.has(option)) answer.*member = call.get(option) == "-" ? std::string() : call.get(option);
    if (call.has("--evidence")) answer.evidence = call.all("--evidence");
    return {};
}

/// Takes or overrides what the evidence proposes.
Status take(Invocation const& call, readiness::Readiness& room, readiness::Assessment const& assessment,
            readiness::Answer& answer) {
    TRY(auto const* const framework, room.library.framework(assessment.framework));
    TRY(auto const all, room.evidence.of(*framework, &assessment, access::command_principal()));
    TRY(auto const value, number_option(call, "--value"));
    for (auto const& evidence : all) {
        if (evidence.item != answer.item) continue;
        TRY(answer,
            readiness::take_evidence(answer, evidence, value, call.get("--because"), call.instance->clock().now()));
    }
    return {};
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto assessment, room.assessments.find(call.arguments[0]));
        if (call.has("--state")) {
            auto const state = readiness::assessment_state_named(call.get("--state"));
            if (!state) return fail(Code::invalid, "--state: expected open, moderated or closed");
            assessment.state = *state;
            TRY(auto const changed, room.assessments.change(assessment, access::command_principal()));
            print_head(call, changed);
            if (call.arguments.size() < 2) return Exit::done;
        }
        if (call.arguments.size() < 2) return fail(Code::invalid, "expected an item, or --state");
        auto const assessor = call.get("--assessor");
        auto const* const before = assessment.answer(call.arguments[1], assessor);
        auto answer = before ? *before : readiness::Answer{.item = call.arguments[1], .assessor = assessor};
        if (call.has("--take-evidence")) {
            CHECK(take(call, room, assessment, answer));
        } else {
            CHECK(lay_over(call, answer));
        }
        TRY(auto const expected, number_option(call, "--version"));
        TRY(auto const saved,
            room.assessments.save(assessment.id, std::move(answer), expected, access::command_principal()));
        if (saved.is_conflict)
            return fail(Code::conflict, fmt::format("{} was changed meanwhile by {}: it has version {}, value {}",
                                                    saved.answer.item, saved.answer.changed_by, saved.answer.version,
                                                    score_text(saved.answer.value, saved.answer.declined)));
        if (call.json())
            print_json(call, saved.answer);
        else
            call.print("{}: {} of {}", saved.answer.item, score_text(saved.answer.value, saved.answer.declined),
                       score_text(saved.answer.wanted));
        return Exit::done;
    });
}

}  // namespace

Command command_assess_set() {
    return {
        .name = "assess set",
        .summary = "Give an answer in an assessment, or change its state",
        .about =
            "What is not given stays. \"-\" empties a text or a number.\n\n"
            "  tocsin assess set 3 O-2 --value 2 --because \"written, not signed\" --evidence https://...\n"
            "  tocsin assess set 3 T-2 --take-evidence\n"
            "  tocsin assess set 3 --state closed",
        .options = {{"--value", "NUMBER", "score or level; declined: it was decided not to do it"},
                    {"--wanted", "NUMBER", "score or level to reach"},
                    {"--recommendation", "ID", "services: how strongly it is recommended"},
                    {"--assignment", "ID", "services: insourcing, outsourcing, combination, unassigned"},
                    {"--to", "WHOM", "services: to whom it is assigned"},
                    {"--because", "TEXT", "why"},
                    {"--evidence", "LINK", "what proves it", "", false, true},
                    {"--take-evidence", "", "take what the evidence proposes; with --value and --because override it"},
                    {"--assessor", "NAME", "one of the assessors; else the result"},
                    {"--version", "NUMBER", "only if the answer still has this version"},
                    {"--state", "STATE", "open, moderated or closed"}},
        .arguments = {{"ASSESSMENT", "number or title"}, {"ITEM", "O-2", false}},
        .run = run};
}

}  // namespace tocsin::app
