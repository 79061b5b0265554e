#include "events/finding_brief.hpp"
#include "events/recheck.hpp"
#include "events/test_house.hpp"

#include <algorithm>

namespace tocsin::events {
namespace {

/// A house with a register: organisations 1 and 2.
class RecheckTest : public ::testing::Test {
  protected:
    RecheckTest() {
        std::string name = "/tmp/tocsin-recheck-XXXXXX";
        folder = ::mkdtemp(name.data());
        std::vector<store::Migration> tables;
        for (auto const room : {access::migrations(), constituency::migrations(), migrations()})
            tables.insert(tables.end(), room.begin(), room.end());
        ledger = store::Ledger::open(folder / "ledger.sqlite", tables).value();
        register_ = std::make_unique<constituency::Constituency>(*ledger, clock, constituency::Settings());
        for (auto const* name_of_one : {"North", "South"}) {
            constituency::OrganisationDraft draft;
            draft.name = name_of_one;
            EXPECT_TRUE(register_->directory().add(draft, by));
        }
        Options options;
        options.directory = folder;
        options.catalogue = std::make_shared<FeedCatalogue const>(FeedCatalogue::open().value());
        options.surroundings = [] { return std::make_shared<EvenOwners>(); };
        options.clock = &clock;
        options.workers = 1;
        events = Events::open(*ledger, std::move(options)).value();
    }
    ~RecheckTest() override {
        events.reset();
        register_.reset();
        ledger.reset();
        std::filesystem::remove_all(folder);
    }

    Rechecks rechecks() {
        return Rechecks(
            {.ledger = *ledger, .constituency = *register_, .gate = gate, .events = *events, .clock = clock},
            [this](Question const& question) {
                asked.push_back(question.address);
                return answer(question);
            });
    }
    void turn_on(std::chrono::seconds gap = std::chrono::seconds(0)) {
        RecheckSettings settings;
        settings.agent = "test";
        settings.per_minute = 600;
        settings.per_network_an_hour = 10'000;
        settings.gap = gap;
        settings.after_answer = {std::chrono::hours(24)};
        ASSERT_TRUE(rechecks().turn_on(settings, by));
    }
    constituency::ResourceId hold(std::int64_t organisation, std::string_view network) {
        constituency::ResourceDraft draft;
        draft.organisation = {organisation};
        draft.value = network;
        draft.verified = true;
        auto const made = register_->directory().add(draft, by);
        EXPECT_TRUE(made) << made.error().message;
        return made ? made->id : constituency::ResourceId();
    }
    Result<Permission> permit(std::int64_t organisation, std::string_view network,
                              std::chrono::hours life = std::chrono::hours(240)) {
        PermissionDraft draft{.organisation = {organisation},
                              .networks = {*parse_prefix(network)},
                              .given_by = "the head",
                              .given = clock.now(),
                              .ends = clock.now() + life,
                              .evidence = "a letter"};
        return rechecks().permit(draft, by);
    }
    static Finding finding_at(std::string_view address, std::int64_t organisation = 1) {
        Finding finding;
        finding.id = fmt::format("made-up-{}", address);
        finding.identifier = "open-telnet";
        finding.transport = "tcp";
        finding.address = parse_ip(address);
        finding.port = 23;
        finding.organisation = organisation;
        return finding;
    }
    /// A finding that is there, of organisation 1.
    std::string seen(std::string const& day) {
        auto const path = folder / (day + ".jsonl");
        EXPECT_TRUE(store::write_file(path, EngineLine::line("192.0.2.2", day + "T03:00:00Z") + "\n"));
        return take(path);
    }
    /// A round of the feed without it.
    void missed(std::string const& day) {
        auto const path = folder / (day + ".jsonl");
        EXPECT_TRUE(store::write_file(path, EngineLine::line("198.51.100.9", day + "T03:00:00Z") + "\n"));
        take(path);
    }
    std::string take(std::filesystem::path const& path) {
        IngestRequest request;
        request.feed = "generic/idf";
        auto const totals = events->ingest(path, request);
        EXPECT_TRUE(totals) << totals.error().message;
        FindingFilter filter;
        filter.addresses = {*parse_address_range("192.0.2.2")};
        auto const page = events->findings(everything, filter, FindingOrder::address, {"", 1});
        return page && !page->items.empty() ? page->items.front().id : std::string();
    }
    Finding finding(std::string const& id) { return events->finding(everything, id).value(); }
    void at(std::string_view time) { clock.set(*parse_timestamp(time)); }

