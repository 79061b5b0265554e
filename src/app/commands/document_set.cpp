#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        if (call.has("--file") == (call.arguments.size() > 1))
            return fail(Code::invalid, "expected a value, or --file with a file that holds it");
        std::string value = call.arguments.size() > 1 ? call.arguments[1] : "";
        if (call.has("--file")) {
            TRY(value, store::read_file(call.path(call.get("--file")), 64 << 10));
        }
        CHECK(room.documents.set({{call.arguments.front(), value}}, access::command_principal()));
        return Exit::done;
    });
}

}  // namespace

Command command_document_set() {
    return {.name = "document set",
            .summary = "Say something about the team, once, for all its documents",
            .about =
                "tocsin document answers --all lists what can be said. A language behind the name gives the answer "
                "in that language; without, it holds for all. An empty value takes it away.\n\n"
                "  tocsin document set team_name \"CIRT of Freedonia\"\n"
                "  tocsin document set mandate.fr \"Coordonner la réponse aux incidents.\"",
            .options = {{"--file", "FILE", "the value is in a file"}},
            .arguments = {{"NAME", "of the answer"}, {"VALUE", "what it is", false}},
            .run = run};
}

}  // namespace tocsin::app
