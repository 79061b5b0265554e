#include "readiness/test_house.hpp"

#include <chrono>

namespace tocsin::readiness {
namespace {

using std::chrono::hours;

constexpr hours day{24};

TEST(Answers, AreKeptWithTheirHistory) {
    House house;
    auto& assessments = house.room->assessments;
    auto const id = house.assessment().id;
    auto const first =
        assessments.save(id, {.item = "O-2", .value = 1, .wanted = 3, .justification = "known"}, 0, house.us);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->answer.version, 1);
    house.clock.set(house.clock.now() + day);
    ASSERT_TRUE(assessments.save(id, {.item = "O-2", .value = 2, .wanted = 3, .evidence = {"/x"}}, 1, house.us));
    auto const whole = assessments.one(id);
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->answered, 1);
    EXPECT_EQ(whole->answer("O-2")->value, 2);
    EXPECT_EQ(whole->answer("O-2")->evidence, std::vector<std::string>{"/x"});
    auto const history = assessments.history(id, "O-2");
    ASSERT_TRUE(history);
    ASSERT_EQ(history->size(), 2U);
    EXPECT_NE(history->at(0).before.find("\"value\":1"), std::string::npos);
    EXPECT_NE(history->at(0).after.find("\"value\":2"), std::string::npos);
    EXPECT_TRUE(history->at(1).before.empty());
    EXPECT_EQ(house.audited("assessment.answer"), 2);
}

TEST(Answers, MadeFromAnOlderVersionChangeNothingAndShowBoth) {
    House house;
    auto& assessments = house.room->assessments;
    auto const id = house.assessment().id;
    ASSERT_TRUE(assessments.save(id, {.item = "O-2", .value = 1}, 0, house.us));
    auto const late = assessments.save(id, {.item = "O-2", .value = 4}, 0, house.us);
    ASSERT_TRUE(late);
    EXPECT_TRUE(late->is_conflict);
    EXPECT_EQ(late->answer.value, 1);
    EXPECT_EQ(assessments.one(id)->answer("O-2")->value, 1);
    EXPECT_EQ(assessments.history(id, "O-2")->size(), 1U);
    EXPECT_TRUE(assessments.save(id, {.item = "O-8", .value = 4}, 3, house.us)->is_conflict);
}

TEST(Answers, ThatDoNotFitAreRefusedNamingTheField) {
    House house;
    auto const id = house.assessment("sim3-v9", {"Amina"}).id;
    struct Case {
        Answer answer;
        std::string_view field;
    };
    Case const cases[] = {{{.item = "O-99", .value = 1}, "item:"},
                          {{.item = "O-2", .value = 5}, "value:"},
                          {{.item = "O-2", .value = -1}, "value:"},
                          {{.item = "O-2", .wanted = 9}, "wanted:"},
                          {{.item = "O-2", .assessor = "Boris", .value = 1}, "assessor:"},
                          {{.item = "O-2", .value = 1, .declined = true}, "value:"},
                          {{.item = "O-2", .recommendation = "basic"}, "recommendation:"},
                          {{.item = "O-2", .assignment = "insourcing"}, "assignment:"},
                          {{.item = "O-2", .evidence = {"a\nb"}}, "evidence:"}};
    for (auto const& one : cases) {
        auto const saved = house.room->assessments.save(id, one.answer, std::nullopt, house.us);
        ASSERT_FALSE(saved) << one.field;
        EXPECT_EQ(saved.error().code, Code::invalid);
        EXPECT_TRUE(saved.error().message.starts_with(one.field)) << saved.error().message;
    }
}

TEST(Answers, OfSeveralAssessorsStandBesideTheModeratedResult) {
    House house;
    auto& assessments = house.room->assessments;
    auto const id = house.assessment("sim3-v9", {"Amina", "Boris"}).id;
    ASSERT_TRUE(assessments.save(id, {.item = "O-2", .assessor = "Amina", .value = 3}, 0, house.us));
    ASSERT_TRUE(assessments.save(id, {.item = "O-2", .assessor = "Boris", .value = 1}, 0, house.us));
    auto whole = *assessments.one(id);
    EXPECT_EQ(whole.answered, 0);
    EXPECT_EQ(whole.answer("O-2"), nullptr);
    ASSERT_TRUE(assessments.save(id, {.item = "O-2", .value = 2}, 0, house.us));
    whole = *assessments.one(id);
    EXPECT_EQ(whole.answered, 1);
    EXPECT_EQ(whole.answers.size(), 3U);
    whole.state = AssessmentState::closed;
    ASSERT_TRUE(assessments.change(whole, house.us));
    EXPECT_EQ(assessments.save(id, {.item = "O-2", .value = 3}, std::nullopt, house.us).error().code, Code::conflict);
}

