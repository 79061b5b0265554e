// The mapping language and the record formats, from the text of a definition and a sample to events.
#include "events/events.hpp"
#include "events/foreign_out.hpp"
#include "events/parsers/foreign.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tocsin::events {
namespace {

constexpr std::string_view head = "name = \"T\"\n[classification]\ntype = \"scanner\"\n";

/// Members of the events without those that every event of the feed has; then the rejected rows.
std::string read(std::string_view definition, std::string sample, std::string name = "", std::size_t piece = 11) {
    auto feed = read_feed_definition("test/t", {"t.toml", std::string(head) + std::string(definition)});
    if (!feed) return feed.error().message;
    static auto const catalogue = FeedCatalogue::open();
    OpenOptions options;
    options.name = std::move(name);
    options.mapping = std::make_shared<FeedDefinition const>(std::move(*feed));
    auto report = open_report(std::make_unique<formats::MemorySource>(std::move(sample), piece), options, *catalogue);
    if (!report) return report.error().message;
    std::string all;
    while (true) {
        auto chunk = report->next();
        if (!chunk) return all + "! " + chunk.error().message;
        if (!*chunk) return all;
        auto const parsed = parse(std::move(**chunk), report->plan());
        for (std::size_t row = 0; row < parsed.batch.size(); ++row) {
            std::string json;
            parsed.batch.append_json(json, row);
            formats::JsonTree tree;
            if (!tree.parse(json)) return "no JSON: " + json;
            std::vector<std::string> members;
            for (auto const member : tree.root())
                if (!member.key().starts_with("classification.") && member.key() != "feed.name" &&
                    member.key() != "raw")
                    members.push_back(std::string(member.key()) + "=" +
                                      std::string(member.is_text() ? member.text() : member.raw()));
            std::ranges::sort(members);
            all += fmt::format("{}\n", fmt::join(members, " "));
        }
        for (auto const& row : parsed.rejected) all += fmt::format("{} {}: {}\n", row.record, row.field, row.reason);
    }
}

TEST(Mapping, ColumnsAreJoinedSplitMatchedAndMapped) {
    EXPECT_EQ(
        read(R"(
[columns]
day = { field = "time.source", join = ["day", "clock"], with = "T" }
clock = false
ip = { field = "source.ip", split = ":", part = 1 }
as = { field = "source.asn", match = 'AS(\d+)' }
host = { field = "source.fqdn", replace = { "[.]" = "." }, strip_suffix = ".", lower = true, as = "fqdn" }
level = { field = "severity", map = { "1" = "high", "2" = "low" }, otherwise = "info" }
who = { field = "extra.who", default = "nobody", trim = true, upper = true }
)",
             "day,clock,ip,as,host,level,who\n2026-11-22,10:00:00,192.0.2.1:80,AS64500 Example,A[.]EXAMPLE.,1, x \n"
             "2026-11-22,11:00:00,192.0.2.2,none,,7,\n"),
        "extra.who=X severity=high source.asn=64500 source.fqdn=a.example source.ip=192.0.2.1 "
        "time.source=2026-11-22T10:00:00Z\n"
        "extra.who=nobody severity=info source.ip=192.0.2.2 time.source=2026-11-22T11:00:00Z\n");
}

TEST(Mapping, TimesHaveFormatsAndZones) {
    std::string_view const definition = R"(
[record]
zone = "Europe/Madrid"
[columns]
t = { field = "time.source", format = ["%d/%m/%Y %H:%M", "%s", "any"] }
)";
    EXPECT_EQ(read(definition,
                   "t\n15/07/2026 12:00\n15/01/2026 12:00\n1784109600\n2026-07-15T12:00:00Z\n2026-07-15 12:00:00\n"),
              "time.source=2026-07-15T10:00:00Z\ntime.source=2026-01-15T11:00:00Z\ntime.source=2026-07-15T10:00:00Z\n"
              "time.source=2026-07-15T12:00:00Z\ntime.source=2026-07-15T10:00:00Z\n");
}

TEST(Mapping, ATimeWithoutAYearIsTheLastSuchMomentBeforeTheReport) {
    std::string_view const definition = R"(
[record]
format = "syslog"
pattern = 'from (?P<ip>\S+)'
[recognise]
file = ["{date}-*.log"]
[columns]
time = "time.source"
ip = "source.ip"
host = false
app = false
message = false
)";
    EXPECT_EQ(
        read(definition, "Dec 31 23:00:00 gate sshd: from 192.0.2.1\nJan  1 01:00:00 gate sshd: from 192.0.2.2\n",
             "2026-01-01-auth.log"),
        "source.ip=192.0.2.1 time.source=2025-12-31T23:00:00Z\nsource.ip=192.0.2.2 time.source=2026-01-01T01:00:00Z\n");
}

