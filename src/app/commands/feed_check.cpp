#include "app/command.hpp"
#include "events/events.hpp"

#include <filesystem>
#include <fstream>

namespace tocsin::app {
namespace {

/// The publisher's defaults beside a definition, as they will apply to it.
Result<events::FeedDefinition> defaults_beside(std::filesystem::path const& file) {
    auto const read = [&](char const* name) {
        std::ifstream in(file.parent_path() / name, std::ios::binary);
        return std::string{std::istreambuf_iterator<char>(in), {}};
    };
    auto const publisher = read("_publisher.toml");
    auto const columns = read("_columns.toml");
    auto const at = [&](char const* name) { return (file.parent_path() / name).string(); };
    return events::read_publisher_defaults({at("_publisher.toml"), publisher}, {at("_columns.toml"), columns});
}

Status check(std::filesystem::path const& file) {
    std::ifstream in(file, std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(in), {}};
    if (!in) return fail(Code::io, fmt::format("{} cannot be read", file.string()));
    TRY(auto base, defaults_beside(file));
    if (file.filename().string().starts_with('_')) return {};
    auto const id = file.parent_path().filename().string() + "/" + file.stem().string();
    auto const definition = events::read_feed_definition(id, {file.string(), text}, std::move(base));
    return definition ? Status() : std::unexpected(definition.error());
}

Exit run(Invocation& call) {
    bool all_well = true;
    for (auto const& file : call.arguments) {
        if (auto const done = check(call.path(file)); !done) {
            call.failed(done.error());
            all_well = false;
        } else if (!call.json()) {
            call.print("{}: well formed", file);
        }
    }
    return all_well ? Exit::done : Exit::failed;
}

}  // namespace

Command command_feed_check() {
    return {.name = "feed check",
            .summary = "Check feed definitions before they are used",
            .about =
                "Faults are printed one a line, with file, line, key and what was expected. How to write one: "
                "docs/add-a-feed.md",
            .arguments = {{"FILE", "a definition, feeds/publisher/report.toml", true, true}},
            .needs = Needs::nothing,
            .run = run};
}

}  // namespace tocsin::app
