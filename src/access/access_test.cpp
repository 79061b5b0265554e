#include "access/access.hpp"

#include "access/totp.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <thread>

namespace tocsin::access {
namespace {

constexpr auto good_password = "correct horse battery";

struct AccessTest : testing::Test {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("tocsin-access-" + to_hex(secret_bytes(6)));
    FixedClock clock{*parse_timestamp("2026-11-23T10:00:00Z")};
    std::optional<store::DataDirectory> directory;
    std::unique_ptr<store::Ledger> ledger;
    std::unique_ptr<Access> access;
    Visitor const visitor{"192.0.2.9", "Browser/1"};
    Principal const root = command_principal();

    AccessTest() {
        directory.emplace(*store::DataDirectory::open(folder));
        ledger = *store::Ledger::open(folder / "ledger", migrations());
        reopen();
    }
    ~AccessTest() override { std::filesystem::remove_all(folder); }

    void reopen() {
        AccessLimits cheap;
        cheap.argon2_passes = 1;
        cheap.argon2_bytes = 8192;
        access = *Access::open(*ledger, *directory, clock, cheap);
    }
    void wait(std::chrono::microseconds time) { clock.set(clock.now() + time); }
    Account add(std::string const& name, Role role = Role::analyst) {
        return *access->add_account(root, {.name = name, .password = good_password, .role = role});
    }
    LogIn try_in(std::string const& name, std::string const& password, std::string const& code = "",
                 std::string const& from = "192.0.2.9") {
        return *access->log_in({name, password, code}, {from, "Browser/1"});
    }
    AuditVerdict verify(std::optional<AuditHead> const& expected = {}) {
        return *ledger->read([&](store::Transaction& tx) { return verify_audit(tx, expected); });
    }
    std::vector<AuditEntry> entries(AuditFilter const& filter = {}) {
        return *ledger->read([&](store::Transaction& tx) { return audit_entries(tx, filter); });
    }
    void tamper(std::string_view sql) {
        ASSERT_TRUE(ledger->write([&](store::Transaction& tx) { return tx.run(sql); }));
    }
    /// Turns the second factor on and gives secret and recovery codes.
    std::pair<std::string, std::vector<std::string>> with_totp(Principal const& self) {
        auto const enrolment = *access->enrol_totp(self);
        std::string secret;
        unsigned buffer = 0;
        int bits = 0;
        for (char const c : enrolment.secret) {
            buffer = buffer << 5 | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26);
            if ((bits += 5) >= 8) secret.push_back(static_cast<char>(buffer >> (bits -= 8)));
        }
        auto codes = *access->confirm_totp(self, totp_code(secret, totp_step(clock.now())));
        wait(std::chrono::seconds(60));
        return {secret, std::move(codes)};
    }
};

using namespace std::chrono_literals;

// Accounts

TEST_F(AccessTest, ThereIsNoAccountByDefault) {
    EXPECT_TRUE(access->accounts()->empty());
    for (auto const* name : {"admin", "root", "tocsin", "administrator"})
        EXPECT_EQ(try_in(name, "admin").outcome, LogInOutcome::refused);
}

TEST_F(AccessTest, ANameIsTakenOnceWhateverItsCase) {
    EXPECT_EQ(add("Amina").name, "amina");
    auto const again = access->add_account(root, {.name = "AMINA", .password = good_password});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::conflict);
}

TEST_F(AccessTest, NamesAddressesAndLanguagesAreChecked) {
    auto const refused = [&](NewAccount account) {
        account.password = good_password;
        auto const made = access->add_account(root, account);
        return !made && made.error().code == Code::invalid;
    };
    EXPECT_TRUE(refused({.name = ""}));
    EXPECT_TRUE(refused({.name = "a b"}));
    EXPECT_TRUE(refused({.name = "-x"}));
    EXPECT_TRUE(refused({.name = "a\r\nb"}));
    EXPECT_TRUE(refused({.name = "erased-3"}));
    EXPECT_TRUE(refused({.name = std::string(65, 'a')}));
    EXPECT_TRUE(refused({.name = "x", .email = "a@b.example\r\nBcc: c@d.example"}));
    EXPECT_TRUE(refused({.name = "x", .email = "nobody"}));
    EXPECT_TRUE(refused({.name = "x", .language = "tlh"}));
    EXPECT_TRUE(refused({.name = "x", .full_name = "a\nb"}));
}

