#include "app/document_words.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const language, read_language(call));
        TRY(auto const kind, read_document_kind(call.arguments[0]));
        auto const& name = call.arguments[1];
        auto const by = access::command_principal();
        if (call.has("--file")) {
            TRY(auto text, store::read_file(call.path(call.get("--file")), 64 << 10));
            CHECK(room.documents.set_text(kind, name, language, std::move(text), by));
        } else if (call.has("--reset")) {
            CHECK(room.documents.set_text(kind, name, language, std::nullopt, by));
        } else {
            TRY(auto const made, room.documents.compose(kind, language));
            auto const found = std::ranges::find(made.sections, name, &readiness::DocumentSection::id);
            if (found == made.sections.end())
                return fail(Code::not_found, fmt::format("{} has no section \"{}\"", name_of(kind), name));
            call.print("{}", trimmed(found->markup));
        }
        return Exit::done;
    });
}

}  // namespace

Command command_document_text() {
    return {.name = "document text",
            .summary = "Show the text of a section, put your own in its place, or take that back",
            .about =
                "Paragraphs are apart by an empty line; \"- \" begins a list; **strong**, *emphasis*, "
                "[text](address). {{name}} stands for an answer, {{=name}} for what it is called, "
                "{{table.services}}, {{table.staffing}} and {{table.plan}} on a line of their own for tables.",
            .options = {{"--language", "LANGUAGE", "ar, zh, en, fr, ru or es", "en"},
                        {"--file", "FILE", "your own text"},
                        {"--reset", "", "the program's text again"}},
            .arguments = {{"KIND", "of the document"}, {"SECTION", "as tocsin document show lists it"}},
            .run = run};
}

}  // namespace tocsin::app
