#include "reports/reports.hpp"

#include "reports/counting.hpp"
#include "reports/words.hpp"

#include <gtest/gtest.h>
#include <set>

namespace tocsin::reports {
namespace {

Timestamp day(std::string_view text) {
    return *parse_date(text);
}

events::Finding finding(std::string id, std::string_view first, std::string_view repaired,
                        std::string type = "phishing", std::int64_t organisation = 0) {
    events::Finding one;
    one.id = std::move(id);
    one.type = std::move(type);
    one.organisation = organisation;
    one.first_seen = one.last_seen = day(first);
    if (!repaired.empty()) {
        one.repaired = day(repaired);
        one.state = events::FindingState::repaired;
    }
    return one;
}

/// A gate for which nobody is above anybody.
gate::Gate plain_gate() {
    return gate::Gate([](gate::OrganisationId, gate::OrganisationId) { return false; });
}

TEST(Periods, AreReadInFourWaysAndNothingElse) {
    auto const same = [](std::string_view text) {
        auto const period = parse_period(text);
        return period ? format_period(*period) : period.error().message;
    };
    EXPECT_EQ(same("2026"), "2026-01-01/2027-01-01");
    EXPECT_EQ(same("2026-12"), "2026-12-01/2027-01-01");
    EXPECT_EQ(same("2026-Q4"), "2026-10-01/2027-01-01");
    EXPECT_EQ(same("2026-02-03/2026-02-04"), "2026-02-03/2026-02-04");
    for (auto const* const text : {"", "26", "2026-13", "2026-00", "2026-Q5", "2026-1", "2026-02-04/2026-02-03",
                                   "2026-02-30/2026-03-01", "2026/2027", "year"})
        EXPECT_NE(same(text).find("expected 2026"), std::string::npos) << text;
}

TEST(Counting, SaysWhatOpenedWhatWasRepairedAndWhatStoodOpenAtTheEnd) {
    std::unordered_map<std::string, Timestamp> const told{{"b", day("2026-03-03")}};
    Sectors const sectors{{1, "energy"}};
    FindingCounts counts({day("2026-01-01"), day("2027-01-01")}, day("2027-01-15"), told, sectors);
    counts.count(finding("a", "2025-11-01", "2026-01-11"));                 // repaired in it
    counts.count(finding("b", "2026-03-01", "2026-03-05", "phishing", 1));  // opened and repaired in it
    counts.count(finding("c", "2026-12-31", ""));                           // opened, and open
    counts.count(finding("d", "2026-05-01", "2027-01-02"));                 // opened; repaired after it
    counts.count(finding("e", "2027-01-03", ""));                           // after it
    auto out = finding("f", "2026-04-01", "");
    out.state = events::FindingState::false_positive;
    counts.count(out);
    EXPECT_EQ(counts.opened, 3);
    EXPECT_EQ(counts.repaired, 2);
    EXPECT_EQ(counts.open, 2);
    EXPECT_EQ(counts.days_to_repair(), 71);  // of 4 and 71: the upper one
    EXPECT_EQ(counts.hours_to_warn(), 48);
    EXPECT_EQ(counts.repaired_within(7), 33.3);   // b of b, c, d
    EXPECT_EQ(counts.repaired_within(90), 50.0);  // c is too young to be asked
    FindingCounts::Lists const lists{.opened = "/o?x=1", .repaired = "/r?x=1", .open = "/p?x=1"};
    auto const months = counts.by_month([](Period const& period) {
        return FindingCounts::Lists{.opened = "/o?" + format_period(period), .repaired = "/r", .open = "/p"};
    });
    ASSERT_EQ(months.lines.size(), 4U);
    EXPECT_EQ(months.lines[1].key, "2026-03");
    EXPECT_EQ(months.lines[1].values[1], 1.0);
    EXPECT_EQ(months.lines[1].link(0), "/o?2026-03-01/2026-04-01");
    EXPECT_EQ(months.lines[1].link(1), "/r");
    auto const by_sector = counts.by_sector(0, lists);
    ASSERT_EQ(by_sector.lines.size(), 2U);
    EXPECT_EQ(by_sector.lines[0].key, "");
    EXPECT_EQ(by_sector.lines[0].link(2), "/p?x=1&sector=none");
    EXPECT_EQ(by_sector.lines[1].key, "energy");
    EXPECT_EQ(by_sector.lines[1].link(0), "/o?x=1&sector=energy");
    EXPECT_EQ(by_sector.lines[1].link(3), "");  // no such column
}

TEST(Counting, FoldsSmallLinesSoThatNobodyCanBeRecognised) {
    Sectors const sectors{{1, "a"}, {2, "b"}, {3, "c"}};
    std::unordered_map<std::string, Timestamp> const told;
    FindingCounts counts({day("2026-01-01"), day("2027-01-01")}, day("2027-01-01"), told, sectors);
    auto const add = [&](std::int64_t organisation, int times) {
        for (int i = 0; i < times; ++i)
            counts.count(finding(fmt::format("{}-{}", organisation, i), "2026-02-01", "", "phishing", organisation));
    };
    add(1, 20);
    add(2, 9);
    add(3, 1);
    auto const table = counts.by_sector(fewest_shown, {});
    // One of "c" alone could be had by taking the lines from the whole: "b" is folded with it.
    ASSERT_EQ(table.lines.size(), 2U);
    EXPECT_EQ(table.lines[0].key, "a");
    EXPECT_EQ(table.lines[1].key, "other");
    EXPECT_EQ(table.lines[1].values[0], 10.0);
    EXPECT_EQ(table.lines[0].link(0), "&sector=a");
    EXPECT_EQ(table.lines[1].link(0), "");  // it would name what was folded for being small
    EXPECT_EQ(counts.by_sector(0, {}).lines.size(), 3U);
}

TEST(Numbers, AreSafeForSpreadsheetsAndSayWhereThereAreNone) {
    Report report{.period = {day("2026-01-01"), day("2027-01-01")}, .made = day("2027-01-15"), .team = "Team"};
    report.figures = {{"findings.opened", 12, Unit::count, "/findings?first_from=2026-01-01"},
                      {"warnings.hours", std::nullopt, Unit::hours}};
    report.tables = {{.id = "readiness.assessments",
                      .columns = {"level"},
                      .units = {Unit::level},
                      .lines = {{.key = "=HYPERLINK(\"x\")", .values = {2.5}}}}};
    auto const gate = plain_gate();
    auto const passed = gate.clear(std::move(report), gate::Recipient::team(access::command_principal()));
    ASSERT_TRUE(passed);
    auto const csv = as_csv(*passed);
    EXPECT_NE(csv.find(",findings.opened,,12,count,/findings?first_from=2026-01-01\r\n"), std::string::npos) << csv;
    EXPECT_NE(csv.find(",warnings.hours,,,hours,\r\n"), std::string::npos) << csv;
    EXPECT_NE(csv.find("\"'=HYPERLINK(\"\"x\"\")\",level,2.50,level"), std::string::npos) << csv;
    EXPECT_NE(as_json(*passed).find(R"("id":"warnings.hours","value":null)"), std::string::npos);
}

TEST(Audiences, DecideOverTheMarking) {
    Report report{.audience = Audience::everybody, .period = {day("2026-01-01"), day("2027-01-01")}, .made = {}};
    auto const gate = plain_gate();
    EXPECT_TRUE(gate.clear(report, gate::Recipient::everyone()));
    report.audience = Audience::ministry;
    EXPECT_FALSE(gate.clear(report, gate::Recipient::everyone()));
}

TEST(Words, AreTheSameInSixLanguages) {
    auto const english = Words::of("en");
    ASSERT_TRUE(english);
    for (auto const language : readiness::languages) {
        auto const words = Words::of(language);
        ASSERT_TRUE(words) << language;
        for (auto const& [key, text] : (*english)->all()) {
            EXPECT_TRUE((*words)->has(key)) << language << " lacks " << key;
            for (auto const* const name : {"{n}", "{from}", "{to}", "{date}", "{team}", "{tlp}"})
                EXPECT_EQ(text.find(name) == std::string::npos, (*words)->get(key).find(name) == std::string_view::npos)
                    << language << " " << key << " " << name;
        }
        EXPECT_EQ((*words)->all().size(), (*english)->all().size()) << language;
    }
    EXPECT_FALSE(Words::of("de"));
}

}  // namespace
}  // namespace tocsin::reports