TEST(CheckPassword, WantsLengthAndNotTheObvious) {
    EXPECT_TRUE(check_password("correct horse battery", "amina"));
    EXPECT_TRUE(check_password("пароль из слов", "amina"));
    for (auto const* weak : {"", "short", "elevenchars", "aaaaaaaaaaaaaa", "abababababababab", "1234567890123",
                             "abcdefghijklmn", "zyxwvutsrqponm", "amina-amina-1"})
        EXPECT_FALSE(check_password(weak, "amina")) << weak;
    EXPECT_FALSE(check_password(std::string(1025, 'x') + "abcdef", "amina"));
    EXPECT_FALSE(check_password("\xff\xfe correct horse", "amina"));
}

TEST(GeneratedPassword, IsGoodAndNeverTheSame) {
    EXPECT_TRUE(check_password(generated_password(), "amina"));
    EXPECT_NE(generated_password(), generated_password());
}

TEST_F(AccessTest, ThePasswordIsKeptAsArgon2idOnly) {
    add("amina");
    auto const kept = *ledger->read([](store::Transaction& tx) {
        return tx.one("SELECT password FROM account", {}, [](store::Row const& row) { return row.string(0); });
    });
    EXPECT_TRUE(kept->starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
}

TEST_F(AccessTest, AHashOfOtherParametersIsRenewedAtTheNextLogIn) {
    add("amina");
    AccessLimits dearer;
    dearer.argon2_passes = 2;
    dearer.argon2_bytes = 16384;
    access = *Access::open(*ledger, *directory, clock, dearer);
    ASSERT_EQ(try_in("amina", good_password).outcome, LogInOutcome::welcome);
    auto const kept = *ledger->read([](store::Transaction& tx) {
        return tx.one("SELECT password FROM account", {}, [](store::Row const& row) { return row.string(0); });
    });
    EXPECT_TRUE(kept->starts_with("$argon2id$v=19$m=16,t=2,p=1$"));
    EXPECT_EQ(try_in("amina", good_password).outcome, LogInOutcome::welcome);
}

TEST_F(AccessTest, TheLastAdministratorStays) {
    auto const amina = add("amina", Role::administrator);
    EXPECT_EQ(access->change_account(root, amina.id, {.role = Role::viewer}).error().code, Code::conflict);
    EXPECT_EQ(access->change_account(root, amina.id, {.is_disabled = true}).error().code, Code::conflict);
    EXPECT_EQ(access->erase_account(root, amina.id).error().code, Code::conflict);
    add("jean", Role::administrator);
    EXPECT_TRUE(access->change_account(root, amina.id, {.role = Role::viewer}));
}

TEST_F(AccessTest, TheFirstAccountNeedsTheCodeThatTheServerPrinted) {
    auto const old_code = **access->first_account_code();
    auto const code = **access->first_account_code();
    NewAccount const wanted{.name = "amina", .password = good_password};
    EXPECT_EQ(access->add_first_account("0000-0000-0000-0000", wanted, visitor).error().code, Code::denied);
    EXPECT_EQ(access->add_first_account("", wanted, visitor).error().code, Code::denied);
    EXPECT_EQ(access->add_first_account(old_code, wanted, visitor).error().code, Code::denied);
    auto const made = access->add_first_account(lowered(code), wanted, visitor);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->role, Role::administrator);
    EXPECT_FALSE(*access->first_account_code());
    EXPECT_FALSE(access->add_first_account(code, {.name = "eve", .password = good_password}, visitor));
}

// Signing in

TEST_F(AccessTest, ASessionBeginsWithTheRightPasswordAndEndsWhenItIsRevoked) {
    add("amina");
    auto const in = try_in("Amina", good_password);
    ASSERT_EQ(in.outcome, LogInOutcome::welcome);
    EXPECT_EQ(in.session.token.size(), 43U);
    auto const signed_in = *access->session_of(in.session.token, visitor);
    ASSERT_TRUE(signed_in);
    EXPECT_EQ(signed_in->principal.name, "amina");
    EXPECT_EQ(signed_in->principal.role, Role::analyst);
    EXPECT_TRUE(Access::csrf_matches(*signed_in, in.session.csrf));
    EXPECT_FALSE(Access::csrf_matches(*signed_in, ""));
    auto const list = *access->sessions(signed_in->principal.account);
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].address, "192.0.2.9");
    EXPECT_EQ(list[0].agent, "Browser/1");
    EXPECT_TRUE(access->end_session(signed_in->principal, signed_in->principal.account, list[0].id));
    EXPECT_FALSE(*access->session_of(in.session.token, visitor));
}

