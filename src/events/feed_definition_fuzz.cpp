// Any text is a definition or a list of faults that name the file.
#include "events/feed_definition.hpp"

using namespace tocsin;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const feed = events::read_feed_definition("a/b", {"feeds/a/b.toml", text});
    if (!feed) TOCSIN_ASSERT(feed.error().message.starts_with("feeds/a/b.toml"));
    (void)events::read_publisher_defaults({"p", text}, {"c", text});
    return 0;
}
