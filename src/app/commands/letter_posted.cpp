#include "app/channel_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_channels(call, [&](notifications::Channels& channels) -> Result<Exit> {
        std::vector<notifications::NotificationId> ids;
        for (auto const& word : call.arguments) {
            TRY(auto const id, number_in(word));
            ids.push_back({id});
        }
        TRY(auto const changed, channels.posted(ids, access::command_principal()));
        if (call.json()) {
            JsonWriter json;
            json.object().field("changed", changed).end();
            call.print("{}", json.text());
        } else {
            call.print("{} of {} marked as posted", changed, ids.size());
        }
        return Exit::done;
    });
}

}  // namespace

Command command_letter_posted() {
    return {.name = "letter posted",
            .summary = "Mark letters as taken to the post",
            .arguments = {{.name = "NUMBER", .help = "see tocsin letter list", .required = true, .many = true}},
            .run = run};
}

}  // namespace tocsin::app
