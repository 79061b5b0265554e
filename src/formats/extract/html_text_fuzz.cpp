// Any bytes give UTF-8 text that is not larger than the page allows, and no markup comes through twice.
#include "formats/charset.hpp"
#include "formats/extract/html_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const html(reinterpret_cast<char const*>(data), size);
    tocsin::formats::HtmlLimits limits;
    limits.links = 4;
    auto const page = tocsin::formats::text_of_html(html, limits);
    TOCSIN_ASSERT(page.has_value());
    TOCSIN_ASSERT(tocsin::formats::is_valid_utf8(page->text));
    TOCSIN_ASSERT(page->text.size() <= size * 3 + 16);
    TOCSIN_ASSERT(page->links.size() <= limits.links);
    for (auto const& link : page->links) TOCSIN_ASSERT(link.size() <= limits.link_bytes);
    return 0;
}
