#include "readiness/roadmap.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <tuple>

namespace tocsin::readiness {
namespace {

constexpr std::string_view columns =
    "SELECT id, assessment, item, item_group, phase, title, from_value, to_value, owner, cost, depends_on, due, done, "
    "note, version, changed, changed_by FROM roadmap_step ";
constexpr std::size_t most_steps = 2000;

std::optional<std::int64_t> number_if(store::Row const& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

Step read_row(store::Row const& row) {
    Step step{.id = row.id<StepTag>(0),
              .assessment = row.id<AssessmentTag>(1),
              .item = row.string(2),
              .group = row.string(3),
              .phase = phase_named(row.text(4)).value_or(Phase::assessment),
              .title = row.string(5),
              .from = number_if(row, 6),
              .to = number_if(row, 7),
              .owner = row.string(8),
              .cost = row.string(9),
              .depends_on = {},
              .due = row.time_if(11),
              .done = row.time_if(12),
              .note = row.string(13),
              .version = row.integer(14),
              .changed = row.time(15),
              .changed_by = row.string(16)};
    for (auto const part : split(row.text(10), ','))
        if (auto const number = parse_int(part)) step.depends_on.push_back({*number});
    return step;
}

std::string joined(std::vector<StepId> const& ids) {
    std::string text;
    for (auto const id : ids) text += (text.empty() ? "" : ",") + std::to_string(id.value);
    return text;
}

Result<Step> read_step(store::Transaction& tx, StepId id) {
    TRY(auto found, tx.one(std::string(columns) + "WHERE id = ?", {id}, read_row));
    if (!found) return fail(Code::not_found, fmt::format("there is no step {}", id.value));
    return *std::move(found);
}

Result<std::vector<Step>> read_steps(store::Transaction& tx, AssessmentId assessment) {
    std::vector<Step> list;
    CHECK(tx.query(std::string(columns) + "WHERE assessment = ? ORDER BY id", {assessment},
                   [&](store::Row const& row) { list.push_back(read_row(row)); }));
    std::ranges::sort(list, {},
                      [](Step const& step) { return std::tuple(step.phase, step.due.value_or(Timestamp()), step.id); });
    return list;
}

Result<StepId> insert(store::Transaction& tx, Step const& step) {
    auto const depends = joined(step.depends_on);
    TRY(auto const id,
        tx.insert(
            "INSERT INTO roadmap_step (assessment, item, item_group, phase, title, from_value, to_value, owner, "
            "cost, depends_on, due, done, note, version, changed, changed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "?, ?, ?, ?, ?, ?, ?)",
            {step.assessment, step.item, step.group, name_of(step.phase), step.title, step.from, step.to, step.owner,
             step.cost, depends, step.due, step.done, step.note, step.version, step.changed, step.changed_by}));
    return StepId{id};
}

Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   Step const& step) {
    JsonWriter json;
    append(json, step);
    auto const id = std::to_string(step.id.value);
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "step", .id = id, .details = json.text()}));
    return {};
}

/// Whether a step would wait for itself.
bool goes_in_a_circle(std::vector<Step> const& steps, Step const& draft) {
    std::map<StepId, std::vector<StepId>> before;
    for (auto const& step : steps) before[step.id] = step.depends_on;
    before[draft.id] = draft.depends_on;
    std::set<StepId> seen;
    std::vector<StepId> todo = draft.depends_on;
    while (!todo.empty()) {
        auto const next = todo.back();
        todo.pop_back();
        if (next == draft.id) return true;
        if (!seen.insert(next).second) continue;
        auto const& more = before[next];
        todo.insert(todo.end(), more.begin(), more.end());
    }
    return false;
}

}  // namespace

Status Roadmap::check(store::Transaction& tx, Step const& draft) const {
    TRY(auto const name, tx.one("SELECT framework FROM assessment WHERE id = ?", {draft.assessment},
                                [](store::Row const& row) { return row.string(0); }));
    if (!name) return fail(Code::not_found, fmt::format("there is no assessment {}", draft.assessment.value));
    TRY(auto const* const framework, library_.framework(*name));
    if (!draft.item.empty() && !framework->item(draft.item))
        return fail(Code::invalid, fmt::format("item: {} has no \"{}\"", *name, draft.item));
    if (draft.item.empty() && draft.group.empty() && trimmed(draft.title).empty())
        return fail(Code::invalid, "title: expected one for a step that is about no item and no group");
    if (draft.title.size() > 300 || draft.owner.size() > 200 || draft.cost.size() > 100 || draft.note.size() > 4000)
        return fail(Code::invalid,
                    "expected a title of at most 300 bytes, an owner of 200, a cost of 100, a note of 4,000");
    TRY(auto const steps, read_steps(tx, draft.assessment));
    if (steps.size() >= most_steps) return fail(Code::limit, "a plan holds at most 2,000 steps");
    for (auto const one : draft.depends_on)
        if (std::ranges::find(steps, one, &Step::id) == steps.end())
            return fail(Code::invalid, fmt::format("depends_on: the plan has no step {}", one.value));
    if (goes_in_a_circle(steps, draft)) return fail(Code::invalid, "depends_on: the step would wait for itself");
    return {};
}