TEST_F(AccessTest, NeitherTokenNorKeyIsInTheLedger) {
    add("amina");
    auto const in = try_in("amina", good_password);
    auto const key = *access->add_key(root, {.name = "fetcher", .role = Role::analyst});
    ASSERT_TRUE(ledger->backup_to(folder / "copy"));
    auto const bytes = *store::read_file(folder / "copy");
    EXPECT_EQ(bytes.find(in.session.token), std::string::npos);
    EXPECT_EQ(bytes.find(in.session.csrf), std::string::npos);
    EXPECT_EQ(bytes.find(key.key.substr(10)), std::string::npos);
    EXPECT_EQ(bytes.find(good_password), std::string::npos);
}

TEST_F(AccessTest, ATokenOfAnotherSessionHasAnotherCsrfToken) {
    add("amina");
    auto const one = try_in("amina", good_password), two = try_in("amina", good_password);
    auto const signed_in = *access->session_of(one.session.token, visitor);
    EXPECT_FALSE(Access::csrf_matches(*signed_in, two.session.csrf));
}

TEST_F(AccessTest, ASessionEndsWhenIdleAndInAnyCase) {
    add("amina");
    auto const idle = try_in("amina", good_password), used = try_in("amina", good_password);
    wait(7h);
    EXPECT_TRUE(*access->session_of(used.session.token, visitor));
    wait(2h);
    EXPECT_FALSE(*access->session_of(idle.session.token, visitor));
    EXPECT_TRUE(*access->session_of(used.session.token, visitor));
    for (int hours = 9; hours < 72; hours += 7) {
        EXPECT_TRUE(*access->session_of(used.session.token, visitor)) << hours;
        wait(7h);
    }
    EXPECT_FALSE(*access->session_of(used.session.token, visitor));
    ASSERT_TRUE(access->clean_up());
    EXPECT_TRUE(access->sessions(used.session.principal.account)->empty());
}

TEST_F(AccessTest, ADisabledAccountIsOutAtOnce) {
    auto const amina = add("amina");
    auto const in = try_in("amina", good_password);
    ASSERT_TRUE(access->change_account(root, amina.id, {.is_disabled = true}));
    EXPECT_FALSE(*access->session_of(in.session.token, visitor));
    EXPECT_EQ(try_in("amina", good_password).outcome, LogInOutcome::refused);
    ASSERT_TRUE(access->change_account(root, amina.id, {.is_disabled = false}));
    EXPECT_EQ(try_in("amina", good_password).outcome, LogInOutcome::welcome);
}

TEST_F(AccessTest, ALowerRoleCountsAtOnce) {
    auto const amina = add("amina");
    auto const in = try_in("amina", good_password);
    ASSERT_TRUE(access->change_account(root, amina.id, {.role = Role::viewer}));
    auto const signed_in = *access->session_of(in.session.token, visitor);
    EXPECT_FALSE(signed_in->principal.may(Role::analyst));
    EXPECT_EQ(require(signed_in->principal, Role::analyst).error().code, Code::denied);
}

