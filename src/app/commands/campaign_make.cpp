#include "app/rule_words.hpp"
#include "formats/formats.hpp"

namespace tocsin::app {
namespace {

/// [en] subject = "...", text = """..."""
Result<std::vector<notifications::CampaignText>> texts_of(std::string_view text) {
    std::vector<notifications::CampaignText> texts;
    if (text.empty()) return texts;
    TRY(auto const root, formats::parse_toml(text, "texts"));
    for (auto const& [language, table] : root.members()) {
        auto const* const subject = table.get("subject");
        auto const* const words = table.get("text");
        if (subject == nullptr || words == nullptr || subject->text() == nullptr || words->text() == nullptr)
            return fail(Code::invalid,
                        fmt::format("texts:{}: {}: expected a section with subject and text", table.line, language));
        texts.push_back({language, *subject->text(), *words->text()});
    }
    return texts;
}

void print_words(Invocation const& call, notifications::CampaignMade const& made) {
    for (auto const& item : made.plan.items) {
        std::string to;
        for (auto const& address : item.to) to += (to.empty() ? "" : ", ") + address;
        call.print("{} -> {} ({}): {} findings", item.organisation_name, to, item.language, item.findings);
    }
    for (auto const& one : made.plan.left_out) call.print("left out: {}: {}", one.organisation_name, one.reason);
    call.print("{} {} messages{}", made.plan.dry_run ? "Would make" : "Made", made.plan.notifications,
               made.id ? fmt::format(", campaign {}", made.id.value) : "");
}

Exit run(Invocation& call) {
    auto const rules = rules_of(call);
    if (!rules) return call.failed(rules.error());
    auto texts = texts_of(call.input);
    if (!texts) return call.failed(texts.error());
    auto const approvals = approval_option(call);
    if (!approvals) {
        call.failed(approvals.error());
        return Exit::usage;
    }
    return print_thing(call,
                       (*rules)->make(access::command_principal(), {.name = call.arguments[0],
                                                                    .when = call.get("--when"),
                                                                    .everyone = call.has("--everyone"),
                                                                    .identifier = call.get("--identifier"),
                                                                    .texts = *std::move(texts),
                                                                    .approvals = *approvals,
                                                                    .dry_run = call.has("--dry-run")}),
                       [&](notifications::CampaignMade const& made) { print_words(call, made); });
}

}  // namespace

Command command_campaign_make() {
    return {.name = "campaign make",
            .summary = "One extra message to all owners whom something concerns, at once",
            .about =
                "Whom: owners with open findings that meet --when (written as in a rule file), or --everyone with a "
                "contact. What: the remediation note of --identifier in each owner's language, or --texts, a TOML "
                "file with a section for each language, [en] with subject and text. Nobody gets a campaign of one "
                "name twice, whatever happens in between. Their ordinary digests come all the same.\n\nExamples:\n"
                "  tocsin campaign make \"telnet, November\" --when 'identifier = \"open-telnet\"' --identifier "
                "open-telnet --dry-run",
            .options = {{"--when", "CONDITION", "which findings"},
                        {"--everyone", "", "also owners without such a finding"},
                        {"--identifier", "TEXT", "send its remediation note"},
                        {"--texts", "FILE", "send these words"},
                        {"--approval", "WORD", "none: queued at once; one or two: held for so many people"},
                        {"--dry-run", "", "only look"}},
            .arguments = {{"NAME", "what it is called; once"}},
            .input = read_campaign_texts,
            .run = run};
}

}  // namespace tocsin::app
