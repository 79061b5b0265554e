// Any bytes as a form of the portal: fields of UTF-8, within the limit, and no more of them than were sent.
#include "api/portal/visit.hpp"

using namespace tocsin;
using namespace tocsin::api;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const form = portal::form_of({reinterpret_cast<char const*>(data), size});
    std::size_t all = 0;
    for (auto const& [name, value] : form) {
        TOCSIN_ASSERT(is_utf8(name) && is_utf8(value));
        all += name.size() + value.size();
    }
    TOCSIN_ASSERT(form.size() <= 200 && all <= size);
    return 0;
}
