#include "formats/document/document.hpp"

#include "base/text.hpp"
#include "formats/document/pdf_page.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <pugixml.hpp>

namespace tocsin::formats::document {
namespace {

constexpr Format all_formats[] = {Format::html, Format::markdown, Format::pdf, Format::docx};

Document small() {
    Document document{.language = Language::en,
                      .title = "Team & mandate",
                      .meta = "CIRT of Atlantis, 2026-11-26",
                      .marking = "TLP:CLEAR",
                      .author = "CIRT of Atlantis",
                      .created = *parse_timestamp("2026-11-26T10:00:00Z"),
                      .blocks = {}};
    document.blocks = parse_markup("## Contact\nWrite to [us](mailto:cirt@cirt.example), **soon**.\n\n- one\n- `two`");
    document.blocks.emplace_back(Table{.caption = "Cost",
                                       .columns = {{"Item", false}, {"Sum", true}},
                                       .rows = {{plain("Rack"), plain("1200")}, {plain("a|b"), plain("-3")}}});
    document.blocks.emplace_back(KeyFigures{{{"7", "people"}, {"24", "hours"}}});
    document.blocks.emplace_back(Chart{.kind = ChartKind::bar,
                                       .title = "Warned",
                                       .unit = "mails",
                                       .labels = {"Jan", "Feb"},
                                       .series = {{"sent", {3, 4.5}}, {"read", {1, 2}}}});
    document.blocks.emplace_back(Paragraph{{{.text = "to be filled in: telephone", .is_missing = true}}});
    return document;
}

std::map<std::string, std::string> unzipped(std::string const& bytes) {
    std::map<std::string, std::string> parts;
    std::unique_ptr<archive, decltype(&archive_read_free)> const zip(archive_read_new(), archive_read_free);
    archive_read_support_format_zip(zip.get());
    EXPECT_EQ(archive_read_open_memory(zip.get(), bytes.data(), bytes.size()), ARCHIVE_OK);
    archive_entry* entry = nullptr;
    while (archive_read_next_header(zip.get(), &entry) == ARCHIVE_OK) {
        std::string text(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
        EXPECT_EQ(archive_read_data(zip.get(), text.data(), text.size()), static_cast<la_ssize_t>(text.size()));
        parts[archive_entry_pathname(entry)] = std::move(text);
    }
    return parts;
}

std::size_t count_of(std::string_view text, std::string_view what) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++count;
    return count;
}

/// The golden file beside this one; TOCSIN_GOLDEN=write rewrites it.
void expect_golden(std::string const& name, std::string const& text) {
    auto const path = std::string(TOCSIN_SOURCE_DIR) + "/src/formats/document/testdata/" + name;
    if (auto const* const wish = std::getenv("TOCSIN_GOLDEN"); wish && std::string_view(wish) == "write")
        std::ofstream(path, std::ios::binary) << text;
    std::ifstream file(path, std::ios::binary);
    std::string const golden((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    EXPECT_EQ(golden, text) << name;
}

TEST(Document, IsWrittenAsTheGoldenTextsSay) {
    auto const html = to_html(small());
    ASSERT_TRUE(html) << html.error().message;
    expect_golden("small.html", *html);
    auto const markdown = to_markdown(small());
    ASSERT_TRUE(markdown) << markdown.error().message;
    expect_golden("small.md", *markdown);
}

TEST(Document, GivesTheSameBytesEveryTimeInEveryTimeZone) {
    for (auto const format : all_formats) {
        ::setenv("TZ", "Asia/Tokyo", 1);
        ::tzset();
        auto const first = written_as(format, small());
        ASSERT_TRUE(first) << first.error().message;
        ::setenv("TZ", "America/Lima", 1);
        ::tzset();
        auto const second = written_as(format, small());
        ::unsetenv("TZ");
        ::tzset();
        ASSERT_TRUE(second);
        EXPECT_TRUE(*first == *second) << name_of(format);
    }
}

TEST(Document, InArabicIsSetFromRightToLeftInEveryFormatThatKnowsDirection) {
    auto document = small();
    document.language = Language::ar;
    document.title = "الفريق الوطني";
    auto const html = to_html(document);
    ASSERT_TRUE(html);
    EXPECT_NE(html->find("<html lang=\"ar\" dir=\"rtl\">"), std::string::npos);
    auto const docx = to_docx(document);
    ASSERT_TRUE(docx);
    auto const body = unzipped(*docx).at("word/document.xml");
    EXPECT_NE(body.find("<w:bidi/>"), std::string::npos);
    EXPECT_NE(body.find("<w:bidiVisual/>"), std::string::npos);
    EXPECT_NE(body.find("<w:rtl/>"), std::string::npos);
    auto const pdf = to_pdf(document);
    ASSERT_TRUE(pdf) << pdf.error().message;
}

TEST(Document, AsDocxIsAZipOfXmlThatHoldsTheText) {
    auto const docx = to_docx(small());
    ASSERT_TRUE(docx) << docx.error().message;
    auto const parts = unzipped(*docx);
    for (auto const* const name : {"[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/styles.xml",
                                   "word/_rels/document.xml.rels", "word/header1.xml", "docProps/core.xml"})
        ASSERT_TRUE(parts.contains(name)) << name;
    for (auto const& [name, bytes] : parts) {
        pugi::xml_document xml;
        EXPECT_TRUE(xml.load_buffer(bytes.data(), bytes.size())) << name;
    }
    pugi::xml_document xml;
    xml.load_string(parts.at("word/document.xml").c_str());
    std::string text;
    for (auto const& found : xml.select_nodes("//w:t")) text += std::string(found.node().child_value()) + "\n";
    for (auto const* const wanted : {"Team & mandate", "Contact", "Rack", "a|b", "4.5", "to be filled in: telephone"})
        EXPECT_NE(text.find(wanted), std::string::npos) << wanted;
    EXPECT_NE(parts.at("docProps/core.xml").find("2026-11-26T10:00:00Z"), std::string::npos);
}

TEST(Document, AsPdfHasItsPagesAndItsDates) {
    auto document = small();
    document.blocks.emplace_back(PageBreak{});
    Table table{.caption = "Many", .columns = {{"Item", false}, {"Sum", true}}, .rows = {}};
    for (int i = 0; i < 100; ++i) table.rows.push_back({plain("Row"), plain(std::to_string(i))});
    document.blocks.emplace_back(std::move(table));
    auto const pdf = to_pdf(document);
    ASSERT_TRUE(pdf) << pdf.error().message;
    EXPECT_TRUE(pdf->starts_with("%PDF-1.5"));
    EXPECT_NE(pdf->find("/CreationDate (20261126100000Z)"), std::string::npos);
    EXPECT_NE(pdf->find("/Count 5"), std::string::npos);
}

TEST(Document, BreaksTextIntoLinesAndKeepsAllOfIt) {
    auto document = small();
    Pages pages(document, 0);
    ASSERT_TRUE(pages.begin());
    auto const set = pages.set(plain("one two three four five six seven eight nine ten"), {}, 60);
    EXPECT_GT(set.lines(), 4U);
    EXPECT_EQ(set.lines_within(0, 1), 1U);
    EXPECT_EQ(set.lines_within(0, 10'000), set.lines());
    EXPECT_TRUE(pages.finish());
    EXPECT_EQ(pages.count(), 1U);
}

TEST(Document, WithATextThatWantsToBeMarkupStaysText) {
    Document document = small();
    std::string const nasty =
        "<script>alert(1)</script> [x](javascript:alert(1)) \"'& \\ | `x` ** # \x01\x1b[0m \xff "
        "\u202Egnp.exe";
    document.title = nasty;
    document.marking = nasty;
    document.meta = nasty;
    document.author = nasty;
    document.blocks = {Paragraph{{{.text = nasty, .is_verbatim = true, .link = "javascript:alert(1)"}}},
                       Paragraph{{{.text = "x", .link = "https://a.example/') rect=[0 0 1 1] uri='x\"><script>"}}},
                       Paragraph{plain("- no list")}, Paragraph{plain("<img src=x onerror=y>")},
                       Chart{.title = nasty, .unit = nasty, .labels = {nasty}, .series = {{nasty, {0}}}}};
    auto const html = to_html(document);
    ASSERT_TRUE(html) << html.error().message;
    EXPECT_EQ(html->find("<script"), std::string::npos);
    EXPECT_EQ(html->find("<img"), std::string::npos);
    EXPECT_EQ(html->find("href=\"javascript"), std::string::npos);
    EXPECT_EQ(html->find("\u202E"), std::string::npos);
    pugi::xml_document page;  // what is escaped is balanced, too
    auto const from = html->find("<body>");
    EXPECT_TRUE(page.load_string(html->substr(from, html->find("</html>") - from).c_str()));
    auto const markdown = to_markdown(document);
    ASSERT_TRUE(markdown);
    EXPECT_EQ(markdown->find("<img"), std::string::npos);
    EXPECT_EQ(count_of(*markdown, "](javascript"), count_of(*markdown, "\\](javascript"));
    EXPECT_NE(markdown->find("\\- no list"), std::string::npos);
    auto const docx = to_docx(document);
    ASSERT_TRUE(docx);
    for (auto const& [name, bytes] : unzipped(*docx)) {
        pugi::xml_document xml;
        EXPECT_TRUE(xml.load_buffer(bytes.data(), bytes.size())) << name;
    }
    auto const pdf = to_pdf(document);
    ASSERT_TRUE(pdf) << pdf.error().message;
    EXPECT_EQ(count_of(*pdf, "/JavaScript"), 0U);
}

TEST(Document, BeyondALimitIsRefusedByName) {
    auto document = small();
    EXPECT_EQ(to_html(document, {.text_bytes = 10}).error().code, Code::limit);
    EXPECT_EQ(to_docx(document, {.blocks = 1}).error().code, Code::limit);
    EXPECT_EQ(to_markdown(document, {.rows = 1}).error().code, Code::limit);
    document.blocks = {Table{.caption = "t", .columns = {{"a"}, {"b"}}, .rows = {{plain("one")}}}};
    EXPECT_EQ(to_html(document).error().code, Code::invalid);
    document.blocks = {Chart{.labels = {"a"}, .series = {{"s", {0.0 / 1, 2}}}}};
    EXPECT_EQ(to_pdf(document).error().code, Code::invalid);
    document.blocks.assign(10, PageBreak{});
    EXPECT_EQ(to_pdf(document, {.pages = 3}).error().code, Code::limit);
}

TEST(Document, ARowHigherThanAPageGoesOnOverTheNextOnes) {
    auto document = small();
    std::string words;
    for (int i = 0; i < 4000; ++i) words += "word ";
    document.blocks = {Table{.columns = {{"a"}, {"b"}}, .rows = {{plain(words), plain("short")}}}};
    auto const pdf = to_pdf(document);
    ASSERT_TRUE(pdf) << pdf.error().message;
    EXPECT_EQ(pdf->find("/Count 1\n"), std::string::npos);
}

TEST(Markup, ReadsParagraphsHeadingsListsAndStyles) {
    auto const blocks =
        parse_markup("## Head\none\ntwo\n\n- a\n- b\n1. c\n\n**x** and *y* and `z` and [t](https://a.example/) *");
    ASSERT_EQ(blocks.size(), 5U);
    EXPECT_EQ(std::get<Heading>(blocks[0]).level, 2);
    EXPECT_EQ(plain_text(std::get<Paragraph>(blocks[1]).text), "one two");
    EXPECT_EQ(std::get<List>(blocks[2]).items.size(), 2U);
    EXPECT_TRUE(std::get<List>(blocks[3]).is_numbered);
    auto const& text = std::get<Paragraph>(blocks[4]).text;
    EXPECT_EQ(plain_text(text), "x and y and z and t *");
    EXPECT_TRUE(text[0].is_strong);
    EXPECT_EQ(text[6].link, "https://a.example/");
}

}  // namespace
}  // namespace tocsin::formats::document
