// Any bytes as a form that an owner sends: fields of UTF-8, and no more of them than were sent.
#include "notifications/public_page.hpp"

#include <algorithm>

using namespace tocsin;
using namespace tocsin::notifications;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const body(reinterpret_cast<char const*>(data), size);
    auto const form = public_page::form_of(body);
    TOCSIN_ASSERT(form.size() <= static_cast<std::size_t>(std::ranges::count(body, '&')) + 1);
    std::size_t all = 0;
    for (auto const& [name, value] : form) {
        TOCSIN_ASSERT(is_utf8(name) && is_utf8(value) && public_page::value_of(form, name) == value);
        all += name.size() + value.size();
    }
    TOCSIN_ASSERT(all <= body.size());
    return 0;
}
