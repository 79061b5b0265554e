#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        auto const& file = call.arguments.front();
        TRY(auto const bytes, store::read_file(call.path(file), std::size_t{8} << 20));
        auto const start = trimmed(std::string_view(bytes).substr(0, 100));
        auto const format = start.starts_with('[') || start.starts_with('{') ? readiness::ClaimFormat::json
                                                                             : readiness::ClaimFormat::csv;
        TRY(auto read, readiness::read_claims(room.register_of, call.get("--register"), bytes, format));
        for (auto const& fault : read.faults)
            call.tell("{}:{}: {}{}expected {}", file, fault.line, fault.field, fault.field.empty() ? "" : ": ",
                      fault.expected);
        auto const good = std::ssize(read.claims);
        std::int64_t added = 0;
        if (!call.has("--dry-run")) {
            TRY(added, room.register_of.claim_all(std::move(read.claims), access::command_principal()));
        }
        if (call.json()) {
            JsonWriter json;
            json.object()
                .field("dry_run", call.has("--dry-run"))
                .field("good", std::int64_t{good})
                .field("added", added)
                .field("rejected", read.rejected)
                .end();
            call.print("{}", json.text());
        } else {
            call.print("{} claims are good, {} were added, {} rejected", good, added, read.rejected);
        }
        return read.rejected == 0 ? Exit::done : Exit::some_rejected;
    });
}

}  // namespace

Command command_register_import() {
    return {.name = "register import",
            .summary = "Import claims from CSV or JSON",
            .about =
                "Columns: country (or subject), says, claimant, source, date; if wanted team, maturity, note. Bad rows "
                "are named with line, field and what was expected, and make the exit code 3.",
            .options = {{"--register", "REGISTER", "tocsin register list names them", "states"},
                        {"--dry-run", "", "only say what is good"}},
            .arguments = {{"FILE", "at most 8 MiB"}},
            .run = run};
}

}  // namespace tocsin::app
