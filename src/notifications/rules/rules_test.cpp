#include "notifications/rules.hpp"

#include "constituency/notice_settings.hpp"
#include "notifications/channels.hpp"
#include "notifications/rules/judge.hpp"
#include "notifications/rules/outgoing.hpp"
#include "notifications/test_house.hpp"

namespace tocsin::notifications {
namespace {

using constituency::OrganisationKind;

access::Principal person(std::int64_t account) {
    access::Principal one;
    one.who = fmt::format("account:{}", account);
    one.name = fmt::format("person {}", account);
    one.role = access::Role::administrator;
    one.via = access::Via::session;
    one.account = {account};
    return one;
}

std::string faults_of(std::string_view text) {
    return rules::text_of(rules::parse_rules(text).faults);
}

class Rules : public ::testing::Test {
  protected:
    void set(std::string_view text) {
        auto const saved = house.room->rules().set(person(1), text, "a test");
        ASSERT_TRUE(saved) << saved.error().message;
    }
    std::int64_t owner(std::string const& name, std::string const& email = "") {
        auto const id = house.organisation(name);
        house.contact(id, email.empty() ? "abuse@" + lowered(name) + ".example" : email);
        return id;
    }
    std::int64_t organisation(std::string name, OrganisationKind kind, std::int64_t parent, std::string email) {
        constituency::OrganisationDraft draft;
        draft.name = std::move(name);
        draft.kind = kind;
        draft.parent = {parent};
        auto const id = house.people->directory().add(draft, access::command_principal())->id.value;
        if (!email.empty()) house.contact(id, std::move(email));
        return id;
    }
    Plan plan(bool ignore_interval = true) {
        auto made = house.room->plan(access::server_principal(), {.hold = {}, .ignore_interval = ignore_interval});
        EXPECT_TRUE(made) << (made ? "" : made.error().message);
        return made ? *std::move(made) : Plan{};
    }
    void pass(std::chrono::seconds time) { house.clock.set(house.clock.now() + time); }
    std::string reasons(Plan const& made) {
        std::string all;
        for (auto const& one : made.left_out) all += one.reason + "\n";
        return all;
    }

