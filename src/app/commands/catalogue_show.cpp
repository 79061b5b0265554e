#include "app/readiness_words.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

Result<std::size_t> language_of(Invocation const& call) {
    auto const found = std::ranges::find(readiness::languages, call.get("--language"));
    if (found == readiness::languages.end())
        return fail(Code::invalid, "--language: expected ar, zh, en, fr, ru or es");
    return static_cast<std::size_t>(found - readiness::languages.begin());
}

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        TRY(auto const language, language_of(call));
        TRY(auto const* const framework, room.library.framework(call.arguments.front()));
        if (call.json()) {
            call.print("{}", framework->json);
            return Exit::done;
        }
        call.print("{}\n{}, {}; {}", framework->title.in[language], framework->publisher, framework->published,
                   framework->licence);
        if (!framework->note.is_empty()) call.print("{}", framework->note.in[language]);
        for (auto const& source : framework->sources)
            call.print("Source ({}): {} - {}", readiness::name_of(source.sure), source.about, source.address);
        for (auto const& group : framework->groups) {
            call.print("\n{} {} ({})", group.id, group.name.in[language], readiness::name_of(group.sure));
            for (auto const& item : framework->items)
                if (item.group == group.id)
                    call.print("  {:<8} {:<10} {}", item.id, readiness::name_of(item.sure), item.name.in[language]);
        }
        return Exit::done;
    });
}

}  // namespace

Command command_catalogue_show() {
    return {.name = "catalogue show",
            .summary = "Show a framework: its items, and how sure each is",
            .about =
                "confirmed: seen in a published source; seen: number and subject seen; to-check: from own "
                "knowledge.\n\n  tocsin catalogue show sim3 --language fr",
            .options = {{"--language", "LANGUAGE", "ar, zh, en, fr, ru or es", "en"}},
            .arguments = {{"FRAMEWORK", "sim3-v2i, or sim3 for its newest version"}},
            .run = run};
}

}  // namespace tocsin::app