Result<std::vector<Step>> Roadmap::steps(AssessmentId assessment) {
    return ledger_.read([&](store::Transaction& tx) { return read_steps(tx, assessment); });
}

Result<Step> Roadmap::one(StepId id) {
    return ledger_.read([&](store::Transaction& tx) { return read_step(tx, id); });
}

Result<std::vector<Step>> Roadmap::replace(AssessmentId assessment, std::vector<Step> steps,
                                           access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Result<std::vector<Step>> {
        auto const now = clock_.now();
        TRY(auto const gone,
            tx.run("DELETE FROM roadmap_step WHERE assessment = ? AND version = 1 AND done IS NULL", {assessment}));
        TRY(auto const kept, read_steps(tx, assessment));
        if (kept.size() + steps.size() > most_steps) return fail(Code::limit, "a plan holds at most 2,000 steps");
        std::map<StepId, StepId> numbers;  // proposed to kept
        std::int64_t added = 0;
        for (auto& step : steps) {
            auto const same = std::ranges::find_if(kept, [&](Step const& other) {
                return other.item == step.item && other.group == step.group && other.phase == step.phase;
            });
            if (same != kept.end()) {
                numbers[step.id] = same->id;
                continue;
            }
            auto const proposed = step.id;
            std::vector<StepId> depends;
            for (auto const one : step.depends_on)
                if (auto const found = numbers.find(one); found != numbers.end()) depends.push_back(found->second);
            step.depends_on = std::move(depends);
            step.assessment = assessment;
            step.version = 1;
            step.changed = now;
            step.changed_by = by.name;
            TRY(numbers[proposed], insert(tx, step));
            ++added;
        }
        JsonWriter json;
        json.object().field("added", added).field("removed", gone).end();
        auto const id = std::to_string(assessment.value);
        CHECK(access::audit(tx, by, now,
                            {.what = "roadmap.propose", .kind = "assessment", .id = id, .details = json.text()}));
        return read_steps(tx, assessment);
    });
}

Result<Step> Roadmap::add(Step draft, access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Result<Step> {
        CHECK(check(tx, draft));
        draft.version = 2;  // a person's: proposals leave it alone
        draft.changed = clock_.now();
        draft.changed_by = by.name;
        TRY(draft.id, insert(tx, draft));
        CHECK(write_audit(tx, by, draft.changed, "roadmap.add", draft));
        return draft;
    });
}

Result<SavedStep> Roadmap::change(Step const& draft, std::optional<std::int64_t> expected,
                                  access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Result<SavedStep> {
        TRY(auto before, read_step(tx, draft.id));
        if (expected && *expected != before.version) return SavedStep{std::move(before), true};
        auto fresh = draft;
        fresh.assessment = before.assessment;
        fresh.version = before.version + 1;
        fresh.changed = clock_.now();
        fresh.changed_by = by.name;
        CHECK(check(tx, fresh));
        auto const depends = joined(fresh.depends_on);
        CHECK(tx.run(
            "UPDATE roadmap_step SET item = ?, item_group = ?, phase = ?, title = ?, from_value = ?, "
            "to_value = ?, owner = ?, cost = ?, depends_on = ?, due = ?, done = ?, note = ?, version = ?, "
            "changed = ?, changed_by = ? WHERE id = ?",
            {fresh.item, fresh.group, name_of(fresh.phase), fresh.title, fresh.from, fresh.to, fresh.owner, fresh.cost,
             depends, fresh.due, fresh.done, fresh.note, fresh.version, fresh.changed, fresh.changed_by, fresh.id}));
        CHECK(write_audit(tx, by, fresh.changed, "roadmap.change", fresh));
        return SavedStep{std::move(fresh), false};
    });
}

Status Roadmap::remove(StepId id, access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        TRY(auto const gone, read_step(tx, id));
        CHECK(tx.run("DELETE FROM roadmap_step WHERE id = ?", {id}));
        return write_audit(tx, by, clock_.now(), "roadmap.remove", gone);
    });
}

}  // namespace tocsin::readiness
