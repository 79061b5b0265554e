#include "events/test_house.hpp"

#include <algorithm>
#include <map>

namespace tocsin::events {
namespace {

namespace fs = std::filesystem;

TEST_F(EngineTest, AReportBecomesEventsAndFindingsOfTheirOwners) {
    auto const totals = ingest(report(
        "a.jsonl", {line("192.0.2.1", "2026-11-22T01:00:00Z"), line("192.0.2.2", "2026-11-22T01:00:00Z"),
                    line("192.0.2.2", "2026-11-22T02:00:00Z"), line("192.0.2.2", "2026-11-22T02:00:00Z"), "{no json"}));
    EXPECT_EQ(totals.reports, 1);
    EXPECT_EQ(totals.events, 3);
    EXPECT_EQ(totals.duplicates, 1);
    EXPECT_EQ(totals.rejected, 1);
    EXPECT_EQ(totals.attributed, 2);
    auto const findings = all_findings();
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(format_ip(*findings[1].address), "192.0.2.2");
    EXPECT_EQ(findings[1].times, 2);
    EXPECT_EQ(findings[1].organisation, 1);
    EXPECT_EQ(findings[1].port, 23);
    EXPECT_EQ(findings[1].identifier, "open-telnet");
    EXPECT_EQ(findings[1].country, "XA");
    EXPECT_EQ(findings[0].organisation, 0);
    auto const page = events->search(everything, {}, EventOrder::newest_first, {});
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(page->items.size(), 3U);
    EXPECT_EQ(page->items[0].finding, findings[1].id);
    EXPECT_NE(page->items[0].fields.find(R"("extra.banner":"login: \"x\"")"), std::string::npos)
        << page->items[0].fields;
    EXPECT_NE(page->items[0].fields.find(R"("source.geolocation.city":"Port Example")"), std::string::npos);
    EXPECT_NE(page->items[0].fields.find(R"("source.asn":64496)"), std::string::npos);
    auto const severity = page->items[0].fields.find(R"("severity":"medium")");
    EXPECT_NE(severity, std::string::npos);
    EXPECT_EQ(page->items[0].fields.find("severity", severity + 10), std::string::npos);  // once
    std::string next;
    auto const rejected = events->rejected(everything, "", std::nullopt, {}, next);
    ASSERT_TRUE(rejected);
    ASSERT_EQ(rejected->size(), 1U);
    EXPECT_EQ(rejected->front().raw, "{no json");
    EXPECT_EQ(rejected->front().record, 5);
}

TEST_F(EngineTest, TheSameBytesAgainAreARedelivery) {
    auto const file = report("a.jsonl", {line("192.0.2.1", "2026-11-22T01:00:00Z")});
    EXPECT_EQ(ingest(file).events, 1);
    auto const again = ingest(file);
    EXPECT_EQ(again.events, 0);
    EXPECT_EQ(again.redelivered, 1);
    EXPECT_EQ(events->count(everything, EventFilter()).value(), 1);
}

TEST_F(EngineTest, PushedReportsAreProcessedOnceAlsoAfterReopening) {
    auto const text =
        line("192.0.2.1", "2026-11-22T01:00:00Z") + "\n" + line("2001:db8::2", "2026-11-22T01:00:00Z") + "\n";
    auto const first = events->accept(text, "push.jsonl", "generic/idf", ReportOrigin::push);
    ASSERT_TRUE(first) << first.error().message;
    reopen();  // accepted, not processed: it is in the spool
    auto const totals = events->process_pending();
    ASSERT_TRUE(totals) << totals.error().message;
    EXPECT_EQ(totals->events, 2);
    EXPECT_EQ(events->report(everything, first->id)->state, ReportState::done);
    auto const second = events->accept(text, "push.jsonl", "generic/idf", ReportOrigin::push);
    EXPECT_EQ(second->state, ReportState::redelivered);
    EXPECT_EQ(events->process_pending()->events, 0);
    reopen();
    EXPECT_EQ(events->count(everything, EventFilter()).value(), 2);
    EXPECT_EQ(all_findings().size(), 2U);
    EXPECT_TRUE(fs::is_empty(folder / "spool"));
}

TEST_F(EngineTest, AFindingIsRepairedWhenItsFeedCameThreeRoundsWithoutItAndBackWhenSeenAgain) {
    auto const day = [&](int d, bool with) {
        auto const date = fmt::format("2026-11-{:02}", d);
        std::vector<std::string> lines = {line("192.0.2.9", date + "T01:00:00Z")};
        if (with) lines.push_back(line("192.0.2.2", date + "T01:00:00Z"));
        clock.set(parse_timestamp(date + "T10:00:00Z").value());
        ingest(report(date + ".jsonl", lines));
    };
    FindingFilter of;
    of.addresses = {parse_address_range("192.0.2.2").value()};
    day(1, true);
    day(2, false);
    day(3, false);
    EXPECT_EQ(all_findings(of).front().state, FindingState::open);
    EXPECT_EQ(all_findings(of).front().missed_rounds, 2);
    day(4, false);
    EXPECT_EQ(all_findings(of).front().state, FindingState::repaired);
    EXPECT_EQ(format_date(*all_findings(of).front().repaired), "2026-11-02");
    day(5, true);
    reopen();
    EXPECT_EQ(all_findings(of).front().state, FindingState::back);
    EXPECT_EQ(all_findings(of).front().returns, 1);
    of.states = {FindingState::open};
    EXPECT_EQ(all_findings(of).size(), 1U);
}

TEST_F(EngineTest, StatementsRuleAndReopenAndAreKept) {
    ingest(report("a.jsonl", {line("192.0.2.2", "2026-11-22T01:00:00Z")}));
    auto const id = all_findings().front().id;
    ASSERT_TRUE(events->say({{id}, Saying::repaired, false, "Owner", "done"}));
    ASSERT_TRUE(events->say({{id}, Saying::false_positive, true, "anna", "a honeypot"}));
    EXPECT_EQ(events->say({{"1-18--c0000299"}, Saying::seen, false, "x", ""}).error().code, Code::not_found);
    reopen();
    EXPECT_EQ(all_findings().front().state, FindingState::false_positive);
    EXPECT_EQ(all_findings().front().said, Saying::repaired);
    ASSERT_TRUE(events->say({{id}, Saying::reopened, true, "anna", ""}));
    EXPECT_EQ(events->finding(everything, id)->state, FindingState::open);
    EXPECT_EQ(events->statements(everything, id)->size(), 3U);
    auto const detail = events->finding_detail(everything, id);
    ASSERT_TRUE(detail) << detail.error().message;
    EXPECT_EQ(detail->events.size(), 1U);
    EXPECT_EQ(detail->rounds.size(), 1U);
}

TEST_F(EngineTest, ReattributionGivesFindingsTheirNewOwner) {
    ingest(report("a.jsonl", {line("192.0.2.1", "2026-11-22T01:00:00Z"), line("192.0.2.2", "2026-11-22T01:00:00Z")}));
    EXPECT_EQ(events->unowned(everything, std::nullopt, 10)->size(), 1U);
    auto const before = events->watermark();
    owners = std::make_shared<EvenOwners>(7);
    EXPECT_EQ(events->reattribute().value(), 1);
    EXPECT_EQ(events->reattribute().value(), 0);
    FindingFilter changed;
    changed.organisations = {7};
    changed.changed_after = before;
    auto const found = all_findings(changed);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().times, 1);
    EXPECT_TRUE(events->unowned(everything, std::nullopt, 10)->empty());
}

TEST_F(EngineTest, SearchesPageByPageWithoutLossOrRepeat) {
    std::vector<std::string> lines;
    for (int i = 0; i < 250; ++i)
        lines.push_back(
            line(fmt::format("192.0.2.{}", i % 200), fmt::format("2026-11-22T{:02}:00:00Z", i % 24), 1000 + i));
    ingest(report("a.jsonl", lines));
    std::map<std::uint64_t, int> seen;
    std::string after;
    do {
        auto const page = events->search(everything, {}, EventOrder::newest_first, {after, 33});
        ASSERT_TRUE(page) << page.error().message;
        for (auto const& event : page->items) ++seen[event.id];
        after = page->next;
    } while (!after.empty());
    EXPECT_EQ(seen.size(), 250U);
    EventFilter filter;
    filter.conditions = {parse_field_condition("extra.banner~LOGIN").value(),
                         parse_field_condition("comment=c").value(),
                         parse_field_condition("source.geolocation.city~example").value(),
                         parse_field_condition("malware.name!=mirai").value()};
    EXPECT_EQ(events->count(everything, filter).value(), 250);
    filter.conditions = {parse_field_condition("source.port<1010").value()};
    EXPECT_EQ(events->count(everything, filter).value(), 10);
    filter.conditions = {};
    filter.addresses = {parse_address_range("192.0.2.0/28").value()};
    EXPECT_EQ(events->count(everything, filter).value(), 32);
    std::map<std::string, int> pages;
    after.clear();
    do {
        auto const page = events->findings(everything, {}, FindingOrder::last_seen_down, {after, 33});
        ASSERT_TRUE(page) << page.error().message;
        for (auto const& finding : page->items) ++pages[finding.id];
        after = page->next;
    } while (!after.empty());
    EXPECT_EQ(pages.size(), 250U);
    auto const groups = events->aggregate(
        everything, EventFilter(), {.by = {"type", "severity"}, .bucket = "day", .limit = 10, .with_addresses = true});
    ASSERT_TRUE(groups) << groups.error().message;
    ASSERT_EQ(groups->groups.size(), 1U);
    EXPECT_EQ(groups->groups[0].key, (std::vector<std::string>{"2026-11-22T00:00:00Z", "vulnerable-system", "medium"}));
    EXPECT_EQ(groups->groups[0].addresses, 200);
    EXPECT_EQ(groups->total, 250);
}

TEST_F(EngineTest, ExportsAsLinesCsvAndParquet) {
    ingest(report("a.jsonl", {line("192.0.2.1", "2026-11-22T01:00:00Z"), line("2001:db8::1", "2026-11-22T01:00:00Z")}));
    for (auto const format : {ExportFormat::jsonl, ExportFormat::csv, ExportFormat::parquet}) {
        auto const count = events->export_to(everything, folder / "out", {}, format);
        ASSERT_TRUE(count) << count.error().message;
        EXPECT_EQ(count->count, 2);
        auto const text = store::read_file(folder / "out").value();
        if (format == ExportFormat::parquet) EXPECT_TRUE(text.starts_with("PAR1"));
        if (format != ExportFormat::parquet) EXPECT_NE(text.find("2001:db8::1"), std::string::npos);
    }
}

TEST_F(EngineTest, RejectedRowsBecomeEventsWhenTheyAreReadAgainAndGood) {
    ingest(report("a.jsonl", {line("192.0.2.1", "2026-11-22T01:00:00Z"), "{bad"}));
    auto const again = events->replay("", std::nullopt);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->events, 0);
    EXPECT_EQ(again->rejected, 1);
    // mended by hand in the ledger, as a mended definition would do
    ASSERT_TRUE(ledger->write([&](store::Transaction& t) -> Status {
        CHECK(t.run("UPDATE events_rejected SET raw = ?", {line("192.0.2.3", "2026-11-22T01:00:00Z")}));
        return {};
    }));
    auto const good = events->replay("generic/idf", std::nullopt);
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(good->events, 1);
    EXPECT_EQ(events->replay("", std::nullopt)->events, 0);
    auto const first = events->report(everything, 1);
    EXPECT_EQ(first->events, 2);
    EXPECT_EQ(first->rejected, 0);
    EXPECT_EQ(first->state, ReportState::done);
    EXPECT_EQ(all_findings().size(), 2U);
}

TEST_F(EngineTest, AReportThatWasBrokenOffGoesOnBehindWhatWasCommitted) {
    segment_rows = 4096;
    reopen();
    std::vector<std::string> lines;
    for (int i = 0; i < 20000; ++i)
        lines.push_back(line(fmt::format("10.0.{}.{}", i / 250, i % 250), "2026-11-22T01:00:00Z"));
    auto const file = report("a.jsonl", lines);
    IngestRequest request;
    request.feed = "generic/idf";
    request.is_cancelled = [this] { return events->watermark() >= 2; };
    auto const part = events->ingest(file, request);
    ASSERT_TRUE(part) << part.error().message;
    EXPECT_LT(part->events, 20000);
    EXPECT_GE(part->events, 8192);
    reopen();
    EXPECT_EQ(ingest(file).events, 20000);
    EXPECT_EQ(events->count(everything, EventFilter()).value(), 20000);
    EXPECT_EQ(events->count(everything, FindingFilter()).value(), 20000);
    EXPECT_EQ(events->report(everything, 1)->duplicates, 0);
}

/// The naive model: every accepted (address, port, time) once; a finding for each address and port.
TEST_F(EngineTest, ManyReportsInSmallSegmentsGiveWhatANaiveModelGives) {
    segment_rows = 100;
    reopen();
    Random random(42);
    std::map<std::pair<std::string, int>, std::map<std::string, int>> model;
    std::int64_t rows = 0;
    for (int r = 0; r < 60; ++r) {
        std::vector<std::string> lines;
        for (auto n = random.below(r % 7 == 0 ? 900 : 40) + 1; n > 0; --n) {
            auto const ip = fmt::format("198.51.100.{}", random.below(60));
            auto const port = static_cast<int>(random.below(3));
            auto const time = fmt::format("2026-11-{:02}T{:02}:00:00Z", 1 + r % 3, random.below(24));
            lines.push_back(line(ip, time, port));
            ++model[{ip, port}][time];
            ++rows;
        }
        lines.push_back(fmt::format("{{\"comment\":\"report {}\"}}", r));  // no two reports are alike
        auto const totals = ingest(report(fmt::format("{}.jsonl", r), lines));
        EXPECT_EQ(totals.events + totals.duplicates + totals.rejected, static_cast<std::int64_t>(lines.size()));
        if (r % 20 == 19) reopen();
    }
    std::int64_t distinct = 0;
    for (auto const& [key, times] : model) distinct += static_cast<std::int64_t>(times.size());
    EXPECT_LT(distinct, rows);
    EventFilter telnet;
    telnet.identifiers = {"open-telnet"};
    EXPECT_EQ(events->count(everything, telnet).value(), distinct);
    FindingFilter of;
    of.identifiers = {"open-telnet"};
    auto const findings = all_findings(of);
    ASSERT_EQ(findings.size(), model.size());
    for (auto const& finding : findings) {
        auto const& times = model.at({format_ip(*finding.address), int(*finding.port)});
        EXPECT_EQ(finding.times, static_cast<std::int64_t>(times.size()));
        EXPECT_EQ(format_timestamp(finding.first_seen), times.begin()->first);
        EXPECT_EQ(format_timestamp(finding.last_seen), times.rbegin()->first);
    }
    EXPECT_TRUE(events->check()->empty());
}

}  // namespace
}  // namespace tocsin::events
