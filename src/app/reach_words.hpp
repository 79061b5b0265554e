#pragma once
#include "app/readiness_words.hpp"

/// What the commands about reachability tests share.
namespace tocsin::app {

/// The options that say how somebody is tested: of reach add and reach edit.
std::vector<Option> reach_options();
/// Lays what is given over the target. Errors: Code::invalid naming the option.
Status read_reach_options(Invocation const& call, readiness::ReachTarget& target);
/// "3", "#3". Errors: Code::invalid.
Result<readiness::ReachTargetId> reach_target_id(std::string_view text);

void print_target(Invocation const& call, readiness::ReachTarget const& target);
/// The target as a line, or as JSON.
Exit tell_target(Invocation const& call, readiness::ReachTarget const& target);
/// reach pause and reach resume.
Exit set_paused(Invocation& call, bool is_paused);

}  // namespace tocsin::app