    TestHouse house;
};

TEST(RuleFile, NamesRuleLineFieldAndWhatWasExpected) {
    auto const faults =
        faults_of("[[rule]]\nname = \"A\"\nwhen = { severity = \"huge\" }\ninterval = \"soon\"\ncolour = 1\n");
    EXPECT_NE(faults.find("line 3: \"A\": when.severity: expected one of critical, high"), std::string::npos) << faults;
    EXPECT_NE(faults.find("line 4: \"A\": interval: expected a time"), std::string::npos) << faults;
    EXPECT_NE(faults.find("line 5: \"A\": colour: expected one of name, when"), std::string::npos) << faults;
    EXPECT_NE(faults_of("[[rule]]\nname =").find("line 2"), std::string::npos);
    EXPECT_NE(faults_of("[[rule]]\nname = \"A\"\n[[rule]]\nname = \"A\"\n").find("a name that no other has"),
              std::string::npos);
    EXPECT_NE(faults_of("[[escalation]]\nname = \"E\"\nsteps = [{ after = \"7d\", to = \"parent\" }, { after = \"3d\", "
                        "to = \"regulator\" }]\n")
                  .find("a longer time than the step before"),
              std::string::npos);
    EXPECT_NE(faults_of("[[rule]]\nname = \"A\"\nquiet_hours = \"22-7\"\n").find("22:00-07:00"), std::string::npos);
    EXPECT_EQ(faults_of(""), "");
}

TEST(RuleFile, NoInputMakesItFallOver) {
    std::string const whole =
        "time_zone = \"Africa/Nairobi\"\n[[rule]]\nname = \"A\"\nwhen = { feed = [\"a/*\"], network = \"192.0.2.0/24\" "
        "}\n"
        "threshold = { findings = 3 }\nquiet_hours = \"22:00-07:00\"\n[[escalation]]\nname = \"E\"\nsteps = [{ after = "
        "\"7d\", to = \"parent\" }]\n";
    EXPECT_EQ(faults_of(whole), "");
    for (std::size_t end = 0; end < whole.size(); ++end) {
        (void)rules::parse_rules(whole.substr(0, end));
        auto changed = whole;
        changed[end] = '[';
        (void)rules::parse_rules(changed);
    }
}

TEST(RuleWords, AreCodesWithTheirValuesAndEnglishForTheCommandLine) {
    auto const parsed = rules::parse_rules(
        "[[rule]]\nname = \"A\"\nwhen = { severity = \"high\", feed = [\"a/*\", \"b\"], open_for = \"36h\" }\n"
        "do = \"hold\"\ninterval = \"at once\"\nreminder = \"never\"\nquiet_hours = \"22:00-07:00\"\n"
        "to_roles = [\"abuse\", \"duty\"]\napproval = \"two\"\n");
    ASSERT_TRUE(parsed.faults.empty());
    auto const when = parsed.set.rules.front().when.words(), then = parsed.set.rules.front().then.words();
    EXPECT_EQ(when, (std::vector<RuleSaying>{
                        {"when.severity", {"high"}}, {"when.feed", {"a/*", "b"}}, {"when.open_for", {"36h"}}}));
    EXPECT_EQ(english(when), "severity at least high, feed a/* or b, open for at least 36h");
    EXPECT_EQ(english(then),
              "hold, at once, no reminder, quiet 22:00-07:00 where the owner is, but critical, approved by 2, to abuse "
              "or duty");
    for (auto const code : rule_saying_codes()) EXPECT_FALSE(english(RuleSaying{std::string(code)}).contains('{'));
}

TEST(RuleWords, StarsStandForAnything) {
    EXPECT_TRUE(rules::fits("shadowserver/*", "shadowserver/scan_telnet"));
    EXPECT_TRUE(rules::fits("*telnet*", "Open-Telnet-x"));
    EXPECT_TRUE(rules::fits("*", ""));
    EXPECT_FALSE(rules::fits("open-*t", "open-telnets"));
    EXPECT_FALSE(rules::fits("", "a"));
}

TEST(QuietHours, EndByTheClockOnTheOwnersWall) {
    rules::QuietHours const night{22 * 60, 7 * 60, "", 0};
    rules::Wall const nairobi("Africa/Nairobi");  // three hours ahead
    EXPECT_EQ(rules::end_of_quiet(night, nairobi, at("2026-11-23T20:00:00Z")), at("2026-11-24T04:00:00Z"));
    EXPECT_EQ(rules::end_of_quiet(night, nairobi, at("2026-11-23T03:59:00Z")), at("2026-11-23T04:00:00Z"));
    EXPECT_EQ(rules::end_of_quiet(night, nairobi, at("2026-11-23T04:00:00Z")), std::nullopt);
    EXPECT_EQ(rules::end_of_quiet(night, nairobi, at("2026-11-23T18:59:00Z")), std::nullopt);
    EXPECT_EQ(rules::zone_of_country("KE"), "Africa/Nairobi");
    EXPECT_EQ(rules::zone_of_country("BR"), "");  // its clocks do not agree
    EXPECT_EQ(rules::zone_of_country("XA"), "");
    // The night on which clocks go forward ends at seven as the clocks then show it.
    rules::Wall const madrid("Europe/Madrid");
    EXPECT_EQ(rules::end_of_quiet(night, madrid, at("2026-03-28T22:00:00Z")), at("2026-03-29T05:00:00Z"));
}

TEST_F(Rules, TheFirstThatMatchesDecidesAndTheSettingsTakeTheRest) {
    auto const bank = owner("Bank");
    house.findings = {finding(bank, 1, "open-telnet", "critical"), finding(bank, 2, "open-rdp", "medium"),
                      finding(bank, 3, "noise", "medium")};
    set(R"([[rule]]
name = "noise"
when = { identifier = "noise" }
do = "drop"
[[rule]]
name = "critical"
when = { severity = "critical", organisation = "B*" }
do = "hold"
)");
    auto const made = plan();
    ASSERT_EQ(made.notifications, 2);
    EXPECT_NE(reasons(made).find("the rule \"noise\" leaves it out"), std::string::npos) << reasons(made);
    std::map<State, std::int64_t> states;
    for (auto const& one : house.all()) states[one.state] += one.findings;
    EXPECT_EQ(states[State::held], 1);
    EXPECT_EQ(states[State::queued], 1);
}

TEST_F(Rules, WithoutAFileTheSettingsDecideAlone) {
    auto const bank = owner("Bank");
    house.findings = {finding(bank, 1, "open-telnet", "critical"), finding(bank, 2, "open-rdp", "info")};
    auto const made = plan();
    EXPECT_EQ(made.notifications, 1);
    EXPECT_EQ(made.findings, 1);
    EXPECT_NE(reasons(made).find("below the least severity"), std::string::npos);
    EXPECT_EQ(house.room->rules().current()->version, 0);
}

TEST_F(Rules, EachLaneKeepsItsOwnInterval) {
    auto const bank = owner("Bank");
    set("[[rule]]\nname = \"critical\"\nwhen = { severity = \"critical\" }\ninterval = \"at once\"\n");
    house.findings = {finding(bank, 1, "open-telnet", "critical"), finding(bank, 2, "open-rdp")};
    EXPECT_EQ(plan(false).notifications, 2);
    house.findings.push_back(finding(bank, 3, "open-telnet", "critical"));
    house.findings.push_back(finding(bank, 4, "open-rdp"));
    auto const made = plan(false);
    EXPECT_EQ(made.notifications, 1);
    EXPECT_NE(reasons(made).find("had a digest already"), std::string::npos);
}

TEST_F(Rules, AThresholdWaitsForEnoughFindingsOrEvents) {
    auto const bank = owner("Bank");
    set("[[rule]]\nname = \"many\"\nthreshold = { findings = 3, events = 100 }\n");
    house.findings = {finding(bank, 1), finding(bank, 2)};
    EXPECT_EQ(plan().notifications, 0);
    house.findings[0].times = 99;
    EXPECT_EQ(plan().notifications, 1);
    auto const other = owner("Other");
    for (int i = 10; i < 13; ++i) house.findings.push_back(finding(other, i));
    EXPECT_EQ(plan().notifications, 1);
}

TEST_F(Rules, QuietHoursHoldAMessageUpAndUrgentOnesBreakThem) {
    auto const bank = owner("Bank");
    house.clock.set(at("2026-11-23T20:30:00Z"));
    set(R"([zones]
Bank = "Africa/Nairobi"
[[rule]]
name = "night"
quiet_hours = "22:00-07:00"
urgent = "critical"
form = "each_class"
)");
    house.findings = {finding(bank, 1, "open-telnet", "critical"), finding(bank, 2, "open-rdp")};
    ASSERT_EQ(plan().notifications, 2);
    auto const report = house.room->send_due();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->sent, 1);
    EXPECT_EQ(report->next, at("2026-11-24T04:00:00Z"));
    house.clock.set(at("2026-11-24T04:00:01Z"));
    EXPECT_EQ(house.room->send_due()->sent, 1);
    EXPECT_EQ(house.outbox(), 2U);
}

TEST_F(Rules, TwoPeopleApproveAndOneOfThemIsNotTwo) {
    auto const bank = owner("Bank");
    set("[[rule]]\nname = \"two\"\ndo = \"hold\"\napproval = \"two\"\n");
    house.findings = {finding(bank, 1)};
    ASSERT_EQ(plan().notifications, 1);
    std::vector const ids{house.all().front().id};
    auto const by_command = house.room->approve(access::command_principal(), ids);
    ASSERT_FALSE(by_command);
    EXPECT_EQ(by_command.error().code, Code::denied);
    ASSERT_TRUE(house.room->approve(person(1), ids));
    EXPECT_EQ(house.all().front().state, State::held);
    auto const again = house.room->approve(person(1), ids);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::conflict);
    EXPECT_NE(again.error().message.find("a second person"), std::string::npos);
    ASSERT_TRUE(house.room->approve(person(2), ids));
    EXPECT_EQ(house.all().front().state, State::queued);
    auto const shown = house.room->show(ids.front());
    EXPECT_EQ(std::ranges::count(shown->timeline, std::string("approved"), &Happening::what), 2);
}

