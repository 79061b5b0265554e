#include "app/document_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const language, read_language(call));
        auto const& kind = call.arguments.front();
        CHECK(room.documents.publish(kind, language, !call.has("--withdraw"), access::command_principal()));
        call.tell("{} is {} at {}", kind, call.has("--withdraw") ? "no longer" : "now",
                  kind == "rfc2350" ? "/rfc2350" : "/.well-known/security.txt");
        return Exit::done;
    });
}

}  // namespace

Command command_document_publish() {
    return {
        .name = "document publish",
        .summary = "Let everybody read the team's profile or security.txt at the server's address",
        .about = "Nothing is public before. rfc2350 is served as /rfc2350, security.txt as /.well-known/security.txt.",
        .options = {{"--language", "LANGUAGE", "of the profile when the reader asks for none", "en"},
                    {"--withdraw", "", "nobody may any longer"}},
        .arguments = {{"KIND", "rfc2350 or security.txt"}},
        .run = run};
}

}  // namespace tocsin::app
