#pragma once
/// Filters of streams (ISO 32000-1 section 7.4). Private to text_of_pdf.
#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::formats::pdf {

/// What a filter made of its input. Damaged input gives what could be read before the damage.
struct Filtered {
    std::string bytes;
    bool truncated = false;  ///< there was more than `most`
};

Filtered flate_decoded(std::string_view bytes, std::size_t most);
Filtered lzw_decoded(std::string_view bytes, std::size_t most, bool early_change);
Filtered ascii85_decoded(std::string_view bytes, std::size_t most);
Filtered ascii_hex_decoded(std::string_view bytes, std::size_t most);
Filtered run_length_decoded(std::string_view bytes, std::size_t most);

struct Predictor {
    std::size_t kind = 1;  ///< 1 none, 2 TIFF (8 bits only), 10 and more PNG
    std::size_t colors = 1, bits = 8, columns = 1;
};
std::string without_predictor(std::string bytes, Predictor const& predictor);

}  // namespace tocsin::formats::pdf
