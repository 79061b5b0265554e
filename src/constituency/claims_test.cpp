#include "constituency/claims.hpp"

#include "constituency/constituency.hpp"
#include "constituency/notice_settings.hpp"
#include "constituency/test_ledger.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace tocsin::constituency {
namespace {

using namespace std::chrono_literals;

struct ClaimsTest : testing::Test {
    TestLedger ledger;
    Directory directory{*ledger.ledger, ledger.clock};
    Claims claims{directory};
    access::Principal const team = access::command_principal();
    OrganisationId power = organisation("Power"), water = organisation("Water");
    access::Principal const editor = somebody(power, access::Right::editor);

    OrganisationId organisation(std::string_view name) {
        OrganisationDraft draft;
        draft.name = name;
        return directory.add(draft, team)->id;
    }
    void has(OrganisationId owner, ResourceKind kind, std::string_view value) {
        ResourceDraft draft;
        draft.organisation = owner;
        draft.kind = kind;
        draft.value = value;
        ASSERT_TRUE(directory.add(draft, team));
    }
    static access::Principal somebody(OrganisationId organisation, access::Right right) {
        access::Principal principal;
        principal.who = "account:7";
        principal.role = access::Role::constituent;
        principal.account = {7};
        principal.memberships = {{organisation.value, right}};
        return principal;
    }
    Result<ResourceClaim> open(ResourceKind kind, std::string_view value, Evidence evidence = Evidence::explanation) {
        return claims.open(editor, {.organisation = power,
                                    .kind = kind,
                                    .value = std::string(value),
                                    .evidence = evidence,
                                    .explanation = "ours since 1990"});
    }
    void import(std::string_view bytes) {
        ImportOptions options;
        options.name = "file";
        options.format = ImportFormat::csv;
        ASSERT_TRUE(apply_import(directory, bytes, options, team));
    }
    std::vector<std::string> registered(ResourceClaim const& claim) {
        std::vector<std::string> addresses;
        for (auto const& one : *claims.registered_addresses(claim)) addresses.push_back(one.email);
        return addresses;
    }
};

TEST_F(ClaimsTest, AreOpenedByEditorsOfTheOrganisationOnly) {
    auto const code_for = [&](access::Principal const& by) {
        auto const made = claims.open(
            by, {.organisation = power, .kind = ResourceKind::domain, .value = "a.example", .explanation = "x"});
        return made ? std::optional<Code>() : std::optional(made.error().code);
    };
    EXPECT_EQ(code_for(somebody(power, access::Right::reader)), Code::denied);
    EXPECT_EQ(code_for(somebody(water, access::Right::manager)), Code::denied);
    EXPECT_EQ(code_for(editor), std::nullopt);
    EXPECT_EQ(code_for(editor), Code::conflict) << "claimed already";
    auto const claim = claims.claims({})->front();
    EXPECT_EQ(claims.claim_of(water, claim.id).error().code, Code::not_found);
    EXPECT_EQ(claims.withdraw(somebody(water, access::Right::manager), water, claim.id).error().code, Code::not_found);
    EXPECT_TRUE(claims.withdraw(editor, power, claim.id));
    EXPECT_EQ(claims.approve(team, claim.id, ConflictDecision::none, "").error().code, Code::conflict);
}

TEST_F(ClaimsTest, FaultsNameTheField) {
    EXPECT_NE(open(ResourceKind::prefix, "192.0.2.0/33").error().message.find("value"), std::string::npos);
    EXPECT_EQ(open(ResourceKind::country, "XA").error().code, Code::invalid);
    EXPECT_EQ(open(ResourceKind::prefix, "192.0.2.0/24", Evidence::dns).error().code, Code::invalid);
    EXPECT_EQ(open(ResourceKind::domain, "a.example", Evidence::rir_mail).error().code, Code::invalid);
    EXPECT_EQ(claims.refuse(team, open(ResourceKind::domain, "a.example")->id, " ").error().code, Code::invalid);
}

TEST_F(ClaimsTest, NobodyOfAConstituentDecides) {
    auto const claim = *open(ResourceKind::domain, "a.example");
    EXPECT_EQ(claims.approve(editor, claim.id, ConflictDecision::none, "").error().code, Code::denied);
    EXPECT_EQ(claims.refuse(somebody(power, access::Right::manager), claim.id, "x").error().code, Code::denied);
}

TEST_F(ClaimsTest, ApprovalMakesTheResourceVerifiedAndUndoTakesItBack) {
    has(power, ResourceKind::domain, "power.example");
    auto const before = directory.resources({.organisation = power})->items.front();
    auto const claim = *open(ResourceKind::domain, "Power.Example.", Evidence::dns);
    ASSERT_TRUE(claims.note_proof(editor, claim.id, Proof::found, "TXT record of _tocsin-claim.power.example"));
    auto const approved = claims.approve(team, claim.id, ConflictDecision::none, "");
    ASSERT_TRUE(approved) << approved.error().message;
    EXPECT_EQ(approved->resource, before.id);
    auto const after = *directory.resource(before.id);
    EXPECT_TRUE(after.verified);
    EXPECT_NE(after.how.find("TXT record"), std::string::npos);
    EXPECT_EQ(open(ResourceKind::domain, "power.example").error().code, Code::conflict) << "theirs already";
    ASSERT_TRUE(directory.undo(approved->change_set, team));
    EXPECT_EQ(static_cast<ResourceDraft const&>(*directory.resource(before.id)),
              static_cast<ResourceDraft const&>(before));
}

TEST_F(ClaimsTest, ShowWhoHasTheSameWhatIsAroundAndWhatIsInside) {
    has(water, ResourceKind::prefix, "192.0.2.0/24");
    has(water, ResourceKind::prefix, "192.0.0.0/16");
    has(water, ResourceKind::prefix, "192.0.2.128/25");
    has(water, ResourceKind::prefix, "198.51.100.0/24");
    has(power, ResourceKind::prefix, "192.0.2.0/24");
    auto const conflicts = *claims.conflicts(*open(ResourceKind::prefix, "192.0.2.0/24"));
    ASSERT_EQ(conflicts.size(), 3U);
    EXPECT_EQ(conflicts[0].how, ClaimConflict::How::same);
    EXPECT_EQ(conflicts[1].resource.value, "192.0.0.0/16");
    EXPECT_EQ(conflicts[2].resource.value, "192.0.2.128/25");
    has(water, ResourceKind::domain, "shop.a.example");
    EXPECT_EQ(claims.conflicts(*open(ResourceKind::domain, "a.example"))->front().how, ClaimConflict::How::inside);
}

TEST_F(ClaimsTest, MovingTakesItFromTheOtherInTheSameChangeSet) {
    has(water, ResourceKind::asn, "AS64496");
    auto const claim = *open(ResourceKind::asn, "64496");
    EXPECT_EQ(claims.approve(team, claim.id, ConflictDecision::none, "").error().code, Code::conflict);
    auto const approved = claims.approve(team, claim.id, ConflictDecision::move, "");
    ASSERT_TRUE(approved) << approved.error().message;
    EXPECT_EQ(*directory.count(ResourceQuery{.organisation = water}), 0);
    ASSERT_TRUE(directory.undo(approved->change_set, team));
    EXPECT_EQ(*directory.count(ResourceQuery{.organisation = water}), 1);
    EXPECT_EQ(*directory.count(ResourceQuery{.organisation = power}), 0);
    EXPECT_EQ(claims.conflicts(*open(ResourceKind::asn, "64496"))->front().decided_before, ConflictDecision::move);
}

TEST_F(ClaimsTest, TheRegistrysContactIsOneThatCameByAnImportAndWasNotTouched) {
    import("organisation,kind,value\nWater,prefix,192.0.2.0/24\n");
    import("organisation,role,email\nWater,abuse,abuse@water.example\n");
    auto const claim = *open(ResourceKind::prefix, "192.0.2.0/25", Evidence::rir_mail);
    EXPECT_EQ(registered(claim), std::vector<std::string>{"abuse@water.example"});
    auto const contact = directory.contacts({.organisation = water})->items.front();
    ContactDraft changed = contact;
    changed.email = "mallory@power.example";
    ASSERT_TRUE(directory.change(contact.id, changed, contact.version, somebody(water, access::Right::editor)));
    EXPECT_TRUE(registered(claim).empty());
}

TEST_F(ClaimsTest, TheMailsSecretOpensOneClaimForAWhile) {
    auto const claim = *open(ResourceKind::prefix, "192.0.2.0/24", Evidence::rir_mail);
    auto const first = *claims.mail_token(editor, claim.id);
    auto const second = *claims.mail_token(editor, claim.id);
    EXPECT_FALSE(*claims.claim_of_mail(first)) << "an older one is void";
    EXPECT_EQ((*claims.claim_of_mail(second))->id, claim.id);
    ledger.clock.set(ledger.clock.now() + 15 * 24h);
    EXPECT_FALSE(*claims.claim_of_mail(second));
}

TEST_F(ClaimsTest, LookingUpIsNotDoneAgainAndAgain) {
    auto const claim = *open(ResourceKind::domain, "a.example", Evidence::dns);
    EXPECT_TRUE(claims.begin_check(editor, claim.id));
    EXPECT_EQ(claims.begin_check(editor, claim.id).error().code, Code::limit);
    ledger.clock.set(ledger.clock.now() + Claims::between_checks);
    EXPECT_TRUE(claims.begin_check(editor, claim.id));
}

TEST_F(ClaimsTest, AreBoundedForOneOrganisation) {
    for (int i = 0; i < Claims::most_open; ++i)
        ASSERT_TRUE(open(ResourceKind::domain, "d" + std::to_string(i) + ".example"));
    EXPECT_EQ(open(ResourceKind::domain, "more.example").error().code, Code::limit);
    EXPECT_TRUE(
        claims.open(team, {.organisation = water, .kind = ResourceKind::asn, .value = "1", .explanation = "x"}));
}

TEST_F(ClaimsTest, AReminderTellsOfMissingExpiredAndExpiringContacts) {
    auto const now = ledger.clock.now();
    auto const contact = [&](ContactRole role, std::optional<Timestamp> expires) {
        Contact made;
        made.role = role;
        made.expires = expires;
        return made;
    };
    auto const reminders = contact_reminders(
        {contact(ContactRole::abuse, now + std::chrono::days(30)), contact(ContactRole::security, now - 1h),
         contact(ContactRole::duty, now + std::chrono::days(90))},
        now);
    ASSERT_EQ(reminders.size(), 3U);
    EXPECT_EQ(name_of(reminders[0].what), "missing");
    EXPECT_EQ(reminders[0].role, ContactRole::security);
    EXPECT_EQ(name_of(reminders[1].what), "expiring");
    EXPECT_EQ(name_of(reminders[2].what), "expired");
}

TEST_F(ClaimsTest, NoticeSettingsAreReadBackAndChecked) {
    NoticeSettings const wanted{.language = "ar", .digest_every = 12h, .least_severity = "high", .channel = "mail"};
    EXPECT_EQ(set_notice_settings(directory, somebody(power, access::Right::reader), power, wanted).error().code,
              Code::denied);
    ASSERT_TRUE(set_notice_settings(directory, editor, power, wanted));
    EXPECT_EQ(**notice_settings(*ledger.ledger, power), wanted);
    EXPECT_FALSE(*notice_settings(*ledger.ledger, water));
    EXPECT_EQ(all_notice_settings(*ledger.ledger)->size(), 1U);
    auto unknown = wanted, hasty = wanted;
    unknown.language = "de";
    hasty.digest_every = 1min;
    EXPECT_FALSE(set_notice_settings(directory, editor, power, unknown));
    EXPECT_FALSE(set_notice_settings(directory, editor, power, hasty));
}

}  // namespace
}  // namespace tocsin::constituency
