#include "constituency/import.hpp"

#include "constituency/constituency.hpp"
#include "constituency/test_ledger.hpp"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::constituency {
namespace {

using testing::HasSubstr;

constexpr std::string_view organisations_csv =
    "name,kind,sector,country,language,parent,note\n"
    "Power,operator,energy,XA,fr,Energy CIRT,\"two\nlines\"\n"
    "Energy CIRT,sector-cirt,energy,XA,en,,\n"
    "Nowhere,operator,,Freedonia,,,\n";

struct ImportTest : testing::Test {
    TestLedger ledger;
    Directory directory{*ledger.ledger, ledger.clock};
    access::Principal const me = access::command_principal();

    ImportSummary import(std::string_view bytes, ImportFormat format = ImportFormat::csv, bool replace = false) {
        ImportOptions options;
        options.name = "file";
        options.format = format;
        options.replace = replace;
        auto const planned = plan_import(directory, bytes, options);
        auto applied = apply_import(directory, bytes, options, me);
        EXPECT_TRUE(applied) << applied.error().message;
        if (!applied) return {};
        EXPECT_EQ(planned->added, applied->added);
        EXPECT_EQ(planned->changed, applied->changed);
        EXPECT_EQ(planned->removed, applied->removed);
        EXPECT_EQ(planned->faults.size(), applied->faults.size());
        return *std::move(applied);
    }
    std::string refused(std::string_view bytes, ImportFormat format = ImportFormat::csv) {
        ImportOptions options;
        options.name = "file";
        options.format = format;
        auto const planned = plan_import(directory, bytes, options);
        return planned ? "" : planned.error().message;
    }
    std::string whole() {
        std::vector<ExportRow> rows;
        for (auto const kind : {ImportKind::organisations, ImportKind::resources, ImportKind::contacts})
            for (auto& row : *export_rows(directory, kind)) rows.push_back(std::move(row));
        return rows_as_json(rows);
    }
    void fill() {
        import(organisations_csv);
        import("organisation;kind;value;standing\nPower;prefix;192.0.2.0/24;verified\nPower;asn;64496;claimed\n");
        import("organisation,role,email,phone,language\nPower,abuse,abuse@power.example,+1 555 0100,fr\n");
    }
};

TEST_F(ImportTest, GoodRowsAreTakenAndBadOnesNamedByLineFieldAndExpectation) {
    auto const summary = import(organisations_csv);
    EXPECT_EQ(summary.added, 2);
    EXPECT_EQ(summary.rejected, 1);
    ASSERT_EQ(summary.faults.size(), 1U);
    EXPECT_EQ(summary.faults[0].line, 5U);
    EXPECT_EQ(summary.faults[0].field, "country");
    EXPECT_THAT(summary.faults[0].expected, HasSubstr("found \"FREEDONIA\""));
    EXPECT_EQ(directory.find_organisation("Power")->parent_name, "Energy CIRT");
    EXPECT_EQ(directory.find_organisation("Power")->note, "two\nlines");
}

TEST_F(ImportTest, TheSameFileAgainChangesNothing) {
    fill();
    EXPECT_EQ(import(organisations_csv).unchanged, 2);
    auto const again = import("organisation,kind,value\nPower,prefix,192.0.2.0/24\n");
    EXPECT_EQ(again.unchanged, 1) << "a column that the file lacks keeps its value";
    EXPECT_FALSE(again.change_set);
}

TEST_F(ImportTest, AnExportIsReadBackWithoutAChange) {
    fill();
    auto const before = whole();
    auto const again = import(before, ImportFormat::json);
    EXPECT_EQ(again.unchanged, 5);
    EXPECT_EQ(again.added + again.changed + again.removed + again.rejected + again.conflicts, 0);
    TestLedger other;
    Directory elsewhere(*other.ledger, other.clock);
    for (auto const kind : {ImportKind::organisations, ImportKind::resources, ImportKind::contacts}) {
        ImportOptions options;
        auto const made = apply_import(elsewhere, rows_as_csv(*export_rows(directory, kind), kind), options, me);
        ASSERT_TRUE(made) << made.error().message;
        EXPECT_EQ(made->rejected + made->conflicts, 0);
    }
    std::swap(ledger.ledger, other.ledger);
    EXPECT_EQ(whole(), before);
    std::swap(ledger.ledger, other.ledger);
}

TEST_F(ImportTest, AnImportIsUndoneAsAWhole) {
    fill();
    auto const before = whole();
    auto const summary = import(
        R"({"resources": [{"organisation": "New", "kind": "prefix", "value": "198.51.100.0/24"}],
            "organisations": [{"name": "New", "kind": "operator", "parent": "Power"}, {"name": "Power", "sector": "gas"}],
            "contacts": [{"organisation": "New", "email": "a@new.example", "do_not_contact": true}]})",
        ImportFormat::json);
    EXPECT_EQ(summary.added, 3);
    EXPECT_EQ(summary.changed, 1);
    EXPECT_NE(whole(), before);
    auto const undone = directory.undo(summary.change_set, me);
    ASSERT_TRUE(undone) << undone.error().message;
    EXPECT_EQ(whole(), before);
}

