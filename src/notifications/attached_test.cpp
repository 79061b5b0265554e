#include "formats/formats.hpp"
#include "notifications/attachments.hpp"
#include "notifications/rules.hpp"
#include "notifications/test_house.hpp"

#include <filesystem>
#include <fstream>
#include <set>

namespace tocsin::notifications {
namespace {

using constituency::OrganisationId;

class Attached : public testing::Test {
  protected:
    void SetUp() override {
        bank = house.organisation("First Bank");
        house.contact(bank, "abuse@bank.example");
    }
    void rule(std::string const& attach, std::string const& more = "") {
        auto const set = house.room->rules().set(
            access::command_principal(), fmt::format("[[rule]]\nname = \"r\"\nattach = {}\n{}", attach, more), "test");
        ASSERT_TRUE(set) << set.error().message;
    }
    void share(std::optional<gate::Tlp> clearance) {
        house.room->rules().share_by([this, clearance](OrganisationId who) -> Result<std::optional<SharedWith>> {
            if (!clearance || who.value != bank) return std::nullopt;
            return SharedWith{gate::Recipient::peer(who, "First Bank", *clearance), std::string(team)};
        });
    }
    Detail only() {
        auto const all = house.all();
        EXPECT_EQ(all.size(), 1U);
        auto detail = house.room->show(all.at(0).id);
        EXPECT_TRUE(detail) << (detail ? "" : detail.error().message);
        return *std::move(detail);
    }
    Detail planned() {
        EXPECT_EQ(house.plan().notifications, 1);
        return only();
    }
    /// What is planned eight days later.
    Detail reminded() {
        house.clock.set(house.clock.now() + std::chrono::days(8));
        EXPECT_EQ(house.plan().notifications, 1);
        return *house.room->show(house.all().at(0).id);
    }
    static std::vector<std::string> names(Detail const& detail) {
        std::vector<std::string> names;
        for (auto const& file : detail.files) names.push_back(file.name);
        return names;
    }
    static int times(Detail const& detail, std::string_view what) {
        return static_cast<int>(std::ranges::count(detail.timeline, what, &Happening::what));
    }

