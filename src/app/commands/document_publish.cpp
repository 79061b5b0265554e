#include "app/document_words.hpp"
#include "readiness/publishing.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const language, read_language(call));
        auto const& kind = call.arguments.front();
        auto const by = access::command_principal();
        if (call.has("--withdraw"))
            CHECK(room.documents.publish(kind, language, false, by));
        else
            CHECK(readiness::publish_document(room.documents, kind, language, call.has("--mark-clear"), by));
        call.tell("{} is {} at {}", kind, call.has("--withdraw") ? "no longer" : "now",
                  readiness::public_address(kind));
        return Exit::done;
    });
}

}  // namespace

Command command_document_publish() {
    return {
        .name = "document publish",
        .summary = "Let everybody read a document or security.txt at the server's address",
        .about =
            "Nothing is public before. rfc2350 is served as /rfc2350, security.txt as /.well-known/security.txt, the "
            "others as /published/KIND. What is not TLP:CLEAR needs --mark-clear; escalation is never published.",
        .options = {{"--language", "LANGUAGE", "of the document when the reader asks for none", "en"},
                    {"--mark-clear", "", "say that a document with a stricter marking is TLP:CLEAR from now on"},
                    {"--withdraw", "", "nobody may any longer"}},
        .arguments = {{"KIND", "security.txt, or a document; see tocsin document list"}},
        .run = run};
}

}  // namespace tocsin::app
