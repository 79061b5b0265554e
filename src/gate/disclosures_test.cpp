#include "gate/disclosures.hpp"

#include "gate/test_world.hpp"

#include <filesystem>
#include <gtest/gtest.h>

namespace tocsin::gate {
namespace {

/// A thing whose contents go into the log.
struct Parcel {
    Note note;
    std::string list;
};

}  // namespace

template <>
struct About<Parcel> {
    static Particulars of(Parcel const& parcel) { return parcel.note.about; }
    static std::string contents(Parcel const& parcel) { return parcel.list; }
};

namespace {

struct DisclosureTest : testing::Test {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("tocsin-gate-" + to_hex(secret_bytes(6)));
    std::unique_ptr<store::Ledger> ledger;
    Gate const gate{is_within};
    Timestamp const now = *parse_timestamp("2026-11-23T10:00:00Z");

    DisclosureTest() {
        std::filesystem::create_directories(folder);
        std::vector<store::Migration> all(access::migrations().begin(), access::migrations().end());
        all.insert(all.end(), migrations().begin(), migrations().end());
        ledger = *store::Ledger::open(folder / "ledger", all);
    }
    ~DisclosureTest() override { std::filesystem::remove_all(folder); }

    void disclose(OrganisationId organisation, std::string_view door) {
        auto const cleared =
            *gate.clear(Note{finding(Tlp::amber, {organisation})}, Recipient::constituent(organisation, "x"));
        ASSERT_TRUE(ledger->write(
            [&](store::Transaction& tx) { return Gate::record(tx, access::server_principal(), now, cleared, door); }));
    }
    std::vector<Disclosure> lines(DisclosureFilter const& filter = {}) {
        return *ledger->read([&](store::Transaction& tx) { return disclosures(tx, filter); });
    }
    std::optional<std::int64_t> broken() {
        return *ledger->read([&](store::Transaction& tx) { return verify_disclosures(tx); });
    }
    void tamper(std::string_view sql) {
        ASSERT_TRUE(ledger->write([&](store::Transaction& tx) { return tx.run(sql); }));
    }
};

TEST_F(DisclosureTest, SaysWhatWasGivenToWhomUnderWhichMarkingThroughWhichDoor) {
    disclose(bank, "mail");
    disclose(shop, "mail");
    disclose(bank, "portal");
    auto const to_bank = lines({.recipient = "organisation:2"});
    ASSERT_EQ(to_bank.size(), 2U);
    EXPECT_EQ(to_bank[0].door, "portal");
    EXPECT_EQ(to_bank[0].by, "server");
    EXPECT_EQ(to_bank[0].marking.tlp, Tlp::amber);
    EXPECT_EQ(to_bank[0].at, now);
    EXPECT_EQ(lines({.kind = "finding", .id = "7"}).size(), 3U);
    auto const counted = [&](DisclosureFilter const& filter) {
        return *ledger->read([&](store::Transaction& tx) { return count_disclosures(tx, filter); });
    };
    EXPECT_EQ(counted({.recipient = "organisation:2"}), 2);
    EXPECT_EQ(counted({.recipient = "organisation:9"}), 0);
    EXPECT_EQ(counted({.before = to_bank[0].number, .limit = 1}), 3) << "a page's end is no filter";
    EXPECT_FALSE(broken());
}

TEST_F(DisclosureTest, CanNotBeChangedRemovedOrAddedToUnseen) {
    for (auto const* sql :
         {"UPDATE disclosure SET recipient = 'organisation:9' WHERE number = 2",
          "UPDATE disclosure SET marking = 'TLP:CLEAR' WHERE number = 2", "DELETE FROM disclosure WHERE number = 2",
          "INSERT INTO disclosure SELECT 9, at, who, door, recipient, kind, object, marking, removed, contents "
          "FROM disclosure WHERE number = 2"}) {
        tamper("DELETE FROM disclosure");
        tamper("DELETE FROM audit_entry");
        for (auto const organisation : {bank, shop, bank}) disclose(organisation, "mail");
        ASSERT_FALSE(broken());
        tamper(sql);
        EXPECT_TRUE(broken()) << sql;
    }
}

TEST_F(DisclosureTest, HoldsTheContentsOfAPageAndGuardsThem) {
    auto const cleared = *gate.clear(Parcel{{advisory(Tlp::green)}, "1,2,3"}, Recipient::constituent(bank, "x"));
    ASSERT_TRUE(ledger->write(
        [&](store::Transaction& tx) { return Gate::record(tx, access::server_principal(), now, cleared, "taxii"); }));
    EXPECT_EQ(lines().at(0).contents, "1,2,3");
    EXPECT_FALSE(broken());
    tamper("UPDATE disclosure SET contents = CAST('1,3' AS BLOB)");
    EXPECT_EQ(broken(), std::optional<std::int64_t>(1));
}

TEST_F(DisclosureTest, WhatLeavesInBulkIsOneLineWithItsQueryAndCount) {
    auto const viewer = member(access::Role::viewer);
    auto const scope = gate.scope<Sighting>(Recipient::team(viewer));
    auto const leave = [&](std::int64_t count) {
        ASSERT_TRUE(ledger->write([&](store::Transaction& tx) {
            return Gate::record(tx, viewer, now, scope,
                                {.id = "events.csv",
                                 .query = "address=192.0.2.0/24",
                                 .count = count,
                                 .strictest = Tlp::amber,
                                 .door = "export"});
        }));
    };
    leave(0);
    EXPECT_TRUE(lines().empty()) << "nothing left";
    leave(12);
    auto const line = lines().at(0);
    EXPECT_EQ(line.kind, "export");
    EXPECT_EQ(line.id, "events.csv");
    EXPECT_EQ(line.recipient, "team:account:5");
    EXPECT_EQ(line.marking.tlp, Tlp::amber);
    EXPECT_EQ(line.contents, R"({"of":"sighting","count":12,"query":"address=192.0.2.0/24"})");
    EXPECT_FALSE(broken());
}

TEST_F(DisclosureTest, SharingGroupsKnowTheirMembersAndAreAudited) {
    SharingGroups groups(*ledger, noon);
    auto made = groups.add({.name = "Banks", .members = {bank, branch}}, access::server_principal());
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->uuid.size(), 36U);
    EXPECT_TRUE(groups.is_member(made->id, bank));
    EXPECT_FALSE(groups.is_member(made->id, shop));
    EXPECT_EQ(groups.add({.name = "Banks"}, access::server_principal()).error().code, Code::conflict);
    EXPECT_EQ(groups.add({.name = " "}, access::server_principal()).error().code, Code::invalid);
    made->members = {shop};
    ASSERT_TRUE(groups.change(*made, access::server_principal()));
    EXPECT_TRUE(groups.is_member(made->id, shop));
    EXPECT_FALSE(groups.is_member(made->id, bank));
    EXPECT_EQ(groups.find("banks").error().code, Code::not_found);
    EXPECT_EQ(groups.find("#1")->members, std::vector{shop});
    EXPECT_EQ(groups.find(made->uuid)->name, "Banks");
    auto const entries =
        *ledger->read([](store::Transaction& tx) { return access::audit_entries(tx, {.what = "sharing_group"}); });
    EXPECT_EQ(entries.size(), 2U);
}

TEST_F(DisclosureTest, IsVerifiedAcrossPages) {
    auto const cleared = *gate.clear(Note{finding(Tlp::amber, {bank})}, Recipient::constituent(bank, "x"));
    ASSERT_TRUE(ledger->write([&](store::Transaction& tx) -> Status {
        for (int i = 0; i < 2500; ++i) {
            CHECK(Gate::record(tx, access::server_principal(), now, cleared, "mail"));
            CHECK(access::audit(tx, access::server_principal(), now, {.what = "other.thing"}));
        }
        return {};
    }));
    EXPECT_FALSE(broken());
    tamper("DELETE FROM disclosure WHERE number = 1");
    EXPECT_EQ(broken(), std::optional<std::int64_t>(1));
}

}  // namespace
}  // namespace tocsin::gate