TEST(Comparison, ShowsWhatRoseWhatFellAndTheGapsToAProfile) {
    House house;
    auto& assessments = house.room->assessments;
    auto const before = house.assessment().id, now = house.assessment().id;
    ASSERT_TRUE(assessments.save(before, {.item = "O-2", .value = 1}, 0, house.us));
    ASSERT_TRUE(assessments.save(before, {.item = "T-2", .value = 3}, 0, house.us));
    ASSERT_TRUE(assessments.save(now, {.item = "O-2", .value = 2, .wanted = 2}, 0, house.us));
    ASSERT_TRUE(assessments.save(now, {.item = "T-2", .value = 1, .wanted = 1}, 0, house.us));
    auto const& framework = **house.room->library.framework("sim3-v9");
    auto const earlier = *assessments.one(before), later = *assessments.one(now);
    auto const plain = compare(framework, later, &earlier, nullptr);
    EXPECT_EQ(plain.risen, 1);
    EXPECT_EQ(plain.fallen, 1);
    EXPECT_EQ(plain.gaps, 0);
    auto const with = compare(framework, later, &earlier, *house.room->library.profile("test-target"));
    EXPECT_EQ(with.gaps, 2);  // O-2 wants 3, O-8 wants 2 and has none
    EXPECT_EQ(with.items[0].wanted, 3);
}

TEST(Exchange, AnAssessmentComesBackAsItWent) {
    House house, other;
    auto& assessments = house.room->assessments;
    auto const id = house.assessment("x1060-9", {"Amina"}).id;
    ASSERT_TRUE(assessments.save(id,
                                 {.item = "A-1",
                                  .value = 3,
                                  .wanted = 4,
                                  .recommendation = "basic",
                                  .assignment = "insourcing",
                                  .assigned_to = "unit \"A\"",
                                  .justification = "été, привет",
                                  .evidence = {"/a", "/b"}},
                                 0, house.us));
    ASSERT_TRUE(assessments.save(id, {.item = "B-1", .assessor = "Amina", .declined = true}, 0, house.us));
    auto const text = exported(*assessments.one(id));
    auto const come = other.room->assessments.import(text, false, other.us);
    ASSERT_TRUE(come) << come.error().message;
    EXPECT_EQ(exported(*other.room->assessments.one(come->id)), text);
    EXPECT_EQ(other.room->assessments.import(text, false, other.us).error().code, Code::conflict);
    EXPECT_TRUE(other.room->assessments.import(text, true, other.us));
}

TEST(Exchange, WhatIsWrongInAFileIsNamed) {
    House house;
    auto const good = exported(*house.room->assessments.one(house.assessment().id));
    struct Case {
        std::string text;
        std::string_view expects;
    };
    Case const cases[] = {{"{", "expected"},
                          {"{}", "schema:"},
                          {replaced(good, "\"answers\":[]", "\"answers\":[{\"item\":7}]"), "answers.[0].item"},
                          {replaced(good, "\"open\"", "\"ajar\""), "state"},
                          {replaced(good, "sim3-v9", "sim3-v77"), "there is no framework"},
                          {std::string(largest_catalogue + 1, ' '), ""}};
    for (auto const& one : cases) {
        auto const come = house.room->assessments.import(one.text, true, house.us);
        ASSERT_FALSE(come) << one.expects;
        EXPECT_NE(come.error().message.find(one.expects), std::string::npos) << come.error().message;
    }
}

