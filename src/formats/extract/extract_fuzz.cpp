// What is found lies in the text, is in normal form, and counts add up; the text is read once.
#include "base/base.hpp"
#include "formats/charset.hpp"
#include "formats/extract/extract.hpp"

using namespace tocsin::formats;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    ExtractOptions options;
    options.found = 50;
    options.context_bytes = 40;
    options.rule_bytes = 512;
    auto const all = extract(text, options);
    TOCSIN_ASSERT(all.found.size() <= options.found);
    for (auto const& found : all.found) {
        TOCSIN_ASSERT(found.count > 0 && found.length > 0);
        TOCSIN_ASSERT(found.offset + found.length <= size);
        TOCSIN_ASSERT(text.substr(found.offset, found.length) == found.as_written);
        TOCSIN_ASSERT(is_valid_utf8(found.context) && is_valid_utf8(found.observable.value));
        auto const again = normalised(found.observable);
        TOCSIN_ASSERT(again && *again == found.observable);
    }
    std::size_t at = 0;
    for (auto const& rule : all.rules) {
        TOCSIN_ASSERT(rule.offset >= at && rule.length > 0 && rule.offset + rule.length <= size);
        at = rule.offset + rule.length;
    }
    return 0;
}
