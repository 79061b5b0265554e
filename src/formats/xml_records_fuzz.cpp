// Any bytes as an XML document: every record is one line of JSON.
#include "formats/json_tree.hpp"
#include "formats/xml_records.hpp"

using namespace tocsin;
using namespace tocsin::formats;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr auto ways = std::to_array<char const*>({"", "a", "*", "*/*", "a/b"});
    XmlRecordsOptions options;
    options.records = ways[data[0] % ways.size()];
    auto const source = xml_records(
        std::make_unique<MemorySource>(std::string(reinterpret_cast<char const*>(data) + 1, size - 1), 64), options);
    std::string lines, piece(1000, '\0');
    while (true) {
        auto const got = source->read(piece);
        if (!got || *got == 0) break;
        lines.append(piece, 0, *got);
    }
    JsonTree tree;
    for (auto const line : split(lines, '\n')) TOCSIN_ASSERT(line.empty() || tree.parse(line));
    return 0;
}
