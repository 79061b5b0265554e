#include "app/review_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        auto const by = access::command_principal();
        TRY(auto redact, readiness::read_redactions(call.get("--redact")));
        TRY(auto assessment, room.assessments.find(call.arguments.front()));
        TRY(auto const passed, call.instance->gate().clear(std::move(assessment), gate::Recipient::team(by)));
        TRY(auto const file, room.reviews.package(passed, {.redact = std::move(redact), .reviewer = call.get("--for")},
                                                  signer_of(call), by));
        CHECK(write_output(call, file));
        TRY(auto const all, room.reviews.all());
        if (call.json()) {
            print_json(call, all.front());
            return Exit::done;
        }
        print_line(call, all.front());
        for (auto const& one : all.front().package.redacted)
            call.print("      redacted: {} {}", one.count, readiness::name_of(one.kind));
        call.print("Tell the reviewer our fingerprint over another line: {}",
                   readiness::fingerprint_of(all.front().package.public_key));
        return Exit::done;
    });
}

}  // namespace

Command command_assess_package() {
    return {
        .name = "assess package",
        .summary = "Make a signed package of an assessment for a reviewer elsewhere",
        .about =
            "The reviewer opens it in a Tocsin of their own (tocsin assess review open), comments, countersigns and "
            "sends it back. Levels, items and dates always stay; justification, evidence and names can be taken "
            "out. It is entered in the disclosure log.\n\n"
            "  tocsin assess package 3 --redact evidence,names -o ours.tocsin-review",
        .options = {{"--redact", "LIST", "of justification, evidence, names"},
                    {"--for", "NAME", "who shall review it"},
                    {"--output", "FILE", "where to; -o for short", "", true}},
        .arguments = {{"ASSESSMENT", "number or title"}},
        .run = run};
}

}  // namespace tocsin::app
