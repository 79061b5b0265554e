// Any bytes as a mail that came in: within the limits and clean, or an error.
#include "formats/mail/incoming_mail.hpp"

#include <algorithm>

using namespace tocsin;
using namespace tocsin::formats::mail;

namespace {

bool is_clean(std::string const& text) {
    return is_utf8(text) &&
           std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    for (auto const& status : read_delivery_status(bytes))
        TOCSIN_ASSERT(is_clean(status.recipient) && is_clean(status.diagnostic));
    auto const mail = read_incoming(bytes, {.mail_bytes = 1 << 16, .parts = 16, .text_bytes = 1 << 12, .depth = 4});
    if (!mail) return 0;
    TOCSIN_ASSERT(is_clean(mail->subject) && is_clean(mail->from) && is_clean(mail->original_id));
    TOCSIN_ASSERT(is_utf8(mail->text) && is_utf8(mail->html) && mail->references.size() <= 100);
    for (auto const& field : mail->headers) TOCSIN_ASSERT(is_clean(field.value));
    return 0;
}
