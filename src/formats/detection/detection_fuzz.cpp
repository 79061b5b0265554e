// Whatever names and values hold, a file has the lines that its format makes of so many entries, and no more.
#include "base/base.hpp"
#include "formats/detection/detection.hpp"

#include <algorithm>

using namespace tocsin;
using namespace tocsin::formats;

namespace {

std::size_t lines_of(detection::Format const& format, detection::Head const& head, detection::Entry const& entry,
                     std::size_t& entries) {
    std::size_t lines = 0;
    auto const written = detection::write(format, head, {&entry, 1}, [&](std::string_view text) {
        lines += static_cast<std::size_t>(std::ranges::count(text, '\n'));
        TOCSIN_ASSERT(is_utf8(text));
        TOCSIN_ASSERT(!text.contains('\r') && !text.contains('\0'));
        return Status();
    });
    TOCSIN_ASSERT(written);
    entries = written->entries;
    return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    auto const kinds = observable_kinds();
    auto const kind = kinds[data[0] % kinds.size()];
    std::string_view const text(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const half = text.size() / 2;
    std::string const value(text.substr(0, half)), name(text.substr(half));
    TOCSIN_ASSERT(detection::plain(detection::plain(name)) == detection::plain(name));
    detection::Entry const hostile{
        .observable = {kind, value}, .id = name, .name = name, .confidence = -1, .reference = name, .valid_until = {}};
    detection::Entry calm = hostile;
    calm.id = "indicator--1";
    calm.name = "calm";
    detection::OwnRule const own[] = {{"indicator--1", std::string(text)}, {"indicator--2", std::string(text)}};
    for (auto const& format : detection::formats()) {
        auto const written = detection::write(
            format, {.title = "t", .marking = "m"}, {}, [](std::string_view) { return Status(); }, own);
        TOCSIN_ASSERT(written && written->own_rules <= 1);  // the same text goes in once
        std::size_t entries = 0, calm_entries = 0;
        auto const lines = lines_of(format, {.title = name, .marking = name, .notes = {name}}, hostile, entries);
        auto const expected = lines_of(format, {.title = "t", .marking = "m", .notes = {"n"}}, calm, calm_entries);
        TOCSIN_ASSERT(lines == expected && entries == calm_entries);
    }
    return 0;
}
