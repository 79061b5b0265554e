#include "readiness/evaluation.hpp"

#include "readiness/test_house.hpp"

#include <chrono>

namespace tocsin::readiness {
namespace {

using std::chrono::days;

std::string told(Evaluation const& evaluation) {
    std::string text;
    for (auto const& one : evaluation.differences)
        text += fmt::format("{} {}: {} -> {}\n", one.item, name_of(one.change), one.before, one.now);
    return text;
}

TEST(Evaluations, TellWhatRoseWhatFellWhatIsNewAndWhatIsGone) {
    House house;
    auto const id = house.assessment().id;
    auto& answers = house.room->assessments;
    auto& evaluations = house.room->evaluations;
    ASSERT_TRUE(answers.save(id, {.item = "O-2", .value = 1}, 0, house.us));
    ASSERT_TRUE(answers.save(id, {.item = "T-2", .value = 3}, 0, house.us));
    auto const first = evaluations.evaluate(id, EvaluationKind::portfolio, "spring", house.us);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_FALSE(first->before);
    EXPECT_EQ(first->items, 2);
    EXPECT_TRUE(first->differences.empty());
    ASSERT_TRUE(answers.save(id, {.item = "O-2", .value = 2}, 1, house.us));
    ASSERT_TRUE(answers.save(id, {.item = "T-2"}, 1, house.us));
    ASSERT_TRUE(answers.save(id, {.item = "O-8", .value = 4}, 0, house.us));
    auto const second = evaluations.evaluate(id, EvaluationKind::portfolio, "", house.us);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->before, first->id);
    EXPECT_EQ(told(*second), "O-2 risen: 1 -> 2\nO-8 new:  -> 4\nT-2 gone: 3 -> \n");
    ASSERT_TRUE(answers.save(id, {.item = "O-2", .value = 0}, 2, house.us));
    auto const third = evaluations.evaluate(id, EvaluationKind::portfolio, "", house.us);
    EXPECT_EQ(told(*third), "O-2 fallen: 2 -> 0\n");
    auto const listed = evaluations.of(id);
    ASSERT_EQ(listed->size(), 3U);
    EXPECT_EQ(told(listed->at(1)), told(*second));  // a snapshot does not change with the answers
    EXPECT_EQ(house.audited("assessment.evaluate"), 3);
}

TEST(Evaluations, TellWhoseEvidenceHasGrownStale) {
    House house;
    auto const id = house.assessment().id;
    ASSERT_TRUE(house.room->assessments.save(id, {.item = "O-2", .value = 3}, 0, house.us));
    ASSERT_TRUE(house.room->evaluations.evaluate(id, EvaluationKind::portfolio, "", house.us));
    house.clock.set(house.clock.now() + days(word_holds_days + 1));
    auto const later = house.room->evaluations.evaluate(id, EvaluationKind::portfolio, "", house.us);
    ASSERT_TRUE(later);
    EXPECT_EQ(told(*later), "O-2 grown-stale: unproven -> stale\n");
    ASSERT_TRUE(house.room->assessments.save(id, {.item = "O-2", .value = 3}, 1, house.us));
    EXPECT_EQ(told(*house.room->evaluations.evaluate(id, EvaluationKind::portfolio, "", house.us)),
              "O-2 fresh-again: stale -> unproven\n");
}

TEST(Evaluations, OfCatalogueAndProfileLookAtOtherAnswers) {
    House house;
    auto const id = house.assessment("x1060-9").id;
    auto& answers = house.room->assessments;
    auto& evaluations = house.room->evaluations;
    Answer answer{.item = "A-1", .value = 3, .recommendation = "basic", .assignment = "insourcing"};
    ASSERT_TRUE(answers.save(id, answer, 0, house.us));
    for (auto const kind : {EvaluationKind::catalogue, EvaluationKind::profile})
        ASSERT_TRUE(evaluations.evaluate(id, kind, "", house.us));
    answer.value = 4;
    answer.assignment = "combination";
    answer.assigned_to = "the region";
    answer.value.reset();
    ASSERT_TRUE(answers.save(id, answer, 1, house.us));
    EXPECT_EQ(told(*evaluations.evaluate(id, EvaluationKind::catalogue, "", house.us)), "");
    EXPECT_EQ(told(*evaluations.evaluate(id, EvaluationKind::profile, "", house.us)),
              "A-1 changed: insourcing -> combination, the region\n");
    auto const wrong = evaluations.evaluate(house.assessment().id, EvaluationKind::profile, "", house.us);
    ASSERT_FALSE(wrong);
    EXPECT_TRUE(wrong.error().message.starts_with("kind:")) << wrong.error().message;
}

TEST(Evaluations, ComeDueAndAreSetAgainByDoingThem) {
    House house;
    auto const id = house.assessment().id;
    auto& evaluations = house.room->evaluations;
    ASSERT_TRUE(evaluations.schedule(id, EvaluationKind::portfolio, 180, std::nullopt, house.us));
    auto const due = house.clock.now() + days(180);
    ASSERT_EQ(evaluations.schedules()->size(), 1U);
    EXPECT_EQ(evaluations.schedules()->front().next, due);
    house.clock.set(due + days(3));
    auto const made = evaluations.evaluate(id, EvaluationKind::portfolio, "", house.us);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->due, due);
    EXPECT_EQ(evaluations.schedules()->front().next, due + days(183));
    EXPECT_FALSE(evaluations.schedule(id, EvaluationKind::portfolio, -1, std::nullopt, house.us));
    ASSERT_TRUE(evaluations.schedule(id, EvaluationKind::portfolio, 0, std::nullopt, house.us));
    EXPECT_TRUE(evaluations.schedules()->empty());
    ASSERT_TRUE(house.room->assessments.remove(id, house.us));
    EXPECT_TRUE(evaluations.of(id)->empty());
}

}  // namespace
}  // namespace tocsin::readiness