TEST_F(Rules, WhatTwoMustApproveHasNoOtherWayOut) {
    auto const bank = owner("Bank");
    set("[[rule]]\nname = \"two\"\ndo = \"hold\"\napproval = \"two\"\n");
    house.findings = {finding(bank, 1)};
    // Planned "for release", cancelled and sent again: it still waits for two.
    ASSERT_TRUE(house.room->plan(access::server_principal(), {.hold = false}));
    std::vector const ids{house.all().front().id};
    EXPECT_EQ(house.all().front().state, State::held);
    ASSERT_TRUE(house.room->cancel(person(1), ids, "no"));
    auto const again = house.room->resend(person(1), ids, "yes");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::conflict);
}

TEST_F(Rules, ARuleChoosesLanguageRoleAndWordsOfDelivery) {
    auto const bank = owner("Bank");
    house.contact(bank, "boss@bank.example", constituency::ContactRole::management);
    set("[[rule]]\nname = \"boss\"\nlanguage = \"fr\"\nto_roles = \"management\"\nencryption = \"required\"\n"
        "channel = \"sms\"\n");
    house.findings = {finding(bank, 1)};
    ASSERT_EQ(plan().items.size(), 1U);
    auto const one = house.all().front();
    EXPECT_EQ(one.encryption, Encryption::required);
    EXPECT_NE(house.room->show(one.id)->held_back, "") << "the boss has no key";
    EXPECT_EQ(one.to, std::vector<std::string>{"boss@bank.example"});
    EXPECT_EQ(one.language, "fr");
    auto const wanted = house.ledger->read([&](store::Transaction& tx) { return delivery_wanted(tx, one.id); });
    ASSERT_TRUE(wanted);
    EXPECT_EQ(wanted->encryption, "required");
    EXPECT_EQ(wanted->channel, "sms");
    EXPECT_EQ(wanted->rules, std::vector<std::string>{"boss"});
}

