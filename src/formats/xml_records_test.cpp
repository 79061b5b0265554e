#include "formats/xml_records.hpp"

#include <gtest/gtest.h>

namespace tocsin::formats {
namespace {

std::string lines_of(std::string xml, std::string records) {
    auto const source = xml_records(std::make_unique<MemorySource>(std::move(xml), 9), {.records = std::move(records)});
    std::string all, piece(50, '\0');
    while (true) {
        auto const size = source->read(piece);
        if (!size) return all + "! " + size.error().message;
        if (*size == 0) return all;
        all.append(piece, 0, *size);
    }
}

TEST(XmlRecords, AreElementsByTheirWay) {
    auto const* const document =
        "<rss><channel><title>x</title><item id='1'><title>A &amp; B</title><a><b>c</b></a></item></channel>"
        "<channel><item><tag>p</tag><tag>q</tag><link href='u'/>own</item></channel></rss>";
    EXPECT_EQ(
        lines_of(document, "channel/item"),
        "{\"@id\":\"1\",\"title\":\"A & B\",\"a.b\":\"c\"}\n{\"tag\":\"p,q\",\"link.@href\":\"u\",\"text\":\"own\"}\n");
    EXPECT_EQ(lines_of(document, "*/title"), "{\"text\":\"x\"}\n");
    EXPECT_EQ(lines_of(document, "nothing/here"), "");
}

TEST(XmlRecords, NoEntityOfADocumentTypeIsResolved) {
    auto const lines = lines_of(
        "<!DOCTYPE r [<!ENTITY a 'boom'><!ENTITY f SYSTEM 'file:///etc/passwd'>]><r><i><x>&a;&f;</x></i></r>", "i");
    EXPECT_EQ(lines, "{\"x\":\"&a;&f;\"}\n");
}

TEST(XmlRecords, BrokenOnesNameTheByte) {
    EXPECT_TRUE(lines_of("<r><i></r>", "i").starts_with("! the XML is broken at byte "));
}

}  // namespace
}  // namespace tocsin::formats
