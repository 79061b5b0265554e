#include "events/test_house.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

/// Every reader of the room against a naive statement of who may see what, in random worlds from a seed.
namespace tocsin::events {
namespace {

using gate::OrganisationId;
using gate::Recipient;
using gate::Tlp;

constexpr std::int64_t organisations = 6;  ///< 0: nobody's; 1 is above 2, 2 above 3; 4 and 5 stand alone

bool is_below(std::int64_t below, std::int64_t above) {
    return (above == 1 && (below == 2 || below == 3)) || (above == 2 && below == 3);
}

class ByLastByte final : public Surroundings {
  public:
    void attribute(std::span<Subject const> subjects, std::span<Attribution> answers) const override {
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            answers[i].organisation = static_cast<std::int64_t>(subjects[i].address.low % organisations);
            answers[i].lane = answers[i].organisation == 0 ? Lane::none : Lane::own;
        }
    }
};

struct Seen {
    int number = 0;
    IpAddress address;
    int port = 23;
    std::string identifier, severity;
    Timestamp time;
    std::optional<Tlp> told;
    std::size_t report = 0;

    Tlp tlp() const { return told.value_or(Tlp::amber); }
    std::int64_t organisation() const { return static_cast<std::int64_t>(address.low % organisations); }
    auto finding() const { return std::tuple(address, port, identifier); }
    std::string line() const {
        auto const marking = told ? fmt::format(R"("tlp":"{}",)", uppered(gate::name_of(*told))) : std::string();
        return fmt::format(
            R"({{"source.ip":"{}","source.port":{},"time.source":"{}","classification.taxonomy":"vulnerable",)"
            R"("classification.type":"vulnerable-system","classification.identifier":"{}","severity":"{}",{})"
            R"("protocol.transport":"tcp","extra.number":"n{}n"}})",
            format_ip(address), port, format_timestamp(time), identifier, severity, marking, number);
    }
};

/// Who asks, and the naive answer to what they may have.
struct Asker {
    std::string name;
    Recipient recipient;
    std::function<bool(Tlp, std::int64_t organisation)> may;
};

access::Principal member(access::Role role) {
    access::Principal principal;
    principal.who = "account:1";
    principal.role = role;
    principal.via = access::Via::session;
    principal.account = {1};
    return principal;
}

std::vector<Asker> askers() {
    auto pusher = member(access::Role::analyst);
    pusher.feeds = {"generic/idf"};
    auto const is_for = [](std::int64_t one) {
        return [one](Tlp tlp, std::int64_t of) {
            if (tlp == Tlp::red) return false;
            if (tlp == Tlp::amber_strict) return of == one;
            return of == one || is_below(of, one);
        };
    };
    auto const nothing = [](Tlp, std::int64_t) { return false; };
    std::vector<Asker> all = {
        {"analyst", Recipient::team(member(access::Role::analyst)), [](Tlp, std::int64_t) { return true; }},
        {"viewer", Recipient::team(member(access::Role::viewer)),
         [](Tlp tlp, std::int64_t) { return tlp != Tlp::red; }},
        {"pusher", Recipient::team(pusher), nothing},
        {"public", Recipient::everyone(), nothing},
    };
    for (std::int64_t const one : {1, 2, 3, 4})
        all.push_back(
            {fmt::format("organisation {}", one), Recipient::constituent(OrganisationId{one}, "x"), is_for(one)});
    all.push_back({"peer", Recipient::peer(OrganisationId{1}, "peer", Tlp::green),
                   [own = is_for(1)](Tlp tlp, std::int64_t of) { return tlp <= Tlp::green && own(tlp, of); }});
    return all;
}

class ScopeTest : public EngineTest {
  protected:
    ScopeTest() { owners = std::make_shared<ByLastByte>(); }

    gate::Gate const family{gate::World{
        .is_within = [](OrganisationId below,
                        OrganisationId above) { return below == above || is_below(below.value, above.value); },
        .kin_of =
            [](OrganisationId one) {
                gate::Kin kin;
                for (std::int64_t id = 1; id < organisations; ++id) {
                    if (is_below(id, one.value)) kin.below.push_back({id});
                    if (is_below(one.value, id)) kin.above.push_back({id});
                }
                return kin;
            }}};

