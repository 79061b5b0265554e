#include "constituency/sources.hpp"

#include "constituency/constituency.hpp"
#include "constituency/source_plan.hpp"
#include "constituency/test_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace tocsin::constituency {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view intelmq =
    "organization,as_or_cidr,contact,comment\n"
    "Northern Power,192.0.2.0/24,abuse@power.example,\n"
    "Northern Power,AS64496,abuse@power.example,\n";
constexpr std::string_view contradicts =
    "organization,as_or_cidr,contact,comment\n"
    "Southern Gas,192.0.2.0/24,desk@gas.example,\n"
    "Northern Power,AS64496,other@power.example,\n";

struct SourcesTest : testing::Test {
    TestLedger ledger;
    Directory directory{*ledger.ledger, ledger.clock};
    SourceConflicts conflicts{directory};
    access::Principal const me = access::command_principal();

    static SourceOptions options(std::string source, SourceFormat format = SourceFormat::intelmq) {
        return {.name = "file", .format = format, .source = std::move(source)};
    }
    SourceSummary import(std::string_view bytes, SourceOptions const& with) {
        auto const planned = plan_source(directory, source_in_memory(bytes), with);
        EXPECT_TRUE(planned) << planned.error().message;
        auto applied = apply_source(directory, source_in_memory(bytes), with, me);
        EXPECT_TRUE(applied) << applied.error().message;
        if (!applied || !planned) return {};
        EXPECT_EQ(planned->rows.added, applied->rows.added);
        EXPECT_EQ(planned->asked, applied->asked);
        EXPECT_EQ(planned->remembered, applied->remembered);
        EXPECT_EQ(planned->settled, applied->settled);
        EXPECT_EQ(applied->rows.changed + applied->rows.removed, 0) << "a source only adds";
        return *std::move(applied);
    }
    std::vector<SourceConflict> open() { return *conflicts.conflicts({}); }
    std::string whole() {
        std::vector<ExportRow> rows;
        for (auto const kind : {ImportKind::organisations, ImportKind::resources, ImportKind::contacts})
            for (auto& row : *export_rows(directory, kind)) rows.push_back(std::move(row));
        return rows_as_json(rows);
    }
    std::vector<std::string> owners(std::string_view value) {
        ResourceQuery query;
        query.text = value;
        std::vector<std::string> names;
        for (auto const& resource : directory.resources(query)->items) names.push_back(resource.organisation_name);
        return names;
    }
    std::vector<std::string> addresses(std::string_view organisation) {
        ContactQuery query;
        query.organisation = directory.find_organisation(organisation)->id;
        std::vector<std::string> found;
        for (auto const& contact : directory.contacts(query)->items) found.push_back(contact.email);
        return found;
    }
    SourceConflict one(ConflictKind kind) {
        for (auto const& conflict : open())
            if (conflict.kind == kind) return conflict;
        ADD_FAILURE() << "no conflict of kind " << name_of(kind);
        return {};
    }
    SourceConflict decide(SourceConflict const& conflict, SourceDecision decision) {
        auto const decided = conflicts.decide(me, conflict.id, decision, "asked by telephone");
        EXPECT_TRUE(decided) << decided.error().message;
        return decided ? *decided : SourceConflict();
    }
};

TEST_F(SourcesTest, AFirstImportAddsAndTellsWhereItComesFrom) {
    auto with = options("Fody");
    with.as_of = *parse_timestamp("2026-11-20");
    auto const summary = import(intelmq, with);
    EXPECT_EQ(summary.rows.added, 4);
    ResourceQuery query;
    EXPECT_EQ(directory.resources(query)->items.at(0).how, "Fody northern power, 2026-11-20");
    EXPECT_FALSE(directory.resources(query)->items.at(0).verified);
    EXPECT_THAT(directory.change_set(summary.rows.change_set)->what, HasSubstr("Fody of 2026-11-20"));
    auto const again = import(intelmq, with);
    EXPECT_EQ(again.rows.added, 0);
    EXPECT_EQ(again.rows.unchanged, 3);
    ASSERT_TRUE(directory.undo(summary.rows.change_set, me));
    EXPECT_EQ(*directory.count(OrganisationQuery{}), 0);
    EXPECT_EQ(import(intelmq, with).rows.added, 4) << "what was undone can come again";
}

