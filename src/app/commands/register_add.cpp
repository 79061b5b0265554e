#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

/// "energy=Energy" or "energy=Energy@critical"
Result<readiness::EntryDraft> entry_of(std::string_view text) {
    auto const sign = text.find('=');
    if (sign == std::string_view::npos)
        return fail(Code::invalid, fmt::format("--entry: expected CODE=NAME or CODE=NAME@GROUP, found \"{}\"", text));
    auto const name = text.substr(sign + 1);
    auto const at = name.rfind('@');
    return readiness::EntryDraft{
        .code = std::string(text.substr(0, sign)),
        .name = std::string(name.substr(0, at)),
        .group = at == std::string_view::npos ? std::string() : std::string(name.substr(at + 1))};
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        std::vector<readiness::EntryDraft> entries;
        for (auto const& text : call.all("--entry")) {
            TRY(auto entry, entry_of(text));
            entries.push_back(std::move(entry));
        }
        auto const title = call.has("--title") ? call.get("--title") : call.arguments.front();
        CHECK(room.register_of.add({.id = call.arguments.front(), .title = title, .kind = call.get("--kind")}, entries,
                                   access::command_principal()));
        return Exit::done;
    });
}

}  // namespace

Command command_register_add() {
    return {.name = "register add",
            .summary = "Make a register of one's own, of sectors or provinces",
            .about = "  tocsin register add sectors --kind sectors --entry energy=Energy --entry health=Health@public",
            .options = {{"--title", "TITLE", "else its id"},
                        {"--kind", "KIND", "sectors, provinces or other", "sectors"},
                        {"--entry", "CODE=NAME@GROUP", "one that may have a team; the group may be left out", "", true,
                         true}},
            .arguments = {{"REGISTER", "a-z 0-9 -"}},
            .run = run};
}

}  // namespace tocsin::app
