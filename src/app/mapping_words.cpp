#include "app/mapping_words.hpp"

#include <fmt/format.h>
#include <fstream>
#include <iterator>

namespace tocsin::app {

std::filesystem::path feeds_folder(Invocation const& call) {
    if (call.has("--feeds")) return call.path(call.get("--feeds"));
    std::filesystem::path const folder =
        std::filesystem::path(call.path(call.has("--data") ? call.get("--data") : "tocsin-data")) / "feeds";
    std::error_code fault;
    return std::filesystem::is_directory(folder, fault) ? folder : std::filesystem::path();
}

Result<std::shared_ptr<events::FeedDefinition const>> read_mapping(Invocation const& call) {
    if (!call.has("--mapping")) return nullptr;
    auto const path = call.path(call.get("--mapping"));
    std::ifstream in(path, std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(in), {}};
    if (!in) return fail(Code::io, fmt::format("{} cannot be read", path));
    auto const stem = std::filesystem::path(path).stem().string();
    TRY(auto mapping, events::read_feed_definition("mapping/" + stem, {path, text}));
    return std::make_shared<events::FeedDefinition const>(std::move(mapping));
}

}  // namespace tocsin::app