TEST(Wizard, ProposesByThePeopleAndSaysWhy) {
    House house;
    auto const three = propose(house.room->library, "x1060", {.people = 4, .has_mandate = true});
    ASSERT_TRUE(three) << three.error().message;
    EXPECT_EQ(three->team, "three");
    ASSERT_EQ(three->services.size(), 2U);
    EXPECT_EQ(three->services[0].reason.english(), "without it there is no team");
    EXPECT_TRUE(three->remarks.empty());
    EXPECT_EQ(propose(house.room->library, "x1060", {.people = 30})->team, "seven");
    EXPECT_EQ(propose(house.room->library, "x1060", {.people = 1})->team, "three");
    auto const night =
        propose(house.room->library, "x1060", {.people = 3, .hours = Hours::always, .shared_with = "Northland"});
    ASSERT_TRUE(night);
    EXPECT_EQ(night->remarks.size(), 2U);  // no mandate, and too few for the night
    EXPECT_EQ(night->services[1].suggestion.assignment, "combination");
    EXPECT_EQ(night->services[1].why, "hours");
    EXPECT_EQ(night->services[1].assigned_to, "Northland");
    EXPECT_EQ(night->services[0].suggestion.assignment, "insourcing");
    EXPECT_EQ(propose(house.room->library, "x1060", {.people = 2, .is_shared = true})->team, "shared");
    EXPECT_EQ(propose(house.room->library, "sim3", {}).error().code, Code::not_found);
    EXPECT_EQ(propose(house.room->library, "x1060", {.people = 0}).error().code, Code::invalid);
    auto const kept = house.room->assessments.add(assessment_of(*night, {}, "Start"), house.us);
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(kept->answer("B-1")->why, "hours");
}

TEST(Fading, ALevelFallsByOneForEachTimeItsAgeHasPassed) {
    auto const start = *parse_timestamp("2026-01-01T00:00:00Z");
    auto const after = [&](int days) { return faded(3, start, 30, start + day * days); };
    EXPECT_EQ(after(0).level, 3);
    EXPECT_EQ(after(30).level, 3);
    EXPECT_FALSE(after(30).is_stale);
    EXPECT_EQ(after(31).level, 2);
    EXPECT_TRUE(after(31).is_stale);
    EXPECT_EQ(after(62).level, 1);
    EXPECT_EQ(after(3000).level, 0);
    EXPECT_EQ(faded(3, start, 30, start - day).level, 3);  // a date that lies ahead is not old
}

/// What the evidence says about an item.
ItemEvidence about(House& house, std::string_view item, Assessment const* beside = nullptr) {
    auto const all = house.room->evidence.of(**house.room->library.framework("sim3-v9"), beside, house.us);
    EXPECT_TRUE(all);
    for (auto const& one : *all)
        if (one.item == item) return one;
    return {};
}

TEST(Evidence, WithoutRecordsSaysSo) {
    House house;
    auto const empty = about(house, "O-2");
    ASSERT_EQ(empty.pieces.size(), 1U);
    EXPECT_EQ(empty.pieces[0].value, "no records");
    EXPECT_FALSE(empty.has_records());
    EXPECT_FALSE(empty.proposed);
    house.room->evidence.provide("constituency.register",
                                 [](auto const&) -> Result<Reading> { return fail(Code::io, "the disk is gone"); });
    EXPECT_EQ(about(house, "O-2").pieces[0].value, "no records");
}

TEST(Evidence, ProposesIsAcceptedFadesAndLowersTheScore) {
    House house;
    auto const seen = house.clock.now();
    house.room->evidence.provide("constituency.register", [&](auto const&) -> Result<Reading> {
        return Reading{.has_records = true, .value = "4 organisations", .words = {{"count", "4"}}, .date = seen};
    });
    auto const fresh = about(house, "O-2");
    EXPECT_EQ(fresh.proposed, 1);
    EXPECT_EQ(fresh.pieces[0].link, "/api/v1/organisations");
    auto& assessments = house.room->assessments;
    auto const id = house.assessment().id;
    auto const taken = take_evidence({}, fresh, std::nullopt, "", house.clock.now());
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_EQ(taken->proposed_by, "constituency.register");
    ASSERT_TRUE(assessments.save(id, *taken, 0, house.us));
    auto const kept = *assessments.one(id);
    EXPECT_EQ(about(house, "O-2", &kept).standing, Standing::proven);
    house.clock.set(seen + day * 181);
    auto const old = about(house, "O-2", &kept);
    EXPECT_TRUE(old.pieces[0].is_stale);
    EXPECT_EQ(old.proposed, 0);
    EXPECT_EQ(old.standing, Standing::stale);
    EXPECT_EQ(old.given, 1);
    EXPECT_EQ(old.counts, 0);
}

