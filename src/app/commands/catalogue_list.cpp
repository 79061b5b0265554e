#include "app/readiness_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_readiness(call, [&](readiness::Readiness& room) -> Result<Exit> {
        JsonWriter json;
        json.object().key("items").array();
        auto const add = [&](std::string_view kind, std::string_view id, std::string_view title, std::size_t size,
                             bool is_own) {
            if (!call.json()) call.print("{:<10} {:<34} {:>4}  {}{}", kind, id, size, title, is_own ? " (own)" : "");
            json.object()
                .field("kind", kind)
                .field("id", id)
                .field("title", title)
                .field("size", std::uint64_t{size})
                .field("own", is_own)
                .end();
        };
        for (auto const& one : room.library.frameworks())
            add(readiness::name_of(one.kind), one.name(), one.title.english(), one.items.size(), one.is_own);
        for (auto const& one : room.library.profiles())
            add("profile", one.id, one.title.english(), one.levels.size(), one.is_own);
        for (auto const& one : room.library.crosswalks())
            add("crosswalk", fmt::format("{} to {}", one.from, one.to), "made by " + one.made_by, one.pairs.size(),
                one.is_own);
        json.end().end();
        for (auto const& broken : room.library.broken())
            call.tell("{} is left out: {} faults; tocsin catalogue check names them", broken.file,
                      broken.faults.size());
        if (call.json()) call.print("{}", json.text());
        return room.library.broken().empty() ? Exit::done : Exit::some_rejected;
    });
}

}  // namespace

Command command_catalogue_list() {
    return {.name = "catalogue list",
            .summary = "List frameworks, target profiles and crosswalks",
            .about =
                "Own files belong into catalogues/ of the data directory; one of the same id and version replaces "
                "ours. They are read when the server starts.",
            .run = run};
}

}  // namespace tocsin::app
