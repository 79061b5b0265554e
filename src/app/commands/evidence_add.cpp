#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

constexpr std::size_t largest_file = std::size_t{256} << 20;

Result<readiness::Document> draft_of(Invocation const& call) {
    readiness::Document draft{.name = call.arguments.front(),
                              .kind = call.get("--kind"),
                              .items = call.all("--item"),
                              .approved_by = call.get("--approved-by"),
                              .link = call.get("--link"),
                              .note = call.get("--note")};
    if (call.has("--issued")) {
        TRY(draft.issued, parse_date(call.get("--issued")));
    }
    if (call.has("--until")) {
        TRY(draft.valid_until, parse_date(call.get("--until")));
    }
    if (call.has("--file")) {
        TRY(auto const bytes, store::read_file(call.path(call.get("--file")), largest_file));
        draft.sha256 = to_hex(access::sha256(bytes));
    }
    return draft;
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto draft, draft_of(call));
        TRY(auto const made, room.evidence.add(std::move(draft), access::command_principal()));
        if (call.json())
            print_json(call, made);
        else
            call.print("Document {}: {}", made.id.value, made.name);
        return Exit::done;
    });
}

}  // namespace

Command command_evidence_add() {
    return {.name = "evidence add",
            .summary = "Register a document that proves something, with its validity",
            .about =
                "The file stays where it is: its place and its SHA-256 are kept. A document that holds counts as "
                "written, one that somebody approved as formalised, an audit as checked from outside.\n\n"
                "  tocsin evidence add \"Decree 12/2026\" --kind mandate --item sim3:O-1 --until 2029-01-01 \\\n"
                "    --link https://law.example/12 --approved-by \"the ministry\"",
            .options = {{"--kind", "KIND",
                         "mandate, policy, handbook, training, minutes, audit, contract, report or other", "other"},
                        {"--item", "ITEM", "what it proves, as sim3:O-1", "", true, true},
                        {"--issued", "DATE", "else today"},
                        {"--until", "DATE", "when it ends to hold"},
                        {"--approved-by", "WHOM", "on whose authority"},
                        {"--link", "ADDRESS", "where it is"},
                        {"--file", "FILE", "to take its SHA-256; at most 256 MiB"},
                        {"--note", "TEXT", "for the reader"}},
            .arguments = {{"NAME", "how it is called"}},
            .run = run};
}

}  // namespace tocsin::app