TEST_F(ImportTest, ReplaceRemovesWhatTheFileDoesNotName) {
    fill();
    auto const before = whole();
    auto const summary = import("organisation,kind,value\nPower,prefix,192.0.2.0/24\n", ImportFormat::csv, true);
    EXPECT_EQ(summary.removed, 1) << "AS64496 of Power";
    auto const rest = import("name\nEnergy CIRT\n", ImportFormat::csv, true);
    EXPECT_EQ(rest.removed, 3) << "Power with its prefix and contact";
    ASSERT_TRUE(directory.undo(rest.change_set, me));
    ASSERT_TRUE(directory.undo(summary.change_set, me));
    EXPECT_EQ(whole(), before);
}

TEST_F(ImportTest, RowsThatContradictAreConflicts) {
    fill();
    auto const summary = import("organisation,kind,value\nNobody,asn,64497\nPower,asn,64498\nPower,asn,AS64498\n");
    EXPECT_EQ(summary.conflicts, 2);
    EXPECT_EQ(summary.added, 1);
    EXPECT_EQ(summary.faults[1].expected, "line 3 says something about the same already");
    EXPECT_EQ(import("name,parent\nEnergy CIRT,Power\n").conflicts, 1);
}

TEST_F(ImportTest, WhatIsNoSuchFileIsRefusedWithAReason) {
    EXPECT_THAT(refused(""), HasSubstr("found nothing"));
    EXPECT_THAT(refused("a,b\n1,2\n"), HasSubstr("file:1: unknown column \"a\""));
    EXPECT_THAT(refused("name,value\nx,y\n"), HasSubstr("file:1: name is no column of resources"));
    EXPECT_THAT(refused("{\n\"organisations\": [}", ImportFormat::json), HasSubstr("file:2: expected JSON"));
    EXPECT_THAT(refused("{\"x\": []}", ImportFormat::json), HasSubstr("found \"x\""));
    EXPECT_THAT(refused("hello\n", ImportFormat::delegated), HasSubstr("expected delegated statistics"));
    EXPECT_THAT(refused("\xff\xfen\0a\0"), HasSubstr("UTF-16"));
}

TEST_F(ImportTest, JsonFaultsTellTheLine) {
    auto const summary = import(
        "{\"organisations\": [\n{\"name\": \"A\"},\n\n{\"name\": \"B\", \"kind\": \"{\"},\n"
        "{\"name\": {}},\n7,\n{\"name\": \"C\", \"x\": 1}]}",
        ImportFormat::json);
    EXPECT_EQ(summary.added, 1);
    ASSERT_EQ(summary.faults.size(), 4U);
    EXPECT_EQ(summary.faults[0].line, 4U);
    EXPECT_EQ(summary.faults[0].field, "kind");
    EXPECT_EQ(summary.faults[1].line, 5U);
    EXPECT_EQ(summary.faults[3].line, 7U);
}