TEST_F(AccessTest, GarbageForATokenIsNobody) {
    for (auto const* token : {"", "x", "' OR 1=1 --", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
        EXPECT_FALSE(*access->session_of(token, visitor));
}

TEST_F(AccessTest, TheOldestOfTooManySessionsGoes) {
    add("amina");
    auto const first = try_in("amina", good_password);
    for (int i = 0; i < 20; ++i) {
        wait(1s);
        try_in("amina", good_password);
    }
    EXPECT_FALSE(*access->session_of(first.session.token, visitor));
    EXPECT_EQ(access->sessions(first.session.principal.account)->size(), 20U);
}

// Throttling

TEST_F(AccessTest, AfterFiveWrongPasswordsTheNameWaitsLongerAndLonger) {
    add("amina");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(try_in("amina", "wrong").outcome, LogInOutcome::refused);
    auto const locked = try_in("amina", good_password);
    EXPECT_EQ(locked.outcome, LogInOutcome::locked);
    EXPECT_EQ(locked.retry_after, 30s);
    EXPECT_TRUE(access->account_named("amina")->locked_until);
    wait(31s);
    EXPECT_EQ(try_in("amina", "wrong").outcome, LogInOutcome::refused);
    EXPECT_EQ(try_in("amina", good_password).retry_after, 60s);
    reopen();
    EXPECT_EQ(try_in("amina", good_password).outcome, LogInOutcome::locked) << "a restart forgives nothing";
    wait(61s);
    EXPECT_EQ(try_in("amina", good_password).outcome, LogInOutcome::welcome);
    EXPECT_EQ(try_in("amina", "wrong").outcome, LogInOutcome::refused) << "success begins a new count";
}

TEST_F(AccessTest, ANameThatDoesNotExistIsTreatedAlike) {
    add("amina");
    for (int i = 0; i < 8; ++i) {
        auto const known = try_in("amina", "wrong"), unknown = try_in("nobody", "wrong");
        EXPECT_EQ(known.outcome, unknown.outcome);
        EXPECT_EQ(known.retry_after, unknown.retry_after);
    }
}

TEST_F(AccessTest, AnAddressThatTriesManyNamesWaits) {
    add("amina");
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(try_in("name" + std::to_string(i), "wrong", "", "2001:db8::" + std::to_string(i + 1)).outcome,
                  LogInOutcome::refused);
    EXPECT_EQ(try_in("amina", good_password, "", "2001:db8::ffff").outcome, LogInOutcome::locked);
    EXPECT_EQ(try_in("amina", good_password, "", "192.0.2.77").outcome, LogInOutcome::welcome);
}

TEST_F(AccessTest, ManyAtOnceCanNotOutrunTheCount) {
    add("amina");
    std::atomic<int> looked_at = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 5; ++i)
                    looked_at += try_in("amina", "wrong").outcome == LogInOutcome::refused ? 1 : 0;
            });
    }
    EXPECT_EQ(looked_at, 5);
}

TEST_F(AccessTest, ARecoveryCodeUnlocksAndSetsANewPassword) {
    auto const amina = add("amina");
    auto const in = try_in("amina", good_password);
    for (int i = 0; i < 5; ++i) try_in("amina", "wrong");
    auto const old_code = *access->start_recovery(root, amina.id);
    auto const made = *access->start_recovery(root, amina.id);
    constexpr auto wanted = "another good password";
    EXPECT_EQ(access->recover("amina", "0000-0000-0000-0000", wanted, visitor).error().code, Code::denied);
    EXPECT_EQ(access->recover("amina", old_code.code, wanted, visitor).error().code, Code::denied);
    EXPECT_EQ(access->recover("nobody", made.code, wanted, visitor).error().code, Code::denied);
    EXPECT_EQ(access->recover("amina", made.code, "short", visitor).error().code, Code::invalid);
    EXPECT_TRUE(access->recover("amina", lowered(made.code), wanted, visitor));
    EXPECT_FALSE(*access->session_of(in.session.token, visitor)) << "old sessions end";
    EXPECT_EQ(try_in("amina", good_password).outcome, LogInOutcome::refused);
    EXPECT_EQ(try_in("amina", wanted).outcome, LogInOutcome::welcome);
    EXPECT_FALSE(access->recover("amina", made.code, "yet another password", visitor)) << "good once";
}

TEST_F(AccessTest, ARecoveryCodeGetsTooOld) {
    auto const amina = add("amina");
    auto const made = *access->start_recovery(root, amina.id);
    wait(25h);
    EXPECT_FALSE(access->recover("amina", made.code, "another good password", visitor));
}

TEST_F(AccessTest, OnesOwnPasswordChangesOnlyWithTheOldOne) {
    add("amina");
    auto const here = try_in("amina", good_password), there = try_in("amina", good_password);
    auto const self = (*access->session_of(here.session.token, visitor))->principal;
    EXPECT_EQ(access->change_own_password(self, "wrong", "another good password").error().code, Code::denied);
    ASSERT_TRUE(access->change_own_password(self, good_password, "another good password"));
    EXPECT_TRUE(*access->session_of(here.session.token, visitor));
    EXPECT_FALSE(*access->session_of(there.session.token, visitor));
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(access->change_own_password(self, "wrong", "a third good password"));
    EXPECT_EQ(access->change_own_password(self, "another good password", "a third good one").error().code, Code::limit);
}

// The second factor

