#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "app/proposal_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

/// As JSON where it is some; as a text where the object has a text there, or it is none.
std::string json_of(std::string_view text, bool is_text) {
    formats::JsonTree tree;
    return !is_text && tree.parse(text) ? std::string(text) : json_string(text);
}

Result<intelligence::NewProposal> wanted_of(Invocation const& call, intelligence::Intelligence const& room) {
    intelligence::NewProposal wanted{
        .object = call.arguments.front(), .revokes = call.has("--revoke"), .reason = call.get("--reason")};
    TRY(auto const object, room.object(wanted.object, command_recipient()));
    formats::JsonTree tree;
    CHECK(tree.parse(object->json));
    for (auto const& word : call.all("--set")) {
        auto const equals = word.find('=');
        if (equals == std::string::npos)
            return fail(Code::invalid, fmt::format("--set: expected NAME=VALUE, found \"{}\"", word));
        auto const name = word.substr(0, equals);
        wanted.changes.push_back(
            {.property = name,
             .value = json_of(std::string_view(word).substr(equals + 1), tree.root()[name].is_text())});
    }
    for (auto const& name : call.all("--unset")) wanted.changes.push_back({.property = name});
    return wanted;
}

Exit run(Invocation& call) {
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    auto const wanted = wanted_of(call, **intelligence);
    if (!wanted) return call.failed(wanted.error());
    auto const made = intelligence::Proposals(**intelligence).add(*wanted, access::command_principal());
    return made ? show(call, *made) : call.failed(made.error());
}

}  // namespace

Command command_proposal_add() {
    return {.name = "proposal add",
            .summary = "Propose to change or revoke an object, ours or another's",
            .about =
                "Nothing changes until somebody accepts it. A proposal is seen by whoever may see its object.\n\n"
                "  tocsin proposal add indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --set confidence=20 \\\n"
                "      --set 'labels=[\"sinkhole\"]' --reason \"it is a sinkhole now\"\n"
                "  tocsin proposal add indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --revoke --reason \"a false "
                "positive\"",
            .options = {{"--set", "NAME=VALUE", "a property's new value: JSON, or a text as it is", "", false, true},
                        {"--unset", "NAME", "a property that is to go", "", false, true},
                        {"--revoke", "", "the object is no longer valid"},
                        {"--reason", "TEXT", "why; the author of the object may read it", "", true}},
            .arguments = {{"OBJECT", "its id"}},
            .run = run};
}

}  // namespace tocsin::app
