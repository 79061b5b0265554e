#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

void print_faults(Invocation const& call, readiness::SheetRead const& read) {
    for (auto const& fault : read.faults)
        call.tell("{}: {} row {}, {}: expected {}", call.arguments.front(), fault.sheet, fault.row, fault.column,
                  fault.expected);
}

void print_json(Invocation const& call, readiness::SheetRead const& read, std::optional<std::int64_t> made) {
    JsonWriter json;
    json.object()
        .field("dry_run", call.has("--dry-run"))
        .field("good", std::uint64_t{read.assessment.answers.size()})
        .field("rejected", read.rejected)
        .key("faults")
        .array();
    for (auto const& fault : read.faults) append(json, fault);
    json.end().field_or_null("assessment", made).end();
    call.print("{}", json.text());
}

Result<Exit> import_sheet(Invocation const& call, readiness::Readiness& room, std::string_view bytes) {
    TRY(auto const read, readiness::read_xlsx(room.library, room.assessments, bytes));
    print_faults(call, read);
    std::optional<std::int64_t> number;
    if (!call.has("--dry-run")) {
        TRY(auto const made, room.assessments.import(read.assessment, call.has("--copy"), access::command_principal()));
        number = made.id.value;
        if (!call.json()) print_head(call, made);
    }
    if (call.json())
        print_json(call, read, number);
    else
        call.print("{} answers are good, {} rejected{}", read.assessment.answers.size(), read.rejected,
                   number ? "" : "; nothing was kept");
    return read.rejected == 0 ? Exit::done : Exit::some_rejected;
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const text, store::read_file(call.path(call.arguments.front()), readiness::largest_catalogue));
        if (!trimmed(text).starts_with('{')) return import_sheet(call, room, text);
        TRY(auto draft, readiness::read_assessment(text));
        if (call.has("--dry-run")) {
            TRY(auto const* const framework, room.library.framework(draft.framework));
            for (auto const& answer : draft.answers) CHECK(room.assessments.check(*framework, draft, answer));
            call.print("{} answers are good; nothing was kept", draft.answers.size());
            return Exit::done;
        }
        TRY(auto const made,
            room.assessments.import(std::move(draft), call.has("--copy"), access::command_principal()));
        if (call.json())
            call.print("{}", json_of(made));
        else
            print_head(call, made);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_import() {
    return {
        .name = "assess import",
        .summary = "Import an assessment that was exported, as JSON or as a spreadsheet",
        .about =
            "Of a spreadsheet (XLSX) good rows are kept; bad ones are named with row, column and what was expected, "
            "and make the exit code 3. Formulas are refused: paste their values.",
        .options = {{"--copy", "", "also when it is here already"}, {"--dry-run", "", "only say what is good"}},
        .arguments = {{"FILE", "JSON or XLSX, at most 8 MiB"}},
        .run = run};
}

}  // namespace tocsin::app
