// Any bytes as a JSON document: the records are lines, and of a document that is well formed every one is JSON.
#include "formats/json_records.hpp"
#include "formats/json_tree.hpp"

using namespace tocsin;
using namespace tocsin::formats;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    constexpr auto ways = std::to_array<char const*>({"", "a", "*", "a.b", "*.*"});
    JsonRecordsOptions options;
    options.records = ways[data[0] % ways.size()];
    if ((data[0] & 0x40) != 0) options.each = "p";
    if ((data[0] & 0x80) != 0) options.outer = {"t", "a.t"};
    options.record_bytes = 4096;
    std::string const document(reinterpret_cast<char const*>(data) + 1, size - 1);
    JsonTree tree;
    bool const well_formed = document.size() <= 4096 && tree.parse(document).has_value();
    auto const source = json_records(std::make_unique<MemorySource>(document, 13), options);
    std::string lines, piece(1000, '\0');
    while (true) {
        auto const got = source->read(piece);
        TOCSIN_ASSERT(got || !well_formed || got.error().code == Code::limit);
        if (!got || *got == 0) break;
        lines.append(piece, 0, *got);
    }
    if (!well_formed) return 0;
    for (auto const line : split(lines, '\n')) {
        auto const parsed = line.empty() ? Status() : tree.parse(line);
        // The names that are added may stand in the record already.
        TOCSIN_ASSERT(parsed || options.records[0] == '*' || !options.outer.empty());
    }
    return 0;
}
