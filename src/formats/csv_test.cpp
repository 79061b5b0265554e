#include "formats/csv.hpp"

#include <gtest/gtest.h>
#include <random>

namespace tocsin::formats {
namespace {

std::vector<std::uint32_t> naive_ends(std::string const& bytes, std::size_t size, CsvDialect dialect, bool at_end) {
    std::vector<std::uint32_t> ends;
    std::string_view const view(bytes.data(), size);
    for (std::size_t from = 0; auto const end = record_end(view, from, dialect, at_end); from = *end)
        ends.push_back(static_cast<std::uint32_t>(*end));
    return ends;
}

std::vector<std::uint32_t> fast_ends(std::string const& bytes, std::size_t size, CsvDialect dialect, bool at_end) {
    std::vector<std::uint32_t> ends;
    find_records({bytes.data(), size}, 0, dialect, at_end, 1'000'000, ends);
    return ends;
}

std::vector<std::string> fields_of(std::string text, std::size_t most = 16) {
    auto const size = text.size();
    text.append(csv_padding, '\0');
    std::vector<std::string_view> fields(most);
    std::string unescaped(size, '\0');
    auto const split = split_record({text.data(), size}, {}, fields, unescaped.data());
    if (split.fault != SplitFault::none) return {"fault", std::to_string(static_cast<int>(split.fault))};
    return {fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(split.count)};
}

using Strings = std::vector<std::string>;

TEST(Csv, SplitsFields) {
    EXPECT_EQ(fields_of("a,b,c"), (Strings{"a", "b", "c"}));
    EXPECT_EQ(fields_of(""), (Strings{""}));
    EXPECT_EQ(fields_of(",\r\n"), (Strings{"", ""}));
    EXPECT_EQ(fields_of("\"a,b\",\"\"\"c\"\"\",\"\""), (Strings{"a,b", "\"c\"", ""}));
    EXPECT_EQ(fields_of("x\"y,z"), (Strings{"x\"y", "z"}));
    EXPECT_EQ(fields_of("\"a"), (Strings{"fault", "1"}));
    EXPECT_EQ(fields_of("\"a\"b,c"), (Strings{"fault", "2"}));
    EXPECT_EQ(fields_of("a,b,c", 2), (Strings{"fault", "3"}));
}

TEST(Csv, FastEqualsNaiveOnRandomRecords) {
    std::mt19937 random(1);
    std::string_view const letters = "\"\"\",,\n\nab\r";
    for (int round = 0; round < 20000; ++round) {
        std::size_t const size = random() % 300;
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i) bytes += random() % 4 == 0 ? letters[random() % letters.size()] : 'x';
        bytes.append(csv_padding, round % 2 == 0 ? '"' : '\n');  // what lies behind must not matter
        for (bool const at_end : {true, false})
            ASSERT_EQ(fast_ends(bytes, size, {}, at_end), naive_ends(bytes, size, {}, at_end))
                << bytes.substr(0, size) << at_end;
    }
}

TEST(Csv, FastEqualsNaiveOnWellFormedRecords) {
    std::mt19937 random(2);
    for (int round = 0; round < 3000; ++round) {
        std::string bytes;
        while (bytes.size() < 400) {
            for (int field = 0; field < 4; ++field) {
                if (field != 0) bytes += ',';
                if (random() % 2 == 0)
                    bytes += "\"" + std::string(random() % 20, 'q') + (random() % 3 == 0 ? "\"\",\n" : "") + "\"";
                else
                    bytes += std::string(random() % 20, 'p');
            }
            bytes += random() % 2 == 0 ? "\n" : "\r\n";
        }
        auto const size = bytes.size() - random() % 5;
        bytes.append(csv_padding, '\0');
        ASSERT_EQ(fast_ends(bytes, size, {}, true), naive_ends(bytes, size, {}, true)) << bytes;
    }
}

TEST(Csv, WithoutQuotesEveryLineIsARecord) {
    std::string bytes = "{\"a\":\"x\"}\n\"\n\nlast";
    auto const size = bytes.size();
    bytes.append(csv_padding, '\0');
    EXPECT_EQ(fast_ends(bytes, size, {',', '\0'}, true), (std::vector<std::uint32_t>{10, 12, 13, 17}));
}

}  // namespace
}  // namespace tocsin::formats