    /// Reports of some rows each, one of them bad.
    void fill(std::uint64_t seed, int rows, int rows_a_report) {
        Random random(seed);
        auto const start = parse_timestamp("2026-11-10T00:00:00Z").value();
        std::vector<std::string> lines;
        for (int i = 0; i < rows; ++i) {
            Seen one;
            one.number = i;
            one.address = parse_ip(fmt::format("192.0.2.{}", random.below(36))).value();
            one.port = random.chance(0.5) ? 23 : 80;
            one.identifier = random.chance(0.5) ? "open-telnet" : "open-http";
            one.severity = random.chance(0.5) ? "high" : "low";
            one.time = start + std::chrono::minutes(random.below(10 * 24 * 60));
            // a report is mostly of one marking, as feeds are
            if (random.chance(0.9))
                one.told = static_cast<Tlp>((seed + static_cast<std::uint64_t>(i / rows_a_report)) % 5);
            if (random.chance(0.1)) one.told = static_cast<Tlp>(random.below(5));
            one.report = static_cast<std::size_t>(i / rows_a_report);
            lines.push_back(one.line());
            world.push_back(one);
            if ((i + 1) % rows_a_report == 0) {
                lines.push_back("{bad");
                ingest(report(fmt::format("{}.jsonl", one.report), std::exchange(lines, {})));
            }
        }
    }

    Scope scope_for(Asker const& asker) const { return family.scope<StoredEvent>(asker.recipient); }

    /// Some question, and whether an event is an answer to it.
    struct Question {
        EventFilter events;
        FindingFilter findings;
        std::function<bool(Seen const&)> of_event = [](Seen const&) { return true; };
        std::function<bool(Seen const&)> of_finding = [](Seen const&) { return true; };
    };
    static Question question(Random& random) {
        Question asked;
        auto const both = [&](auto const& set, std::function<bool(Seen const&)> holds) {
            set(asked.events);
            set(asked.findings);
            asked.of_event = asked.of_finding = std::move(holds);
        };
        switch (random.below(6)) {
            case 0: {
                auto const range = parse_address_range("192.0.2.8/29").value();
                both([&](auto& filter) { filter.addresses = {range}; },
                     [range](Seen const& s) { return s.address >= range.first && s.address <= range.last; });
                break;
            }
            case 1: {
                auto const of = static_cast<std::int64_t>(random.below(organisations));
                both([&](auto& filter) { filter.organisations = {of}; },
                     [of](Seen const& s) { return s.organisation() == of; });
                break;
            }
            case 2:
                both([](auto& filter) { filter.identifiers = {"open-http"}; },
                     [](Seen const& s) { return s.identifier == "open-http"; });
                break;
            case 3:
                both([](auto& filter) { filter.ports = {80}; }, [](Seen const& s) { return s.port == 80; });
                break;
            case 4: {
                auto const to = parse_timestamp("2026-11-15T00:00:00Z").value();
                asked.events.to = to;
                asked.events.severities = {"high"};
                asked.of_event = [to](Seen const& s) { return s.time < to && s.severity == "high"; };
                break;
            }
            default:
                // asked for by name, it is still not given
                asked.events.conditions = {{"tlp", FieldCondition::Is::equal, "RED"}};
                asked.of_event = [](Seen const& s) { return s.tlp() == Tlp::red; };
        }
        return asked;
    }

    std::set<int> naive_events(Asker const& asker, Question const& asked) const {
        std::set<int> numbers;
        for (auto const& one : world)
            if (asked.of_event(one) && asker.may(one.tlp(), one.organisation())) numbers.insert(one.number);
        return numbers;
    }
    using FindingName = std::tuple<IpAddress, int, std::string>;
    std::map<FindingName, Tlp> naive_findings(Asker const& asker, Question const& asked) const {
        std::map<FindingName, Tlp> strictest;
        for (auto const& one : world)
            if (asked.of_finding(one)) strictest[one.finding()] = std::max(strictest[one.finding()], one.tlp());
        std::erase_if(strictest, [&](auto const& one) {
            return !asker.may(one.second, static_cast<std::int64_t>(std::get<0>(one.first).low % organisations));
        });
        return strictest;
    }

