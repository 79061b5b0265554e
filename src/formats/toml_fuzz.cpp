// Any text is a document or a fault that names the file and a line in it; a text in quotes comes back as it was.
#include "formats/formats.hpp"

#include <algorithm>

using namespace tocsin;

namespace {

void check(formats::TomlValue const& value, std::size_t lines) {
    TOCSIN_ASSERT(value.line <= lines);
    for (auto const& member : value.members()) {
        TOCSIN_ASSERT(value.get(member.key) == &member.value);
        check(member.value, lines);
    }
    if (auto const* const list = value.list())
        for (auto const& item : *list) check(item, lines);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const document = formats::parse_toml(text, "file.toml");
    if (!document) TOCSIN_ASSERT(document.error().message.starts_with("file.toml:"));
    if (document) check(*document, 1 + static_cast<std::size_t>(std::ranges::count(text, '\n')));
    if (!is_utf8(text) || text.contains('\x7f')) return 0;  // TOML has no place for DEL
    auto const quoted = formats::parse_toml("a = " + json_string(text), "file.toml");
    if (text.size() < 1000) TOCSIN_ASSERT(quoted && *quoted->get("a")->text() == text);
    return 0;
}