TEST_F(Rules, WhatAnOwnerWishesHoldsWhereNoRuleDecides) {
    auto const bank = owner("Bank");
    auto const shop = owner("Shop");
    constituency::NoticeSettings wish{
        .language = "fr", .digest_every = std::chrono::hours(72), .least_severity = "high", .channel = {}};
    ASSERT_TRUE(
        constituency::set_notice_settings(house.people->directory(), access::command_principal(), {bank}, wish));
    house.findings = {finding(bank, 1), finding(bank, 2, "open-rdp", "critical"), finding(shop, 3)};
    auto const made = plan(false);
    ASSERT_EQ(made.items.size(), 2U);
    EXPECT_NE(reasons(made).find("below the least severity"), std::string::npos);
    for (auto const& one : house.all()) {
        EXPECT_EQ(one.language, one.organisation == bank ? "fr" : "en");
        EXPECT_EQ(one.findings, 1);
    }
    pass(std::chrono::hours(48));
    house.findings.push_back(finding(bank, 4, "open-rdp", "critical"));
    house.findings.push_back(finding(shop, 5));
    auto const later = plan(false);
    ASSERT_EQ(later.items.size(), 1U) << "the bank wants a digest every three days";
    EXPECT_EQ(later.items.front().organisation, shop);
    set("[[rule]]\nname = \"all\"\nlanguage = \"es\"\n");
    house.findings.push_back(finding(bank, 6));
    EXPECT_EQ(plan().items.front().language, "es") << "the team's word comes first";
}

