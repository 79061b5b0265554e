#include "app/channel_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_channels(call, [&](notifications::Channels& channels) -> Result<Exit> {
        for (auto const& word : call.arguments) {
            TRY(auto const id, number_in(word));
            TRY(auto const bytes, channels.print({id}, access::command_principal()));
            auto const file = call.path(fmt::format("{}/letter-{}.pdf", call.get("--folder"), id));
            CHECK(store::write_file(file, bytes));
            if (call.json()) {
                JsonWriter json;
                json.object().field("notification", id).field("file", file).end();
                call.print("{}", json.text());
            } else {
                call.print("{}", file);
            }
        }
        return Exit::done;
    });
}

}  // namespace

Command command_letter_print() {
    return {.name = "letter print",
            .summary = "Write letters as PDF files",
            .about =
                "The gate is asked again: what may not go to its recipient any more is refused. It stays in the "
                "list until tocsin letter posted.",
            .options = {{"--folder", "FOLDER", "where letter-NUMBER.pdf goes", "."}},
            .arguments = {{.name = "NUMBER", .help = "see tocsin letter list", .required = true, .many = true}},
            .run = run};
}

}  // namespace tocsin::app
