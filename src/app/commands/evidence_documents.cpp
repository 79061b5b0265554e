#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const all, room.evidence.documents());
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& one : all) {
            append(json, one);
            if (!call.json())
                call.print("{:<5} {:<9} {} until {}  {} ({})", fmt::format("#{}", one.id.value), one.kind,
                           format_date(one.issued), one.valid_until ? format_date(*one.valid_until) : "-", one.name,
                           fmt::join(one.items, ", "));
        }
        json.end().end();
        if (call.json()) call.print("{}", json.text());
        return Exit::done;
    });
}

}  // namespace

Command command_evidence_documents() {
    return {.name = "evidence documents", .summary = "List the documents that prove something", .run = run};
}

}  // namespace tocsin::app
