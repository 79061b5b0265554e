#include "readiness/test_house.hpp"

#include <gmock/gmock.h>

namespace tocsin::readiness {
namespace {

using testing::HasSubstr;

/// A team with its own Tocsin.
struct Team : House {
    explicit Team(std::string name) : secrets(*access::Secrets::open(*directory)), team(std::move(name)) {}

    Signer signer() const { return {ReviewKey::of(secrets), team}; }
    std::string fingerprint() const { return fingerprint_of(signer().key.public_key()); }
    Reviews& reviews() const { return room->reviews; }
    template <class T>
    gate::Cleared<T> cleared(T thing) const {
        return *gate::Gate(gate::World{}).clear(std::move(thing), gate::Recipient::team(us));
    }
    std::string package(AssessmentId id, PackageWishes const& wishes = {}) const {
        auto made = reviews().package(cleared(*room->assessments.one(id)), wishes, signer(), us);
        EXPECT_TRUE(made) << (made ? "" : made.error().message);
        return made.value_or("");
    }
    std::string countersigned(ReviewId id, std::string const& reviewer = "") const {
        auto made = reviews().sign(cleared(*reviews().one(id)), reviewer, signer(), us);
        EXPECT_TRUE(made) << (made ? "" : made.error().message);
        return made.value_or("");
    }