TEST_F(SourcesTest, WhatContradictsStaysBesideUntilItIsDecided) {
    import(intelmq, options("A"));
    auto const before = whole();
    auto const summary = import(contradicts, options("B"));
    EXPECT_EQ(summary.asked, 2);
    EXPECT_EQ(summary.rows.conflicts, 2);
    EXPECT_EQ(whole(), before) << "nothing is overwritten, and nothing added that is all in conflict";
    auto const owner = one(ConflictKind::owner);
    EXPECT_EQ(owner.subject, "prefix 192.0.2.0/24");
    EXPECT_EQ(owner.ours.at(0).what, "Northern Power");
    EXPECT_THAT(owner.ours.at(0).from, HasSubstr("A northern power"));
    EXPECT_EQ(owner.theirs.at(0).what, "Southern Gas");
    auto const contact = one(ConflictKind::contact);
    EXPECT_EQ(contact.ours.at(0).what, "abuse@power.example");
    EXPECT_EQ(contact.theirs.at(0).what, "other@power.example");
    EXPECT_EQ(contact.theirs.at(0).mark, "abuse");
    EXPECT_EQ(contact.role, ContactRole::abuse);
    EXPECT_EQ(contact.organisation_name, "Northern Power");
    EXPECT_EQ(owner.resource, ResourceKind::prefix);
    EXPECT_EQ(owner.value, "192.0.2.0/24");
    auto const again = import(contradicts, options("B"));
    EXPECT_EQ(again.asked, 0);
    EXPECT_EQ(again.waiting, 2);
    EXPECT_EQ(open().size(), 2U) << "asked once";
}

TEST_F(SourcesTest, KeepOursIsRememberedUntilTheClaimChanges) {
    import(intelmq, options("A"));
    import(contradicts, options("B"));
    auto const before = whole();
    for (auto const& conflict : open()) decide(conflict, SourceDecision::keep_ours);
    EXPECT_EQ(whole(), before);
    auto const again = import(contradicts, options("B"));
    EXPECT_EQ(again.asked + again.waiting, 0);
    EXPECT_EQ(again.remembered, 2);
    EXPECT_EQ(again.rows.conflicts, 0);
    EXPECT_THAT(open(), IsEmpty());
    EXPECT_EQ(import(contradicts, options("C")).asked, 2) << "another source is asked about on its own";
    auto const changed =
        import(replaced(replaced(std::string(contradicts), "other@", "third@"), "Southern", "Eastern"), options("B"));
    EXPECT_EQ(changed.asked, 2);
}

TEST_F(SourcesTest, TakeTheirsPutsTheirsInPlaceAndCanBeUndone) {
    import(intelmq, options("A"));
    import(contradicts, options("B"));
    auto const before = whole();
    auto const owner = decide(one(ConflictKind::owner), SourceDecision::take_theirs);
    EXPECT_THAT(owners("192.0.2.0/24"), ElementsAre("Southern Gas"));
    auto const contact = decide(one(ConflictKind::contact), SourceDecision::take_theirs);
    EXPECT_THAT(addresses("Northern Power"), ElementsAre("other@power.example"));
    auto const again = import(contradicts, options("B"));
    EXPECT_EQ(again.asked + again.waiting + again.remembered, 0) << "the register agrees";
    EXPECT_THAT(addresses("Southern Gas"), ElementsAre("desk@gas.example"));
    if (again.rows.change_set) ASSERT_TRUE(directory.undo(again.rows.change_set, me));
    ASSERT_TRUE(directory.undo(contact.change_set, me));
    ASSERT_TRUE(directory.undo(owner.change_set, me));
    EXPECT_EQ(whole(), before);
    EXPECT_EQ(import(contradicts, options("B")).asked, 2) << "an undone decision does not hold";
}

TEST_F(SourcesTest, KeepBothLeavesBothInTheRegister) {
    import(intelmq, options("A"));
    import(contradicts, options("B"));
    decide(one(ConflictKind::owner), SourceDecision::keep_both);
    decide(one(ConflictKind::contact), SourceDecision::keep_both);
    EXPECT_EQ(owners("192.0.2.0/24").size(), 2U);
    EXPECT_EQ(addresses("Northern Power").size(), 2U);
    EXPECT_EQ(import(contradicts, options("B")).rows.conflicts, 0);
    EXPECT_EQ(import(intelmq, options("A")).rows.conflicts, 0);
}

