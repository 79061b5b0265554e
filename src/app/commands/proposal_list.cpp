#include "app/instance.hpp"
#include "app/proposal_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Result<intelligence::ProposalPage> proposals(Invocation const& call) {
    intelligence::ProposalFilter filter{.object = call.get("--object")};
    if (auto const name = call.get("--state"); name != "all") {
        filter.state = intelligence::proposal_state_named(name);
        if (!filter.state) return fail(Code::invalid, "--state: expected open, accepted, dismissed, withdrawn or all");
    }
    auto const limit = parse_int(call.get("--limit"));
    if (!limit || *limit < 1 || *limit > 1000) return fail(Code::invalid, "--limit: expected 1 to 1000");
    TRY(auto* const room, call.instance->intelligence());
    return intelligence::Proposals(*room).list(
        filter, access::command_principal(), {.after = call.get("--after"), .limit = static_cast<std::size_t>(*limit)});
}

Exit run(Invocation& call) {
    auto const page = proposals(call);
    if (!page) return call.failed(page.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& one : page->items) {
        if (call.json())
            append_proposal(json, call, one);
        else
            call.print("{}", line_of(one));
    }
    json.end().field_or_null("next", page->next).end();
    if (call.json())
        call.print("{}", json.text());
    else if (!page->next.empty())
        call.tell("more: --after {}", page->next);
    return Exit::done;
}

}  // namespace

Command command_proposal_list() {
    return {.name = "proposal list",
            .summary = "List what was proposed to be changed, the newest first",
            .options = {{"--state", "STATE", "open, accepted, dismissed, withdrawn or all", "open"},
                        {"--object", "ID", "on this object"},
                        {"--limit", "NUMBER", "at most so many", "100"},
                        {"--after", "CURSOR", "go on behind a page"}},
            .run = run};
}

}  // namespace tocsin::app