constexpr std::string_view delegated =
    "2|ripencc|20261123|6|19830705|20261122|+0100\n"
    "ripencc|*|ipv4|*|3|summary\n"
    "ripencc|XA|ipv4|192.0.2.0|384|20100102|allocated|h-1\n"
    "ripencc|XA|asn|64496|2|20100102|allocated|h-1\n"
    "ripencc|XA|ipv6|2001:db8::|32|20110102|assigned|h-2\n"
    "ripencc|XB|ipv4|198.51.100.0|256|20100102|allocated|h-3\n"
    "ripencc||ipv4|203.0.113.0|256||available|\n"
    "ripencc|XA|ipv4|203.0.113.0|many|20100102|allocated|h-1\n";

TEST_F(ImportTest, DelegatedStatisticsGroupByHolderAndSplitOddCounts) {
    ImportOptions options;
    options.name = "delegated";
    options.format = ImportFormat::delegated;
    options.country = "XA";
    auto const summary = apply_import(directory, delegated, options, me);
    ASSERT_TRUE(summary) << summary.error().message;
    EXPECT_EQ(summary->added, 2 + 2 + 2 + 1);
    EXPECT_EQ(summary->rejected, 1);
    EXPECT_EQ(summary->faults[0].line, 8U);
    auto const holder = directory.find_organisation("ripencc h-1");
    ASSERT_TRUE(holder);
    ResourceQuery query;
    query.organisation = holder->id;
    std::vector<std::string> values;
    for (auto const& r : directory.resources(query)->items) {
        values.push_back(r.value);
        EXPECT_TRUE(r.verified);
        EXPECT_EQ(r.from, *parse_date("2010-01-02"));
    }
    EXPECT_THAT(values, testing::ElementsAre("192.0.2.0/24", "192.0.3.0/25", "AS64496", "AS64497"));
    OrganisationDraft named = *holder;
    named.name = "Power";
    ASSERT_TRUE(directory.change(holder->id, named, 0, me));
    auto const again = apply_import(directory, delegated, options, me);
    EXPECT_EQ(again->added, 0) << "the holder is found under its new name";
    EXPECT_EQ(again->unchanged, 5);
}

TEST_F(ImportTest, AProposalWaitsIsAppliedAndUndone) {
    ImportOptions options;
    options.name = "o.csv";
    auto const proposed = propose_import(directory, organisations_csv, options, me);
    ASSERT_TRUE(proposed) << proposed.error().message;
    EXPECT_EQ(proposed->summary.added, 2);
    EXPECT_EQ(*directory.count(OrganisationQuery{}), 0);
    auto const applied = apply_proposed(directory, proposed->id, me);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(*directory.count(OrganisationQuery{}), 2);
    EXPECT_EQ(apply_proposed(directory, proposed->id, me).error().code, Code::conflict);
    ASSERT_TRUE(undo_import(directory, proposed->id, me));
    EXPECT_EQ(*directory.count(OrganisationQuery{}), 0);
    EXPECT_EQ((*imports(directory))[0].state, Import::State::undone);
    EXPECT_EQ((*imports(directory))[0].summary.changes.size(), 2U);
}

TEST_F(ImportTest, ErasureReachesKeptImports) {
    fill();
    ImportOptions options;
    auto const bytes = "organisation,email\nPower,amina@power.example\n";
    auto const applied = apply_proposed(directory, propose_import(directory, bytes, options, me)->id, me);
    ASSERT_TRUE(applied);
    ASSERT_TRUE(propose_import(directory, bytes, options, me));
    ContactQuery query;
    query.text = "amina";
    ASSERT_TRUE(directory.erase(directory.contacts(query)->items.at(0).id, me));
    EXPECT_FALSE(ledger.mentions("amina"));
}

TEST_F(ImportTest, AHundredThousandLinesGoIn) {
    std::string csv = "organisation,kind,value,standing\n";
    fill();
    for (std::uint32_t i = 0; i < 100'000; ++i)
        csv += fmt::format("Power,prefix,{}/24,verified\n", format_ip(IpAddress::v4((10U << 24) + (i << 8))));
    ImportOptions options;
    auto const summary = apply_import(directory, csv, options, me);
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->added + summary->unchanged + summary->conflicts, 100'000);
}

}  // namespace
}  // namespace tocsin::constituency
