#include "api/directory_clearance.hpp"
#include "app/directory_words.hpp"

namespace tocsin::app {
namespace {

using namespace constituency;

Result<std::string> cleared_text(Invocation const& call, std::vector<ExportRow> rows, ImportKind kind, bool as_csv) {
    auto const by = access::command_principal();
    TRY(auto const cleared,
        call.instance->gate().clear(api::DirectoryExport{std::move(rows)}, gate::Recipient::team(by)));
    CHECK(call.instance->ledger().write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, by, call.instance->clock().now(), cleared, "export");
    }));
    return as_csv ? rows_as_csv(cleared->rows, kind) : rows_as_json(cleared->rows);
}

Exit run(Invocation& call) {
    auto const kind = import_kind(call.get("--kind"));
    auto const format = import_format(call.get("--format"));
    if (!kind || !format || *format == ImportFormat::delegated) {
        call.failed({Code::invalid,
                     "expected --kind organisations, resources, contacts or everything, and --format csv "
                     "or json"});
        return Exit::usage;
    }
    bool const as_csv = *format == ImportFormat::csv;
    if (as_csv && *kind == ImportKind::everything) {
        call.failed({Code::invalid, "csv holds one kind: give --kind organisations, resources or contacts"});
        return Exit::usage;
    }
    std::vector<ExportRow> rows;
    for (auto const one : {ImportKind::organisations, ImportKind::resources, ImportKind::contacts}) {
        if (*kind != ImportKind::everything && *kind != one) continue;
        auto some = export_rows(directory_of(call), one);
        if (!some) return call.failed(some.error());
        for (auto& row : *some) rows.push_back(std::move(row));
    }
    auto const text = cleared_text(call, std::move(rows), *kind, as_csv);
    if (!text) return call.failed(text.error());
    if (!call.has("--output")) {
        call.streams.out(*text);
        return Exit::done;
    }
    auto const file = call.path(call.get("--output"));
    if (auto const written = store::write_file(file, *text); !written) return call.failed(written.error());
    call.tell("{} bytes are in {}", text->size(), file);
    return Exit::done;
}

}  // namespace

Command command_org_export() {
    return {.name = "org export",
            .summary = "Export the directory",
            .about =
                "What is written is read back by tocsin org import without a change. The export is entered in the "
                "disclosure log.",
            .options = {{"--format", "FORMAT", "csv or json", "json"},
                        {"--kind", "KIND", "organisations, resources, contacts, or everything (json)", "everything"},
                        {"--output", "FILE", "else to standard output"}},
            .run = run};
}

}  // namespace tocsin::app
