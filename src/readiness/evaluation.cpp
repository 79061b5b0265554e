#include "readiness/evaluation.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>

namespace tocsin::readiness {
namespace {

constexpr std::array<std::string_view, 3> kind_words = {"catalogue", "profile", "portfolio"};
constexpr std::array<std::string_view, 7> change_words = {"risen",   "fallen",      "new",        "gone",
                                                          "changed", "grown-stale", "fresh-again"};

/// What an evaluation of that kind looks at, as a person reads it; empty: there is nothing.
std::string said(EvaluationKind kind, EvaluatedItem const& item) {
    switch (kind) {
        case EvaluationKind::catalogue:
            if (item.declined) return "declined";
            return item.recommendation;
        case EvaluationKind::profile:
            if (item.assigned_to.empty()) return item.assignment;
            return item.assignment + (item.assignment.empty() ? "" : ", ") + item.assigned_to;
        case EvaluationKind::portfolio:
            if (item.declined) return "declined";
            return item.value ? std::to_string(*item.value) : std::string();
    }
    return {};
}

std::optional<EvaluationChange> change_of(EvaluationKind kind, EvaluatedItem const* before, EvaluatedItem const* now,
                                          std::string const& was, std::string const& is) {
    if (was.empty() && is.empty()) return std::nullopt;
    if (was.empty()) return EvaluationChange::added;
    if (is.empty()) return EvaluationChange::gone;
    if (was == is) return std::nullopt;
    if (kind != EvaluationKind::portfolio || !before->value || !now->value) return EvaluationChange::changed;
    return *now->value > *before->value ? EvaluationChange::risen : EvaluationChange::fallen;
}

}  // namespace

std::string_view name_of(EvaluationKind kind) {
    return word_of(kind_words, kind);
}
std::optional<EvaluationKind> evaluation_kind_named(std::string_view name) {
    return value_of<EvaluationKind>(kind_words, name);
}
std::string_view name_of(EvaluationChange change) {
    return word_of(change_words, change);
}

std::int64_t Evaluation::count(EvaluationChange change) const {
    return std::ranges::count(differences, change, &EvaluationDifference::change);
}

std::vector<EvaluationDifference> differences(EvaluationKind kind, std::vector<EvaluatedItem> const& before,
                                              std::vector<EvaluatedItem> const& now) {
    std::map<std::string_view, std::pair<EvaluatedItem const*, EvaluatedItem const*>> both;
    for (auto const& item : before) both[item.item].first = &item;
    for (auto const& item : now) both[item.item].second = &item;
    std::vector<EvaluationDifference> list;
    for (auto const& [name, pair] : both) {
        auto const [was, is] = pair;
        auto const was_said = was ? said(kind, *was) : std::string(), is_said = is ? said(kind, *is) : std::string();
        if (auto const change = change_of(kind, was, is, was_said, is_said))
            list.push_back({std::string(name), *change, was_said, is_said});
        if (kind != EvaluationKind::portfolio || !was || !is || !was->value || !is->value) continue;
        bool const was_stale = was->standing == Standing::stale, is_stale = is->standing == Standing::stale;
        if (was_stale != is_stale)
            list.push_back({std::string(name), is_stale ? EvaluationChange::grown_stale : EvaluationChange::fresh_again,
                            std::string(name_of(was->standing)), std::string(name_of(is->standing))});
    }
    return list;
}

void append(JsonWriter& json, EvaluationSchedule const& schedule) {
    json.object()
        .field("assessment", schedule.assessment.value)
        .field("title", schedule.title)
        .field("kind", name_of(schedule.kind))
        .field("every_days", schedule.every_days)
        .field("next", schedule.next)
        .field("changed_by", schedule.changed_by)
        .end();
}

void append(JsonWriter& json, Evaluation const& evaluation) {
    json.object()
        .field("id", evaluation.id.value)
        .field("assessment", evaluation.assessment.value)
        .field("kind", name_of(evaluation.kind))
        .field("at", evaluation.at)
        .field("by", evaluation.by)
        .field("note", evaluation.note)
        .field_or_null("due", evaluation.due)
        .field_or_null("before",
                       evaluation.before ? std::optional<std::int64_t>(evaluation.before.value) : std::nullopt)
        .field("items", evaluation.items)
        .key("counts")
        .object();
    for (std::size_t i = 0; i < change_words.size(); ++i)
        json.field(change_words[i], evaluation.count(static_cast<EvaluationChange>(i)));
    json.end().key("differences").array();
    for (auto const& one : evaluation.differences)
        json.object()
            .field("item", one.item)
            .field("change", name_of(one.change))
            .field("before", one.before)
            .field("now", one.now)
            .end();
    json.end().end();
}

}  // namespace tocsin::readiness