TEST(Mapping, OneRowBecomesOneForEachValue) {
    EXPECT_EQ(
        read(R"(
[columns]
ip = { field = "source.ip", each_split = ";" }
note = "extra.note"
)",
             "ip,note\n192.0.2.1;192.0.2.2,\"a,b\"\n192.0.2.3,x\n"),
        "extra.note=a,b source.ip=192.0.2.1\nextra.note=a,b source.ip=192.0.2.2\nextra.note=x source.ip=192.0.2.3\n");
}

TEST(Mapping, RowsAreLeftOutByConditions) {
    EXPECT_EQ(read(R"(
[[only]]
column = "kind"
equals = "alert"
[[leave_out]]
column = "ip"
matches = '^198\.'
[[when]]
column = "note"
matches = 'a+b'
set = { "classification.identifier" = "x" }
[record]
format = "jsonl"
unlisted = "ignore"
[columns]
ip = "source.ip"
)",
                   "{\"kind\":\"alert\",\"ip\":\"192.0.2.1\"}\n{\"kind\":\"flow\",\"ip\":\"192.0.2.2\"}\n"
                   "{\"kind\":\"alert\",\"ip\":\"198.51.100.1\"}\n"),
              "source.ip=192.0.2.1\n");
}

TEST(Mapping, FaultsNameTheKeyAndWhatWasExpected) {
    for (auto const& [definition, expected] : std::vector<std::pair<std::string, std::string>>{
             {"[columns]\na = { field = \"extra.a\", match = '(' }",
              "t.toml:5: columns.a.match: expected a regular expression"},
             {"[columns]\na = { field = \"extra.a\", part = 2 }", "columns.a.part: expected split"},
             {"[columns]\na = { field = \"extra.a\", otherwise = \"x\" }", "columns.a.otherwise: expected map"},
             {"[columns]\na = { field = \"extra.a\", map = { a = 1 } }", "columns.a.map: expected texts for texts"},
             {"[columns]\na = { field = \"time.source\", zone = \"Mars/Olympus\" }",
              "columns.a.zone: expected a time zone"},
             {"[columns]\na = \"extra.a\"\n[record]\nformat = \"regex\"",
              "record.pattern: expected the regular expression"},
             {"[columns]\na = \"extra.a\"\n[record]\nformat = \"regex\"\npattern = 'x'", "with named groups"},
             {"[columns]\na = \"extra.a\"\n[record]\nrecords = \"x\"", "record.records: expected it only with format"},
             {"[columns]\na = { field = \"extra.a\", each_split = \",\" }\n[record]\nformat = \"json\"",
              "each_split only with"},
             {"[columns]\na = \"extra.a\"\n[[only]]\ncolumn = \"a\"", "only: expected column and one of contains"},
             {"[columns]\na = \"extra.a\"\n[record]\nhead = \"journal\"", "record.head: expected \"syslog\""}})
        EXPECT_TRUE(read(definition, "a\nb\n").contains(expected)) << read(definition, "a\nb\n");
}

TEST(Formats, JsonDocumentsGiveRowsByTheirWay) {
    EXPECT_EQ(read(R"(
[record]
format = "json"
records = "data.*"
each = "ports"
outer = ["made"]
[columns]
_key = "source.ip"
made = "time.source"
"ports.port" = "source.port"
tags = "extra.tags"
"names.0.n" = "source.fqdn"
names = false
)",
                   R"({"made":"2026-11-22T10:00:00Z","data":{
                      "192.0.2.1":{"tags":["a","b"],"names":[{"n":"a.example"}],"ports":[{"port":1},{"port":2}],"more":5},
                      "192.0.2.2":{"ports":[{"port":"x"}]}}})"),
              "extra.more=5 extra.tags=a,b source.fqdn=a.example source.ip=192.0.2.1 source.port=1 "
              "time.source=2026-11-22T10:00:00Z\n"
              "extra.more=5 extra.tags=a,b source.fqdn=a.example source.ip=192.0.2.1 source.port=2 "
              "time.source=2026-11-22T10:00:00Z\n3 ports.port: \"x\" is not a port from 0 to 65535\n");
}