TEST_F(Rules, AnOwnersWishForAChannelIsFollowedUnlessARuleNamesOne) {
    auto const bank = owner("Bank");
    constituency::ContactDraft draft;
    draft.organisation = {bank};
    draft.role = constituency::ContactRole::technical;
    draft.webhook = "https://hook.example/bank";
    auto const contact = house.people->directory().add(draft, access::command_principal());
    ASSERT_TRUE(contact) << contact.error().message;
    auto const wish = [&](std::string channel) {
        constituency::NoticeSettings settings;
        settings.channel = std::move(channel);
        EXPECT_TRUE(constituency::set_notice_settings(house.people->directory(), access::command_principal(), {bank},
                                                      settings));
    };
    int number = 0;
    auto const reached = [&] {
        house.findings = {finding(bank, ++number)};
        std::set<std::string> all;
        for (auto const& one : plan().items) all.insert(one.to.begin(), one.to.end());
        return all;
    };
    std::set<std::string> const mail{"abuse@bank.example"}, hook{"https://hook.example/bank"};
    std::set<std::string> const both{"abuse@bank.example", "https://hook.example/bank"};
    EXPECT_EQ(reached(), mail);
    wish("webhook");
    EXPECT_EQ(reached(), mail) << "a webhook is spoken to once the team has set it up";
    ASSERT_TRUE(Channels(*house.room).set({.contact = contact->id}, "", access::command_principal()));
    EXPECT_EQ(reached(), hook);
    wish("both");
    EXPECT_EQ(reached(), both);
    wish("mail");
    EXPECT_EQ(reached(), mail);
    set("[[rule]]\nname = \"by mail\"\nchannel = \"mail\"\n");
    wish("both");
    EXPECT_EQ(reached(), mail) << "the team's word comes first";
    set("[[rule]]\nname = \"any way\"\ninterval = \"at once\"\n");
    EXPECT_EQ(reached(), both) << "the rule says nothing of the channel";
    set("[[rule]]\nname = \"hook\"\nchannel = \"webhook\"\n");
    wish("mail");
    EXPECT_EQ(reached(), hook);
    set("[[rule]]\nname = \"sealed\"\nencryption = \"required\"\nchannel = \"chat\"\n");
    EXPECT_EQ(reached(), mail) << "what must be encrypted goes by mail instead, where it waits for a key";
}

TEST_F(Rules, VersionsAreKeptComparedAndPutBack) {
    auto& room = house.room->rules();
    set("[[rule]]\nname = \"a\"\n");
    set("[[rule]]\nname = \"b\"\n");
    EXPECT_EQ(*room.difference(1, 2), "  [[rule]]\n- name = \"a\"\n+ name = \"b\"\n");
    EXPECT_EQ(room.set(person(1), "x = ", "bad").error().code, Code::invalid);
    EXPECT_EQ(room.set(person(1), "", "late", 1).error().code, Code::conflict);
    auto const undone = room.undo(person(2), {}, "it was wrong");
    ASSERT_TRUE(undone);
    EXPECT_EQ(undone->version, 3);
    EXPECT_EQ(undone->restores, 1);
    EXPECT_EQ(room.current()->text, "[[rule]]\nname = \"a\"\n");
    ASSERT_TRUE(room.undo(person(2), 0, "no rules"));
    EXPECT_EQ(room.current()->text, "");
    EXPECT_EQ(room.versions()->size(), 4U);
}

TEST_F(Rules, ASnoozeEndsByItself) {
    auto const bank = owner("Bank");
    house.findings = {finding(bank, 1, "open-telnet"), finding(bank, 2, "open-rdp")};
    auto const until = house.clock.now() + std::chrono::hours(48);
    auto const made = house.room->rules().snooze(
        person(1), {.organisation = bank, .identifier = "open-tel*", .until = until, .reason = "they migrate"});
    ASSERT_TRUE(made) << made.error().message;
    auto const first = plan();
    EXPECT_EQ(first.findings, 1);
    EXPECT_NE(reasons(first).find("they migrate"), std::string::npos);
    pass(std::chrono::hours(49));
    EXPECT_TRUE(house.room->rules().snoozes()->empty());
    EXPECT_EQ(plan().findings, 1);
    EXPECT_EQ(house.room->rules()
                  .snooze(person(1), {.organisation = bank, .until = house.clock.now(), .reason = "late"})
                  .error()
                  .code,
              Code::invalid);
}