    access::Secrets secrets;
    std::string team;
};

AssessmentId filled(Team const& team) {
    auto& assessments = team.room->assessments;
    auto const id = team.assessment("sim3-v9", {"Amina", "Boris"}).id;
    EXPECT_TRUE(assessments.save(id,
                                 {.item = "O-2",
                                  .value = 2,
                                  .wanted = 3,
                                  .justification = "the decree of \"May\"",
                                  .evidence = {"https://inside.example/1", "https://inside.example/2"}},
                                 0, team.us));
    EXPECT_TRUE(
        assessments.save(id, {.item = "O-2", .assessor = "Amina", .value = 3, .justification = "hidden"}, 0, team.us));
    EXPECT_TRUE(assessments.save(id, {.item = "O-8", .value = 1}, 0, team.us));
    return id;
}

std::string fault_of(auto const& result) {
    return result ? "none" : result.error().message;
}

TEST(Reviews, ThereAndBackTheCommentsStandBesideTheAnswers) {
    Team const home("Southland CERT"), guest("Northland CERT");
    auto const id = filled(home);
    auto const file = home.package(id, {.redact = {Redact::evidence, Redact::names}, .reviewer = "Northland"});
    auto const opened = guest.reviews().open(file, home.fingerprint(), guest.signer(), guest.us);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->package.team, "Southland CERT");
    EXPECT_TRUE(opened->is_same_framework);
    EXPECT_EQ(opened->package.assessment.answer("O-2")->justification, "the decree of \"May\"");
    EXPECT_TRUE(guest.reviews().comment(opened->id, {.item = "O-2", .level = 3, .text = "It is signed."}, guest.us));
    EXPECT_TRUE(guest.reviews().comment(opened->id, {.item = "T-2", .text = "Nothing?"}, guest.us));
    auto const back = guest.countersigned(opened->id, "N. Reviewer");
    auto const taken = home.reviews().take(back, guest.fingerprint(), home.signer(), home.us);
    ASSERT_TRUE(taken) << taken.error().message;
    ASSERT_EQ(taken->signatures.size(), 1U);
    EXPECT_EQ(taken->signatures[0].fingerprint, guest.fingerprint());
    auto const assessment = *home.room->assessments.one(id);
    auto const* const beside = assessment.answer("O-2", "N. Reviewer (Northland CERT)");
    ASSERT_NE(beside, nullptr);
    EXPECT_EQ(beside->value, 3);
    EXPECT_EQ(beside->justification, "It is signed.");
    EXPECT_EQ(assessment.answer("O-2")->value, 2);  // the result stays
    EXPECT_EQ(home.audited("review.take"), 1);
    EXPECT_EQ(home.audited("disclosure.file"), 1);
    EXPECT_EQ(guest.audited("disclosure.file"), 1);
}

TEST(Reviews, ANewerFileOfTheSameReviewerTakesThePlaceOfTheOlder) {
    Team const home("Southland CERT");
    Team guest("Northland CERT");
    auto const id = filled(home);
    auto const opened = *guest.reviews().open(home.package(id), home.fingerprint(), guest.signer(), guest.us);
    ASSERT_TRUE(guest.reviews().comment(opened.id, {.item = "O-2", .text = "First"}, guest.us));
    auto const first = guest.countersigned(opened.id);
    guest.clock.set(guest.clock.now() + std::chrono::hours(1));
    ASSERT_TRUE(guest.reviews().comment(opened.id, {.item = "O-2"}, guest.us));
    ASSERT_TRUE(guest.reviews().comment(opened.id, {.item = "O-8", .text = "Second"}, guest.us));
    auto const second = guest.countersigned(opened.id);
    ASSERT_TRUE(home.reviews().take(first, guest.fingerprint(), home.signer(), home.us));
    ASSERT_TRUE(home.reviews().take(second, "", home.signer(), home.us));
    ASSERT_TRUE(home.reviews().take(second, "", home.signer(), home.us));  // once more changes nothing
    EXPECT_EQ(home.audited("review.take"), 2);
    auto const assessment = *home.room->assessments.one(id);
    EXPECT_EQ(assessment.answer("O-2", "Northland CERT (review)")->justification, "");
    EXPECT_EQ(assessment.answer("O-8", "Northland CERT (review)")->justification, "Second");
    EXPECT_EQ(home.reviews().take(first, "", home.signer(), home.us).error().code, Code::conflict);
}

TEST(Reviews, WhatIsRedactedIsNotInTheFileAndCanBeProven) {
    Team const home("Southland CERT"), guest("Northland CERT");
    auto const id = filled(home);
    auto const file =
        home.package(id, {.redact = {Redact::justification, Redact::evidence, Redact::names}, .reviewer = "Northland"});
    for (auto const hidden : {"decree", "hidden", "inside.example", "Amina", "Boris"})
        EXPECT_FALSE(file.contains(hidden)) << hidden;
    auto const opened = *guest.reviews().open(file, home.fingerprint(), guest.signer(), guest.us);
    ASSERT_EQ(opened.package.redacted.size(), 3U);
    EXPECT_EQ(opened.package.redacted[0].count, 2);
    EXPECT_EQ(opened.package.redacted[1].count, 2);
    EXPECT_EQ(opened.package.assessment.answer("O-2", "assessor 1")->value, 3);
    auto const proof = home.reviews().proof(home.cleared(home.reviews().all()->front()), home.us);
    ASSERT_TRUE(proof) << proof.error().message;
    auto const fits = check_proof(opened.package, *proof);
    EXPECT_TRUE(fits) << fits.error().message;
    EXPECT_THAT(fault_of(check_proof(opened.package, replaced(*proof, "hidden", "Hidden"))), HasSubstr("original"));
    auto cheating = opened.package;
    cheating.assessment.answers[0].value = 4;
    auto const told = *read_assessment(exported(*home.room->assessments.one(id)));
    cheating.original_sha256 = hash_of_original(told, "salt");
    EXPECT_FALSE(proves(cheating, told, "salt"));
}

TEST(Reviews, MoreThanWhatIsNamedAsRedactedIsNoticedByTheProof) {
    Team const home("Southland CERT");
    auto const original = *read_assessment(exported(*home.room->assessments.one(filled(home))));
    auto made = redact(original, {Redact::evidence}, "salt");
    Package package{.assessment = made.assessment,
                    .redacted = made.redacted,
                    .original_sha256 = hash_of_original(original, "salt")};
    EXPECT_TRUE(proves(package, original, "salt"));
    package.assessment.answers[0].value = 4;
    EXPECT_THAT(fault_of(proves(package, original, "salt")), HasSubstr("assessment: more was changed"));
    package = {.assessment = made.assessment, .redacted = {}, .original_sha256 = package.original_sha256};
    EXPECT_THAT(fault_of(proves(package, original, "salt")), HasSubstr("assessment: more was changed"));
}

TEST(Reviews, AByteThatWasChangedAnywhereIsNoticed) {
    Team const home("Southland CERT"), guest("Northland CERT");
    auto const opened = *guest.reviews().open(home.package(filled(home)), home.fingerprint(), guest.signer(), guest.us);
    ASSERT_TRUE(guest.reviews().comment(opened.id, {.item = "O-2", .text = "Yes"}, guest.us));
    auto const file = guest.countersigned(opened.id);
    ASSERT_TRUE(read_review_file(file));
    for (std::size_t at = 0; at < file.size(); ++at)
        for (char const other : {'0', 'A', ' '}) {
            auto altered = file;
            if (altered[at] == other) continue;
            altered[at] = other;
            EXPECT_FALSE(read_review_file(altered)) << at << ": " << file.substr(at > 20 ? at - 20 : 0, 40);
        }
    for (std::size_t size = 0; size < file.size(); size += 7) EXPECT_FALSE(read_review_file(file.substr(0, size)));
    EXPECT_FALSE(read_review_file(file + "\n"));
}

TEST(Reviews, ForgeriesAreNamedByThePartThatDoesNotFit) {
    Team const home("Southland CERT"), guest("Northland CERT"), forger("Southland CERT");
    auto const file = home.package(filled(home));
    EXPECT_THAT(fault_of(read_review_file(replaced(file, "\"value\":2", "\"value\":4"))),
                HasSubstr("signature: does not fit \"package\""));
    EXPECT_THAT(fault_of(read_review_file(replaced(file, "\"uuid\":", "\"uuid\": "))),
                HasSubstr("the file was changed"));
    EXPECT_THAT(fault_of(read_review_file("{}")), HasSubstr("schema: expected"));
    EXPECT_THAT(fault_of(read_review_file("PK")), HasSubstr("damaged"));
    auto const opened = *guest.reviews().open(file, home.fingerprint(), guest.signer(), guest.us);
    ASSERT_TRUE(guest.reviews().comment(opened.id, {.item = "O-2", .text = "Weak"}, guest.us));
    auto const back = guest.countersigned(opened.id);
    EXPECT_THAT(
        fault_of(home.reviews().take(replaced(back, "Weak", "Good"), guest.fingerprint(), home.signer(), home.us)),
        HasSubstr("countersignature: does not fit \"review\""));
    // The comments of one package under another.
    auto const other = home.package(home.assessment().id);
    auto const one = *read_review_file(back);
    auto const two = *read_review_file(other);
    EXPECT_THAT(fault_of(read_review_file(review_file(two.package.text, two.package.signature, one.statement->text,
                                                      one.statement->signature))),
                HasSubstr("review.package_sha256"));
    // Somebody else under the same name.
    auto const forged = forger.package(filled(forger));
    EXPECT_THAT(fault_of(guest.reviews().open(forged, "", guest.signer(), guest.us)),
                HasSubstr("So far Southland CERT has signed with " + home.fingerprint()));
    EXPECT_EQ(home.reviews().take(guest.countersigned(opened.id), "", home.signer(), home.us).error().code,
              Code::denied);
    EXPECT_EQ(forger.reviews().take(back, guest.fingerprint(), forger.signer(), forger.us).error().code,
              Code::not_found);
    EXPECT_THAT(fault_of(home.reviews().take(file, "", home.signer(), home.us)), HasSubstr("nobody has reviewed it"));
}

TEST(Reviews, AKeyMustBeAcceptedOnceByItsFingerprint) {
    Team const home("Southland CERT"), guest("Northland CERT");
    auto const file = home.package(filled(home));
    auto const unknown = guest.reviews().open(file, "", guest.signer(), guest.us);
    EXPECT_EQ(unknown.error().code, Code::denied);
    EXPECT_THAT(unknown.error().message, HasSubstr(home.fingerprint()));
    EXPECT_EQ(guest.reviews().open(file, "1234", guest.signer(), guest.us).error().code, Code::invalid);
    EXPECT_EQ(guest.reviews().open(file, guest.fingerprint(), guest.signer(), guest.us).error().code, Code::denied);
    EXPECT_TRUE(guest.reviews().all()->empty());
    auto const typed = lowered(replaced(home.fingerprint(), "-", " "));
    ASSERT_TRUE(guest.reviews().open(file, typed, guest.signer(), guest.us));
    EXPECT_EQ(guest.audited("review.trust"), 1);
    EXPECT_TRUE(guest.reviews().open(home.package(home.assessment().id), "", guest.signer(), guest.us));
    EXPECT_EQ(guest.reviews().keys()->at(0).team, "Southland CERT");
    EXPECT_EQ(home.reviews().open(file, "", home.signer(), home.us).error().code, Code::conflict);
}

TEST(Reviews, CommentsMustFitTheFramework) {
    Team const home("Southland CERT"), guest("Northland CERT");
    auto const opened = *guest.reviews().open(home.package(filled(home)), home.fingerprint(), guest.signer(), guest.us);
    auto& reviews = guest.reviews();
    EXPECT_THAT(fault_of(reviews.comment(opened.id, {.item = "O-99", .text = "x"}, guest.us)), HasSubstr("item: "));
    EXPECT_THAT(fault_of(reviews.comment(opened.id, {.item = "O-2", .level = 9}, guest.us)), HasSubstr("value: "));
    EXPECT_EQ(reviews.comment({99}, {.item = "O-2", .text = "x"}, guest.us).error().code, Code::not_found);
    auto const ours = home.reviews().all()->front();
    EXPECT_EQ(home.reviews().comment(ours.id, {.item = "O-2", .text = "x"}, home.us).error().code, Code::conflict);
}

TEST(Reviews, AClosedOrRemovedAssessmentTakesNothing) {
    Team const home("Southland CERT"), guest("Northland CERT");
    auto const id = filled(home);
    auto const opened = *guest.reviews().open(home.package(id), home.fingerprint(), guest.signer(), guest.us);
    ASSERT_TRUE(guest.reviews().comment(opened.id, {.item = "O-2", .text = "x"}, guest.us));
    auto const back = guest.countersigned(opened.id);
    auto assessment = *home.room->assessments.one(id);
    assessment.state = AssessmentState::closed;
    ASSERT_TRUE(home.room->assessments.change(assessment, home.us));
    EXPECT_EQ(home.reviews().take(back, guest.fingerprint(), home.signer(), home.us).error().code, Code::conflict);
    EXPECT_EQ(home.room->assessments.one(id)->assessors.size(), 2U);
    EXPECT_TRUE(home.reviews().keys()->empty());
    ASSERT_TRUE(home.room->assessments.remove(id, home.us));
    EXPECT_EQ(home.assessment().id, id);  // its number is given again
    EXPECT_EQ(home.reviews().take(back, guest.fingerprint(), home.signer(), home.us).error().code, Code::not_found);
}

}  // namespace
}  // namespace tocsin::readiness
