#include "formats/log_lines.hpp"

#include <gtest/gtest.h>

namespace tocsin::formats {
namespace {

std::string told(LineFields const& fields) {
    std::string all;
    for (auto const& field : fields.all()) all += std::string(field.name) + "=" + std::string(field.text) + ";";
    return all;
}
std::string syslog(std::string_view line) {
    LineFields fields;
    auto const message = take_syslog_head(line, "", fields);
    return told(fields) + "|" + std::string(message);
}

TEST(Syslog, HeadsOfBothStandardsAreRead) {
    EXPECT_EQ(syslog("<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed"),
              "facility=auth;severity=crit;time=Oct 11 22:14:15;host=mymachine;app=su;pid=12;|'su root' failed");
    EXPECT_EQ(
        syslog(R"(<165>1 2026-10-11T22:14:15.003Z host.example app 99 ID47 [x@1 iut="3" b="q\"]"] An event)"),
        "facility=local4;severity=notice;time=2026-10-11T22:14:15.003Z;host=host.example;app=app;pid=99;msgid=ID47;"
        "sd.x@1.iut=3;sd.x@1.b=q\"];|An event");
    EXPECT_EQ(syslog("<13>1 - - - - - - only text"), "facility=user;severity=notice;|only text");
    EXPECT_EQ(syslog("2026-11-22T10:00:00+01:00 gate sshd[7]: Failed"),
              "time=2026-11-22T10:00:00+01:00;host=gate;app=sshd;pid=7;|Failed");
    EXPECT_EQ(syslog("Nov  2 01:02:03 gate kernel: x"), "time=Nov  2 01:02:03;host=gate;app=kernel;|x");
    EXPECT_EQ(syslog("no head at all"), "|no head at all");
}

TEST(Cef, HeadExtensionAndLabelsAreRead) {
    LineFields fields;
    ASSERT_TRUE(read_cef(
        R"(x CEF:0|Acme|Wall\|1|2|100|Port scan|5|src=192.0.2.1 spt=22 msg=two words\=x act=  cs1=r 7 cs1Label=Rule)",
        fields));
    EXPECT_EQ(
        told(fields),
        "version=0;vendor=Acme;product=Wall|1;product_version=2;signature=100;name=Port scan;severity=5;src=192.0.2.1;"
        "spt=22;msg=two words=x;act= ;cs1=r 7;cs1Label=Rule;Rule=r 7;");
    EXPECT_FALSE(read_cef("CEF:0|a|b", fields));
    EXPECT_FALSE(read_cef("nothing", fields));
}

TEST(Leef, BothVersionsAreRead) {
    LineFields fields;
    ASSERT_TRUE(read_leef("LEEF:1.0|V|P|1|login|src=192.0.2.1\tdst=198.51.100.1\tmsg=a b", fields));
    EXPECT_EQ(told(fields),
              "version=1.0;vendor=V;product=P;product_version=1;event_id=login;src=192.0.2.1;dst=198.51.100.1;"
              "msg=a b;");
    for (auto const* const sign : {"^", "x5E", "0x5e"}) {
        fields.clear();
        auto const line = "LEEF:2.0|V|P|1|login|" + std::string(sign) + "|src=192.0.2.1^msg=a\tb";
        ASSERT_TRUE(read_leef(line, fields));
        EXPECT_TRUE(told(fields).ends_with("src=192.0.2.1;msg=a\tb;")) << sign;
    }
}

TEST(Pairs, MayBeQuotedAndSeparatedOtherwise) {
    LineFields fields;
    ASSERT_TRUE(read_pairs(R"(time=1 msg="a \"b\" c" junk src=192.0.2.1)", {}, fields));
    EXPECT_EQ(told(fields), "time=1;msg=a \"b\" c;src=192.0.2.1;");
    fields.clear();
    ASSERT_TRUE(read_pairs("a: 1; b: x y", {';', ':'}, fields));
    EXPECT_EQ(told(fields), "a=1;b=x y;");
    EXPECT_FALSE(read_pairs("no pair", {}, fields));
}

}  // namespace
}  // namespace tocsin::formats