TEST_F(SourcesTest, TheSameOrganisationUnderAnotherNameIsKnownFromThenOn) {
    import(intelmq, options("A"));
    constexpr std::string_view theirs =
        "organization,as_or_cidr,contact,comment\nNP Ltd,192.0.2.0/24,abuse@power.example,\n"
        "NP Ltd,AS64496,abuse@power.example,\n";
    EXPECT_EQ(import(theirs, options("B")).asked, 2);
    decide(open().at(0), SourceDecision::same);
    EXPECT_THAT(open(), IsEmpty()) << "the other one was the same question";
    EXPECT_EQ(import(theirs, options("B")).rows.conflicts, 0);
    EXPECT_EQ(*directory.count(OrganisationQuery{}), 1);
}

TEST_F(SourcesTest, ASourceThatChangesItsMindSettlesWhatItSaidBefore) {
    import(intelmq, options("A"));
    import(contradicts, options("B"));
    auto const summary = import(intelmq, options("B"));
    EXPECT_EQ(summary.settled, 2);
    EXPECT_THAT(open(), IsEmpty());
    auto const settled = conflicts.conflicts({.state = ConflictState::settled});
    EXPECT_EQ(conflicts.decide(me, settled->at(0).id, SourceDecision::keep_ours, "x").error().code, Code::conflict);
}

TEST_F(SourcesTest, TwoOwnersInOneFileAreAConflictToo) {
    auto const summary =
        import("organization,as_or_cidr,contact,comment\nA,192.0.2.0/24,a@a.example,\nB,192.0.2.0/24,b@b.example,\n",
               options("X"));
    EXPECT_EQ(summary.asked, 1);
    EXPECT_THAT(owners("192.0.2.0/24"), ElementsAre("A"));
    EXPECT_EQ(one(ConflictKind::owner).ours.at(0).what, "A");
}

TEST_F(SourcesTest, ANewRoleThatWouldTurnWarningsAwayIsAsked) {
    OrganisationDraft draft;
    draft.name = "Northern Power";
    ContactDraft duty;
    duty.organisation = directory.add(draft, me)->id;
    duty.role = ContactRole::duty;
    duty.email = "duty@power.example";
    ASSERT_TRUE(directory.add(duty, me));
    EXPECT_EQ(import(intelmq, options("A")).asked, 1);
    EXPECT_EQ(directory.recipients_for(duty.organisation)->contacts.at(0).email, "duty@power.example");
    decide(one(ConflictKind::contact), SourceDecision::take_theirs);
    EXPECT_EQ(directory.recipients_for(duty.organisation)->contacts.at(0).email, "abuse@power.example");
}

TEST_F(SourcesTest, AKeyIsNeverReplacedUnasked) {
    constexpr std::string_view fody =
        R"({"orgs": [{"name": "Northern Power", "asns": [], "networks": [{"address": "192.0.2.0/24"}], "national_certs": [],
            "contacts": [{"email": "abuse@power.example", "openpgp_fpr": "0123456789ABCDEF0123456789ABCDEF01234567"}]}]})";
    import(intelmq, options("A"));
    EXPECT_EQ(import(fody, options("B")).asked, 1);
    auto const conflict = one(ConflictKind::key);
    EXPECT_EQ(conflict.ours.at(0).what, "abuse@power.example");
    EXPECT_EQ(conflicts.decide(me, conflict.id, SourceDecision::keep_both, "x").error().code, Code::invalid);
    decide(conflict, SourceDecision::take_theirs);
    EXPECT_EQ(directory.contacts({})->items.at(0).key, "0123456789ABCDEF0123456789ABCDEF01234567");
    EXPECT_EQ(import(fody, options("B")).rows.conflicts, 0);
}

