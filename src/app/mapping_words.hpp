#pragma once
#include "app/command.hpp"
#include "events/events.hpp"

#include <filesystem>
#include <memory>

/// What the commands that read a file without storing it share.
namespace tocsin::app {

/// The folder of definitions besides those compiled in: --feeds, or the data directory's if there is one; else empty.
std::filesystem::path feeds_folder(Invocation const& call);
/// The definition that --mapping names; null without it. Errors: Code::io, and Code::invalid with one line a fault.
Result<std::shared_ptr<events::FeedDefinition const>> read_mapping(Invocation const& call);

}  // namespace tocsin::app