TEST(Formats, XmlCefLeefAndPairsGiveRows) {
    EXPECT_EQ(read("[record]\nformat = \"xml\"\nrecords = \"e\"\n[columns]\nip = \"source.ip\"\n\"@n\" = \"extra.n\"\n",
                   "<r><e n='7'><ip>192.0.2.1</ip></e></r>"),
              "extra.n=7 source.ip=192.0.2.1\n");
    EXPECT_EQ(
        read(
            "[record]\nformat = \"cef\"\nunlisted = \"ignore\"\n[columns]\nsrc = \"source.ip\"\nRule = \"extra.rule\"\n"
            "\"syslog.host\" = \"extra.host\"\n",
            "<13>Nov 22 10:00:00 gate CEF:0|a|b|1|2|n|5|src=192.0.2.1 cs1=r cs1Label=Rule\nnothing\n"),
        "extra.host=gate extra.rule=r source.ip=192.0.2.1\n2 : is no CEF line: expected \"CEF:\"\n");
    EXPECT_EQ(read("[record]\nformat = \"leef\"\nunlisted = \"ignore\"\nunmatched = \"ignore\"\n[columns]\nsrc = "
                   "\"source.ip\"\n",
                   "LEEF:1.0|a|b|1|x|src=192.0.2.1\tq=1\nnothing\n"),
              "source.ip=192.0.2.1\n");
    EXPECT_EQ(read("[record]\nformat = \"kv\"\n[columns]\nsrcip = \"source.ip\"\n", "srcip=192.0.2.1 msg=\"a b\"\n"),
              "extra.msg=a b source.ip=192.0.2.1\n");
    EXPECT_EQ(
        read("[record]\nformat = \"regex\"\nhead = \"syslog\"\npattern = ['Ban (?P<ip>\\S+)', 'Unban (?P<gone>\\S+)']\n"
             "[[only]]\ncolumn = \"ip\"\nmatches = '.'\n[columns]\nip = \"source.ip\"\n\"syslog.host\" = \"extra.h\"\n",
             "2026-11-22T10:00:00Z gate fail2ban[1]: Ban 192.0.2.1\n2026-11-22T10:00:00Z gate fail2ban[1]: Unban x\n"),
        "extra.h=gate extra.syslog.app=fail2ban extra.syslog.pid=1 extra.syslog.time=2026-11-22T10:00:00Z "
        "source.ip=192.0.2.1\n");
}

TEST(Formats, TablesByBlanksAndBarsAndBrokenOnesAreRead) {
    EXPECT_EQ(
        read("[record]\ndelimiter = \"space\"\nheader = false\ncolumns = [\"ip\", \"n\", \"rest\"]\nlenient = true\n"
             "[columns]\nip = \"source.ip\"\nn = \"extra.n\"\nrest = \"extra.rest\"\n",
             "  192.0.2.1    7 \t a  b c\n192.0.2.2 8\n"),
        "extra.n=7 extra.rest=a  b c source.ip=192.0.2.1\nextra.n=8 source.ip=192.0.2.2\n");
    EXPECT_EQ(read("[record]\ndelimiter = \"|\"\ntrim = true\nquote = \"\"\n[columns]\nAS = \"source.asn\"\nIP = "
                   "\"source.ip\"\n",
                   "AS      | IP\n64500   | 192.0.2.1\n"),
              "source.asn=64500 source.ip=192.0.2.1\n");
    EXPECT_EQ(read("[record]\nlenient = true\n[columns]\nip = \"source.ip\"\na = \"extra.a\"\nb = \"extra.b\"\n",
                   "ip,a,b\n192.0.2.1,say \"hi\" there,x,y\n192.0.2.2\n192.0.2.3,\"a\"b,c\n"),
              "extra.a=say \"hi\" there extra.b=x,y source.ip=192.0.2.1\nsource.ip=192.0.2.2\n"
              "extra.a=\"a\"b extra.b=c source.ip=192.0.2.3\n");
}

TEST(Formats, TextsInUtf16AndLatin1AreRead) {
    std::string utf16 = "\xFF\xFE";
    for (char const c : std::string_view("[{\"ip\":\"192.0.2.1\"}]")) utf16 += {c, '\0'};
    std::string_view const json = "[record]\nformat = \"json\"\n[columns]\nip = \"source.ip\"\n";
    EXPECT_EQ(read(json, utf16), "source.ip=192.0.2.1\n");
    EXPECT_EQ(read(json, "\xEF\xBB\xBF[{\"ip\":\"192.0.2.1\",\"x\":\"M\xE1laga\"}]"),
              "extra.x=M\xC3\xA1laga source.ip=192.0.2.1\n");
}

TEST(Detect, TakesPortsAndHashes) {
    EXPECT_EQ(read("[record]\nformat = \"list\"\n",
                   "192.0.2.1:8080\n[2001:db8::1]:443\na.example:53\nd41d8cd98f00b204e9800998ecf8427e\n2001:db8::2\n"),
              "source.ip=192.0.2.1 source.port=8080\nsource.ip=2001:db8::1 source.port=443\n"
              "source.fqdn=a.example "
              "source.port=53\nmalware.hash.md5=d41d8cd98f00b204e9800998ecf8427e\nsource.ip=2001:db8::2\n");
}

