// Any text is a pattern or a fault. A pattern prints to what reads back as itself, and its reduction keeps its promise
// to name the path of what has no kind of its own.
#include "formats/formats.hpp"

using namespace tocsin;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    namespace stix = formats::stix_pattern;
    auto const pattern = stix::parse({reinterpret_cast<char const*>(data), size}, {.bytes = 1 << 16});
    if (!pattern) {
        TOCSIN_ASSERT(pattern.error().code == Code::invalid || pattern.error().code == Code::limit);
        TOCSIN_ASSERT(is_utf8(pattern.error().message));
        return 0;
    }
    auto const printed = stix::print(*pattern);
    auto const again = stix::parse(printed);
    TOCSIN_ASSERT(again && *again == *pattern);
    TOCSIN_ASSERT(stix::print(*again) == printed);
    auto const reduction = stix::atoms(*pattern);
    TOCSIN_ASSERT(reduction.strength != stix::Reduction::Strength::none || reduction.atoms.empty());
    for (auto const& atom : reduction.atoms)
        TOCSIN_ASSERT(atom.path.empty() != (atom.observable.kind == formats::ObservableKind::other));
    return 0;
}
