// Any bytes as a mail: parts within the limits, or an error.
#include "formats/mail/mail_parts.hpp"

using namespace tocsin;
using namespace tocsin::formats::mail;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    MailPartsLimits const limits{
        .mail_bytes = std::size_t{1} << 16, .parts = 16, .bytes = std::size_t{1} << 18, .depth = 4};
    static_cast<void>(looks_like_mail(bytes));
    auto const mail = read_mail(bytes, limits);
    if (!mail) return 0;
    std::size_t all = 0;
    for (auto const& part : mail->parts) {
        all += part.bytes.size();
        TOCSIN_ASSERT(part.name.size() <= 3 * 255 && !part.name.contains('/') && is_utf8(part.name));
    }
    TOCSIN_ASSERT(mail->parts.size() <= limits.parts && all <= limits.bytes);
    return 0;
}
