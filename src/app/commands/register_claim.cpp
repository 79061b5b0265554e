#include "app/directory_words.hpp"
#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        if (call.has("--withdraw")) {
            TRY(auto const number, parse_number(call.get("--withdraw"), "a claim's number"));
            CHECK(room.register_of.withdraw({number}, access::command_principal()));
            return Exit::done;
        }
        if (call.arguments.empty()) return fail(Code::invalid, "expected a subject, or --withdraw");
        readiness::Claim draft{.register_id = call.get("--register"),
                               .subject = call.arguments.front(),
                               .team = call.get("--team"),
                               .claimant = call.get("--by"),
                               .source = call.get("--source"),
                               .maturity = call.get("--maturity"),
                               .note = call.get("--note")};
        auto const says = readiness::says_named(call.get("--says"));
        if (!says) return fail(Code::invalid, "--says: expected yes, no or planned");
        draft.says = *says;
        TRY(draft.date, parse_date(call.get("--date")));
        TRY(auto const made, room.register_of.claim(std::move(draft), access::command_principal()));
        if (call.json())
            print_json(call, made);
        else
            call.print("Claim {} about {}", made.id.value, made.subject);
        return Exit::done;
    });
}

}  // namespace

Command command_register_claim() {
    return {.name = "register claim",
            .summary = "Note who says that somebody has a team, or none",
            .about =
                "  tocsin register claim KE --says yes --team \"KE-CIRT/CC\" --by ITU --source https://... --date "
                "2026-05-01\n  tocsin register claim --withdraw 12",
            .options = {{"--says", "YES", "yes, no or planned", "yes"},
                        {"--team", "NAME", "how the team is called"},
                        {"--by", "WHOM", "who says so"},
                        {"--source", "ADDRESS", "where it says so"},
                        {"--date", "DATE", "when it said so"},
                        {"--maturity", "TEXT", "as published"},
                        {"--note", "TEXT", "for the reader"},
                        {"--register", "REGISTER", "tocsin register list names them", "states"},
                        {"--withdraw", "CLAIM", "take a claim back, by its number"}},
            .arguments = {{"SUBJECT", "a country by code or English name", false}},
            .run = run};
}

}  // namespace tocsin::app
