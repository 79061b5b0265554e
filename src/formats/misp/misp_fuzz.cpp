// The event reader ends on any bytes, however they are cut; what it gives is written and then read as the same.
#include "formats/misp/misp.hpp"

using namespace tocsin;
using namespace tocsin::formats;

namespace {

std::vector<std::string> read(std::string_view bytes, std::size_t piece) {
    MemorySource source(std::string(bytes), piece);
    misp::EventReader reader(source, {.element_bytes = 4096, .head_bytes = 16'384, .faults = 100});
    std::vector<std::string> items;
    while (true) {
        auto const item = reader.next();
        if (!item) items.emplace_back(name_of(item.error().code));
        if (!item || !*item) return items;
        items.push_back(std::to_string(static_cast<int>((*item)->kind)) + std::string((*item)->json));
    }
}

void check_event(std::string_view bytes) {
    MemorySource source{std::string(bytes)};
    misp::EventReader reader(source);
    misp::EventParts parts;
    while (true) {
        auto const item = reader.next();
        if (!item || !*item || (*item)->kind == misp::EventItem::Kind::fault) return;
        std::string const json((*item)->json);
        JsonTree tree;
        if (!tree.parse(json)) return;
        static_cast<void>(misp::attribute_of(tree.root()));
        static_cast<void>(misp::object_of(tree.root()));
        using Kind = misp::EventItem::Kind;
        if ((*item)->kind == Kind::attribute) parts.attributes.push_back(json);
        if ((*item)->kind == Kind::object) parts.objects.push_back(json);
        if ((*item)->kind == Kind::proposal) parts.proposals.push_back(json);
        if ((*item)->kind == Kind::report) parts.reports.push_back(json);
        if ((*item)->kind != Kind::end) continue;
        static_cast<void>(misp::manifest_entry_of(json));
        auto const written = misp::event_json(json, parts);
        TOCSIN_ASSERT(written.has_value());
        TOCSIN_ASSERT(tree.parse(*written).has_value());
        parts = {};
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    TOCSIN_ASSERT(read(bytes, 1 << 20) == read(bytes, 7));
    check_event(bytes);
    static_cast<void>(misp::looks_like_events(bytes));
    if (auto const manifest = misp::read_manifest(bytes)) {
        auto const again = misp::read_manifest(misp::write_manifest(*manifest));
        TOCSIN_ASSERT(again && *again == *manifest);
    }
    if (auto const hashes = misp::read_hashes(bytes)) {
        auto const again = misp::read_hashes(misp::write_hashes(*hashes));
        TOCSIN_ASSERT(again && *again == *hashes);
    }
    return 0;
}