TEST_F(Rules, ACampaignReachesEveryOwnerOnceAndGoesOnAfterAKill) {
    auto const bank = owner("Bank");
    auto const power = owner("Power");
    owner("Water");
    house.findings = {finding(bank, 1), finding(power, 2), finding(power, 3, "open-rdp")};
    CampaignDraft draft{.name = "telnet",
                        .when = "identifier = \"open-telnet\"",
                        .texts = {{"en", "Close telnet today", "It is **attacked** now.\n\n- close port 23"},
                                  {"fr", "Fermez telnet", "Attaqué."}}};
    draft.dry_run = true;
    auto const looked = house.room->rules().make(person(1), draft);
    ASSERT_TRUE(looked) << looked.error().message;
    EXPECT_EQ(looked->plan.notifications, 2);
    EXPECT_TRUE(house.all().empty());
    draft.dry_run = false;
    auto const made = house.room->rules().make(person(1), draft);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->plan.notifications, 2);
    EXPECT_EQ(made->plan.findings, 2);
    EXPECT_EQ(house.room->rules().make(person(1), draft).error().code, Code::conflict);
    auto const text = house.room->show(house.all().front().id);
    EXPECT_NE(text->text.find("close port 23"), std::string::npos);
    EXPECT_NE(text->html.find("<strong>attacked</strong>"), std::string::npos);
    // The ordinary digest comes all the same.
    EXPECT_EQ(plan().findings, 3);
    // As if it had been killed after the first owner.
    ASSERT_TRUE(house.ledger->write([&](store::Transaction& tx) -> Status {
        CHECK(tx.run("UPDATE notification_campaign SET finished = NULL"));
        CHECK(tx.run("DELETE FROM notification_campaign_owner WHERE organisation = ?", {power}));
        return {};
    }));
    auto const before = house.all().size();
    plan();
    EXPECT_EQ(house.all().size(), before + 1);
    plan();
    EXPECT_EQ(house.all().size(), before + 1);
    EXPECT_EQ(house.room->rules().campaign(made->id)->owners, 2);
    EXPECT_TRUE(house.room->rules().campaign(made->id)->finished);
}

TEST_F(Rules, ACampaignToEveryoneNeedsNoFinding) {
    owner("Bank");
    auto const power = owner("Power");
    house.findings = {finding(power, 1)};
    auto const made = house.room->rules().make(
        person(1), {.name = "all", .everyone = true, .identifier = "open-telnet", .approvals = 1});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->plan.notifications, 2);
    for (auto const& one : house.all()) EXPECT_EQ(one.state, State::held);
    ASSERT_TRUE(house.room->message(house.all().front().id));
    EXPECT_EQ(house.room->rules()
                  .make(person(1), {.name = "none", .when = "identifier = \"x\"", .identifier = "no-such-thing"})
                  .error()
                  .code,
              Code::invalid);
}

TEST_F(Rules, WhatIsUnansweredGoesUpLevelByLevel) {
    auto const regulator = organisation("Regulator", OrganisationKind::regulator, 0, "cyber@regulator.example");
    auto const sector = organisation("Sector", OrganisationKind::sector_cirt, regulator, "");
    auto const telco = organisation("Telco", OrganisationKind::operator_, sector, "abuse@telco.example");
    auto const shop = organisation("Shop", OrganisationKind::constituent, telco, "it@shop.example");
    set(R"([[escalation]]
name = "up"
when = { severity = "critical" }
steps = [ { after = "7d", to = "operator" }, { after = "14d", to = "sector_cirt" }, { after = "21d", to = "regulator" } ]
)");
    house.findings = {finding(shop, 1, "open-telnet", "critical"), finding(shop, 2)};
    EXPECT_EQ(plan().notifications, 1);
    ASSERT_TRUE(house.room->send_due());
    pass(std::chrono::hours(24 * 7));
    plan();
    auto const up = house.all().front();
    EXPECT_EQ(up.to, std::vector<std::string>{"abuse@telco.example"});
    EXPECT_EQ(up.findings, 1);
    auto const shown = house.room->show(up.id);
    EXPECT_NE(shown->text.find("To Telco, as the organisation above Shop"), std::string::npos) << shown->text;
    EXPECT_NE(shown->text.find("2026-11-23: Shop"), std::string::npos) << shown->text;
    EXPECT_NE(shown->gate.find("below the recipient"), std::string::npos) << shown->gate;
    auto const count = house.all().size();
    plan();
    EXPECT_EQ(house.all().size(), count);  // not twice
    ASSERT_TRUE(house.room->send_due());
    // The sector's CIRT has no contact: the regulator stands in, and that is said.
    pass(std::chrono::hours(24 * 7));
    plan();
    auto const instead = house.all().front();
    EXPECT_EQ(instead.to, std::vector<std::string>{"cyber@regulator.example"});
    EXPECT_NE(house.room->show(instead.id)->text.find("no contact is known for the level in between"),
              std::string::npos);
    auto const steps = house.room->rules().escalations(house.findings[0].id);
    ASSERT_TRUE(steps);
    ASSERT_EQ(steps->size(), 2U);
    EXPECT_NE((*steps)[1].said.find("Sector has no contact"), std::string::npos) << (*steps)[1].said;
    ASSERT_TRUE(house.room->send_due());
    // At its own step the regulator has it already: nothing is sent, and that is on record.
    pass(std::chrono::hours(24 * 7));
    plan();
    EXPECT_EQ(house.room->rules().escalations(house.findings[0].id)->size(), 3U);
    std::int64_t to_regulator = 0;
    for (auto const& one : house.all()) to_regulator += one.to.front() == "cyber@regulator.example" ? 1 : 0;
    EXPECT_EQ(to_regulator, 1);
}