    static std::set<int> numbers_in(std::string_view text) {
        std::set<int> numbers;
        constexpr std::string_view mark = "\"n";
        for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1))
            if (auto const end = text.find("n\"", at + 2); end != std::string_view::npos)
                if (auto const number = parse_int(text.substr(at + 2, end - at - 2)))
                    numbers.insert(static_cast<int>(*number));
        return numbers;
    }

    void expect_events(Asker const& asker, Question const& asked, Random& random);
    void expect_groups(Scope const& scope, Question const& asked, std::set<int> const& expected);
    void expect_files(Asker const& asker);
    void expect_findings(Asker const& asker, Question const& asked, Random& random);
    void expect_reports(Asker const& asker);
    void expect_nothing_by_id(Asker const& asker);

    std::vector<Seen> world;
    int cases = 0;
};

void ScopeTest::expect_events(Asker const& asker, Question const& asked, Random& random) {
    auto const scope = scope_for(asker);
    auto const expected = naive_events(asker, asked);
    auto const count = static_cast<std::int64_t>(expected.size());
    EXPECT_EQ(events->count(scope, asked.events).value(), count);
    std::set<int> searched;
    PageRequest page{.after = "", .limit = 20 + random.below(200)};
    auto const order = random.chance(0.5) ? EventOrder::newest_first : EventOrder::oldest_first;
    do {
        auto const some = events->search(scope, asked.events, order, page).value();
        for (auto const& one : some.items) searched.merge(numbers_in(one.fields));
        page.after = some.next;
    } while (!page.after.empty());
    EXPECT_EQ(searched, expected);
    expect_groups(scope, asked, expected);
    cases += 3;
}

