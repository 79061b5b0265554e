// Any bytes as a workbook, and any bytes as the XML of a sheet: what is read can be written and read again alike.
#include "formats/spreadsheet/spreadsheet.hpp"
#include "formats/zip_parts.hpp"

using namespace tocsin;
using namespace tocsin::formats;
using namespace tocsin::formats::spreadsheet;

namespace {

/// The bytes in the place of the first sheet of a good workbook.
Result<std::string> as_sheet(std::string_view xml) {
    TRY(auto const good, to_xlsx({.sheets = {{.name = "s"}}}));
    TRY(auto parts, unzipped(good, {}));
    for (auto& part : parts)
        if (part.name.starts_with("xl/worksheets/")) part.bytes = xml;
    return zipped(parts);
}

void check(std::string_view bytes) {
    auto const read = read_xlsx(bytes, {.bytes = 1 << 20, .unpacked = 4 << 20, .tags = 20'000});
    if (!read) return;
    auto const written = to_xlsx(*read);
    if (!written) return;  // names of sheets and long cells that others allow
    auto const again = read_xlsx(*written);
    TOCSIN_ASSERT(again && again->sheets.size() == read->sheets.size());
    for (std::size_t i = 0; i < read->sheets.size(); ++i) {
        TOCSIN_ASSERT(again->sheets[i].rows.size() == read->sheets[i].rows.size());
        for (std::size_t j = 0; j < read->sheets[i].rows.size(); ++j)
            TOCSIN_ASSERT(again->sheets[i].rows[j].number == read->sheets[i].rows[j].number &&
                          again->sheets[i].rows[j].cells.size() == read->sheets[i].rows[j].cells.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    if (bytes.starts_with("PK")) {
        check(bytes);
    } else if (auto const file = as_sheet(bytes)) {
        check(*file);
    }
    return 0;
}
