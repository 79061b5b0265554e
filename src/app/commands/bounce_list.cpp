#include "app/inbox_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_inbox(call, [&](notifications::Inbox& inbox) -> Result<Exit> {
        TRY(auto const all, inbox.bounces());
        if (call.json()) {
            JsonWriter json;
            json.object().key("items").array();
            for (auto const& one : all)
                json.object()
                    .field("address", one.address)
                    .field("permanent", one.permanent)
                    .field("other", one.other)
                    .field("since", one.since)
                    .field("last", one.last)
                    .field("reply", one.reply)
                    .field("unused", one.is_unused)
                    .end();
            json.end().end();
            call.print("{}", json.text());
            return Exit::done;
        }
        for (auto const& one : all)
            call.print("{:<40} {:>3} permanent {:>3} other  last {}  {}{}", one.address, one.permanent, one.other,
                       format_timestamp(one.last), one.is_unused ? "NOT USED  " : "", one.reply);
        if (all.empty()) call.print("No mail came back.");
        return Exit::done;
    });
}

}  // namespace

Command command_bounce_list() {
    return {.name = "bounce list",
            .summary = "List addresses that mail came back from, the newest first",
            .about =
                "After [inbox] most_bounces permanent ones an address is not written to any more, until tocsin "
                "bounce clear.",
            .run = run};
}

}  // namespace tocsin::app
