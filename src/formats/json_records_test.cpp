#include "formats/json_records.hpp"

#include "formats/json_tree.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace tocsin::formats {
namespace {

std::string read_all(ByteSource& source, std::string& error) {
    std::string all;
    std::string piece(100, '\0');
    while (true) {
        auto const size = source.read(piece);
        if (!size) error = size.error().message;
        if (!size || *size == 0) return all;
        all.append(piece, 0, *size);
    }
}

std::string lines_of(std::string json, JsonRecordsOptions options = {}, std::size_t piece = 7) {
    std::string error;
    auto const source = json_records(std::make_unique<MemorySource>(std::move(json), piece), std::move(options));
    auto lines = read_all(*source, error);
    return error.empty() ? lines : lines + "! " + error;
}

JsonRecordsOptions at(std::string way) {
    JsonRecordsOptions options;
    options.records = std::move(way);
    return options;
}

TEST(JsonRecords, AreTheElementsOfTheDocument) {
    EXPECT_EQ(lines_of(R"([{"a":1}, {"a":[2, {"b":3}]}
        ])"),
              "{\"a\":1}\n{\"a\":[2,{\"b\":3}]}\n");
    EXPECT_EQ(lines_of(R"({"a":1} {"a":2},{"a":3})"), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
    EXPECT_EQ(lines_of(R"(["x",5,null])"), "{\"value\":\"x\"}\n{\"value\":5}\n{\"value\":null}\n");
    EXPECT_EQ(lines_of("[]"), "");
}

TEST(JsonRecords, AreFoundByTheirWay) {
    EXPECT_EQ(lines_of(R"({"x":{"items":[9]},"data":{"n":1,"items":[{"a":1},{"a":"]}"}]},"y":[{"data":1}]})",
                       at("data.items")),
              "{\"a\":1}\n{\"a\":\"]}\"}\n");
    EXPECT_EQ(lines_of(R"({"one":{"a":1},"two":[{"a":2},{}]})", at("*")),
              "{\"_key\":\"one\",\"a\":1}\n{\"_key\":\"two\",\"a\":2}\n{\"_key\":\"two\"}\n");
    EXPECT_EQ(lines_of(R"({"status":"ok"})", at("data")), "");
}

TEST(JsonRecords, TakeTextsFromOutside) {
    auto options = at("data");
    options.outer = {"made", "meta.n"};
    EXPECT_EQ(lines_of(R"({"made":"today","meta":{"n":7,"list":[1]},"data":[{"a":1}]})", options),
              "{\"made\":\"today\",\"meta.n\":7,\"a\":1}\n");
}

TEST(JsonRecords, AreRepeatedForEachElement) {
    JsonRecordsOptions options;
    options.each = "ports";
    EXPECT_EQ(lines_of(R"([{"ip":"x","ports":[{"n":1},{"n":2}]},{"ip":"y","ports":[]},{"ip":"z"}])", options),
              "{\"ip\":\"x\",\"ports\":{\"n\":1}}\n{\"ip\":\"x\",\"ports\":{\"n\":2}}\n{\"ip\":\"y\",\"ports\":null}\n{"
              "\"ip\":"
              "\"z\"}\n");
}

TEST(JsonRecords, BrokenDocumentsNameTheByteAndKeepWhatCameBefore) {
    EXPECT_EQ(lines_of(R"([{"a":1},{"a":)"),
              "{\"a\":1}\n! the JSON is broken at byte 14: expected more; the document ends "
              "too early");
    EXPECT_EQ(lines_of(R"([{"a":1} {"a":2}])"), "{\"a\":1}\n! the JSON is broken at byte 9: expected a comma");
    EXPECT_EQ(lines_of(R"({"data" [1]})", at("data")), "! the JSON is broken at byte 8: expected a colon");
    EXPECT_EQ(lines_of(R"([{"a":1]])"), "! the JSON is broken at byte 8: expected \"}\"");
    EXPECT_EQ(lines_of("}"), "! the JSON is broken at byte 0: expected a value");
}

TEST(JsonRecords, ALongRecordIsCutAndTheOthersStay) {
    JsonRecordsOptions options;
    options.record_bytes = 100;
    auto const lines = lines_of("[{\"a\":\"" + std::string(5000, 'x') + "\"},{\"a\":1}]", options, 999);
    EXPECT_EQ(lines.find('\n'), 101u);
    EXPECT_TRUE(lines.ends_with("\n{\"a\":1}\n"));
}

TEST(JsonRecords, ADocumentThatIsNestedTooDeepIsRefused) {
    EXPECT_TRUE(lines_of(std::string(1000, '['), at("a")).contains("nested deeper"));
    EXPECT_TRUE(lines_of("{\"a\":" + std::string(1000, '[')).contains("nested deeper"));
}

TEST(JsonRecords, AnyListOfTextsComesBackElementByElementWhateverThePieces) {
    EXPECT_TRUE(rc::check([] {
        auto const texts = *rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>());
        std::string document = "{\"skip\":[{}],\"data\":[", expected;
        for (auto const& text : texts) {
            document += (document.ends_with('[') ? " " : " ,\n") + json_string(text);
            expected += "{\"value\":" + json_string(text) + "}\n";
        }
        auto const piece = static_cast<std::size_t>(*rc::gen::inRange(1, 40));
        RC_ASSERT(lines_of(document + "]}", at("data"), piece) == expected);
    }));
}

}  // namespace
}  // namespace tocsin::formats
