#include "access/members.hpp"

#include "access/access.hpp"

#include <filesystem>
#include <gtest/gtest.h>

namespace tocsin::access {
namespace {

using namespace std::chrono_literals;

constexpr auto good_password = "correct horse battery";
constexpr std::int64_t power = 7, water = 8;

struct MembersTest : testing::Test {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("tocsin-members-" + to_hex(secret_bytes(6)));
    FixedClock clock{*parse_timestamp("2026-11-23T10:00:00Z")};
    std::optional<store::DataDirectory> directory;
    std::unique_ptr<store::Ledger> ledger;
    std::unique_ptr<Access> access;
    std::optional<Members> members;
    Visitor const visitor{"192.0.2.9", "Browser/1"};
    Principal const root = command_principal();

    MembersTest() {
        directory.emplace(*store::DataDirectory::open(folder));
        ledger = *store::Ledger::open(folder / "ledger", migrations());
        AccessLimits cheap;
        cheap.argon2_passes = 1;
        cheap.argon2_bytes = 8192;
        access = *Access::open(*ledger, *directory, clock, cheap);
        members.emplace(*access);
    }
    ~MembersTest() override { std::filesystem::remove_all(folder); }

    void wait(std::chrono::microseconds time) { clock.set(clock.now() + time); }
    Principal signed_in(std::string const& name) {
        auto const in = access->log_in({name, good_password, ""}, visitor);
        EXPECT_EQ(in->outcome, LogInOutcome::welcome) << name;
        auto const session = access->session_of(in->session.token, visitor);
        return (*session)->principal;
    }
    Principal add(std::string const& name, Right right, std::int64_t organisation = power, bool below = false) {
        auto const made = access->add_account(root, {.name = name,
                                                     .password = good_password,
                                                     .role = Role::constituent,
                                                     .memberships = {{organisation, right, below}}});
        EXPECT_TRUE(made) << made.error().message;
        return signed_in(name);
    }
    MadeInvitation invite(Membership const& membership) { return *members->invite(root, {.membership = membership}); }
};

TEST_F(MembersTest, AConstituentIsBelowEveryRoleOfTheTeam) {
    auto const someone = add("someone", Right::manager);
    for (auto const role : {Role::viewer, Role::analyst, Role::administrator}) EXPECT_FALSE(someone.may(role));
    EXPECT_FALSE(someone.may_push("any/feed"));
    ASSERT_NE(someone.membership(power), nullptr);
    EXPECT_EQ(someone.membership(water), nullptr);
    auto const team = *access->add_account(root, {.name = "amina", .password = good_password, .role = Role::analyst});
    EXPECT_EQ(signed_in("amina").membership(power), nullptr) << "the team acts for nobody";
    EXPECT_EQ(access->change_account(root, team.id, {.role = Role::constituent}).error().code, Code::conflict);
    EXPECT_EQ(access->change_account(root, someone.account, {.role = Role::viewer}).error().code, Code::conflict);
}

TEST_F(MembersTest, RoleAndOrganisationsMustFitEachOther) {
    auto const refused = [&](Role role, std::vector<Membership> memberships) {
        auto const made = access->add_account(
            root, {.name = "x", .password = good_password, .role = role, .memberships = std::move(memberships)});
        return !made && made.error().code == Code::invalid;
    };
    EXPECT_TRUE(refused(Role::constituent, {}));
    EXPECT_TRUE(refused(Role::viewer, {{power, Right::reader}}));
    EXPECT_TRUE(refused(Role::constituent, {{power, Right::reader}, {power, Right::editor}}));
    EXPECT_TRUE(refused(Role::constituent, {{0, Right::reader}}));
    EXPECT_FALSE(access->add_key(root, {.name = "k", .role = Role::constituent}));
    EXPECT_FALSE(access->add_key(root, {.name = "k", .role = Role::viewer, .membership = Membership{power}}));
    EXPECT_FALSE(access->add_key(
        root, {.name = "k", .role = Role::constituent, .membership = Membership{power, Right::editor}}));
}

TEST_F(MembersTest, AnInvitationMakesOneAccountOnceAndNoMore) {
    auto const made = invite({power, Right::editor, true});
    ASSERT_TRUE(*members->open_invitation(made.token));
    auto const account = members->accept(made.token, {.name = "noor", .password = good_password}, visitor);
    ASSERT_TRUE(account) << account.error().message;
    EXPECT_EQ(account->role, Role::constituent);
    EXPECT_EQ(account->memberships, (std::vector<Membership>{{power, Right::editor, true}}));
    EXPECT_FALSE(*members->open_invitation(made.token));
    EXPECT_EQ(members->accept(made.token, {.name = "other", .password = good_password}, visitor).error().code,
              Code::not_found);
    EXPECT_EQ(signed_in("noor").memberships.size(), 1U);
}

TEST_F(MembersTest, AnInvitationThatIsOldOrWithdrawnOpensNothing) {
    auto const old = invite({power});
    wait(8 * 24h);
    EXPECT_FALSE(*members->open_invitation(old.token));
    EXPECT_EQ(members->invitations(power)->front().state, InvitationState::expired);
    auto const gone = invite({power});
    EXPECT_EQ(members->withdraw(root, gone.id, water).error().code, Code::not_found) << "another organisation's";
    ASSERT_TRUE(members->withdraw(root, gone.id, power));
    EXPECT_EQ(members->accept(gone.token, {.name = "x", .password = good_password}, visitor).error().code,
              Code::not_found);
    EXPECT_FALSE(*members->open_invitation("not a token"));
}

TEST_F(MembersTest, AWrongPasswordDoesNotUseAnInvitationUp) {
    auto const made = invite({power});
    EXPECT_FALSE(members->accept(made.token, {.name = "noor", .password = "short"}, visitor));
    EXPECT_TRUE(members->accept(made.token, {.name = "noor", .password = good_password}, visitor));
}

TEST_F(MembersTest, OnlyManagersOfTheOrganisationItselfLetPeopleIn) {
    auto const manager = add("manager", Right::manager);
    auto const editor = add("editor", Right::editor);
    EXPECT_TRUE(members->invite(manager, {.membership = {power, Right::manager}}));
    EXPECT_EQ(members->invite(manager, {.membership = {water, Right::reader}}).error().code, Code::denied);
    EXPECT_EQ(members->invite(editor, {.membership = {power, Right::reader}}).error().code, Code::denied);
    EXPECT_EQ(members->invite(manager, {.membership = {power, Right::reader, true}}).error().code, Code::denied)
        << "a manager gives nobody more than they have";
    Principal viewer;
    EXPECT_EQ(members->invite(viewer, {.membership = {power, Right::reader}}).error().code, Code::denied);
}

TEST_F(MembersTest, TheLastManagerCannotLeaveOrStepDownByThemselves) {
    auto const manager = add("manager", Right::manager);
    auto const editor = add("editor", Right::editor);
    EXPECT_EQ(members->remove(manager, manager.account, power).error().code, Code::conflict);
    EXPECT_EQ(members->set(manager, manager.account, {power, Right::reader}).error().code, Code::conflict);
    ASSERT_TRUE(members->set(manager, editor.account, {power, Right::manager}));
    EXPECT_TRUE(members->remove(manager, manager.account, power));
    EXPECT_EQ(members->of(power)->size(), 1U);
    EXPECT_EQ(access->log_in({"manager", good_password, ""}, visitor)->outcome, LogInOutcome::refused);
}

TEST_F(MembersTest, AManagerReachesNobodyOutsideTheOrganisation) {
    auto const manager = add("manager", Right::manager);
    auto const stranger = add("stranger", Right::editor, water);
    EXPECT_EQ(members->set(manager, stranger.account, {power, Right::reader}).error().code, Code::not_found);
    EXPECT_EQ(members->remove(manager, stranger.account, power).error().code, Code::not_found);
    EXPECT_EQ(members->remove(manager, stranger.account, water).error().code, Code::denied);
}

TEST_F(MembersTest, WhoIsRemovedSeesNothingFromThatMomentOn) {
    auto const manager = add("manager", Right::manager);
    add("reader", Right::reader);
    auto const in = *access->log_in({"reader", good_password, ""}, visitor);
    auto const id = (*access->session_of(in.session.token, visitor))->principal.account;
    ASSERT_TRUE(members->remove(manager, id, power));
    EXPECT_FALSE(*access->session_of(in.session.token, visitor));
}

TEST_F(MembersTest, AnOrganisationsKeyReadsForItAndIsRevokedByItsManagersOnly) {
    auto const manager = add("manager", Right::manager);
    auto const stranger = add("stranger", Right::manager, water);
    auto const made = members->add_key(manager, {power, Right::manager}, "siem", {});
    ASSERT_TRUE(made) << made.error().message;
    auto const key = *access->key_of(made->key, visitor);
    ASSERT_TRUE(key);
    EXPECT_TRUE(key->is_constituent());
    EXPECT_EQ(key->memberships, (std::vector<Membership>{{power, Right::reader, false}}));
    EXPECT_TRUE(members->keys(water)->empty());
    EXPECT_EQ(members->revoke_key(stranger, water, made->id).error().code, Code::not_found);
    EXPECT_EQ(members->revoke_key(stranger, power, made->id).error().code, Code::denied);
    EXPECT_TRUE(members->revoke_key(manager, power, made->id));
    EXPECT_FALSE(*access->key_of(made->key, visitor));
}

TEST_F(MembersTest, ErasingAnAccountTakesItOutOfItsOrganisations) {
    auto const someone = add("someone", Right::reader);
    ASSERT_TRUE(access->erase_account(root, someone.account));
    EXPECT_TRUE(members->of(power)->empty());
}

TEST_F(MembersTest, SomebodyWithAnAccountJoinsASecondOrganisationByAnInvitation) {
    auto const someone = add("someone", Right::reader);
    auto const made = invite({water, Right::editor});
    ASSERT_TRUE(members->join(someone, made.token));
    auto const now = signed_in("someone");
    EXPECT_EQ(now.memberships.size(), 2U);
    EXPECT_FALSE(members->join(now, made.token));
}

}  // namespace
}  // namespace tocsin::access
