#include "app/simulation/nation_files.hpp"
#include "app/simulation/report_files.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <unistd.h>

namespace tocsin::app::simulation {
namespace {

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / fmt::format("tocsin-simulation-{}", ::getpid());
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};

bool is_fictional(IpAddress address) {
    for (auto const text :
         {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15", "2001:db8::/32"})
        if (parse_prefix(text)->contains(address)) return true;
    return false;
}

std::string all_rows(ReportRows const& report, std::uint64_t rows, RowCounts& counts) {
    std::string text;
    report.append(text, 0, rows, counts);
    return text;
}

TEST(Nation, IsTheSameForTheSameSeedAndAnotherForAnother) {
    auto const one = make_nation({.seed = 7});
    auto const same = make_nation({.seed = 7});
    auto const other = make_nation({.seed = 8});
    EXPECT_EQ(one.organisations.size(), 1000U);
    EXPECT_EQ(asn_table(one, 100, AsnForm::iptoasn), asn_table(same, 100, AsnForm::iptoasn));
    EXPECT_TRUE(
        std::ranges::equal(one.organisations, same.organisations, {}, &Organisation::domain, &Organisation::domain));
    EXPECT_NE(one.name, other.name);
}

TEST(Nation, HasOnlyFictionalNetworksThatDoNotOverlapAndDomainsThatAreUnique) {
    auto const nation = make_nation({.seed = 3, .organisations = 2000, .prefixes = 9000});
    std::vector<IpPrefix> announced;
    for (auto const& network : nation.networks) {
        EXPECT_TRUE(is_fictional(network.announced.first()) && is_fictional(network.announced.last()));
        EXPECT_TRUE(network.announced.contains(network.prefix.first()) &&
                    network.announced.contains(network.prefix.last()));
        announced.push_back(network.announced);
    }
    std::ranges::sort(announced);
    for (std::size_t i = 1; i < announced.size(); ++i) ASSERT_LT(announced[i - 1].last(), announced[i].first());
    EXPECT_EQ(announced.size() + nation.aggregates.size(), 9000U);
    std::set<std::string> domains, names;
    for (auto const& organisation : nation.organisations) {
        EXPECT_TRUE(organisation.domain.ends_with(".example"));
        EXPECT_TRUE(domains.insert(organisation.domain).second) << organisation.domain;
        EXPECT_TRUE(names.insert(organisation.name).second) << organisation.name;
        EXPECT_FALSE(organisation.contacts.empty());
    }
}

TEST(Reports, CountWhatTheyHoldExactly) {
    auto const nation = make_nation({.seed = 5, .prefixes = 300});
    auto const& type = *find_report_type("scan_telnet");
    Population const population(nation, {.seed = 9, .slots = 20'000, .days = 14});
    ReportRows const report(
        nation, type, population,
        {.seed = 9, .first_day = *parse_date("2026-01-05"), .day = 13, .rows = 20'000, .is_gone = {}});
    RowCounts counts;
    auto const text = all_rows(report, 20'000, counts);
    EXPECT_EQ(counts.distinct + counts.repeats + counts.broken, 20'000U);
    EXPECT_NEAR(static_cast<double>(counts.repeats), 2000, 200);
    std::set<std::string_view> distinct;
    std::uint64_t broken = 0;
    for (auto const line : split(std::string_view(text).substr(0, text.size() - 1), '\n')) {
        if (std::ranges::count(line, ',') != 14 || !line.starts_with("\"2026-01-18 ") || line.contains("10.300.")) {
            ++broken;
            continue;
        }
        distinct.insert(line.substr(22));  // behind the time
    }
    EXPECT_EQ(broken, counts.broken);
    EXPECT_EQ(distinct.size(), counts.distinct);
}

TEST(Reports, KeepMostHostsFromDayToDay) {
    auto const nation = make_nation({.seed = 5});
    Population const population(nation, {.seed = 1, .ipv6 = true, .slots = 5000, .days = 30});
    std::set<IpAddress> first, next, last;
    for (std::uint64_t slot = 0; slot < 5000; ++slot) {
        first.insert(population.host(slot, 0).address);
        next.insert(population.host(slot, 1).address);
        last.insert(population.host(slot, 29).address);
        EXPECT_TRUE(is_fictional(population.host(slot, 29).address));
    }
    EXPECT_EQ(first.size(), 5000U);
    EXPECT_EQ(next.size(), 5000U);
    std::vector<IpAddress> both;
    std::ranges::set_intersection(first, next, std::back_inserter(both));
    EXPECT_GT(both.size(), 4000U);
    EXPECT_LT(both.size(), 5000U);
    both.clear();
    std::ranges::set_intersection(first, last, std::back_inserter(both));
    EXPECT_LT(both.size(), 2500U);
}

TEST(Reports, AreTheSameBytesAsAFileAndInParts) {
    auto const nation = make_nation({.seed = 5});
    auto const& type = *find_report_type("scan_ics");
    Population const population(nation, {.seed = 2, .slots = 45'000, .days = 2});
    ReportRows const report(nation, type, population,
                            {.seed = 2, .first_day = *parse_date("2026-01-05"), .rows = 45'000, .is_gone = {}});
    Folder const folder;
    auto const written = write_report(report, 45'000, folder.path);
    ASSERT_TRUE(written);
    std::string expected;
    report.append_header(expected);
    RowCounts counts;
    expected += all_rows(report, 45'000, counts);
    EXPECT_EQ(written->bytes, expected.size());
    EXPECT_EQ(*store::read_file(written->file), expected);
}

}  // namespace
}  // namespace tocsin::app::simulation
