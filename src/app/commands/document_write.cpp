#include "app/document_words.hpp"

namespace tocsin::app {
namespace {

namespace paper = formats::document;

/// The file's bytes, once the gate has let the document out.
Result<std::string> cleared_bytes(Invocation const& call, readiness::TeamDocument made, paper::Format format) {
    auto const by = access::command_principal();
    TRY(auto const cleared, call.instance->gate().clear(std::move(made), gate::Recipient::team(by)));
    CHECK(call.instance->ledger().write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, by, call.instance->clock().now(), cleared, "export");
    }));
    return paper::written_as(format, cleared->document);
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const language, read_language(call));
        TRY(auto const kind, read_document_kind(call.arguments.front()));
        auto const format = paper::format_named(call.get("--format"));
        if (!format)
            return fail(Code::invalid, fmt::format("--format: expected html, markdown, pdf or docx, found \"{}\"",
                                                   call.get("--format")));
        TRY(auto made, room.documents.compose(kind, language));
        auto const missing = made.missing.size();
        TRY(auto const bytes, cleared_bytes(call, std::move(made), *format));
        auto const file =
            call.path(call.has("--output")
                          ? call.get("--output")
                          : fmt::format("{}.{}{}", name_of(kind), paper::name_of(language), paper::ending_of(*format)));
        CHECK(store::write_file(file, bytes));
        call.tell("{} bytes are in {}{}", bytes.size(), file,
                  missing == 0 ? "" : fmt::format("; {} answers are still to be filled in", missing));
        return Exit::done;
    });
}

}  // namespace

Command command_document_write() {
    return {.name = "document write",
            .summary = "Write a document about the team as HTML, Markdown, PDF or DOCX",
            .about =
                "Made from the answers, the newest assessment of services and its plan. The same answers give the "
                "same bytes. It is entered in the disclosure log.\n\n"
                "  tocsin document write rfc2350 --language fr --format pdf --output profil.pdf",
            .options = {{"--language", "LANGUAGE", "ar, zh, en, fr, ru or es", "en"},
                        {"--format", "FORMAT", "html, markdown, pdf or docx", "pdf"},
                        {"--output", "FILE", "else KIND.LANGUAGE.ENDING here"}},
            .arguments = {{"KIND", "rfc2350, services, mandate, staffing, plan, policy or escalation"}},
            .run = run};
}

}  // namespace tocsin::app