void ScopeTest::expect_groups(Scope const& scope, Question const& asked, std::set<int> const& expected) {
    std::map<std::vector<std::string>, std::int64_t> wanted, found;
    for (auto const& one : world)
        if (expected.contains(one.number))
            ++wanted[{format_timestamp(Timestamp::from_day(one.time.day())),
                      one.organisation() == 0 ? "" : std::to_string(one.organisation()), one.severity}];
    auto const groups =
        events->aggregate(scope, asked.events, {.by = {"organisation", "severity"}, .bucket = "day", .limit = 10'000})
            .value();
    for (auto const& group : groups.groups) found[group.key] += group.count;
    EXPECT_EQ(found, wanted);
    EXPECT_EQ(groups.total, static_cast<std::int64_t>(expected.size()));
    auto const few = events->aggregate(scope, asked.events, {.by = {"port"}, .bucket = "", .limit = 1}).value();
    EXPECT_EQ(few.total, static_cast<std::int64_t>(expected.size())) << "what a limit leaves out is counted within";
}

void ScopeTest::expect_files(Asker const& asker) {
    auto const scope = scope_for(asker);
    auto const expected = naive_events(asker, {});
    auto strictest = Tlp::clear;
    for (auto const& one : world)
        if (expected.contains(one.number)) strictest = std::max(strictest, one.tlp());
    auto const is_whole = [&](Extent const& extent) {
        return extent.count == static_cast<std::int64_t>(expected.size()) && extent.strictest == strictest;
    };
    EXPECT_TRUE(is_whole(events->extent(scope, EventFilter()).value()));
    for (auto const format : {ExportFormat::jsonl, ExportFormat::csv, ExportFormat::parquet}) {
        auto const file = folder / "out";
        EXPECT_TRUE(is_whole(events->export_to(scope, file, {}, format).value()));
        auto const text = store::read_file(file).value();
        if (format == ExportFormat::jsonl) EXPECT_EQ(numbers_in(text), expected);
        if (format == ExportFormat::csv) EXPECT_EQ(numbers_in(replaced(text, "\"\"", "\"")), expected);
    }
    std::set<int> scanned;
    EXPECT_TRUE(events->scan(scope, EventFilter(), [&](std::span<StoredEvent const> some) {
        for (auto const& one : some) scanned.merge(numbers_in(one.fields));
        return true;
    }));
    EXPECT_EQ(scanned, expected);
    std::optional<Timestamp> oldest;
    for (auto const& one : world)
        if (expected.contains(one.number)) oldest = std::min(oldest.value_or(one.time), one.time);
    EXPECT_EQ(events->oldest(scope).value(), oldest);
    cases += 9;
}

void ScopeTest::expect_findings(Asker const& asker, Question const& asked, Random& random) {
    auto const scope = scope_for(asker);
    auto const expected = naive_findings(asker, asked);
    auto const count = static_cast<std::int64_t>(expected.size());
    EXPECT_EQ(events->count(scope, asked.findings).value(), count);
    auto strictest = Tlp::clear;
    for (auto const& [name, tlp] : expected) strictest = std::max(strictest, tlp);
    auto const extent = events->extent(scope, asked.findings).value();
    EXPECT_EQ(extent.count, count);
    EXPECT_EQ(extent.strictest, strictest);
    std::map<FindingName, Tlp> listed, scanned;
    auto const into = [](auto& all, Finding const& one) {
        all[{*one.address, int{one.port.value_or(0)}, one.identifier}] = marking_of(one.tlp);
    };
    PageRequest page{.after = "", .limit = 1 + random.below(20)};
    auto const order = static_cast<FindingOrder>(random.below(8));
    do {
        auto const some = events->findings(scope, asked.findings, order, page).value();
        for (auto const& one : some.items) into(listed, one);
        page.after = some.next;
    } while (!page.after.empty());
    EXPECT_EQ(listed, expected);
    EXPECT_TRUE(events->scan(scope, asked.findings, [&](Finding const& one) { return into(scanned, one), true; }));
    EXPECT_EQ(scanned, expected);
    std::map<std::string, std::int64_t> groups, wanted;
    for (auto const& [name, tlp] : expected) ++wanted[std::to_string(std::get<1>(name))];
    auto const ports = events->aggregate(scope, asked.findings, {.by = {"port"}, .bucket = ""}).value();
    for (auto const& group : ports.groups) groups[group.key.front()] = group.count;
    EXPECT_EQ(groups, wanted);
    EXPECT_EQ(ports.total, count);
    cases += 5;
}

void ScopeTest::expect_nothing_by_id(Asker const& asker) {
    auto const scope = scope_for(asker);
    auto const all_findings = naive_findings({"", {}, [](Tlp, std::int64_t) { return true; }}, {});
    auto const mine = naive_findings(asker, {});
    EXPECT_TRUE(events->scan(everything, FindingFilter(), [&](Finding const& one) {
        bool const is_mine = mine.contains({*one.address, int{one.port.value_or(0)}, one.identifier});
        auto const got = events->finding(scope, one.id);
        EXPECT_EQ(got.has_value(), is_mine);
        EXPECT_EQ(events->statements(scope, one.id).has_value(), is_mine);
        if (!is_mine) EXPECT_EQ(got.error().message, fmt::format("there is no finding \"{}\"", one.id));
        ++cases;
        return true;
    }));
    std::int64_t unowned = 0, nobodys = 0;
    for (auto const& network : events->unowned(scope, std::nullopt, 10).value()) unowned += network.findings;
    for (auto const& [name, tlp] : mine) nobodys += std::get<0>(name).low % organisations == 0 ? 1 : 0;
    EXPECT_EQ(unowned, nobodys);
    int tried = 0;
    EXPECT_TRUE(events->scan(everything, EventFilter(), [&](std::span<StoredEvent const> some) {
        for (auto const& one : some) {
            if (++tried % 20 != 0) continue;
            bool const is_mine = asker.may(marking_of(one.tlp), one.organisation);
            auto const got = events->event(scope, one.id);
            EXPECT_EQ(got.has_value(), is_mine);
            if (!got) EXPECT_EQ(got.error().message, fmt::format("there is no event e-{:x}", one.id));
            ++cases;
        }
        return true;
    }));
}

void ScopeTest::expect_reports(Asker const& asker) {
    auto const scope = scope_for(asker);
    std::map<std::size_t, Tlp> strictest;  // of reports; they are nobody's, and their feed is AMBER
    for (auto const& one : world) strictest[one.report] = std::max({strictest[one.report], one.tlp(), Tlp::amber});
    std::set<std::string> wanted, found;
    std::int64_t rows = 0;
    for (auto const& one : world) rows += asker.may(strictest[one.report], 0) ? 1 : 0;
    for (auto const& [number, tlp] : strictest)
        if (asker.may(tlp, 0)) wanted.insert(fmt::format("{}.jsonl", number));
    std::string next;
    for (auto const& one : events->reports(scope, "", std::nullopt, {.after = "", .limit = 1000}, next).value())
        found.insert(one.name);
    EXPECT_EQ(found, wanted);
    for (auto const& one : events->reports(everything, "", std::nullopt, {.after = "", .limit = 1000}, next).value()) {
        auto const got = events->report(scope, one.id);
        EXPECT_EQ(got.has_value(), wanted.contains(one.name));
        if (!got) EXPECT_EQ(got.error().message, fmt::format("there is no report {}", one.id));
    }
    auto const bad = events->rejected(scope, "", std::nullopt, {.after = "", .limit = 1000}, next).value();
    std::set<std::string> of_bad;
    for (auto const& row : bad) of_bad.insert(row.report_name);
    EXPECT_EQ(of_bad, wanted) << "each report has one bad row";
    std::int64_t reasons = 0;
    for (auto const& [reason, count] : events->rejected_reasons(scope, "").value()) reasons += count;
    EXPECT_EQ(reasons, static_cast<std::int64_t>(wanted.size()));
    auto const health = events->feed_health(scope).value();
    ASSERT_EQ(health.size(), wanted.empty() ? 0U : 1U) << "a feed of which nothing may be seen is not listed";
    auto const one = events->feed_health(scope, "generic/idf").value();
    std::int64_t volume = 0;
    for (auto const& [day, count] : one.volume) volume += count;
    EXPECT_EQ(one.reports, static_cast<std::int64_t>(wanted.size()));
    EXPECT_EQ(one.events, rows);
    EXPECT_EQ(volume, rows);
    EXPECT_EQ(one.kept, static_cast<std::int64_t>(wanted.size()));
    EXPECT_EQ(one.last_report.has_value(), !wanted.empty());
    cases += 8;
}

TEST_F(ScopeTest, EveryReaderGivesWhatTheNaiveStatementAllows) {
    fill(20261126, 480, 40);
    Random random(7);
    for (auto const& asker : askers()) {
        SCOPED_TRACE(asker.name);
        for (int i = 0; i < 4; ++i) expect_events(asker, question(random), random);
        for (int i = 0; i < 25; ++i) expect_findings(asker, question(random), random);
        expect_files(asker);
        expect_reports(asker);
        expect_nothing_by_id(asker);
        if (HasFailure()) return;
    }
    EXPECT_GT(cases, 2'000);
}

TEST_F(ScopeTest, MarkingsOfReportsFromBeforeTheyHadOneAreFoundAtTheNextStart) {
    fill(3, 120, 20);
    ASSERT_TRUE(ledger->write([](store::Transaction& tx) { return tx.run("UPDATE events_report SET tlp = NULL"); }));
    for (auto const& asker : askers())
        if (asker.name == "viewer") {
            std::string next;
            EXPECT_TRUE(events->reports(scope_for(asker), "", std::nullopt, {}, next)->empty()) << "not known is RED";
        }
    reopen();
    for (auto const& asker : askers()) expect_reports(asker);
}

TEST_F(ScopeTest, TheDetailOfAFindingTellsWithinTheScopeOnly) {
    auto const row = [&](std::string const& identifier, std::string const& tlp, int number) {
        return fmt::format(
            R"({{"source.ip":"192.0.2.1","source.port":23,"time.source":"2026-11-2{}T01:00:00Z","tlp":"{}",)"
            R"("classification.type":"vulnerable-system","classification.identifier":"{}","extra.number":"n{}n"}})",
            number, tlp, identifier, number);
    };
    ingest(report("a.jsonl", {row("open-telnet", "AMBER", 1), row("open-http", "RED", 2)}));
    auto const viewer = family.scope<StoredEvent>(Recipient::team(member(access::Role::viewer)));
    std::string open, hidden;
    for (auto const& one : all_findings()) (one.identifier == "open-http" ? hidden : open) = one.id;
    EXPECT_EQ(events->finding_detail(everything, open)->related.size(), 1U);
    EXPECT_TRUE(events->finding_detail(viewer, open)->related.empty());
    EXPECT_EQ(events->finding_detail(viewer, hidden).error().code, Code::not_found);
    ingest(report("b.jsonl", {row("open-telnet", "RED", 3)}));
    EXPECT_EQ(events->finding_detail(viewer, open).error().code, Code::not_found) << "it has become RED as a whole";
    EventFilter of_it;
    of_it.finding = open;
    EXPECT_EQ(events->count(viewer, of_it).value(), 1) << "what was said in AMBER stays";
}

}  // namespace
}  // namespace tocsin::events