    static constexpr std::string_view team = "identity--0b0c7a3e-5d1f-5e6b-9a57-3f5a3c1d2e4f";
    using Names = std::vector<std::string>;
    TestHouse house;
    std::int64_t bank = 0;
};

TEST_F(Attached, WithoutAWordItIsTheCsv) {
    house.findings = {finding(bank, 7)};
    auto const detail = planned();
    EXPECT_EQ(names(detail), Names{"TLP-AMBER_findings_2026-11-23.csv"});
    EXPECT_EQ(detail.gate.find("Attached"), std::string::npos);
}

TEST_F(Attached, ARuleNamesSeveralFormatsAndTheMailCarriesThemAll) {
    rule(R"(["idea", "csv", "idea"])");
    house.findings = {finding(bank, 7), finding(bank, 8)};
    auto const detail = planned();
    EXPECT_EQ(names(detail), (Names{"TLP-AMBER_findings_2026-11-23.csv", "TLP-AMBER_findings_2026-11-23.idea.json"}));
    EXPECT_NE(detail.gate.find("Attached: csv, idea."), std::string::npos) << detail.gate;
    EXPECT_NE(detail.text.find("TLP-AMBER_findings_2026-11-23.csv, TLP-AMBER_findings_2026-11-23.idea.json"),
              std::string::npos);
    formats::JsonTree tree;
    ASSERT_TRUE(tree.parse(detail.files[1].bytes));
    ASSERT_EQ(tree.root().size(), 2U);
    for (auto const one : tree.root()) {
        EXPECT_EQ(one["Format"].text(), "IDEA0");
        EXPECT_EQ(one["Note"].text(), "TLP:AMBER");
        EXPECT_EQ(one["DetectTime"].text(), "2026-11-23T04:00:00Z");
    }
    auto const mail = house.room->message(detail.notification.id);
    ASSERT_TRUE(mail);
    EXPECT_NE(mail->find("filename=\"TLP-AMBER_findings_2026-11-23.idea.json\""), std::string::npos);
    EXPECT_NE(mail->find("Content-Type: application/json"), std::string::npos);
}

TEST_F(Attached, IdfIsALineForEachFinding) {
    rule("\"idf\"");
    auto other = finding(bank, 8, "leak");
    other.domain = "www.bank.example";
    house.findings = {finding(bank, 7), other};
    auto const detail = planned();
    ASSERT_EQ(names(detail), Names{"TLP-AMBER_findings_2026-11-23.idf.jsonl"});
    EXPECT_EQ(detail.files[0].type, "application/x-ndjson");
    std::set<std::string> addresses;
    for (auto const line : split(detail.files[0].bytes, '\n')) {
        if (line.empty()) continue;
        formats::JsonTree tree;
        ASSERT_TRUE(tree.parse(line)) << line;
        addresses.emplace(tree.root()["source.ip"].text());
    }
    EXPECT_EQ(addresses, (std::set<std::string>{"192.0.2.7", "192.0.2.8"}));
    EXPECT_NE(detail.text.find("TLP-AMBER_findings_2026-11-23.idf.jsonl"), std::string::npos);
}

TEST_F(Attached, ADryRunTellsWhatWouldGo) {
    rule(R"(["csv", "stix"])");
    house.findings = {finding(bank, 7)};
    auto const plan = house.plan(true);
    ASSERT_EQ(plan.items.size(), 1U);
    EXPECT_NE(plan.items[0].decision.find("STIX is not attached, the CSV goes: nothing is shared with the recipient."),
              std::string::npos)
        << plan.items[0].decision;
    EXPECT_TRUE(house.all().empty());
}

TEST_F(Attached, WithoutSharingTheCsvGoesInPlaceOfStixAndItIsOnRecord) {
    rule("\"stix\"");
    house.findings = {finding(bank, 7)};
    auto const detail = planned();
    EXPECT_EQ(names(detail), Names{"TLP-AMBER_findings_2026-11-23.csv"});
    EXPECT_EQ(times(detail, "stix_not_shared"), 1);
    EXPECT_EQ(detail.text.find("stix"), std::string::npos);
}

TEST_F(Attached, StixIsAsStrictAsThePeersClearance) {
    rule("\"stix\"");
    share(gate::Tlp::green);
    house.findings = {finding(bank, 7)};
    auto const detail = planned();
    EXPECT_EQ(names(detail), Names{"TLP-AMBER_findings_2026-11-23.csv"});
    EXPECT_EQ(times(detail, "stix_refused"), 1);
    EXPECT_NE(detail.gate.find("Its marking is stricter than what this peer may get."), std::string::npos);
}

TEST_F(Attached, APeerGetsABundleThatKeepsTheStandard) {
    rule("\"stix\"");
    share(gate::Tlp::amber);
    auto other = finding(bank, 8, "leak", "high");
    other.domain = "www.bank.example";
    other.url = "http://www.bank.example/x";
    other.account = "ada";
    other.tlp = "GREEN";
    auto six = finding(bank, 9);
    six.address = parse_ip("2001:db8::9");
    house.findings = {finding(bank, 7), other, six};
    auto const detail = planned();
    ASSERT_EQ(names(detail), Names{"TLP-AMBER_findings_2026-11-23.stix.json"});
    EXPECT_EQ(detail.files[0].type, "application/stix+json;version=2.1");
    formats::JsonTree tree;
    ASSERT_TRUE(tree.parse(detail.files[0].bytes));
    std::map<std::string, int> types;
    std::set<std::string> ids, refs;
    formats::stix::Decoder decoder;
    for (auto const object : tree.root()["objects"]) {
        ++types[std::string(object["type"].text())];
        EXPECT_TRUE(ids.emplace(object["id"].text()).second) << object["id"].text();
        for (auto const* const list : {"object_refs", "object_marking_refs"})
            for (auto const ref : object[list]) refs.emplace(ref.text());
        auto const view = decoder.read(object.raw());
        ASSERT_TRUE(view) << view.error().message;
        for (auto const& fault : formats::stix::validate(**view).findings)
            ADD_FAILURE() << object["type"].text() << " " << fault.property << ": " << fault.message;
        if (object["type"].text() != "marking-definition") EXPECT_EQ(object["object_marking_refs"].size(), 1U);
        if (object["type"].text() == "observed-data") EXPECT_EQ(object["created_by_ref"].text(), team);
    }
    EXPECT_EQ(types, (std::map<std::string, int>{{"domain-name", 1},
                                                 {"grouping", 1},
                                                 {"ipv4-addr", 2},
                                                 {"ipv6-addr", 1},
                                                 {"marking-definition", 2},
                                                 {"network-traffic", 3},
                                                 {"observed-data", 3},
                                                 {"url", 1},
                                                 {"user-account", 1}}));
    for (auto const& ref : refs) EXPECT_TRUE(ids.contains(ref)) << ref;
}

TEST_F(Attached, WhatThePeerMayNotHaveIsInTheCsvOnly) {
    rule("\"stix\"");
    share(gate::Tlp::green);
    auto open = finding(bank, 8);
    open.tlp = "GREEN";
    house.findings = {finding(bank, 7), open};
    auto const detail = planned();
    ASSERT_EQ(names(detail), (Names{"TLP-AMBER_findings_2026-11-23.csv", "TLP-AMBER_findings_2026-11-23.stix.json"}));
    EXPECT_EQ(times(detail, "attachment_short"), 1);
    EXPECT_NE(detail.files[0].bytes.find("192.0.2.7"), std::string::npos);
    EXPECT_EQ(detail.files[1].bytes.find("192.0.2.7"), std::string::npos);
    EXPECT_NE(detail.files[1].bytes.find("192.0.2.8"), std::string::npos);
}

TEST_F(Attached, XarfIsAReportAFileUpToALimitAndTheCsvHoldsTheRest) {
    rule("\"xarf\"");
    for (int i = 1; i <= 60; ++i) house.findings.push_back(finding(bank, i));
    auto const detail = planned();
    ASSERT_EQ(detail.files.size(), 51U);
    EXPECT_EQ(detail.files[0].name, "TLP-AMBER_findings_2026-11-23.csv");
    EXPECT_EQ(detail.files[1].name, "TLP-AMBER_xarf_2026-11-23_1.json");
    EXPECT_NE(detail.text.find("TLP-AMBER_xarf_2026-11-23_1...50.json"), std::string::npos);
    EXPECT_EQ(times(detail, "attachment_short"), 1);
    std::set<std::string> reports;
    for (auto const& file : std::span(detail.files).subspan(1)) {
        formats::JsonTree tree;
        ASSERT_TRUE(tree.parse(file.bytes)) << file.name;
        EXPECT_EQ(tree.root()["xarf_version"].text(), "4.0.0");
        EXPECT_EQ(tree.root()["reporter"]["contact"].text(), "cirt@cirt.example");
        ASSERT_EQ(tree.root()["tags"].size(), 1U);
        for (auto const tag : tree.root()["tags"]) EXPECT_EQ(tag.text(), "tlp:amber");
        reports.emplace(tree.root()["report_id"].text());
    }
    EXPECT_EQ(reports.size(), 50U);
}

TEST_F(Attached, WhatAFileForProgramsCantSayIsInTheCsv) {
    rule(R"(["xarf", "idea"])");
    auto account = finding(bank, 7, "leak");
    account.address.reset();
    account.account = "ada";
    house.findings = {account};
    EXPECT_EQ(names(planned()),
              (Names{"TLP-AMBER_findings_2026-11-23.csv", "TLP-AMBER_findings_2026-11-23.idea.json"}));
}

TEST_F(Attached, TheOwnersWishHoldsWhereNoRuleSaysIt) {
    auto& directory = house.people->directory();
    auto const by = access::command_principal();
    EXPECT_EQ(set_attachment_wish(directory, by, {bank}, "pdf").error().code, Code::invalid);
    ASSERT_TRUE(set_attachment_wish(directory, by, {bank}, "xarf"));
    EXPECT_EQ(*attachment_wish(*house.ledger, {bank}), Attachments{Attachment::xarf});
    house.findings = {finding(bank, 7)};
    EXPECT_EQ(names(planned()), Names{"TLP-AMBER_xarf_2026-11-23_1.json"});
    ASSERT_TRUE(house.room->cancel(by, std::vector{house.all()[0].id}, "again"));
    rule("\"idea\"");
    EXPECT_EQ(names(reminded()), Names{"TLP-AMBER_findings_2026-12-01.idea.json"});
    ASSERT_TRUE(set_attachment_wish(directory, by, {bank}, ""));
    EXPECT_TRUE(attachment_wish(*house.ledger, {bank})->empty());
    access::Principal stranger;
    stranger.role = access::Role::constituent;
    EXPECT_EQ(set_attachment_wish(directory, stranger, {bank}, "csv").error().code, Code::denied);
}

TEST_F(Attached, WhenSharingEndsBeforeItLeavesTheCsvGoes) {
    rule("\"stix\"", "do = \"hold\"\n");
    share(gate::Tlp::amber);
    house.findings = {finding(bank, 7)};
    auto const id = planned().notification.id;
    share({});
    ASSERT_TRUE(house.room->approve(access::command_principal(), std::vector{id}));
    auto const report = house.room->send_due();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->sent, 1);
    std::string eml;
    for (auto const& entry : std::filesystem::directory_iterator(house.path / "outbox")) {
        if (entry.path().extension() != ".eml") continue;
        std::ifstream file(entry.path(), std::ios::binary);
        eml.assign(std::istreambuf_iterator<char>(file), {});
    }
    EXPECT_NE(eml.find("TLP-AMBER_findings_2026-11-23.csv"), std::string::npos);
    EXPECT_EQ(eml.find("stix"), std::string::npos);
    EXPECT_EQ(times(only(), "stix_not_shared"), 1);
}

TEST_F(Attached, RulesThatAttachOtherwiseMakeMessagesOfTheirOwn) {
    rule("\"idea\"", "when = { identifier = \"open-telnet\" }\n");
    house.findings = {finding(bank, 7), finding(bank, 8, "open-rdp")};
    EXPECT_EQ(house.plan().notifications, 2);
}

TEST_F(Attached, ARuleFileSaysWhatIsWrongAndWhatWillNotHappen) {
    auto& rules = house.room->rules();
    auto const wrong = rules.check("[[rule]]\nname = \"r\"\nattach = [\"csv\", \"pdf\"]\n");
    ASSERT_TRUE(wrong);
    ASSERT_EQ(wrong->faults.size(), 1U);
    EXPECT_EQ(wrong->faults[0].field, "attach");
    EXPECT_EQ(english(wrong->faults[0].expected), "one of csv, idf, idea, xarf, stix");
    auto const right = rules.check("[[rule]]\nname = \"r\"\nattach = [\"stix\", \"csv\"]\n");
    ASSERT_TRUE(right);
    ASSERT_TRUE(right->faults.empty());
    EXPECT_EQ(english(right->rules.at(0).then), "attached: csv, stix");
    ASSERT_EQ(right->notes.size(), 1U);
    EXPECT_EQ(right->notes[0], (RuleSaying{"note.stix_when_shared", {"r", "1"}}));
}

TEST_F(Attached, TheSameFindingHasTheSameIdInEveryMessage) {
    rule(R"(["idea", "xarf", "stix"])");
    share(gate::Tlp::amber);
    house.findings = {finding(bank, 7)};
    auto const first = planned();
    ASSERT_TRUE(house.room->cancel(access::command_principal(), std::vector{first.notification.id}, "again"));
    auto const second = reminded();
    ASSERT_NE(first.notification.id, second.notification.id);
    ASSERT_EQ(first.files.size(), 3U);
    ASSERT_EQ(second.files.size(), 3U);
    EXPECT_EQ(first.files[0].bytes, second.files[0].bytes);
    EXPECT_EQ(first.files[1].bytes, second.files[1].bytes);
    auto const observed = [](File const& file) {
        formats::JsonTree tree;
        EXPECT_TRUE(tree.parse(file.bytes));
        for (auto const one : tree.root()["objects"])
            if (one["type"].text() == "observed-data") return std::string(one.raw());
        return std::string();
    };
    EXPECT_FALSE(observed(first.files[2]).empty());
    EXPECT_EQ(observed(first.files[2]), observed(second.files[2]));
}

}  // namespace
}  // namespace tocsin::notifications
