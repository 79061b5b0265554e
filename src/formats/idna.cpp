#include "formats/idna.hpp"

#include <array>
#include <memory>
#include <unicode/uidna.h>

namespace tocsin::formats {

std::optional<std::string> idna_to_ascii(std::string_view name) {
    static UIDNA const* const idna = [] {
        UErrorCode error = U_ZERO_ERROR;
        auto* const opened =
            uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ, &error);
        return U_SUCCESS(error) ? opened : nullptr;
    }();
    if (idna == nullptr || name.empty() || name.size() > 1024) return std::nullopt;
    std::array<char, 512> ascii;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode error = U_ZERO_ERROR;
    auto const size = uidna_nameToASCII_UTF8(idna, name.data(), static_cast<std::int32_t>(name.size()), ascii.data(),
                                             static_cast<std::int32_t>(ascii.size()), &info, &error);
    if (U_FAILURE(error) || info.errors != 0 || size <= 0 || size > static_cast<std::int32_t>(ascii.size()))
        return std::nullopt;
    return std::string(ascii.data(), static_cast<std::size_t>(size));
}

}  // namespace tocsin::formats