    struct EngineLine : EngineTest {
        using EngineTest::line;
        void TestBody() override {}
    };

    access::Principal const by = access::command_principal();
    gate::Gate gate{gate::World()};
    Scope const everything = gate.scope<StoredEvent>(gate::Recipient::team(by));
    std::filesystem::path folder;
    FixedClock clock{parse_timestamp("2026-11-23T10:00:00Z").value()};
    std::unique_ptr<store::Ledger> ledger;
    std::unique_ptr<constituency::Constituency> register_;
    std::unique_ptr<Events> events;
    std::vector<IpAddress> asked;
    std::function<Answered(Question const&)> answer = [](Question const&) {
        return Answered{Verdict::closed, net::Seen::refused, "closed"};
    };
};

TEST_F(RecheckTest, IsOffUntilTurnedOnAndOffAgainAtOnce) {
    hold(1, "192.0.2.0/24");
    ASSERT_TRUE(permit(1, "192.0.2.0/24"));
    auto const finding = finding_at("192.0.2.2");
    EXPECT_EQ(rechecks().plan(finding)->refusal, "off");
    EXPECT_EQ(rechecks().request(finding, RecheckCause::team, by).error().code, Code::denied);
    turn_on();
    ASSERT_TRUE(rechecks().request(finding, RecheckCause::team, by));
    ASSERT_TRUE(rechecks().turn_off(by));
    EXPECT_EQ(rechecks().run().value(), 0);
    EXPECT_TRUE(asked.empty());
    EXPECT_EQ(rechecks().waiting().value(), 0) << "what waited was dropped";
    EXPECT_EQ(rechecks().list(1)->front().verdict, Verdict::not_asked);
}

TEST_F(RecheckTest, SaysWhyItWillNotAsk) {
    turn_on();
    hold(1, "192.0.2.0/24");
    hold(1, "10.0.0.0/8");
    hold(2, "192.0.2.64/26");
    ASSERT_TRUE(permit(1, "192.0.2.0/24"));
    ASSERT_TRUE(permit(1, "10.0.0.0/8"));
    auto const refusal = [&](Finding const& finding) { return rechecks().plan(finding)->refusal; };
    EXPECT_EQ(refusal(finding_at("192.0.2.2")), "");
    EXPECT_EQ(refusal(finding_at("192.0.2.70")), "other_owner") << "a customer's network inside";
    EXPECT_EQ(refusal(finding_at("192.0.2.70", 2)), "no_permission");
    EXPECT_EQ(refusal(finding_at("198.51.100.1")), "other_owner");
    EXPECT_EQ(refusal(finding_at("10.1.2.3")), "not_global");
    EXPECT_EQ(refusal(finding_at("192.0.2.2", 0)), "no_owner");
    auto other = finding_at("192.0.2.2");
    other.identifier = "open-snmp";
    EXPECT_EQ(refusal(other), "no_check");
    other = finding_at("192.0.2.2");
    other.address.reset();
    EXPECT_EQ(refusal(other), "no_address");
    clock.set(clock.now() + std::chrono::hours(241));
    EXPECT_EQ(refusal(finding_at("192.0.2.2")), "no_permission") << "it ended";
}

TEST_F(RecheckTest, NamedNetworksOpenPrivateAddressesAndNothingOfThisWire) {
    RecheckSettings settings;
    settings.agent = "test";
    settings.reachable = {*parse_prefix("0.0.0.0/0"), *parse_prefix("::/0")};
    ASSERT_TRUE(rechecks().turn_on(settings, by));
    for (auto const* network : {"10.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "127.0.0.0/8"}) {
        hold(1, network);
        ASSERT_TRUE(permit(1, network));
    }
    EXPECT_EQ(rechecks().plan(finding_at("10.1.2.3"))->refusal, "");
    EXPECT_EQ(rechecks().plan(finding_at("127.0.0.2"))->refusal, "");
    EXPECT_EQ(rechecks().plan(finding_at("169.254.169.254"))->refusal, "not_global");
    EXPECT_EQ(rechecks().plan(finding_at("224.0.0.1"))->refusal, "not_global");
}

TEST_F(RecheckTest, PermissionsNameWhatIsWrongWithThem) {
    hold(1, "192.0.2.0/24");
    auto const message = [](auto const& result) { return result ? std::string("no error") : result.error().message; };
    EXPECT_NE(message(permit(1, "198.51.100.0/24")).find("does not lie in prefixes"), std::string::npos);
    EXPECT_NE(message(permit(1, "192.0.2.0/24", std::chrono::hours(24 * 800))).find("two years"), std::string::npos);
    EXPECT_EQ(permit(9, "192.0.2.0/24").error().code, Code::not_found);
    auto const made = permit(1, "192.0.2.0/24");
    ASSERT_TRUE(made);
    ASSERT_TRUE(rechecks().withdraw(made->id, "they asked", by));
    EXPECT_EQ(rechecks().withdraw(made->id, "again", by).error().code, Code::not_found);
    EXPECT_EQ(rechecks().permissions()->front().reason, "they asked") << "it stays on record";
}

TEST_F(RecheckTest, PermissionWithdrawnOrNetworkMovedWhileItWaitsIsNotAsked) {
    turn_on();
    auto const resource = hold(1, "192.0.2.0/25");
    hold(1, "192.0.2.128/25");
    ASSERT_TRUE(permit(1, "192.0.2.0/25"));
    auto const second = permit(1, "192.0.2.128/25");
    ASSERT_TRUE(rechecks().request(finding_at("192.0.2.2"), RecheckCause::team, by));
    ASSERT_TRUE(rechecks().request(finding_at("192.0.2.200"), RecheckCause::team, by));
    ASSERT_TRUE(register_->directory().remove(resource, 0, by));
    ASSERT_TRUE(rechecks().withdraw(second->id, "", by));
    EXPECT_EQ(rechecks().run().value(), 0);
    EXPECT_TRUE(asked.empty());
    for (auto const& one : *rechecks().list(10)) EXPECT_EQ(one.verdict, Verdict::not_asked) << one.detail;
}

/// Random registers and permissions that change while questions wait, against a plain statement of the rule.
TEST_F(RecheckTest, NoAddressOutsidePermissionAndRegisterIsEverAsked) {
    Random random(20261127);
    struct Given {
        IpPrefix network;
        std::int64_t organisation;
        Permission permission;
        bool is_withdrawn;
    };
    std::vector<std::pair<IpPrefix, std::int64_t>> held;
    std::vector<constituency::ResourceId> resources;
    std::vector<Given> given;
    turn_on();
    auto const network = [&] {
        auto const length = static_cast<std::uint8_t>(120 + random.below(6));
        IpAddress const address = IpAddress::v4(0xc000'0200U + static_cast<std::uint32_t>(random.below(256)));
        return IpPrefix{masked(address, length), length};
    };
    auto const may = [&](IpAddress address, std::int64_t organisation) {
        int longest = -1;
        std::int64_t owner = 0;
        for (auto const& [prefix, holder] : held)
            if (prefix.contains(address) && prefix.length > longest) longest = prefix.length, owner = holder;
        return owner == organisation && std::ranges::any_of(given, [&](Given const& one) {
                   return one.organisation == organisation && !one.is_withdrawn && one.network.contains(address) &&
                          clock.now() < one.permission.ends;
               });
    };
    answer = [&](Question const& question) {
        auto const all = rechecks().list(10'000).value();
        auto const now = std::ranges::find(all, RecheckState::running, &Recheck::state);
        EXPECT_TRUE(now != all.end() && now->address == question.address && may(question.address, now->organisation))
            << format_ip(question.address);
        return Answered{Verdict::unclear, net::Seen::silent, ""};
    };
    int refused = 0;
    for (int step = 0; step < 400; ++step) {
        auto const organisation = static_cast<std::int64_t>(1 + random.below(2));
        switch (random.below(6)) {
            case 0: {
                auto const prefix = network();
                if (std::ranges::any_of(held, [&](auto const& one) { return one.first == prefix; })) break;
                resources.push_back(hold(organisation, format_prefix(prefix)));
                held.emplace_back(prefix, organisation);
                break;
            }
            case 1: {
                if (held.empty()) break;
                auto const which = static_cast<std::ptrdiff_t>(random.below(held.size()));
                ASSERT_TRUE(register_->directory().remove(resources[static_cast<std::size_t>(which)], 0, by));
                held.erase(held.begin() + which);
                resources.erase(resources.begin() + which);
                break;
            }
            case 2: {
                auto const prefix = network();
                auto const made = permit(organisation, format_prefix(prefix), std::chrono::hours(1 + random.below(50)));
                if (made) given.push_back({prefix, organisation, *made, false});
                break;
            }
            case 3: {
                if (given.empty()) break;
                auto& one = given[random.below(given.size())];
                one.is_withdrawn = one.is_withdrawn || rechecks().withdraw(one.permission.id, "", by).has_value();
                break;
            }
            case 4:
                for (int i = 0; i < 10; ++i) {
                    auto const text = fmt::format("192.0.2.{}", random.below(256));
                    auto const is_asked =
                        rechecks().request(finding_at(text, organisation), RecheckCause::team, by).has_value();
                    EXPECT_EQ(is_asked, may(*parse_ip(text), organisation)) << text;
                    refused += !is_asked;
                }
                break;
            default:
                if (random.chance(0.3)) clock.set(clock.now() + std::chrono::hours(random.below(20)));
                ASSERT_TRUE(rechecks().run());
        }
    }
    EXPECT_GT(asked.size(), 20U);
    EXPECT_GT(refused, 20);
}

TEST_F(RecheckTest, KeepsToItsLimits) {
    RecheckSettings settings;
    settings.agent = "test";
    settings.per_minute = 3;
    settings.per_network_an_hour = 4;
    settings.gap = std::chrono::minutes(15);
    ASSERT_TRUE(rechecks().turn_on(settings, by));
    hold(1, "192.0.2.0/24");
    ASSERT_TRUE(permit(1, "192.0.2.0/24"));
    for (int i = 0; i < 6; ++i)
        ASSERT_TRUE(rechecks().request(finding_at(fmt::format("192.0.2.{}", 2 * i)), RecheckCause::team, by));
    EXPECT_EQ(rechecks().run().value(), 3) << "a minute";
    clock.set(clock.now() + std::chrono::minutes(2));
    EXPECT_EQ(rechecks().run().value(), 1) << "an hour of one network";
    clock.set(clock.now() + std::chrono::minutes(59));
    EXPECT_EQ(rechecks().run().value(), 2);
    auto const again = rechecks().request(finding_at("192.0.2.10"), RecheckCause::owner, by);
    EXPECT_EQ(again->state, RecheckState::done) << "asked just now: that answer is given";
    EXPECT_EQ(asked.size(), 6U);
}

TEST_F(RecheckTest, NetworkThatHasHadItsShareHoldsNobodyUp) {
    RecheckSettings settings;
    settings.agent = "test";
    settings.per_network_an_hour = 1;
    ASSERT_TRUE(rechecks().turn_on(settings, by));
    for (auto const* network : {"192.0.2.0/24", "198.51.100.0/24"}) {
        hold(1, network);
        ASSERT_TRUE(permit(1, network));
    }
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(rechecks().request(finding_at(fmt::format("192.0.2.{}", i)), RecheckCause::team, by));
    ASSERT_TRUE(rechecks().request(finding_at("198.51.100.7"), RecheckCause::team, by));
    EXPECT_EQ(rechecks().run().value(), 2);
    EXPECT_EQ(asked.back(), *parse_ip("198.51.100.7"));
}

TEST_F(RecheckTest, WhatAKillLeftUnderWayBeforeItWasTurnedOffIsDropped) {
    turn_on();
    hold(1, "192.0.2.0/24");
    ASSERT_TRUE(permit(1, "192.0.2.0/24"));
    ASSERT_TRUE(rechecks().request(finding_at("192.0.2.2"), RecheckCause::team, by));
    ASSERT_TRUE(ledger->write([&](store::Transaction& tx) -> Status {
        CHECK(tx.run("UPDATE events_recheck SET state = 1, run_by = 'gone', attempts = 1"));
        return {};
    }));
    ASSERT_TRUE(rechecks().turn_off(by));
    EXPECT_EQ(rechecks().run().value(), 0);
    EXPECT_EQ(rechecks().list(1)->front().verdict, Verdict::not_asked);
    EXPECT_TRUE(asked.empty());
}

TEST_F(RecheckTest, ClosedIsRepairedUntilTheFeedSeesItAgain) {
    turn_on();
    hold(1, "192.0.2.0/24");
    ASSERT_TRUE(permit(1, "192.0.2.0/24"));
    auto const id = seen("2026-11-22");
    EXPECT_EQ(finding(id).state, FindingState::open);
    ASSERT_TRUE(rechecks().request(finding(id), RecheckCause::team, by));
    ASSERT_EQ(rechecks().run().value(), 1);
    EXPECT_EQ(finding(id).state, FindingState::repaired);
    EXPECT_EQ(finding(id).repaired, clock.now());
    EXPECT_FALSE(finding(id).said) << "the owner has said nothing";
    std::optional<Timestamp> closed;
    std::function<bool(FindingBrief const&)> const look = [&](FindingBrief const& brief) {
        closed = brief.closed;
        return true;
    };
    ASSERT_TRUE(events->scan_briefly(everything, {}, std::span(&look, 1)));
    EXPECT_EQ(closed, clock.now()) << "the simulator of rules warns no longer, either";
    FindingFilter repaired;
    repaired.states = {FindingState::repaired};
    EXPECT_EQ(events->count(everything, repaired).value(), 1);
    auto const said = events->statements(everything, id).value();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_TRUE(is_by_recheck(said.front()));
    EXPECT_FALSE(last_verdicts(*ledger)->at(id).is_open);
    at("2026-11-25T10:00:00Z");
    seen("2026-11-24");
    EXPECT_EQ(finding(id).state, FindingState::back);
    EXPECT_FALSE(finding(id).repaired);
}

TEST_F(RecheckTest, FoundOpenItStaysOpenAgainstTheFeedsSilence) {
    turn_on();
    hold(1, "192.0.2.0/24");
    ASSERT_TRUE(permit(1, "192.0.2.0/24"));
    auto const id = seen("2026-11-20");
    for (auto const* day : {"2026-11-21", "2026-11-22", "2026-11-23"}) missed(day);
    EXPECT_EQ(finding(id).state, FindingState::repaired) << "by its feed";
    answer = [](Question const&) { return Answered{Verdict::still_open, net::Seen::answered, "login:"}; };
    ASSERT_TRUE(rechecks().request(finding(id), RecheckCause::team, by));
    ASSERT_EQ(rechecks().run().value(), 1);
    EXPECT_EQ(finding(id).state, FindingState::open);
    EXPECT_FALSE(finding(id).repaired);
    at("2026-11-27T10:00:00Z");
    for (auto const* day : {"2026-11-24", "2026-11-25"}) missed(day);
    EXPECT_EQ(finding(id).state, FindingState::open) << "two rounds since it was found";
    missed("2026-11-26");
    EXPECT_EQ(finding(id).state, FindingState::repaired);
    ASSERT_TRUE(finding(id).repaired);
    EXPECT_EQ(format_date(*finding(id).repaired), "2026-11-24");
}

TEST_F(RecheckTest, UnclearChangesNothing) {
    turn_on();
    hold(1, "192.0.2.0/24");
    ASSERT_TRUE(permit(1, "192.0.2.0/24"));
    auto const id = seen("2026-11-22");
    answer = [](Question const&) { return Answered{Verdict::unclear, net::Seen::silent, "no answer"}; };
    ASSERT_TRUE(rechecks().request(finding(id), RecheckCause::team, by));
    ASSERT_EQ(rechecks().run().value(), 1);
    EXPECT_EQ(finding(id).state, FindingState::open);
    EXPECT_TRUE(events->statements(everything, id)->empty());
    EXPECT_TRUE(last_verdicts(*ledger)->empty());
}

TEST_F(RecheckTest, AnOwnersRepairedIsLookedAtLaterAndOnce) {
    hold(1, "192.0.2.0/24");
    ASSERT_TRUE(permit(1, "192.0.2.0/24"));
    auto const id = seen("2026-11-22");
    ASSERT_TRUE(events->say({{id}, Saying::repaired, false, "North", "before it was on"}));
    turn_on();
    EXPECT_EQ(rechecks().schedule().value(), 0) << "what was said while it was off";
    ASSERT_TRUE(events->say({{id}, Saying::repaired, false, "North", "done"}));
    EXPECT_EQ(rechecks().schedule().value(), 1);
    EXPECT_EQ(rechecks().schedule().value(), 0);
    EXPECT_EQ(rechecks().run().value(), 0) << "not before a day has passed";
    clock.set(clock.now() + std::chrono::hours(25));
    EXPECT_EQ(rechecks().run().value(), 1);
    EXPECT_EQ(rechecks().list(1)->front().cause, RecheckCause::answer);
    EXPECT_EQ(finding(id).said, Saying::repaired);
}

TEST_F(RecheckTest, WhatAKillLeftUnderWayIsTakenUpAndRecordedOnce) {
    turn_on();
    hold(1, "192.0.2.0/24");
    ASSERT_TRUE(permit(1, "192.0.2.0/24"));
    auto const id = seen("2026-11-22");
    ASSERT_TRUE(rechecks().request(finding(id), RecheckCause::team, by));
    auto const sql = [&](std::string_view text) {
        ASSERT_TRUE(ledger->write([&](store::Transaction& tx) -> Status {
            CHECK(tx.run(text));
            return {};
        }));
    };
    // Killed while it was asked: the row says running, by a process that is gone.
    sql("UPDATE events_recheck SET state = 1, run_by = 'gone', attempts = 1");
    ASSERT_EQ(rechecks().run().value(), 1);
    EXPECT_EQ(events->statements(everything, id)->size(), 1U);
    // Killed between the verdict and its statement; and behind both.
    sql("DELETE FROM events_statement");
    sql("UPDATE events_recheck SET told = 0");
    ASSERT_EQ(rechecks().run().value(), 0);
    EXPECT_EQ(events->statements(everything, id)->size(), 1U);
    sql("UPDATE events_recheck SET told = 0");
    ASSERT_EQ(rechecks().run().value(), 0);
    EXPECT_EQ(events->statements(everything, id)->size(), 1U);
    // Again and again: it ends as unclear.
    sql("UPDATE events_recheck SET state = 1, run_by = 'gone', attempts = 3, verdict = NULL");
    ASSERT_EQ(rechecks().run().value(), 0);
    EXPECT_EQ(rechecks().list(1)->front().verdict, Verdict::unclear);
}

TEST_F(RecheckTest, EachContactIsInTheAuditLogBeforeItIsMade) {
    turn_on();
    hold(1, "192.0.2.0/24");
    ASSERT_TRUE(permit(1, "192.0.2.0/24"));
    auto const entries = [&] {
        return ledger
            ->read([](store::Transaction& tx) { return access::audit_entries(tx, {.what = "recheck.contact"}); })
            .value();
    };
    answer = [&](Question const&) {
        EXPECT_EQ(entries().size(), 1U);
        return Answered{};
    };
    ASSERT_TRUE(rechecks().request(finding_at("192.0.2.2"), RecheckCause::team, by));
    ASSERT_EQ(rechecks().run().value(), 1);
    EXPECT_NE(entries().front().details.find("\"address\":\"192.0.2.2\""), std::string::npos);
}

}  // namespace
}  // namespace tocsin::events
