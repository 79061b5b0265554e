// Any bytes as a list of what is known to be good: a list within the limits, or an error in words.
#include "intelligence/known_good_files.hpp"

using namespace tocsin;
using namespace tocsin::intelligence;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const list = KnownGoodFiles::check({reinterpret_cast<char const*>(data), size});
    if (list)
        TOCSIN_ASSERT(is_utf8(list->name));
    else
        TOCSIN_ASSERT(!list.error().message.empty() && is_utf8(list.error().message));
    return 0;
}