TEST(Evidence, IsOverriddenOnlyWithAReason) {
    ItemEvidence const evidence{.item = "O-2", .pieces = {}, .proposed = 1};
    EXPECT_EQ(take_evidence({}, evidence, 3, " ", {}).error().code, Code::invalid);
    auto const taken = take_evidence({}, evidence, 3, "signed by the head on paper", {});
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->value, 3);
    EXPECT_EQ(taken->proposed, 1);
    EXPECT_EQ(taken->justification, "signed by the head on paper");
    EXPECT_EQ(take_evidence({}, {.item = "O-2"}, std::nullopt, "", {}).error().code, Code::conflict);
}

TEST(Evidence, AWordWithoutProofFadesAfterAYear) {
    House house;
    auto& assessments = house.room->assessments;
    auto const id = house.assessment().id;
    ASSERT_TRUE(assessments.save(id, {.item = "O-8", .value = 3}, 0, house.us));
    auto const kept = *assessments.one(id);
    EXPECT_EQ(about(house, "O-8", &kept).standing, Standing::unproven);
    house.clock.set(house.clock.now() + day * (word_holds_days + 1));
    EXPECT_EQ(about(house, "O-8", &kept).standing, Standing::stale);
    EXPECT_EQ(about(house, "O-8", &kept).counts, 2);
}

TEST(Documents, CountByWhoApprovedThemAndUntilTheyEnd) {
    House house;
    auto& evidence = house.room->evidence;
    Document draft{.name = "Decree 12",
                   .kind = "mandate",
                   .items = {"sim3:O-2"},
                   .valid_until = house.clock.now() + day * 100,
                   .link = "https://law.example/12"};
    ASSERT_TRUE(evidence.add(draft, house.us));
    EXPECT_EQ(about(house, "O-2").proposed, 2);
    draft.approved_by = "Head of the team";
    auto const approved = evidence.add(draft, house.us);
    ASSERT_TRUE(approved);
    EXPECT_EQ(about(house, "O-2").proposed, 3);
    house.clock.set(house.clock.now() + day * 102);
    EXPECT_EQ(about(house, "O-2").proposed, 2);
    ASSERT_TRUE(evidence.remove(approved->id, house.us));
    EXPECT_EQ(evidence.documents()->size(), 1U);
    EXPECT_EQ(house.audited("evidence"), 3);
    draft.valid_until.reset();
    for (auto const& [change, field] :
         {std::pair<void (*)(Document&), std::string_view>{[](Document& d) { d.name = ""; }, "name:"},
          {[](Document& d) { d.kind = "song"; }, "kind:"},
          {[](Document& d) { d.items = {"O-2"}; }, "items:"},
          {[](Document& d) { d.items = {"sim3:Q-1"}; }, "items:"},
          {[](Document& d) { d.link = "javascript:alert(1)"; }, "link:"},
          {[](Document& d) { d.valid_until = Timestamp::from_seconds(1); }, "valid_until:"}}) {
        auto wrong = draft;
        change(wrong);
        auto const added = evidence.add(wrong, house.us);
        ASSERT_FALSE(added) << field;
        EXPECT_TRUE(added.error().message.starts_with(field)) << added.error().message;
    }
}

TEST(Roadmap, ClosesGapsInFourPhasesAndIsTickedOff) {
    House house;
    auto& assessments = house.room->assessments;
    auto const id = house.assessment().id;
    ASSERT_TRUE(assessments.save(id, {.item = "O-2", .value = 0, .wanted = 2}, 0, house.us));
    ASSERT_TRUE(assessments.save(id, {.item = "O-8", .value = 2, .wanted = 3}, 0, house.us));
    ASSERT_TRUE(assessments.save(id, {.item = "T-2", .wanted = 1}, 0, house.us));
    auto const& framework = **house.room->library.framework("sim3-v9");
    auto const proposed =
        propose_steps(framework, *assessments.one(id), nullptr, {.start = house.clock.now(), .months = 12});
    ASSERT_EQ(proposed.size(), 5U);  // design O, establish O-2, enhance O-8, assess O, establish T-2
    auto plan = house.room->roadmap.replace(id, proposed, house.us);
    ASSERT_TRUE(plan) << plan.error().message;
    ASSERT_EQ(plan->size(), 5U);
    EXPECT_EQ(plan->front().phase, Phase::assessment);
    EXPECT_EQ(plan->back().phase, Phase::enhancement);
    auto step = plan->back();
    step.done = house.clock.now();
    step.owner = "Amina";
    auto const ticked = house.room->roadmap.change(step, 1, house.us);
    ASSERT_TRUE(ticked) << ticked.error().message;
    EXPECT_TRUE(house.room->roadmap.change(step, 1, house.us)->is_conflict);
    plan = house.room->roadmap.replace(id, proposed, house.us);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->size(), 5U);
    EXPECT_TRUE(plan->back().done);
    step.depends_on = {step.id};
    EXPECT_EQ(house.room->roadmap.change(step, std::nullopt, house.us).error().code, Code::invalid);
    EXPECT_EQ(house.room->roadmap.add({.assessment = id}, house.us).error().code, Code::invalid);
    EXPECT_EQ(house.audited("roadmap"), 3);
}

