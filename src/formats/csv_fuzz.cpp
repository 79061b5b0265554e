// The fast record finder equals the definition, byte by byte; splitting a record stays inside it.
#include "formats/csv.hpp"

#include <string>

using namespace tocsin::formats;

namespace {

void check(std::string const& padded, std::size_t size, CsvDialect dialect, bool at_end) {
    std::string_view const bytes(padded.data(), size);
    std::vector<std::uint32_t> naive, fast;
    for (std::size_t from = 0; auto const end = record_end(bytes, from, dialect, at_end); from = *end)
        naive.push_back(static_cast<std::uint32_t>(*end));
    find_records(bytes, 0, dialect, at_end, size + 1, fast);
    TOCSIN_ASSERT(naive == fast);
    TOCSIN_ASSERT(!at_end || size == 0 || naive.back() == size);
    std::vector<std::string_view> fields(8);
    std::string unescaped(size, '\0');
    std::size_t start = 0;
    for (auto const end : fast) {
        auto const split = split_record(bytes.substr(start, end - start), dialect, fields, unescaped.data());
        TOCSIN_ASSERT(split.count <= fields.size() && split.unescaped <= end - start);
        std::size_t total = 0;
        for (std::size_t i = 0; i < split.count; ++i) total += fields[i].size();
        TOCSIN_ASSERT(total <= end - start);
        start = end;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string padded(reinterpret_cast<char const*>(data), size);
    padded.append(csv_padding, '"');
    for (bool const at_end : {true, false})
        for (CsvDialect const dialect : {CsvDialect{}, CsvDialect{';', '\''}, CsvDialect{'\t', '\0'}})
            check(padded, size, dialect, at_end);
    return 0;
}
