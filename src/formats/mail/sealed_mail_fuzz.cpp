// Any bytes as a sealed mail, where whatever is sealed opens to what it holds: within the limits, or an error.
#include "formats/sealed_mail.hpp"

using namespace tocsin;
using namespace tocsin::formats::mail;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    MailPartsLimits const limits{
        .mail_bytes = std::size_t{1} << 16, .parts = 16, .bytes = std::size_t{1} << 18, .depth = 4};
    std::size_t asked = 0;
    auto const unseal = [&](SealedPart const& part) -> std::optional<UnsealedPart> {
        if (++asked % 3 == 0) return std::nullopt;
        return UnsealedPart{.bytes = part.bytes, .label = "signed"};
    };
    auto const opened = read_sealed_mail(bytes, limits, unseal);
    if (!opened) return 0;
    std::size_t all = 0;
    for (auto const& part : opened->mail.parts) {
        all += part.bytes.size();
        TOCSIN_ASSERT(!part.name.contains('/') && is_utf8(part.name));
    }
    TOCSIN_ASSERT(opened->labels.size() == opened->mail.parts.size());
    TOCSIN_ASSERT(opened->mail.parts.size() <= limits.parts && all <= limits.bytes);
    return 0;
}