TEST(Totp, GivesTheCodesOfTheStandard) {
    // RFC 6238 appendix B, SHA-1, cut to six digits.
    std::string const secret = "12345678901234567890";
    EXPECT_EQ(totp_code(secret, 59 / 30), "287082");
    EXPECT_EQ(totp_code(secret, 1111111109 / 30), "081804");
    EXPECT_EQ(totp_code(secret, 20000000000 / 30), "353130");
    EXPECT_EQ(to_base32("12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    EXPECT_EQ(to_base32("foob"), "MZXW6YQ");
}

TEST_F(AccessTest, WithASecondFactorThePasswordIsNotEnough) {
    add("amina");
    auto const self = try_in("amina", good_password).session.principal;
    auto const [secret, codes] = with_totp(self);
    EXPECT_EQ(codes.size(), 10U);
    EXPECT_EQ(try_in("amina", good_password).outcome, LogInOutcome::code_required);
    EXPECT_EQ(try_in("amina", "wrong").outcome, LogInOutcome::refused) << "the code is asked for after the password";
    EXPECT_EQ(try_in("amina", good_password, "000000").outcome, LogInOutcome::refused);
    auto const code = totp_code(secret, totp_step(clock.now()));
    EXPECT_EQ(try_in("amina", good_password, code).outcome, LogInOutcome::welcome);
    EXPECT_EQ(try_in("amina", good_password, code).outcome, LogInOutcome::refused) << "a code works once";
    wait(30s);
    EXPECT_EQ(try_in("amina", good_password, totp_code(secret, totp_step(clock.now()) + 1)).outcome,
              LogInOutcome::welcome);
    EXPECT_EQ(try_in("amina", good_password, totp_code(secret, totp_step(clock.now()) + 2)).outcome,
              LogInOutcome::refused);
}

TEST_F(AccessTest, ARecoveryCodeStandsInForTheDeviceOnce) {
    add("amina");
    auto const [secret, codes] = with_totp(try_in("amina", good_password).session.principal);
    EXPECT_EQ(try_in("amina", good_password, lowered(codes[3])).outcome, LogInOutcome::welcome);
    EXPECT_EQ(try_in("amina", good_password, codes[3]).outcome, LogInOutcome::refused);
    EXPECT_EQ(try_in("amina", good_password, codes[4]).outcome, LogInOutcome::welcome);
}

TEST_F(AccessTest, TheSecondFactorIsGuessedNoFasterThanThePassword) {
    add("amina");
    with_totp(try_in("amina", good_password).session.principal);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(try_in("amina", good_password, "000000").outcome, LogInOutcome::refused);
        if (i < 4) EXPECT_EQ(try_in("amina", good_password).outcome, LogInOutcome::code_required);
    }
    EXPECT_EQ(try_in("amina", good_password, "000000").outcome, LogInOutcome::locked);
}

TEST_F(AccessTest, TheSecondFactorGoesOffWithThePasswordOrByAnAdministrator) {
    auto const amina = add("amina");
    auto const self = try_in("amina", good_password).session.principal;
    with_totp(self);
    EXPECT_EQ(access->enrol_totp(self).error().code, Code::conflict);
    EXPECT_EQ(access->disable_totp(self, "wrong").error().code, Code::denied);
    EXPECT_TRUE(access->disable_totp(self, good_password));
    EXPECT_EQ(try_in("amina", good_password).outcome, LogInOutcome::welcome);
    with_totp(self);
    EXPECT_TRUE(access->reset_totp(root, amina.id));
    EXPECT_EQ(try_in("amina", good_password).outcome, LogInOutcome::welcome);
}

TEST_F(AccessTest, TheTotpSecretIsSealedInTheLedger) {
    add("amina");
    auto const [secret, codes] = with_totp(try_in("amina", good_password).session.principal);
    ASSERT_TRUE(ledger->backup_to(folder / "copy"));
    auto const bytes = *store::read_file(folder / "copy");
    EXPECT_EQ(bytes.find(secret), std::string::npos);
}

// Keys

TEST_F(AccessTest, AKeyWorksUntilItIsRevokedOrExpires) {
    auto const forever = *access->add_key(root, {.name = "one", .role = Role::analyst});
    auto const brief = *access->add_key(root, {.name = "two", .expires = clock.now() + 24h});
    auto const principal = *access->key_of(forever.key, visitor);
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->who, "key:1");
    EXPECT_TRUE(principal->may(Role::analyst));
    EXPECT_FALSE(principal->may(Role::administrator));
    EXPECT_TRUE(*access->key_of(brief.key, visitor));
    EXPECT_TRUE((*access->keys())[0].last_used);
    wait(25h);
    EXPECT_FALSE(*access->key_of(brief.key, visitor));
    EXPECT_TRUE(*access->key_of(forever.key, visitor));
    ASSERT_TRUE(access->revoke_key(root, forever.id));
    EXPECT_FALSE(*access->key_of(forever.key, visitor));
    EXPECT_EQ(access->revoke_key(root, forever.id).error().code, Code::not_found);
}

