// Any bytes as MISP events: every object made of them is STIX that can be used.
#include "sharing/mappings/misp.hpp"

using namespace tocsin;
using namespace tocsin::sharing;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const objects = misp::objects_of({reinterpret_cast<char const*>(data), size});
    if (!objects) {
        TOCSIN_ASSERT(!objects.error().message.empty());
        return 0;
    }
    static formats::stix::Decoder decoder;
    for (auto const& json : *objects) {
        auto const view = decoder.read(json);
        TOCSIN_ASSERT(view && formats::stix::validate(**view).is_usable());
    }
    return 0;
}
