#include "sharing/mappings/candidates.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tocsin::sharing {
namespace {

std::string told(Result<Candidates> const& all) {
    if (!all) return "error: " + all.error().message;
    std::string text;
    for (auto const& one : all->found) {
        text += fmt::format("{}:{} {} {}", one.line, one.kind, one.value, one.comment);
        for (auto const& label : one.labels) text += " #" + label;
        if (one.valid_until) text += " until " + format_date(*one.valid_until);
        if (one.confidence) text += fmt::format(" {}%", *one.confidence);
        text += "\n";
    }
    for (auto const& one : all->aside)
        text += fmt::format("{}! {}: expected {} <{}>\n", one.line, one.field, one.expected, one.as_it_came);
    return text;
}

TEST(CandidatesOfTable, ReadsWhatTheHeaderNames) {
    EXPECT_EQ(told(candidates_of_table("# ours\nIndicator;Type;Tags;Comment;Expires;Confidence\n"
                                       "192.0.2[.]7;ip-dst;botnet,c2;\"beacon; loud\";2026-12-31;80\r\n"
                                       "hxxp://evil[.]example/a;;;\"two\nlines\";;\n"
                                       "\n"
                                       "EVIL.example;domain;;;;\n")),
              "3:ip 192.0.2.7 beacon; loud #botnet #c2 until 2026-12-31 80%\n"
              "4:url http://evil.example/a two\nlines\n"
              "7:domain evil.example \n");
}

TEST(CandidatesOfTable, OneColumnNeedsNoHeader) {
    EXPECT_EQ(told(candidates_of_table("evil.example\n198.51.100.7\nevil.example\n")),
              "1:domain evil.example \n2:ip 198.51.100.7 \n");
    EXPECT_EQ(told(candidates_of_table("")), "");
}

TEST(CandidatesOfTable, RowsThatCannotBeReadAreSetAsideWithTheirPlace) {
    EXPECT_EQ(told(candidates_of_table("value,type,valid_until,confidence\n"
                                       "nonsense here,,,\n"
                                       "192.0.2.1,spaceship,,\n"
                                       "192.0.2.1,domain,,\n"
                                       "192.0.2.1,ip,tomorrow,\n"
                                       "192.0.2.1,ip,,101\n"
                                       ",ip,,\n"
                                       "\"open,ip\n"
                                       "192.0.2.2,ip,,\n")),
              "9:ip 192.0.2.2 \n"
              "2! value: expected one address, name, URL, hash, found \"nonsense here\" <nonsense here,,,>\n"
              "3! type: expected a kind such as ip, domain, url, sha256, found \"spaceship\" <192.0.2.1,spaceship,,>\n"
              "4! value: expected a value of the type domain, found \"192.0.2.1\" <192.0.2.1,domain,,>\n"
              "5! valid_until: expected a time as 2026-12-31 or 2026-12-31T00:00:00Z, found \"tomorrow\" "
              "<192.0.2.1,ip,tomorrow,>\n"
              "6! confidence: expected a number from 0 to 100, found \"101\" <192.0.2.1,ip,,101>\n"
              "7! value: expected an address, name, URL, hash, ...; the cell is empty <,ip,,>\n"
              "8! row: expected quotes that close at the end of a cell <\"open,ip>\n");
}

TEST(CandidatesOfTable, SaysWhatColumnsItExpects) {
    EXPECT_EQ(told(candidates_of_table("a,b\n1,2\n")),
              "error: line 1: expected the names of the columns, one of them \"value\"; or say them "
              "(value,type,comment,labels,valid_until,confidence)");
    EXPECT_EQ(told(candidates_of_table("x,192.0.2.1\n", {.columns = {"-", "value"}})), "1:ip 192.0.2.1 \n");
    EXPECT_EQ(told(candidates_of_table("x", {.columns = {"type"}})), "error: columns: expected one named value");
    EXPECT_EQ(told(candidates_of_table("x", {.columns = {"price"}})),
              "error: columns: expected value, type, comment, labels, valid_until, confidence or -, found \"price\"");
    EXPECT_EQ(told(candidates_of_table("a\nb\nc\n", {.columns = {"value"}, .rows = 2})), "error: more than 2 rows");
}

TEST(CandidatesOfOpenIoc, WhatStandsUnderAndIsSetAside) {
    auto const all = candidates_of_openioc(
        R"(<ioc id="1"><short_description>Loader</short_description><definition><Indicator operator="OR">)"
        R"(<IndicatorItem condition="is"><Context document="FileItem" search="FileItem/Md5sum"/>)"
        R"(<Content type="md5">0123456789abcdef0123456789abcdef</Content></IndicatorItem>)"
        R"(<Indicator operator="AND"><IndicatorItem condition="is">)"
        R"(<Context document="FileItem" search="FileItem/FileName"/><Content type="string">a.exe</Content>)"
        R"(</IndicatorItem><IndicatorItem condition="is">)"
        R"(<Context document="FileItem" search="FileItem/SizeInBytes"/><Content type="int">7</Content>)"
        R"(</IndicatorItem></Indicator></Indicator></definition></ioc>)");
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_EQ(all->found.size(), 1U) << told(all);
    ASSERT_EQ(all->aside.size(), 2U) << told(all);
    EXPECT_EQ(all->aside.front().field, "FileItem/FileName");
}

TEST(CandidatesOfReport, FindsRefangsAndTellsTheLine) {
    auto const all = candidates_of_report(ReportFormat::text, "first\nseen hxxp://evil[.]example/x and 192.0.2[.]9\n");
    EXPECT_EQ(told(all),
              "2:url http://evil.example/x seen hxxp://evil[.]example/x and 192.0.2[.]9\n"
              "2:ip 192.0.2.9 seen hxxp://evil[.]example/x and 192.0.2[.]9\n");
    auto const page = candidates_of_report(ReportFormat::html, "<p>evil.example</p><a href='http://a.example/b'>x</a>");
    ASSERT_TRUE(page);
    EXPECT_EQ(page->found.size(), 2U);
}

TEST(ImportFormat, IsToldByHowAFileBegins) {
    for (auto const& [start, name, format] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"%PDF-1.7", "x", "pdf"},
             {"\xef\xbb\xbf {\"type\":\"bundle\"", "x", "stix"},
             {R"({"response":[{"Event":{}}]})", "x.json", "misp"},
             {"<!DOCTYPE html><html>", "x", "html"},
             {"value,type\n", "x.CSV", "csv"},
             {"[1] hxxp://a", "notes.txt", "text"}})
        EXPECT_EQ(import_format_of(start, name), format) << start;
}

}  // namespace
}  // namespace tocsin::sharing
