#include "formats/extract/pdf_text.hpp"

#include "formats/extract/pdf_filter.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <zlib.h>

namespace tocsin::formats {
namespace {

/// A PDF of numbered objects, without the tables that a reader might use.
class Maker {
  public:
    Maker& object(int number, std::string const& body) {
        text_ += std::to_string(number) + " 0 obj\n" + body + "\nendobj\n";
        return *this;
    }
    Maker& stream(int number, std::string const& dictionary, std::string const& content) {
        return object(number, "<<" + dictionary + "/Length " + std::to_string(content.size()) + ">>\nstream\n" +
                                  content + "\nendstream");
    }
    /// One page that shows `content` with the font F1 = object 4.
    static Maker page(std::string const& content,
                      std::string const& font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>") {
        return Maker()
            .object(1, "<</Type/Catalog/Pages 2 0 R>>")
            .object(2, "<</Type/Pages/Kids[3 0 R]/Count 1/Resources<</Font<</F1 4 0 R>>/XObject<</X1 6 0 R>>>>>>")
            .object(3, "<</Type/Page/Parent 2 0 R/Contents 5 0 R/Annots[8 0 R]>>")
            .object(4, font)
            .stream(5, "", content);
    }
    std::string whole() const { return "%PDF-1.7\n" + text_ + "trailer <</Root 1 0 R>>\n%%EOF"; }