TEST_F(SourcesTest, AHolderKnownByItsNumberIsTheOneTheDumpNames) {
    ImportOptions statistics;
    statistics.format = ImportFormat::delegated;
    ASSERT_TRUE(apply_import(directory, "ripencc|KE|ipv4|192.0.2.0|256|20100102|allocated|h-1\n", statistics, me));
    constexpr std::string_view dump =
        "organisation: ORG-NP1-EXAMPLE\norg-name: Northern Power\nsource: RIPE\n\n"
        "inetnum: 192.0.2.0 - 192.0.2.255\norg: ORG-NP1-EXAMPLE\nsource: RIPE\n";
    auto const summary = import(dump, options("RIPE", SourceFormat::rpsl));
    EXPECT_EQ(summary.asked, 1);
    EXPECT_EQ(*directory.count(OrganisationQuery{}), 1);
    decide(one(ConflictKind::name), SourceDecision::take_theirs);
    EXPECT_THAT(owners("192.0.2.0/24"), ElementsAre("Northern Power"));
    EXPECT_EQ(import(dump, options("RIPE", SourceFormat::rpsl)).rows.conflicts, 0);
}

TEST_F(SourcesTest, AnAddressWithALineEndIsRefusedAndANameWithOneIsMended) {
    auto const summary = import(
        R"({"org": {"data": [{"id": 1, "name": "Power\r\nBcc: x"}]}, "net": {"data": [{"id": 2, "org_id": 1, "asn": 64496}]},
            "poc": {"data": [{"net_id": 2, "role": "Abuse", "email": "a@power.example\r\nBcc: v@example.org"}]}})",
        options("P", SourceFormat::peeringdb));
    EXPECT_EQ(summary.rows.rejected, 1);
    EXPECT_TRUE(directory.find_organisation("Power Bcc: x"));
    EXPECT_THAT(directory.contacts({})->items, IsEmpty());
}

TEST_F(SourcesTest, SecurityTxtFindsItsOrganisationByTheDomain) {
    constexpr std::string_view text =
        "Contact: mailto:security@power.example\nExpires: 2027-01-01T00:00:00Z\n"
        "Canonical: https://www.power.example/.well-known/security.txt\n";
    auto with = options("", SourceFormat::security_txt);
    EXPECT_EQ(import(text, with).rows.rejected, 1) << "nobody has that domain";
    OrganisationDraft draft;
    draft.name = "Northern Power";
    ResourceDraft domain;
    domain.organisation = directory.add(draft, me)->id;
    domain.kind = ResourceKind::domain;
    domain.value = "power.example";
    ASSERT_TRUE(directory.add(domain, me));
    EXPECT_EQ(import(text, with).rows.added, 1);
    EXPECT_THAT(addresses("Northern Power"), ElementsAre("security@power.example"));
}

TEST_F(SourcesTest, OnlyAnAnalystDecidesAndSaysWhy) {
    import(intelmq, options("A"));
    import(contradicts, options("B"));
    auto const id = open().at(0).id;
    access::Principal viewer = me;
    viewer.role = access::Role::viewer;
    EXPECT_EQ(conflicts.decide(viewer, id, SourceDecision::keep_ours, "x").error().code, Code::denied);
    EXPECT_EQ(conflicts.decide(me, id, SourceDecision::keep_ours, " ").error().code, Code::invalid);
    EXPECT_EQ(conflicts.decide(me, {999}, SourceDecision::keep_ours, "x").error().code, Code::not_found);
}

TEST_F(SourcesTest, AProposalIsAppliedWithItsSourceAndUndone) {
    auto const proposed = propose_source(directory, intelmq, options("A"), me);
    ASSERT_TRUE(proposed) << proposed.error().message;
    EXPECT_EQ(proposed->format, "intelmq");
    auto const applied = apply_proposed(directory, proposed->id, me);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(applied->summary.added, 4);
    auto const second = propose_source(directory, contradicts, options("B"), me);
    EXPECT_EQ(second->summary.conflicts, 2);
    EXPECT_THAT(open(), IsEmpty()) << "a dry run asks nothing";
    ASSERT_TRUE(apply_proposed(directory, second->id, me));
    EXPECT_EQ(open().at(0).source, "B");
    ASSERT_TRUE(undo_import(directory, proposed->id, me));
    EXPECT_EQ(*directory.count(OrganisationQuery{}), 0);
}

/// A file during whose reading somebody else does something, on a thread of their own; they are waited for.
struct Meanwhile final : formats::ByteSource {
    formats::MemorySource bytes;
    std::function<void()> happens;

    Meanwhile(std::string_view text, std::function<void()> what) : bytes(std::string(text)), happens(std::move(what)) {}
    Result<std::size_t> read(std::span<char> into) override {
        if (happens) std::jthread(std::exchange(happens, {})).join();
        return bytes.read(into);
    }
};

