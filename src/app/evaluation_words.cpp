#include "app/evaluation_words.hpp"

namespace tocsin::app {

Result<readiness::EvaluationKind> evaluation_kind(Invocation const& call) {
    auto const kind = readiness::evaluation_kind_named(call.get("--kind"));
    if (!kind)
        return fail(Code::invalid,
                    fmt::format("--kind: expected catalogue, profile or portfolio, found \"{}\"", call.get("--kind")));
    return *kind;
}

void print_evaluation(Invocation const& call, readiness::Evaluation const& evaluation) {
    using readiness::EvaluationChange;
    call.print("#{:<4} {} {:<9} by {}: {} items{}", evaluation.id.value, format_date(evaluation.at),
               readiness::name_of(evaluation.kind), evaluation.by, evaluation.items,
               evaluation.before
                   ? fmt::format(", {} risen, {} fallen, {} new, {} gone, {} grown stale",
                                 evaluation.count(EvaluationChange::risen), evaluation.count(EvaluationChange::fallen),
                                 evaluation.count(EvaluationChange::added), evaluation.count(EvaluationChange::gone),
                                 evaluation.count(EvaluationChange::grown_stale))
                   : ", the first of its kind");
    for (auto const& one : evaluation.differences)
        call.print("  {:<8} {:<11} {} -> {}", one.item, readiness::name_of(one.change),
                   one.before.empty() ? "nothing" : one.before, one.now.empty() ? "nothing" : one.now);
    if (!evaluation.note.empty()) call.print("  {}", evaluation.note);
}

}  // namespace tocsin::app