TEST_F(Rules, AnAnswerStopsAnEscalationAndAMissingLevelIsSaid) {
    auto const telco = organisation("Telco", OrganisationKind::operator_, 0, "abuse@telco.example");
    auto const shop = organisation("Shop", OrganisationKind::constituent, telco, "it@shop.example");
    auto const alone = owner("Alone");
    set("[[escalation]]\nname = \"up\"\nsteps = [ { after = \"7d\", to = \"parent\" } ]\n");
    house.findings = {finding(shop, 1), finding(alone, 2)};
    plan();
    ASSERT_TRUE(house.room->send_due());
    pass(std::chrono::hours(24 * 7));
    house.findings[0].said = events::Saying::seen;
    auto const made = plan();
    EXPECT_NE(reasons(made).find("no organisation stands above Alone"), std::string::npos) << reasons(made);
    auto const steps = house.room->rules().escalations(house.findings[1].id);
    ASSERT_EQ(steps->size(), 1U);
    EXPECT_FALSE((*steps)[0].notification);
    EXPECT_TRUE(house.room->rules().escalations(house.findings[0].id)->empty());
}

TEST_F(Rules, TheSimulatorTellsWhatThePlannerDoes) {
    auto const bank = owner("Bank");
    auto const power = owner("Power");
    std::vector<events::Finding> all;
    for (int i = 0; i < 40; ++i) {
        auto one = finding(i % 2 == 0 ? bank : power, i, i % 3 == 0 ? "open-telnet" : "open-rdp",
                           i % 5 == 0 ? "critical" : "medium");
        one.first_seen = at("2026-11-01T00:00:00Z") + std::chrono::hours(13 * i);
        all.push_back(one);
    }
    std::string const text =
        "[[rule]]\nname = \"old\"\nwhen = { open_for = \"10d\", identifier = \"open-telnet\" }\ninterval = \"at "
        "once\"\nreminder = \"2d\"\n[[rule]]\nname = \"critical\"\nwhen = { severity = \"critical\" }\ninterval = \"at "
        "once\"\n[[rule]]\nname = "
        "\"rest\"\ninterval = \"5d\"\nreminder = \"never\"\n";
    set(text);
    // The truth: planned hour by hour.
    auto const end = at("2026-11-23T10:00:00Z");
    std::int64_t messages = 0, findings = 0;
    for (auto hour = at("2026-11-01T00:00:00Z"); hour <= end; hour = hour + std::chrono::hours(1)) {
        house.clock.set(hour);
        house.findings.clear();
        for (auto const& one : all)
            if (one.first_seen <= hour) house.findings.push_back(one);
        auto const made = plan(false);
        messages += made.notifications;
        findings += made.findings;
    }
    house.findings = all;
    auto const simulated = house.room->rules().simulate({.text = text, .days = 30});
    ASSERT_TRUE(simulated) << simulated.error().message;
    EXPECT_EQ(simulated->total.then.messages, messages);
    EXPECT_EQ(simulated->total.then.findings, findings);
    EXPECT_EQ(simulated->total.now.messages, messages);
    EXPECT_EQ(simulated->findings_seen, 40);
}

}  // namespace
}  // namespace tocsin::notifications
