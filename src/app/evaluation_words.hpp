#pragma once
#include "app/readiness_words.hpp"

/// What the commands about evaluations share.
namespace tocsin::app {

/// The option --kind. Errors: Code::invalid.
Result<readiness::EvaluationKind> evaluation_kind(Invocation const& call);
void print_evaluation(Invocation const& call, readiness::Evaluation const& evaluation);

}  // namespace tocsin::app
