// Any bytes, taken as a PDF, end within the limits and give UTF-8; filters stay within theirs.
#include "formats/charset.hpp"
#include "formats/extract/pdf_filter.hpp"
#include "formats/extract/pdf_text.hpp"

#include <cmath>

using namespace tocsin::formats;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    PdfLimits limits;
    limits.decoded = 1 << 20;
    limits.text = 1 << 16;
    limits.operators = 100'000;
    limits.pages = 50;
    if (auto const text = text_of_pdf(bytes, limits)) {
        TOCSIN_ASSERT(is_valid_utf8(text->text));
        TOCSIN_ASSERT(text->text.size() <= limits.text + limits.pages + 2);
        TOCSIN_ASSERT(text->page_starts.size() <= limits.pages);
    }
    constexpr std::size_t most = 1000;
    for (auto const& made :
         {pdf::flate_decoded(bytes, most), pdf::lzw_decoded(bytes, most, true), pdf::lzw_decoded(bytes, most, false),
          pdf::ascii85_decoded(bytes, most), pdf::ascii_hex_decoded(bytes, most), pdf::run_length_decoded(bytes, most)})
        TOCSIN_ASSERT(made.bytes.size() <= most);
    std::string const copy(bytes);
    for (std::size_t const kind : {2u, 12u})
        TOCSIN_ASSERT(pdf::without_predictor(copy, {kind, 3, 8, size % 7 + 1}).size() <= size);
    return 0;
}
