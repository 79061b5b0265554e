#include "constituency/constituency.hpp"
#include "constituency/test_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::constituency {
namespace {

using testing::HasSubstr;

struct DirectoryTest : testing::Test {
    TestLedger ledger;
    Directory directory{*ledger.ledger, ledger.clock};
    access::Principal const me = access::command_principal();

    Organisation organisation(std::string_view name, OrganisationId parent = {}) {
        OrganisationDraft draft;
        draft.name = name;
        draft.parent = parent;
        auto added = directory.add(draft, me);
        EXPECT_TRUE(added) << added.error().message;
        return *added;
    }
    Result<Resource> resource(OrganisationId owner, ResourceKind kind, std::string_view value) {
        ResourceDraft draft;
        draft.organisation = owner;
        draft.kind = kind;
        draft.value = value;
        return directory.add(draft, me);
    }
    Result<Contact> contact(OrganisationId owner, ContactRole role, std::string_view email) {
        ContactDraft draft;
        draft.organisation = owner;
        draft.role = role;
        draft.email = email;
        return directory.add(draft, me);
    }
};

TEST_F(DirectoryTest, WhatIsAddedIsReadBack) {
    OrganisationDraft draft;
    draft.name = "  Northern Power Company ";
    draft.kind = OrganisationKind::operator_;
    draft.sector = "energy";
    draft.country = "xa";
    draft.language = "FR";
    auto const added = directory.add(draft, me);
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_EQ(added->name, "Northern Power Company");
    EXPECT_EQ(added->country, "XA");
    EXPECT_EQ(added->language, "fr");
    EXPECT_EQ(directory.find_organisation("Northern Power Company")->id, added->id);
    EXPECT_EQ(directory.find_organisation("#1")->id, added->id);
    EXPECT_THAT(directory.find_organisation("northern").error().message, HasSubstr("did you mean"));
}

TEST_F(DirectoryTest, AFaultNamesFieldAndWhatWasExpected) {
    OrganisationDraft draft;
    draft.name = "A";
    draft.country = "Freedonia";
    auto const wrong = directory.add(draft, me);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Code::invalid);
    EXPECT_EQ(wrong.error().message, "country: expected a country of ISO 3166-1 as two letters, found \"FREEDONIA\"");
    auto const owner = organisation("B").id;
    EXPECT_THAT(resource(owner, ResourceKind::prefix, "192.0.2.1/24").error().message,
                HasSubstr("did you mean 192.0.2.0/24"));
    EXPECT_EQ(resource({99}, ResourceKind::asn, "AS1").error().code, Code::invalid);
    EXPECT_THAT(contact(owner, ContactRole::abuse, "a@b@c").error().message, HasSubstr("email: expected"));
    EXPECT_FALSE(contact(owner, ContactRole::abuse, "a@example.org\nBcc: x@example.org"));
    EXPECT_FALSE(contact(owner, ContactRole::abuse, ""));
}

TEST_F(DirectoryTest, ALostRaceIsToldByTheVersion) {
    auto first = organisation("A");
    OrganisationDraft draft = first;
    draft.sector = "water";
    auto const second = directory.change(first.id, draft, first.version, me);
    ASSERT_TRUE(second);
    EXPECT_GT(second->version, first.version);
    draft.sector = "gas";
    auto const lost = directory.change(first.id, draft, first.version, me);
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, Code::conflict);
    EXPECT_EQ(directory.organisation(first.id)->sector, "water");
}

TEST_F(DirectoryTest, TwoOrganisationsMayNotHaveOneName) {
    organisation("A");
    OrganisationDraft draft;
    draft.name = "A";
    EXPECT_EQ(directory.add(draft, me).error().code, Code::conflict);
}

TEST_F(DirectoryTest, AnOrganisationIsNotBelowItself) {
    auto const a = organisation("A"), b = organisation("B", a.id);
    OrganisationDraft draft = a;
    draft.parent = b.id;
    EXPECT_EQ(directory.change(a.id, draft, 0, me).error().code, Code::invalid);
    EXPECT_EQ(directory.chain(b.id)->size(), 2U);
}