TEST(Foreign, EveryCategoryAndReportTypeIsATypeOfTheTaxonomy) {
    for (auto const& type : classification_types()) {
        auto const category = idea_category_of_type(type.name);
        EXPECT_TRUE(classification_type(type_of_idea_category(category))) << type.name;
    }
    EXPECT_EQ(type_of_idea_category("Recon.Scanning.Unheard"), "scanner");
    EXPECT_EQ(type_of_idea_category("Nonsense"), "undetermined");
    EXPECT_EQ(type_of_xarf("Login-Attack"), "brute-force");
    EXPECT_EQ(type_of_xarf("port_scan"), "scanner");
    EXPECT_EQ(type_of_xarf("?"), "undetermined");
}

constexpr std::string_view an_event =
    R"({"classification.type":"brute-force","destination.ip":"198.51.100.7","destination.port":22,"protocol.transport":"tcp",)"
    R"("protocol.application":"ssh","source.ip":"192.0.2.1","source.port":4711,"time.source":"2026-11-22T10:00:00Z"})";

TEST(Foreign, WhatIsWrittenAsIdeaComesBack) {
    EXPECT_EQ(read("[record]\nformat = \"idea\"\n", "[" + idea_of_event(an_event) + "]").substr(0, 47),
              "destination.ip=198.51.100.7 destination.port=22");
    EXPECT_TRUE(read("[record]\nformat = \"idea\"\n", idea_of_event(an_event))
                    .contains("source.ip=192.0.2.1 source.port=4711"));
    EXPECT_EQ(type_of_idea_category(idea_category_of_type("brute-force")), "brute-force");
}

TEST(Foreign, WhatIsWrittenAsXarfComesBack) {
    for (auto const& written :
         {xarf_of_event(an_event, "soc@team.example"), xarf_yaml_of_event(an_event, "soc@team.example")}) {
        auto const back = read("[record]\nformat = \"xarf\"\n", written);
        for (auto const* const part : {"source.ip=192.0.2.1", "destination.ip=198.51.100.7", "destination.port=22",
                                       "time.source=2026-11-22T10:00:00Z"})
            EXPECT_TRUE(back.contains(part)) << written << back;
    }
    for (auto const* const type : {"spam", "brute-force", "scanner", "ddos", "infected-system", "c2-server", "phishing",
                                   "copyright", "vulnerable-system", "ddos-amplifier", "malware-distribution"}) {
        auto const event = fmt::format("{{\"classification.type\":\"{}\",\"source.ip\":\"192.0.2.1\"}}", type);
        formats::JsonTree tree;
        auto const written = xarf_of_event(event, "soc@team.example");
        ASSERT_TRUE(tree.parse(written));
        EXPECT_EQ(type_of_xarf(tree.root()["type"].text()), type);
        EXPECT_TRUE(xarf_yaml_of_event(event, "x@y.example").contains("Report-Type: "));
    }
}

TEST(FeedTry, TellsOfEachColumnWhatBecameOfIt) {
    static auto const catalogue = FeedCatalogue::open();
    auto feed = read_feed_definition(
        "test/t",
        {"t.toml", std::string(head) + "[record]\nrequired = [\"ip\"]\n[columns]\nip = { field = \"source.ip\", "
                                       "strip_prefix = \"x\" }\nu = \"source.url\"\nno = false\n"});
    ASSERT_TRUE(feed) << feed.error().message;
    OpenOptions options;
    options.mapping = std::make_shared<FeedDefinition const>(std::move(*feed));
    auto const tried =
        try_feed(std::make_unique<formats::MemorySource>("ip,u,no\nx192.0.2.1,bad,1\nq,,\n"), options, *catalogue, 5);
    ASSERT_TRUE(tried) << tried.error().message;
    ASSERT_EQ(tried->rows.size(), 2u);
    auto const& cells = tried->rows[0].cells;
    ASSERT_EQ(cells.size(), 3u);
    EXPECT_EQ(cells[0].text, "x192.0.2.1");
    EXPECT_EQ(cells[0].value, "192.0.2.1");
    EXPECT_EQ(cells[0].field, "source.ip");
    EXPECT_EQ(cells[0].outcome, "put");
    EXPECT_EQ(cells[1].outcome, "kept aside");
    EXPECT_EQ(cells[1].field, "extra.u");
    EXPECT_EQ(cells[2].outcome, "left out");
    EXPECT_EQ(tried->rows[1].outcome, "rejected");
    EXPECT_EQ(tried->rows[1].reason, "\"q\" is not an IPv4 or IPv6 address");
    formats::JsonTree tree;
    EXPECT_TRUE(tree.parse(tried_json(*tried)));
}

}  // namespace
}  // namespace tocsin::events
