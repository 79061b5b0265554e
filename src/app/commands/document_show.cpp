#include "app/document_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const language, read_language(call));
        TRY(auto const kind, read_document_kind(call.arguments.front()));
        TRY(auto const made, room.documents.compose(kind, language));
        if (call.json()) {
            print_json(call, made);
            return Exit::done;
        }
        call.print("{} ({}), {}{}", made.document.title, name_of(kind), made.document.marking,
                   made.is_published ? ", published" : "");
        for (auto const& section : made.sections)
            call.print("  {:<12} {}{}", section.id, section.title, section.is_own ? " (own text)" : "");
        if (!made.missing.empty()) call.print("Missing: {}", fmt::join(made.missing, ", "));
        return Exit::done;
    });
}

}  // namespace

Command command_document_show() {
    return {.name = "document show",
            .summary = "Show the sections of a document and which answers it still needs",
            .options = {{"--language", "LANGUAGE", "ar, zh, en, fr, ru or es", "en"}},
            .arguments = {{"KIND", "rfc2350, services, mandate, staffing, plan, policy or escalation"}},
            .run = run};
}

}  // namespace tocsin::app