TEST_F(DirectoryTest, RemovingAnOrganisationAndUndoingItBringsEverythingBack) {
    auto const a = organisation("A");
    auto const b = organisation("B", a.id);
    ASSERT_TRUE(resource(a.id, ResourceKind::prefix, "192.0.2.0/24"));
    ASSERT_TRUE(contact(a.id, ContactRole::abuse, "abuse@example.org"));
    ASSERT_TRUE(directory.add(DoNotContactDraft{"", a.id, "asked"}, me));
    SuppressionDraft quiet;
    quiet.organisation = a.id;
    quiet.reason = "test network";
    ASSERT_TRUE(directory.add(quiet, me));
    auto const removed = directory.remove(a.id, 0, me);
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_EQ(directory.organisation(a.id).error().code, Code::not_found);
    EXPECT_FALSE(directory.organisation(b.id)->parent);
    EXPECT_TRUE(directory.suppressions()->empty());
    auto const undone = directory.undo(*removed, me);
    ASSERT_TRUE(undone) << undone.error().message;
    EXPECT_EQ(directory.organisation(a.id)->resources, 1);
    EXPECT_EQ(directory.organisation(a.id)->contacts, 1);
    EXPECT_EQ(directory.organisation(b.id)->parent, a.id);
    EXPECT_EQ(directory.suppressions()->size(), 1U);
    EXPECT_EQ(directory.do_not_contacts()->size(), 1U);
    EXPECT_EQ(directory.undo(*removed, me).error().code, Code::conflict);
    ASSERT_TRUE(directory.undo(undone->id, me));
    EXPECT_EQ(directory.organisation(a.id).error().code, Code::not_found);
}

TEST_F(DirectoryTest, UndoRefusesWhatWasChangedLater) {
    auto const a = organisation("A");
    OrganisationDraft draft = a;
    draft.sector = "water";
    auto const changed = directory.change(a.id, draft, 0, me);
    draft.sector = "gas";
    ASSERT_TRUE(directory.change(a.id, draft, 0, me));
    auto const undone = directory.undo({changed->version}, me);
    ASSERT_FALSE(undone);
    EXPECT_THAT(undone.error().message, HasSubstr("changed again later"));
    EXPECT_EQ(directory.organisation(a.id)->sector, "gas");
    ASSERT_TRUE(resource(a.id, ResourceKind::asn, "64496"));
    EXPECT_FALSE(directory.undo({a.version}, me));
}

TEST_F(DirectoryTest, TheHistoryTellsOldAndNewValues) {
    auto const a = organisation("A");
    OrganisationDraft draft = a;
    draft.sector = "water";
    ASSERT_TRUE(directory.change(a.id, draft, 0, me));
    auto const history = *directory.history("organisation", a.id.value);
    ASSERT_EQ(history.size(), 2U);
    EXPECT_EQ(history[0].change, Change::change);
    EXPECT_THAT(history[0].after, HasSubstr(R"("sector":"water")"));
    EXPECT_EQ(history[0].before.find("sector"), std::string::npos);
    EXPECT_EQ(history[0].by.who, "command");
    EXPECT_EQ(history[1].change, Change::add);
}

TEST_F(DirectoryTest, ErasingAContactRemovesThePersonFromTheHistoryButNotTheFact) {
    auto const a = organisation("A");
    auto const person = *contact(a.id, ContactRole::security, "amina@example.org");
    ContactDraft draft = person;
    draft.name = "Amina Haddad";
    ASSERT_TRUE(directory.change(person.id, draft, 0, me));
    ASSERT_TRUE(directory.erase(person.id, me));
    auto const history = *directory.history("contact", person.id.value);
    ASSERT_EQ(history.size(), 3U);
    for (auto const& entry : history) {
        EXPECT_TRUE(entry.erased);
        EXPECT_TRUE(entry.before.empty() && entry.after.empty());
        EXPECT_FALSE(directory.undo(entry.change_set, me));
    }
    EXPECT_FALSE(ledger.mentions("amina@example.org"));
    EXPECT_FALSE(ledger.mentions("Haddad"));
}