Claim claim_about(std::string_view country, Says says, std::string_view claimant) {
    return {.subject = std::string(country),
            .says = says,
            .claimant = std::string(claimant),
            .source = "https://list.example/",
            .date = *parse_date("2026-05-01")};
}

TEST(Register, ContradictingClaimsStandSideBySide) {
    House house;
    auto& states = house.room->register_of;
    EXPECT_EQ(states.entry("states", "XA")->picture, Picture::unknown);
    ASSERT_TRUE(states.claim(claim_about("XAA", Says::yes, "ITU"), house.us));
    EXPECT_EQ(states.entry("states", "901")->picture, Picture::claimed);
    auto const no = states.claim(claim_about("xa", Says::no, "A newspaper"), house.us);
    ASSERT_TRUE(no);
    EXPECT_EQ(no->subject, "XA");
    auto const both = *states.entry("states", "XA");
    EXPECT_EQ(both.picture, Picture::contradicting);
    EXPECT_EQ(both.claims.size(), 2U);
    EXPECT_EQ(states.claim(claim_about("XA", Says::no, "A newspaper"), house.us).error().code, Code::conflict);
    ASSERT_TRUE(states.withdraw(no->id, house.us));
    EXPECT_EQ(states.entry("states", "XA")->picture, Picture::claimed);
    EXPECT_EQ(states.withdraw(no->id, house.us).error().code, Code::not_found);
    EXPECT_EQ(house.audited("register"), 3);
}

TEST(Register, RanksNeedByOpenWeights) {
    House house;
    auto& states = house.room->register_of;
    ASSERT_TRUE(states.claim(claim_about("XC", Says::no, "ITU"), house.us));
    ASSERT_TRUE(states.claim(claim_about("XA", Says::yes, "ITU"), house.us));
    auto gaps = gaps_of(*states.entries("states"), {});
    ASSERT_EQ(gaps.entries.size(), 3U);
    EXPECT_EQ(gaps.entries[0].code, "XB");  // unknown 3 + LDC 2
    EXPECT_EQ(gaps.entries[1].code, "XC");  // denied 4
    EXPECT_EQ(gaps.entries[2].need, 0);
    Weights weights;
    ASSERT_TRUE(set_weights(weights, "denied=9, ldc=0"));
    EXPECT_EQ(gaps_of(*states.entries("states"), weights).entries[0].code, "XC");
    EXPECT_EQ(set_weights(weights, "gold=1").error().code, Code::invalid);
    EXPECT_EQ(set_weights(weights, "ldc=-1").error().code, Code::invalid);
    ASSERT_EQ(gaps.groups.size(), 2U);
    EXPECT_EQ(gaps.groups[0].kind, "group");
    EXPECT_EQ(gaps.groups[0].pictures.at(Picture::denied), 1);
    EXPECT_EQ(gaps.groups[1].kind, "ldc");
}

