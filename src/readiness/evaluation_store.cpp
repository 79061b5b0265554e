#include "readiness/evaluation.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>

namespace tocsin::readiness {
namespace {

constexpr std::int64_t longest_interval = 1830;

std::optional<std::int64_t> number_if(store::Row const& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

Standing standing_named(std::string_view name) {
    for (auto const standing : {Standing::proven, Standing::unproven, Standing::stale})
        if (name_of(standing) == name) return standing;
    return Standing::none;
}

Result<std::vector<EvaluatedItem>> items_of(store::Transaction& tx, EvaluationId id) {
    std::vector<EvaluatedItem> list;
    CHECK(
        tx.query("SELECT item, value, declined, wanted, recommendation, assignment, assigned_to, standing FROM "
                 "evaluation_item WHERE evaluation = ? ORDER BY item",
                 {id}, [&](store::Row const& row) {
                     list.push_back({.item = row.string(0),
                                     .value = number_if(row, 1),
                                     .declined = row.truth(2),
                                     .wanted = number_if(row, 3),
                                     .recommendation = row.string(4),
                                     .assignment = row.string(5),
                                     .assigned_to = row.string(6),
                                     .standing = standing_named(row.text(7))});
                 }));
    return list;
}

/// Newest first, and all of them: each is compared with the one of its kind before it.
Result<std::vector<Evaluation>> evaluations_of(store::Transaction& tx, AssessmentId assessment) {
    std::vector<Evaluation> list;
    CHECK(tx.query("SELECT id, kind, at, evaluated_by, note, due FROM evaluation WHERE assessment = ? ORDER BY id DESC",
                   {assessment}, [&](store::Row const& row) {
                       list.push_back({.id = row.id<EvaluationTag>(0),
                                       .assessment = assessment,
                                       .kind = evaluation_kind_named(row.text(1)).value_or(EvaluationKind::portfolio),
                                       .at = row.time(2),
                                       .by = row.string(3),
                                       .note = row.string(4),
                                       .due = row.time_if(5)});
                   }));
    for (std::size_t i = 0; i < list.size(); ++i) {
        auto const earlier = std::find_if(list.begin() + static_cast<std::ptrdiff_t>(i) + 1, list.end(),
                                          [&](Evaluation const& other) { return other.kind == list[i].kind; });
        if (earlier != list.end()) list[i].before = earlier->id;
    }
    return list;
}

Status fill(store::Transaction& tx, Evaluation& evaluation) {
    TRY(auto const now, items_of(tx, evaluation.id));
    evaluation.items = std::ssize(now);
    if (!evaluation.before) return {};
    TRY(auto const before, items_of(tx, evaluation.before));
    evaluation.differences = differences(evaluation.kind, before, now);
    return {};
}

Status put_item(store::Transaction& tx, EvaluationId id, Answer const& answer, Standing standing) {
    CHECK(
        tx.run("INSERT INTO evaluation_item (evaluation, item, value, declined, wanted, recommendation, assignment, "
               "assigned_to, standing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {id, answer.item, answer.value, answer.declined, answer.wanted, answer.recommendation, answer.assignment,
                answer.assigned_to, name_of(standing)}));
    return {};
}

}  // namespace

Status Evaluations::check(Assessment const& assessment, EvaluationKind kind) const {
    TRY(auto const* const framework, library_.framework(assessment.framework));
    if (kind != EvaluationKind::portfolio && framework->kind != FrameworkKind::services)
        return fail(Code::invalid,
                    fmt::format("kind: {} is no list of services: expected portfolio", framework->name()));
    return {};
}

Result<std::vector<EvaluationSchedule>> Evaluations::schedules() {
    return ledger_.read([](store::Transaction& tx) -> Result<std::vector<EvaluationSchedule>> {
        std::vector<EvaluationSchedule> list;
        CHECK(
            tx.query("SELECT s.assessment, a.title, s.kind, s.every_days, s.next, s.changed_by FROM "
                     "evaluation_schedule s JOIN assessment a ON a.id = s.assessment ORDER BY s.next, s.assessment",
                     {}, [&](store::Row const& row) {
                         list.push_back({.assessment = row.id<AssessmentTag>(0),
                                         .title = row.string(1),
                                         .kind = evaluation_kind_named(row.text(2)).value_or(EvaluationKind::portfolio),
                                         .every_days = row.integer(3),
                                         .next = row.time(4),
                                         .changed_by = row.string(5)});
                     }));
        return list;
    });
}

Status Evaluations::schedule(AssessmentId assessment, EvaluationKind kind, std::int64_t every_days,
                             std::optional<Timestamp> next, access::Principal const& by) {
    TRY(auto const whole, assessments_.one(assessment));
    CHECK(check(whole, kind));
    if (every_days < 0 || every_days > longest_interval)
        return fail(Code::invalid, "every_days: expected 1 to 1,830, or 0 to take it off the schedule");
    auto const now = clock_.now();
    auto const first = next.value_or(now + std::chrono::days(every_days));
    return ledger_.write([&](store::Transaction& tx) -> Status {
        CHECK(tx.run("DELETE FROM evaluation_schedule WHERE assessment = ? AND kind = ?", {assessment, name_of(kind)}));
        if (every_days > 0)
            CHECK(
                tx.run("INSERT INTO evaluation_schedule (assessment, kind, every_days, next, changed, changed_by) "
                       "VALUES (?, ?, ?, ?, ?, ?)",
                       {assessment, name_of(kind), every_days, first, now, by.name}));
        JsonWriter json;
        json.object().field("kind", name_of(kind)).field("every_days", every_days).field("next", first).end();
        auto const id = std::to_string(assessment.value);
        CHECK(access::audit(tx, by, now,
                            {.what = "assessment.schedule", .kind = "assessment", .id = id, .details = json.text()}));
        return {};
    });
}

Result<Evaluation> Evaluations::evaluate(AssessmentId assessment, EvaluationKind kind, std::string_view note,
                                         access::Principal const& by) {
    if (note.size() > 4000) return fail(Code::invalid, "note: expected at most 4,000 bytes");
    TRY(auto const whole, assessments_.one(assessment));
    CHECK(check(whole, kind));
    TRY(auto const* const framework, library_.framework(whole.framework));
    TRY(auto const evidence, evidence_.of(*framework, &whole, by));
    std::map<std::string_view, Standing> standing;
    for (auto const& one : evidence) standing[one.item] = one.standing;
    return ledger_.write([&](store::Transaction& tx) -> Result<Evaluation> {
        auto const now = clock_.now();
        TRY(auto const planned,
            tx.one("SELECT every_days, next FROM evaluation_schedule WHERE assessment = ? AND kind = ?",
                   {assessment, name_of(kind)},
                   [](store::Row const& row) { return std::pair(row.integer(0), row.time(1)); }));
        auto const due = planned ? std::optional(planned->second) : std::nullopt;
        TRY(auto const id,
            tx.insert("INSERT INTO evaluation (assessment, kind, at, evaluated_by, note, due) VALUES (?, "
                      "?, ?, ?, ?, ?)",
                      {assessment, name_of(kind), now, by.name, note, due}));
        for (auto const& answer : whole.answers)
            if (answer.assessor.empty()) CHECK(put_item(tx, {id}, answer, standing[answer.item]));
        if (planned)
            CHECK(tx.run("UPDATE evaluation_schedule SET next = ? WHERE assessment = ? AND kind = ?",
                         {now + std::chrono::days(planned->first), assessment, name_of(kind)}));
        TRY(auto all, evaluations_of(tx, assessment));
        auto& made = all.front();
        CHECK(fill(tx, made));
        JsonWriter json;
        json.object().field("kind", name_of(kind)).field("evaluation", id).end();
        auto const number = std::to_string(assessment.value);
        CHECK(access::audit(
            tx, by, now, {.what = "assessment.evaluate", .kind = "assessment", .id = number, .details = json.text()}));
        return std::move(made);
    });
}

Result<std::vector<Evaluation>> Evaluations::of(AssessmentId assessment, std::size_t limit) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<Evaluation>> {
        TRY(auto list, evaluations_of(tx, assessment));
        if (list.size() > limit) list.resize(limit);
        for (auto& one : list) CHECK(fill(tx, one));
        return list;
    });
}

}  // namespace tocsin::readiness