TEST_F(DirectoryTest, RecipientsAreTheAbuseContactElseGoUpTheChain) {
    auto const top = organisation("Sector CIRT");
    auto const a = organisation("A", top.id);
    ASSERT_TRUE(contact(top.id, ContactRole::duty, "duty@sector.example"));
    EXPECT_EQ(directory.recipients_for(a.id)->contacts[0].email, "duty@sector.example");
    ASSERT_TRUE(contact(a.id, ContactRole::technical, "noc@a.example"));
    auto const abuse = *contact(a.id, ContactRole::abuse, "abuse@a.example");
    EXPECT_EQ(directory.recipients_for(a.id)->contacts[0].email, "abuse@a.example");
    ASSERT_TRUE(directory.add(DoNotContactDraft{"abuse@a.example", {}, "asked"}, me));
    EXPECT_EQ(directory.recipients_for(a.id)->contacts[0].email, "noc@a.example");
    ASSERT_TRUE(directory.add(DoNotContactDraft{"A.example", {}, "asked"}, me));
    EXPECT_EQ(directory.recipients_for(a.id)->contacts[0].email, "duty@sector.example");
    EXPECT_THAT(**directory.is_unwanted("Someone@mail.a.example"), HasSubstr("a.example is on the"));
    ASSERT_TRUE(directory.add(DoNotContactDraft{"", top.id, "asked"}, me));
    EXPECT_TRUE(directory.recipients_for(a.id)->contacts.empty());
}

TEST_F(DirectoryTest, PagesGoThroughEverythingOnce) {
    for (int i = 0; i < 25; ++i) organisation(fmt::format("Org {:02}", (i * 7) % 25));
    for (auto const* sort : {"name", "-name", "-changed"}) {
        OrganisationQuery query;
        query.limit = 4;
        query.sort = sort;
        std::vector<std::string> names;
        do {
            auto const page = *directory.organisations(query);
            for (auto const& o : page.items) names.push_back(o.name);
            query.after = page.next;
        } while (!query.after.empty());
        EXPECT_EQ(names.size(), 25U) << sort;
        std::ranges::sort(names);
        EXPECT_EQ(std::ranges::unique(names).size(), 0U) << sort;
    }
    EXPECT_EQ(*directory.count(OrganisationQuery{
                  .text = "ORG 1", .kinds = {}, .sectors = {}, .countries = {}, .parent = {}, .after = {}}),
              10);
}

TEST(CanonicalValue, SpellsValuesOneWay) {
    EXPECT_EQ(*canonical_value(ResourceKind::prefix, " 192.0.2.7 "), "192.0.2.7/32");
    EXPECT_EQ(*canonical_value(ResourceKind::prefix, "2001:DB8::/32"), "2001:db8::/32");
    EXPECT_EQ(*canonical_value(ResourceKind::asn, "as064496"), "AS64496");
    EXPECT_EQ(*canonical_value(ResourceKind::domain, "*.Example.ORG."), "example.org");
    EXPECT_EQ(*canonical_value(ResourceKind::domain, "bücher.example"), "xn--bcher-kva.example");
    EXPECT_EQ(*canonical_value(ResourceKind::country, "xa"), "XA");
    EXPECT_FALSE(canonical_value(ResourceKind::domain, "192.0.2.1"));
    EXPECT_FALSE(canonical_value(ResourceKind::domain, "-a.example"));
    EXPECT_FALSE(canonical_value(ResourceKind::asn, "4294967296"));
    EXPECT_FALSE(canonical_value(ResourceKind::country, "QA1"));
}

TEST(Country, NamesAndMembersAreKnown) {
    EXPECT_EQ(country_name("KE", "fr"), "Kenya");
    EXPECT_EQ(country_name("DE", "es"), "Alemania");
    EXPECT_EQ(country_name("XA", "fr"), "XA");
    EXPECT_TRUE(is_country("XA"));
    EXPECT_FALSE(is_country("ZY"));
    EXPECT_EQ(std::ranges::count(countries(), true, &Country::itu_member), 194);
    EXPECT_TRUE(std::ranges::is_sorted(countries(), {}, &Country::code));
}

}  // namespace
}  // namespace tocsin::constituency
