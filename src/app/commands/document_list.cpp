#include "app/document_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const language, read_language(call));
        JsonWriter json;
        json.object().key("items").array();
        for (auto const kind : readiness::all_document_kinds()) {
            TRY(auto const made, room.documents.compose(kind, language));
            append(json, made);
            if (!call.json())
                call.print("{:<11} {:<18} {:>2} missing  {}{}", name_of(kind), made.document.marking,
                           made.missing.size(), made.document.title, made.is_published ? " (published)" : "");
        }
        json.end().end();
        if (call.json()) call.print("{}", json.text());
        return Exit::done;
    });
}

}  // namespace

Command command_document_list() {
    return {.name = "document list",
            .summary = "List the documents about the team and how much of each is missing",
            .options = {{"--language", "LANGUAGE", "ar, zh, en, fr, ru or es", "en"}},
            .run = run};
}

}  // namespace tocsin::app
