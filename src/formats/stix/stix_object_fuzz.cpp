// Any bytes as STIX: the same objects however they are cut; each is taken apart, held against the standard, and has one
// canonical form.
#include "formats/stix/stix.hpp"

using namespace tocsin;
using namespace tocsin::formats;

namespace {

constexpr stix::BundleLimits limits{.object_bytes = 4096, .bytes = std::uint64_t{1} << 20, .faults = 100};

struct Found {
    std::vector<std::string> objects;
    std::vector<std::string> all;  ///< also faults, with their places
};

Found read(std::string_view bytes, std::size_t piece) {
    MemorySource source(std::string(bytes), piece);
    stix::BundleReader reader(source, limits);
    Found found;
    while (true) {
        auto const item = reader.next();
        if (!item) found.all.emplace_back(name_of(item.error().code));
        if (!item || !*item) break;
        auto const& one = **item;
        found.all.push_back(fmt::format("{} {} {} {}", one.ordinal, one.offset, one.line, one.fault));
        if (one.fault.empty()) found.objects.emplace_back(one.json);
    }
    auto const& around = reader.container();
    found.all.push_back(around.id + around.spec_version + around.next);
    return found;
}

void check_object(std::string const& json) {
    static stix::Decoder decoder({.limits = {.bytes = 4096, .depth = 32}, .references = 100, .observables = 100});
    auto const view = decoder.read(json);
    if (!view) return;
    TOCSIN_ASSERT((*view)->references.size() <= 100 && (*view)->observables.size() <= 100);
    auto const validation = stix::validate(**view, {.findings = 20});
    TOCSIN_ASSERT(validation.findings.size() <= 20);
    for (auto const& finding : validation.findings) TOCSIN_ASSERT(!finding.message.empty() && is_utf8(finding.message));
    static_cast<void>(stix::meaning_of_marking((*view)->root));
    auto const canonical = stix::canonical_json(json);
    if (!canonical) return;
    auto const again = stix::canonical_json(*canonical);
    TOCSIN_ASSERT(again && *again == *canonical);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    auto const whole = read(bytes, std::size_t{1} << 20);
    auto const cut = read(bytes, 7);
    TOCSIN_ASSERT(whole.objects == cut.objects && whole.all == cut.all);
    for (auto const& json : whole.objects) check_object(json);
    if (auto const time = stix::parse_time(bytes)) TOCSIN_ASSERT(stix::parse_time(format_timestamp(*time)));
    return 0;
}
