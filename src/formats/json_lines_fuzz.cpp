// Any line is an object's members or an error; texts that come out are UTF-8.
#include "formats/formats.hpp"

using namespace tocsin;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static formats::JsonObjectReader reader;
    auto const members = reader.read({reinterpret_cast<char const*>(data), size});
    if (!members) return 0;
    for (auto const& member : **members)
        TOCSIN_ASSERT(formats::is_valid_utf8(member.path) && formats::is_valid_utf8(member.text));
    return 0;
}