TEST(Register, SectorsOfACountryAreARegisterOfAnotherKind) {
    House house;
    auto& room = house.room->register_of;
    std::vector<EntryDraft> const sectors{{"energy", "Energy", "critical"}, {"health", "Health", ""}};
    ASSERT_TRUE(room.add({.id = "sectors", .title = "Our sectors", .kind = "sectors"}, sectors, house.us));
    EXPECT_EQ(room.add({.id = "sectors", .title = "Again", .kind = "sectors"}, sectors, house.us).error().code,
              Code::conflict);
    EXPECT_EQ(room.add({.id = "states", .title = "Mine", .kind = "other"}, sectors, house.us).error().code,
              Code::conflict);
    auto claim = claim_about("energy", Says::planned, "The ministry");
    claim.register_id = "sectors";
    ASSERT_TRUE(room.claim(claim, house.us));
    EXPECT_EQ(room.entry("sectors", "energy")->picture, Picture::planned);
    EXPECT_EQ(room.all()->size(), 2U);
    claim.subject = "space";
    EXPECT_EQ(room.claim(claim, house.us).error().code, Code::invalid);
}

TEST(ClaimImport, TakesGoodRowsAndNamesBadOnes) {
    House house;
    std::string_view const csv =
        "country,says,team,claimant,source,date\r\n"
        "XA,yes,\"CERT, XA\",ITU,https://a.example/,2026-01-02\r\n"
        "\r\n"
        "ZZ,yes,,ITU,https://a.example/,2026-01-02\n"
        "XB,perhaps,,ITU,https://a.example/,2026-01-02\n"
        "XB,no,,ITU,https://a.example/,yesterday\n"
        "XB,no,,,https://a.example/,2026-01-02\n"
        "XB,no,A name,ITU,https://a.example/,2026-01-02\n"
        "XB,no,,ITU,https://a.example/,2999-01-02\n"
        "XB,no\n"
        "XB,\"no,,ITU,https://a.example/,2026-01-02\n";
    auto const read = read_claims(house.room->register_of, "states", csv, ClaimFormat::csv);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->claims.size(), 1U);
    EXPECT_EQ(read->claims[0].team, "CERT, XA");
    std::string faults;
    for (auto const& fault : read->faults) faults += fmt::format("{}:{} ", fault.line, fault.field);
    EXPECT_EQ(faults, "4:country 5:says 6:date 7:claimant 8:team 9:date 10: 11: ");
    EXPECT_EQ(*house.room->register_of.claim_all(read->claims, house.us), 1);
    EXPECT_EQ(*house.room->register_of.claim_all(read->claims, house.us), 0);
    EXPECT_EQ(house.audited("register"), 1);
}

TEST(ClaimImport, ReadsJsonAndRefusesWhatIsNoList) {
    House house;
    auto& states = house.room->register_of;
    auto const read = read_claims(
        states, "states",
        R"([{"country":"XA","says":"yes","claimant":"ITU","source":"https://a.example/","date":"2026-01-02"},)"
        R"({"country":"XB","says":true},{"land":"XB"},7])",
        ClaimFormat::json);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->claims.size(), 1U);
    EXPECT_EQ(read->rejected, 3);
    EXPECT_FALSE(read_claims(states, "states", "{}", ClaimFormat::json));
    EXPECT_FALSE(read_claims(states, "states", "land,says\n", ClaimFormat::csv));
    EXPECT_FALSE(read_claims(states, "states", "", ClaimFormat::csv));
    EXPECT_FALSE(read_claims(states, "nowhere", "[]", ClaimFormat::json));
    EXPECT_FALSE(read_claims(states, "states", "\xff\xfe", ClaimFormat::csv));
}

TEST(Gate, AnAssessmentStaysInTheTeamAndWithItsSubject) {
    Assessment const ours{.id = {1}, .framework = "sim3-v9", .title = "Ours"};
    Assessment const theirs{.id = {2}, .framework = "sim3-v9", .title = "Theirs", .organisation = {7}};
    gate::Gate const gate(gate::World{});
    auto const may = [&](Assessment const& one, gate::Recipient const& recipient) {
        return gate.explain(one, recipient).allowed;
    };
    access::Principal viewer;
    viewer.role = access::Role::viewer;
    EXPECT_TRUE(may(ours, gate::Recipient::team(viewer)));
    EXPECT_FALSE(may(ours, gate::Recipient::peer({3}, "Northland", gate::Tlp::red)));
    EXPECT_FALSE(may(ours, gate::Recipient::everyone()));
    EXPECT_TRUE(may(theirs, gate::Recipient::constituent({7}, "Sector team")));
    EXPECT_FALSE(may(theirs, gate::Recipient::constituent({8}, "Another")));
}

}  // namespace
}  // namespace tocsin::readiness