TEST_F(AccessTest, AKeyForFeedsMayOnlyPushThose) {
    auto const made = *access->add_key(root, {.name = "push", .role = Role::analyst, .feeds = {"a/b", "c/d"}});
    auto const principal = **access->key_of(made.key, visitor);
    EXPECT_FALSE(principal.may(Role::viewer));
    EXPECT_TRUE(principal.may_push("c/d"));
    EXPECT_FALSE(principal.may_push("c/e"));
    EXPECT_FALSE(access->add_key(root, {.name = "push", .role = Role::viewer, .feeds = {"a/b"}}));
}

TEST_F(AccessTest, AKeyThatIsAlmostRightIsNobody) {
    auto const made = *access->add_key(root, {.name = "one"});
    auto wrong = made.key;
    wrong.back() = wrong.back() == 'A' ? 'B' : 'A';
    for (auto const& key :
         {wrong, made.key + "x", made.key.substr(0, made.key.size() - 1), "tocsin_2" + made.key.substr(8),
          std::string("tocsin_"), std::string("tocsin_1_"), std::string(), std::string(100'000, 'x')})
        EXPECT_FALSE(*access->key_of(key, visitor)) << key.substr(0, 80);
}

// The audit log

TEST_F(AccessTest, EveryChangeIsOnRecordWithItsActor) {
    auto const amina = add("amina");
    ASSERT_TRUE(access->change_account(root, amina.id, {.role = Role::administrator}));
    auto const list = entries({.what = "user"});
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].what, "user.change");
    EXPECT_EQ(list[0].who, "command");
    EXPECT_EQ(list[0].kind, "account");
    EXPECT_EQ(list[0].details, R"({"role":["analyst","administrator"]})");
    EXPECT_TRUE(list[0].address.starts_with("local:"));
    EXPECT_FALSE(verify().broken_at);
}

TEST_F(AccessTest, AnActThatFailsLeavesNoEntry) {
    auto const done = ledger->write([&](store::Transaction& tx) -> Status {
        CHECK(audit(tx, root, clock.now(), {.what = "test.do"}));
        return fail(Code::conflict, "no");
    });
    EXPECT_FALSE(done);
    EXPECT_EQ(verify().entries, 0);
}

TEST_F(AccessTest, VerifyFindsTheFirstBrokenLink) {
    for (int i = 0; i < 10; ++i) add("user" + std::to_string(i));
    auto const head = verify().head;
    EXPECT_EQ(head.number, 10);
    struct Case {
        char const* sql;
        std::int64_t broken_at;
    };
    for (auto const& [sql, broken_at] : std::vector<Case>{
             {"UPDATE audit_entry SET who = 'account:9' WHERE number = 4", 4},
             {"UPDATE audit_entry SET at = at + 1 WHERE number = 5", 5},
             {"UPDATE audit_entry SET details = '{}' WHERE number = 6", 6},
             {"UPDATE audit_entry SET address = '203.0.113.1' WHERE number = 6", 6},
             {"DELETE FROM audit_entry WHERE number = 7", 7},
             {"DELETE FROM audit_entry WHERE number = 1", 1},
             {"UPDATE audit_entry SET number = 99 WHERE number = 10", 10},
             {"UPDATE audit_entry SET details = NULL, details_salt = NULL WHERE number = 3", 3},
             {"UPDATE audit_entry SET hash = zeroblob(32) WHERE number = 2", 2},
         }) {
        ASSERT_TRUE(std::filesystem::remove(folder / "copy") || true);
        std::filesystem::remove(folder / "copy");
        ASSERT_TRUE(ledger->backup_to(folder / "copy"));
        auto const copy = *store::Ledger::open(folder / "copy", migrations());
        ASSERT_TRUE(copy->write([&](store::Transaction& tx) { return tx.run(sql); }));
        auto const verdict = *copy->read([&](store::Transaction& tx) { return verify_audit(tx); });
        EXPECT_EQ(verdict.broken_at, std::optional(broken_at)) << sql << ": " << verdict.why;
    }
}

TEST_F(AccessTest, ACutTailIsSeenByAHeadNotedEarlier) {
    for (int i = 0; i < 5; ++i) add("user" + std::to_string(i));
    auto const head = verify().head;
    add("later");
    EXPECT_FALSE(verify(head).broken_at);
    tamper("DELETE FROM audit_entry WHERE number > 3");
    EXPECT_FALSE(verify().broken_at);
    EXPECT_EQ(verify(head).broken_at, std::optional<std::int64_t>(4));
}

TEST_F(AccessTest, ErasureTakesThePersonalDataAndLeavesTheChain) {
    add("root", Role::administrator);
    auto const amina = *access->add_account(
        root,
        {.name = "amina", .password = good_password, .full_name = "Amina Example", .email = "amina@cirt.example"});
    ASSERT_TRUE(access->change_account(root, amina.id, {.email = "new@cirt.example"}));
    try_in("amina", good_password, "", "203.0.113.77");
    auto const head = verify().head;
    ASSERT_TRUE(access->erase_account(root, amina.id));
    ASSERT_TRUE(ledger->write([](store::Transaction& tx) { return tx.run("DELETE FROM log_in_attempt"); }));
    for (auto const& entry : entries()) {
        EXPECT_EQ(entry.details.find("cirt.example"), std::string::npos) << entry.number;
        EXPECT_EQ(entry.address.find("203.0.113.77"), std::string::npos) << entry.number;
        EXPECT_NE(entry.name, "amina");
    }
    auto const verdict = verify(head);
    EXPECT_FALSE(verdict.broken_at) << verdict.why;
    EXPECT_EQ(verdict.erased, 3);
    EXPECT_EQ(try_in("amina", good_password).outcome, LogInOutcome::refused);
    EXPECT_EQ(access->account(amina.id).error().code, Code::not_found);
    EXPECT_EQ(add("amina").name, "amina") << "the name is free again";
}

TEST_F(AccessTest, TheLogIsReadInPagesByFilter) {
    for (int i = 0; i < 30; ++i) add("user" + std::to_string(i));
    auto const page = entries({.limit = 10});
    ASSERT_EQ(page.size(), 10U);
    EXPECT_EQ(page[0].number, 30);
    auto const next = entries({.before = page.back().number, .limit = 10});
    EXPECT_EQ(next[0].number, 20);
    EXPECT_EQ(entries({.kind = "account", .id = "7"}).size(), 1U);
    EXPECT_TRUE(entries({.what = "use"}).empty()) << "a part of a verb is a whole word";
    EXPECT_TRUE(entries({.from = clock.now() + 1s}).empty());
}

// Secrets

TEST_F(AccessTest, TheSecretIsMadeOnceForThisUserAlone) {
    struct stat about{};
    ASSERT_EQ(::stat((folder / "secret").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600U);
    auto const before = access->secrets().key("owner-link");
    EXPECT_EQ(before.size(), 32U);
    EXPECT_NE(before, access->secrets().key("other"));
    reopen();
    EXPECT_EQ(access->secrets().key("owner-link"), before);
}

TEST_F(AccessTest, ASecretThatOthersCanReadIsRefused) {
    ::chmod((folder / "secret").c_str(), 0644);
    EXPECT_EQ(Secrets::open(*directory).error().code, Code::denied);
    ::chmod((folder / "secret").c_str(), 0600);
    ASSERT_TRUE(store::write_file(folder / "secret", "tocsin-secret-1\nabc\n"));
    EXPECT_EQ(Secrets::open(*directory).error().code, Code::invalid);
}

TEST_F(AccessTest, AForeignSecretIsNoticed) {
    EXPECT_FALSE(access->has_foreign_secret());
    std::filesystem::remove(folder / "secret");
    reopen();
    EXPECT_TRUE(access->has_foreign_secret());
}

TEST_F(AccessTest, WhatIsSealedOpensOnlyForItsPurpose) {
    auto const& secrets = access->secrets();
    auto sealed = secrets.seal("totp", "text");
    EXPECT_EQ(secrets.unseal("totp", sealed), "text");
    EXPECT_FALSE(secrets.unseal("other", sealed));
    sealed.back() = static_cast<char>(sealed.back() ^ 1);
    EXPECT_FALSE(secrets.unseal("totp", sealed));
    EXPECT_FALSE(secrets.unseal("totp", ""));
}

}  // namespace
}  // namespace tocsin::access
