#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const text, store::read_file(call.path(call.arguments.front()), readiness::largest_catalogue));
        TRY(auto const made, room.assessments.import(text, call.has("--copy"), access::command_principal()));
        if (call.json())
            call.print("{}", json_of(made));
        else
            print_head(call, made);
        return Exit::done;
    });
}

}  // namespace

Command command_assess_import() {
    return {.name = "assess import",
            .summary = "Import an assessment that was exported",
            .options = {{"--copy", "", "also when it is here already"}},
            .arguments = {{"FILE", "JSON, at most 8 MiB"}},
            .run = run};
}

}  // namespace tocsin::app