struct SourcesReadWhileOthersWriteTest : SourcesTest {
    int opened = 0;

    /// `what` is told how often the file was opened.
    Result<SourceSummary> import_while(std::string_view bytes, SourceOptions const& with,
                                       std::function<void(int)> const& what) {
        opened = 0;
        OpenSource const open = [&]() -> Result<std::unique_ptr<formats::ByteSource>> {
            return std::make_unique<Meanwhile>(bytes, [&, time = ++opened] { what(time); });
        };
        return apply_source(directory, open, with, me);
    }
    void add_owner(std::string name, std::string network) {
        OrganisationDraft draft;
        draft.name = std::move(name);
        auto const organisation = directory.add(draft, me);
        ASSERT_TRUE(organisation) << organisation.error().message;
        ResourceDraft resource;
        resource.organisation = organisation->id;
        resource.kind = ResourceKind::prefix;
        resource.value = std::move(network);
        auto const added = directory.add(resource, me);
        ASSERT_TRUE(added) << added.error().message;
    }
};

TEST_F(SourcesReadWhileOthersWriteTest, NobodyWaitsForTheReading) {
    auto const imported = import_while(intelmq, options("A"), [&](int) {
        auto const written =
            ledger.ledger->write([&](Transaction& tx) { return access::audit(tx, me, {}, {.what = "test.wrote"}); });
        EXPECT_TRUE(written) << written.error().message;
    });
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(imported->rows.added, 4);
    EXPECT_EQ(opened, 1) << "what was written is nothing that the import rests on";
}

TEST_F(SourcesReadWhileOthersWriteTest, WhatWasAddedMeanwhileIsNotOverwritten) {
    auto const imported = import_while(intelmq, options("A"), [&](int time) {
        if (time == 1) add_owner("Southern Gas", "192.0.2.0/24");
    });
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(opened, 2);
    EXPECT_EQ(imported->asked, 1);
    EXPECT_THAT(owners("192.0.2.0/24"), ElementsAre("Southern Gas"));
    EXPECT_EQ(one(ConflictKind::owner).theirs.at(0).what, "Northern Power");
}

TEST_F(SourcesReadWhileOthersWriteTest, WhatWasDecidedMeanwhileIsNotAskedAgain) {
    import(intelmq, options("A"));
    import(contradicts, options("B"));
    auto const imported = import_while(contradicts, options("B"), [&](int time) {
        if (time == 1)
            for (auto const& conflict : open()) decide(conflict, SourceDecision::keep_ours);
    });
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(opened, 2);
    EXPECT_EQ(imported->remembered, 2);
    EXPECT_THAT(open(), IsEmpty());
}

TEST_F(SourcesReadWhileOthersWriteTest, ARegisterThatNeverRestsIsRefusedAndKeptAsItIs) {
    auto const imported = import_while(intelmq, options("A"), [&](int time) {
        add_owner(fmt::format("Operator {}", time), fmt::format("198.51.100.{}/32", time));
    });
    ASSERT_FALSE(imported);
    EXPECT_EQ(imported.error().code, Code::conflict);
    EXPECT_THAT(imported.error().message, HasSubstr("nothing of it was imported"));
    EXPECT_EQ(opened, 3);
    EXPECT_EQ(*directory.count(OrganisationQuery{}), 3);
    EXPECT_THAT(owners("192.0.2.0/24"), IsEmpty());
}

TEST_F(SourcesTest, ErasureReachesConflicts) {
    import(intelmq, options("A"));
    import(contradicts, options("B"));
    decide(one(ConflictKind::contact), SourceDecision::keep_both);
    import(replaced(std::string(contradicts), "other@", "abuse2@"), options("C"));
    auto const mentions = [&](std::string_view text) {
        for (auto const& conflict : *conflicts.conflicts({.state = {}}))
            for (auto const* sides : {&conflict.ours, &conflict.theirs})
                for (auto const& side : *sides)
                    if (side.what.contains(text)) return true;
        return false;
    };
    EXPECT_TRUE(mentions("other@power.example"));
    ContactQuery query;
    query.text = "other@";
    ASSERT_TRUE(directory.erase(directory.contacts(query)->items.at(0).id, me));
    EXPECT_FALSE(mentions("other@power.example"));
}

}  // namespace
}  // namespace tocsin::constituency
