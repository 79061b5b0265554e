#include "app/instance.hpp"
#include "app/source_words.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Result<events::Source> edit(Invocation& call) {
    auto& sources = call.instance->sources();
    TRY(auto draft, sources.find(call.arguments.front()));
    CHECK(read_source_options(call, draft));
    if (call.has("--name")) draft.name = call.get("--name");
    if (call.has("--refuse-private")) draft.allows_private = false;
    if (call.has("--refuse-http")) draft.allows_http = false;
    if (call.has("--no-redirects")) draft.redirects_elsewhere = false;
    TRY(auto const catalogue, call.instance->catalogue());
    CHECK(events::complete_source(draft, true, *catalogue));
    TRY(auto changed, sources.change(draft, access::command_principal()));
    CHECK(wake_fetcher(call));
    return changed;
}

Exit run(Invocation& call) {
    auto const changed = edit(call);
    return changed ? show_source(call, changed->id) : call.failed(changed.error());
}

}  // namespace

Command command_source_edit() {
    std::vector<Option> options = {{"--name", "NAME", "how we call it from now on"},
                                   {"--refuse-private", "", "not on this machine or in networks of ours any more"},
                                   {"--refuse-http", "", "the secret goes by TLS only"},
                                   {"--no-redirects", "", "redirects to the same host only"}};
    for (auto const& option : source_options()) options.push_back(option);
    return {.name = "source edit",
            .summary = "Change how a source is fetched",
            .about =
                "What is not given stays; an empty value takes it away. A changed address, folder or feed is "
                "fetched from its start; what is here is recognised.",
            .options = options,
            .arguments = {{"NAME", "the source, by name or number"}},
            .run = run};
}

}  // namespace tocsin::app