  private:
    std::string text_;
};

PdfText read(std::string const& pdf, PdfLimits const& limits = {}) {
    auto text = text_of_pdf(pdf, limits);
    EXPECT_TRUE(text) << (text ? "" : text.error().message);
    return text ? *std::move(text) : PdfText{};
}

std::string shown(std::string const& content) {
    return read(Maker::page(content).whole()).text;
}

std::string compressed(std::string const& bytes) {
    auto size = compressBound(bytes.size());
    std::string out(size, '\0');
    compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<Bytef const*>(bytes.data()), bytes.size());
    out.resize(size);
    return out;
}

std::string file_at(std::string const& path) {
    std::ifstream file(std::string(TOCSIN_SOURCE_DIR) + "/" + path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(PdfText, LinesAndGaps) {
    EXPECT_EQ(shown("BT /F1 10 Tf 100 700 Td (evil[.]exa) Tj (mple) Tj 0 -12 Td (198.51.100.7) Tj ET"),
              "evil[.]example\n198.51.100.7\n");
    EXPECT_EQ(shown("BT /F1 10 Tf [(AWAY)80(again) -300 (word)] TJ 200 0 Td (cell) Tj ET"), "AWAYagain word\tcell\n");
    EXPECT_EQ(shown("BT /F1 10 Tf 12 TL (a) Tj T* (b) Tj (c) ' 1 2 (d) \" ET"), "a\nb\nc\nd\n");
}

TEST(PdfText, EscapesOfStrings) {
    EXPECT_EQ(shown("BT /F1 10 Tf (a\\(b\\)\\134\\141 (nested) \\\n.) Tj <48 69 2> Tj ET"), "a(b)\\a (nested) .Hi \n");
}

TEST(PdfText, ScaledAndTurnedTextIsMeasuredOnItsOwnLine) {
    EXPECT_EQ(shown("q 0 2 -2 0 0 0 cm BT /F1 10 Tf 1 0 0 1 50 50 Tm (up) Tj 30 0 Td (wards) Tj ET Q"), "up\twards\n");
    EXPECT_EQ(shown("BT /F1 1 Tf 10 0 0 10 50 50 Tm (big) Tj 0 5 TD (above) Tj ET"), "big\nabove\n");
}

TEST(PdfText, FormsAreReadAndCyclesEnd) {
    auto const pdf =
        Maker::page("BT /F1 10 Tf (page) Tj ET /X1 Do")
            .stream(6, "/Type/XObject/Subtype/Form/Matrix[1 0 0 1 0 -50]", "BT /F1 9 Tf (form) Tj ET /X1 Do")
            .whole();
    EXPECT_TRUE(read(pdf).text.starts_with("page\nform"));
}

TEST(PdfText, InlineImagesAreSteppedOver) {
    EXPECT_EQ(shown("BT /F1 10 Tf (a) Tj ET BI /W 1 /H 1 ID (EIx) \x01 EI BT /F1 10 Tf 0 -20 Td (b) Tj ET"), "a\nb\n");
}

TEST(PdfText, TheLastOfANumberCounts) {
    auto const pdf = Maker::page("BT /F1 10 Tf (old) Tj ET").stream(5, "", "BT /F1 10 Tf (new) Tj ET").whole();
    EXPECT_EQ(read(pdf).text, "new\n");
}

TEST(PdfText, WrongLengthsDoNotMatter) {
    auto pdf = Maker::page("BT /F1 10 Tf (text) Tj ET").whole();
    auto const at = pdf.find("/Length ");
    pdf.replace(at, 9, "/Length 7");
    EXPECT_EQ(read(pdf).text, "text\n");
}

TEST(PdfText, FiltersAndPredictorsAndObjectStreams) {
    std::string const catalogue = "<</Type/Catalog/Pages 2 0 R>>";
    std::string const members = "1 0 2 " + std::to_string(catalogue.size() + 1) + " ";
    std::string const holder =
        members + catalogue + " <</Type/Pages/Kids[3 0 R]/Count 1/Resources<</Font<</F1 4 0 R>>>>>>";
    std::string rows;  // PNG "up", rows of 8
    std::string const content = "BT /F1 10 Tf (packed) Tj ET     ";
    std::string before(8, '\0');
    for (std::size_t i = 0; i < content.size(); i += 8) {
        rows += '\x02';
        for (std::size_t k = 0; k < 8; ++k) rows += static_cast<char>(content[i + k] - before[k]);
        before = content.substr(i, 8);
    }
    auto const pdf = Maker()
                         .stream(7, "/Type/ObjStm/N 2/First " + std::to_string(members.size()) + "/Filter/FlateDecode",
                                 compressed(holder))
                         .object(3, "<</Type/Page/Parent 2 0 R/Contents[5 0 R]>>")
                         .object(4, "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>")
                         .stream(5, "/Filter[/FlateDecode]/DecodeParms[<</Predictor 12/Columns 8>>]", compressed(rows))
                         .whole();
    EXPECT_EQ(read(pdf).text, "packed\n");
}

TEST(PdfText, FontsSayWhichLettersTheyDraw) {
    auto const map =
        "1 begincodespacerange <00> <FF> endcodespacerange 2 beginbfchar <01> <0065> <02> <00660069> endbfchar "
        "2 beginbfrange <10> <12> <0061> <20> <21> [<D83DDE00> <002E>] endbfrange";
    auto const with_map = Maker::page("BT /F1 10 Tf <01 02 10 11 12 20 21> Tj ET",
                                      "<</Type/Font/Subtype/TrueType/BaseFont/X/ToUnicode 7 0 R>>")
                              .stream(7, "", map)
                              .whole();
    EXPECT_EQ(read(with_map).text, "efiabc\xF0\x9F\x98\x80.\n");
    auto const with_names = Maker::page("BT /F1 10 Tf (\\001\\002\\003z) Tj ET",
                                        "<</Subtype/Type1/Encoding<</Differences[1/e/uni0076/period]>>>>")
                                .whole();
    EXPECT_EQ(read(with_names).text, "ev.z\n");
    auto const composite =
        Maker::page("BT /F1 10 Tf <00410042> Tj <0099> Tj ET",
                    "<</Subtype/Type0/Encoding/Identity-H/ToUnicode 7 0 R/DescendantFonts[<</W[65[500 500]]>>]>>")
            .stream(7, "", "1 beginbfrange <0041> <0042> <0061> endbfrange")
            .whole();
    auto const text = read(composite);
    EXPECT_EQ(text.text, "ab\n");
    EXPECT_EQ(text.characters_unreadable, 1u);
    auto const chinese =
        Maker::page("BT /F1 10 Tf <4E2D6587> Tj ET", "<</Subtype/Type0/Encoding/UniGB-UCS2-H>>").whole();
    EXPECT_EQ(read(chinese).text, "\xE4\xB8\xAD\xE6\x96\x87\n");
}

TEST(PdfText, LinksOfAnnotations) {
    auto const pdf =
        Maker::page("").object(8, "<</Subtype/Link/A<</S/URI/URI(https://vendor.example/a\\(1\\))>>>>").whole();
    EXPECT_EQ(read(pdf).links, (std::vector<std::string>{"https://vendor.example/a(1)"}));
}

TEST(PdfText, FilesOfOtherProgramsReadTheSame) {
    std::string const expected =
        "Indicators of Example: 198.51.100[.]7 and evil[.]example, mail bad@evil.example; T1059.001\nCVE-2026-12345\n"
        "MD5\td41d8cd98f00b204e9800998ecf8427e\nSHA-1 da39a3ee5e6b4b0d3255bfef95601890afd80709\n";
    EXPECT_EQ(read(file_at("tests/fuzz/corpus/pdf_text_fuzz/tables")).text, expected);
    EXPECT_EQ(read(file_at("tests/fuzz/corpus/pdf_text_fuzz/object_streams")).text, expected);
    auto const printed = read(file_at("tests/golden/extract/printed_page.pdf"));
    EXPECT_TRUE(printed.text.starts_with(
        "Operation Example \xE2\x80\x94 indicators\nThe implant talks to hxxps://c2[.]evil[.]example/gate.php?id=7 and "
        "192.0.2[.]44.\nType\tValue\nSHA-256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\ndomain "
        "login-office.example.net\n\xD0\xA4\xD0\xB0\xD0\xB9\xD0\xBB: update.exe "))
        << printed.text;
    EXPECT_EQ(printed.links, (std::vector<std::string>{"https://vendor.example/report?id=1&x=2"}));
}

TEST(PdfText, OthersAreRefusedWithAReason) {
    EXPECT_EQ(text_of_pdf("<html>").error().code, Code::invalid);
    EXPECT_EQ(text_of_pdf("%PDF-1.4\n").error().message, "the PDF has no page that can be read");
    EXPECT_EQ(text_of_pdf("%PDF-1.4\ntrailer <</Root 1 0 R/Encrypt 2 0 R>>").error().message,
              "the PDF is encrypted; save it without a password first");
    PdfLimits limits;
    limits.bytes = 4;
    EXPECT_EQ(text_of_pdf("%PDF-", limits).error().code, Code::limit);
}

TEST(PdfText, ABombIsCutOff) {
    PdfLimits limits;
    limits.decoded = 1 << 20;
    std::string const bomb = "BT /F1 10 Tf (x) Tj ET " + std::string(20 << 20, ' ');
    auto const pdf = Maker::page("").stream(5, "/Filter/FlateDecode", compressed(bomb)).whole();
    auto const text = read(pdf, limits);
    EXPECT_TRUE(text.truncated);
    EXPECT_EQ(text.text, "x\n");
}

TEST(PdfFilter, SmallCodes) {
    EXPECT_EQ(pdf::ascii85_decoded("87cURD]i,\"Ebo80~>", 100).bytes, "Hello World!");
    EXPECT_EQ(pdf::ascii_hex_decoded("48 65 6c6C 6F7>", 100).bytes, "Hellop");
    EXPECT_EQ(pdf::run_length_decoded("\x02xyz\xFE!\x80zz", 100).bytes, "xyz!!!");
    // ISO 32000-1 section 7.4.4.2, its example
    EXPECT_EQ(pdf::lzw_decoded("\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01", 100, true).bytes, "-----A---B");
    EXPECT_TRUE(pdf::flate_decoded(compressed(std::string(1000, 'a')), 10).truncated);
}

/// LZW as its definition has it, for comparison.
std::string lzw_encoded(std::string const& bytes) {
    std::string out;
    unsigned buffer = 0, bits = 0, width = 9;
    auto const put = [&](unsigned code) {
        buffer = buffer << width | code;
        for (bits += width; bits >= 8; bits -= 8) out += static_cast<char>(buffer >> (bits - 8) & 0xFF);
    };
    std::vector<std::string> table;
    auto const code_of = [&](std::string const& text) -> int {
        if (text.size() == 1) return static_cast<unsigned char>(text[0]);
        for (std::size_t i = 0; i < table.size(); ++i)
            if (table[i] == text) return static_cast<int>(i) + 258;
        return -1;
    };
    put(256);
    std::string open;
    for (char const c : bytes) {
        if (open.empty() || code_of(open + c) >= 0) {
            open += c;
            continue;
        }
        put(static_cast<unsigned>(code_of(open)));
        table.push_back(open + c);
        if (table.size() + 258 + 1 > (1U << width) && width < 12) ++width;
        if (table.size() + 258 >= 4094) {
            put(256);
            table.clear();
            width = 9;
        }
        open = std::string(1, c);
    }
    if (!open.empty()) put(static_cast<unsigned>(code_of(open)));
    put(257);
    if (bits > 0) out += static_cast<char>(buffer << (8 - bits) & 0xFF);
    return out;
}

TEST(PdfFilter, LzwRoundTrip) {
    std::mt19937 random(7);
    for (std::size_t const size : {1u, 2u, 300u, 5000u, 20000u}) {
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i) bytes += "abc \n"[random() % 5];
        EXPECT_EQ(pdf::lzw_decoded(lzw_encoded(bytes), size + 10, true).bytes, bytes) << size;
    }
}

}  // namespace
}  // namespace tocsin::formats
