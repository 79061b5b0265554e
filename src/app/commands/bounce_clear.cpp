#include "app/inbox_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_inbox(call, [&](notifications::Inbox& inbox) -> Result<Exit> {
        for (auto const& address : call.arguments) {
            CHECK(inbox.clear_bounces(address, access::command_principal()));
            if (!call.json()) call.print("{} is written to again.", address);
        }
        if (call.json()) {
            JsonWriter json;
            json.object().field("cleared", std::uint64_t{call.arguments.size()}).end();
            call.print("{}", json.text());
        }
        return Exit::done;
    });
}

}  // namespace

Command command_bounce_clear() {
    return {.name = "bounce clear",
            .summary = "Write to addresses again that mail came back from",
            .arguments = {{.name = "ADDRESS", .help = "see tocsin bounce list", .required = true, .many = true}},
            .run = run};
}

}  // namespace tocsin::app
