#include "app/channel_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_channels(call, [&](notifications::Channels& channels) -> Result<Exit> {
        TRY(auto const all, channels.all());
        if (call.json()) {
            JsonWriter json;
            json.object().key("items").array();
            for (auto const& one : all)
                json.object()
                    .field("contact", one.contact.value)
                    .field("kind", name_of(one.kind))
                    .field("tlp", gate::label_of(one.tlp))
                    .field_unless_empty("room", one.room)
                    .field("created", one.created)
                    .end();
            json.end().end();
            call.print("{}", json.text());
            return Exit::done;
        }
        for (auto const& one : all)
            call.print("contact {:<6} {:<11} {:<12} {}", one.contact.value, name_of(one.kind), gate::label_of(one.tlp),
                       one.room);
        if (all.empty()) call.print("No contact's webhook is set up.");
        return Exit::done;
    });
}

}  // namespace

Command command_channel_list() {
    return {.name = "channel list", .summary = "List contacts whose webhook address is set up", .run = run};
}

}  // namespace tocsin::app
