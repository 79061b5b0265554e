#include "app/channel_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_channels(call, [&](notifications::Channels& channels) -> Result<Exit> {
        TRY(auto const contact, number_in(call.arguments.front()));
        CHECK(channels.remove({contact}, access::command_principal()));
        if (!call.json()) call.print("Nothing is sent to the webhook of contact {} any more.", contact);
        return Exit::done;
    });
}

}  // namespace

Command command_channel_remove() {
    return {.name = "channel remove",
            .summary = "Send nothing more to a contact's webhook address",
            .arguments = {{"CONTACT", "its number; see tocsin channel list"}},
            .run = run};
}

}  // namespace tocsin::app
