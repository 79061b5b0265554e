#include "readiness/roadmap.hpp"

#include <algorithm>
#include <map>

namespace tocsin::readiness {
namespace {

constexpr std::array<std::string_view, 4> phase_words = {"assessment", "design", "establishment", "enhancement"};
constexpr std::array<std::int64_t, 4> phase_ends = {1, 3, 9, 12};  ///< twelfths of the way

Timestamp due_of(Pace const& pace, Phase phase) {
    auto const days = pace.months * 365 / 12 * phase_ends[static_cast<std::size_t>(phase)] / 12;
    return Timestamp::from_day(pace.start.day() + static_cast<std::int32_t>(days));
}

/// The steps of one group, as they come up.
struct GroupSteps {
    std::optional<StepId> assess = {}, design = {};
};

}  // namespace

std::string_view name_of(Phase phase) {
    return word_of(phase_words, phase);
}
std::optional<Phase> phase_named(std::string_view name) {
    return value_of<Phase>(phase_words, name);
}

std::vector<Step> propose_steps(Framework const& framework, Assessment const& assessment, Profile const* profile,
                                Pace const& pace) {
    std::vector<Step> steps;
    std::map<std::string, GroupSteps, std::less<>> groups;
    auto const add = [&](Step step) {
        step.id = {static_cast<std::int64_t>(steps.size()) + 1};
        step.assessment = assessment.id;
        step.due = due_of(pace, step.phase);
        steps.push_back(std::move(step));
        return steps.back().id;
    };
    for (auto const& gap : compare(framework, assessment, nullptr, profile).items) {
        auto const* const item = framework.item(gap.item);
        if (!item || !gap.is_gap()) continue;
        auto& group = groups[item->group];
        if (!gap.now && !group.assess) group.assess = add({.group = item->group, .phase = Phase::assessment});
        auto const* const scale = framework.scale_for(*item, "");
        bool const works = gap.now.value_or(0) > (scale && scale->has(std::int64_t{0}) ? 0 : 1);
        if (!works && !group.design) {
            Step design{.group = item->group, .phase = Phase::design};
            if (group.assess) design.depends_on.push_back(*group.assess);
            group.design = add(std::move(design));
        }
        Step step{.item = item->id,
                  .group = item->group,
                  .phase = works ? Phase::enhancement : Phase::establishment,
                  .from = gap.now,
                  .to = gap.wanted};
        if (auto const* const answer = assessment.answer(item->id)) step.owner = answer->assigned_to;
        if (!works) step.depends_on.push_back(*group.design);
        add(std::move(step));
    }
    return steps;
}

void append(JsonWriter& json, Step const& step) {
    json.object()
        .field("id", step.id.value)
        .field("assessment", step.assessment.value)
        .field_or_null("item", step.item)
        .field_or_null("group", step.group)
        .field("phase", name_of(step.phase))
        .field("title", step.title)
        .field_or_null("from", step.from)
        .field_or_null("to", step.to)
        .field("owner", step.owner)
        .field("cost", step.cost)
        .key("depends_on")
        .array();
    for (auto const one : step.depends_on) json.value(one.value);
    json.end()
        .field_or_null("due", step.due)
        .field_or_null("done", step.done)
        .field("note", step.note)
        .field("version", step.version)
        .field("changed", step.changed)
        .field("changed_by", step.changed_by)
        .end();
}

}  // namespace tocsin::readiness
