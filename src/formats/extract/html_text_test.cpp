#include "formats/extract/html_text.hpp"

#include <gtest/gtest.h>

namespace tocsin::formats {
namespace {

std::string text_of(std::string_view html) {
    auto const page = text_of_html(html);
    return page ? page->text : "error: " + page.error().message;
}

TEST(HtmlText, BlocksAreLinesAndCellsAreTabbed) {
    EXPECT_EQ(text_of("<html><body><h1>A  report</h1><p>one<br/>two</p><ul><li>x<li>y</ul>"
                      "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"),
              "A report\none\ntwo\nx\ny\na\tb\t\nc\t\n");
}

TEST(HtmlText, InlineMarkupDoesNotBreakAWord) {
    EXPECT_EQ(text_of("<p><b>evil</b><wbr>[.]<span class=x>exam</span><!-- no -->ple"), "evil[.]example");
}

TEST(HtmlText, HiddenCharactersAreDropped) {
    EXPECT_EQ(text_of("ev&shy;il\xE2\x80\x8B.exa&#8203;mple&nbsp;&nbsp;x"), "evil.example x");
}

TEST(HtmlText, ScriptStyleAndCommentsAreNotText) {
    EXPECT_EQ(text_of("a<script>var x='</scrip>'; b()</SCRIPT >b<style>p{}</style>c<!doctype x><?php y ?>d"), "abcd");
    EXPECT_EQ(text_of("a<!-->b--><!-- <p>c</p> -->d"), "ab-->d");
}

TEST(HtmlText, ReferencesAreResolved) {
    EXPECT_EQ(text_of("a&amp;b &lt;c&gt; &#x41;&#66; &eacute; &AMP; &unknown; &#0; 1 &lt 2 &copy"),
              "a&b <c> AB \xC3\xA9 &AMP; &unknown; \xEF\xBF\xBD 1 < 2 &copy");
    EXPECT_EQ(text_of("evil&period;example&sol;x&commat;&#150;"), "evil.example/x@\xE2\x80\x93");
}

TEST(HtmlText, PreKeepsItsLines) {
    EXPECT_EQ(text_of("<pre>192.0.2.1\n192.0.2.2</pre>\nx\ny"), "192.0.2.1\n192.0.2.2\nx y");
}

TEST(HtmlText, LinksAreKeptAsCandidates) {
    auto const page = text_of_html(
        "<a class=\"x\" href='hxxp://evil.example/?a=1&amp;b=2'>x</a><a href=/local>y</a><a href=mailto:a@evil.example>"
        "<form action=\"https://phish.example/post\"><img src=\"https://logo.example/x.png\"><a HREF = "
        "//cdn.example/x>");
    ASSERT_TRUE(page);
    EXPECT_EQ(page->links, (std::vector<std::string>{"hxxp://evil.example/?a=1&b=2", "mailto:a@evil.example",
                                                     "https://phish.example/post", "//cdn.example/x"}));
}

TEST(HtmlText, AStrayBracketIsText) {
    EXPECT_EQ(text_of("1 < 2 <3 <"), "1 < 2 <3 <");
    EXPECT_EQ(text_of("x <a href=\"never closed>"), "x");
}

TEST(HtmlText, OtherCharsetsAreRead) {
    EXPECT_EQ(text_of("<meta charset=\"windows-1251\"><p>\xEF\xF0\xE8"), "\xD0\xBF\xD1\x80\xD0\xB8");
    EXPECT_EQ(text_of("<meta http-equiv=x content=\"text/html; charset=gb2312\"><p>\xD6\xD0"), "\xE4\xB8\xAD");
    EXPECT_EQ(text_of("caf\xE9"), "caf\xC3\xA9");
}

TEST(HtmlText, LimitsHold) {
    HtmlLimits limits;
    limits.bytes = 10;
    EXPECT_EQ(text_of_html("<p>12345678", limits).error().code, Code::limit);
    limits = {};
    limits.links = 1;
    auto const page = text_of_html("<a href=http://a.example><a href=http://b.example>", limits);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->links.size(), 1u);
    EXPECT_EQ(page->links_left_out, 1u);
}

}  // namespace
}  // namespace tocsin::formats
