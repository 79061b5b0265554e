#include "formats/stix_pattern/match.hpp"

#include "formats/stix_pattern/bindings.hpp"
#include "formats/stix_pattern/comparison.hpp"
#include "formats/stix_pattern/object_graph.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace tocsin::formats::stix_pattern {
namespace {

constexpr std::int64_t most_observed = 999'999'999;  // STIX 2.1 section 4.14

/// What stands in one pair of square brackets, ready.
struct ReadyExpression {
    ComparisonExpression::Kind kind = ComparisonExpression::Kind::comparison;
    std::optional<ReadyComparison> comparison;
    std::vector<ReadyExpression> operands;
};

struct ReadyObservation {
    ReadyExpression expression;
    std::set<std::string, std::less<>> types;  ///< of the SCOs that it speaks of
};

Result<ReadyExpression> ready(ComparisonExpression const& expression, std::set<std::string, std::less<>>& types) {
    ReadyExpression made;
    made.kind = expression.kind;
    if (expression.kind == ComparisonExpression::Kind::comparison) {
        TRY(made.comparison, ReadyComparison::make(expression.comparison));
        types.insert(expression.comparison.path.type);
        return made;
    }
    for (auto const& operand : expression.operands) {
        TRY(auto next, ready(operand, types));
        made.operands.push_back(std::move(next));
    }
    return made;
}

/// Every `[...]` from left to right.
Status collect(ObservationExpression const& expression, std::vector<ReadyObservation>& found) {
    if (expression.kind == ObservationExpression::Kind::observation) {
        ReadyObservation one;
        TRY(one.expression, ready(expression.comparison, one.types));
        found.push_back(std::move(one));
    }
    for (auto const& operand : expression.operands) CHECK(collect(operand, found));
    return {};
}

/// Whether the expression holds for one SCO.
class Evaluation {
  public:
    Evaluation(ObjectGraph const& graph, Steps& steps, std::uint32_t regex_steps)
        : graph_(graph), steps_(steps), regex_steps_(regex_steps) {}

    Result<bool> holds(ReadyObservation const& observation) {
        for (std::size_t object = 0; object < graph_.size(); ++object) {
            CHECK(steps_.charge(1));
            if (!observation.types.contains(graph_.type_of(object))) continue;
            TRY(auto const found, holds_for(observation.expression, object));
            if (found) return true;
        }
        return false;
    }

  private:
    Result<bool> holds_for(ReadyExpression const& expression, std::size_t object) {
        CHECK(steps_.charge(1));
        if (expression.kind == ComparisonExpression::Kind::comparison) return passes(*expression.comparison, object);
        bool const all = expression.kind == ComparisonExpression::Kind::all_of;
        for (auto const& operand : expression.operands) {
            TRY(auto const found, holds_for(operand, object));
            if (found != all) return found;
        }
        return all;
    }

    /// Any of the values that the path leads to is enough; none is never.
    Result<bool> passes(ReadyComparison const& comparison, std::size_t object) {
        auto const& path = comparison.source().path;
        if (graph_.type_of(object) != path.type) return false;
        TRY(auto const values, graph_.values(object, path, steps_));
        for (auto const& value : values) {
            TRY(auto const found, comparison.passes(value, steps_, regex_steps_));
            if (found) return true;
        }
        return false;
    }

    ObjectGraph const& graph_;
    Steps& steps_;
    std::uint32_t regex_steps_;
};

Status check(Observation const& observation, MatchLimits const& limits) {
    if (observation.last_observed < observation.first_observed)
        return fail(Code::invalid, "was last observed before it was first");
    if (observation.number_observed < 1 || observation.number_observed > most_observed)
        return fail(Code::invalid,
                    fmt::format("was observed {} times, not 1 to {}", observation.number_observed, most_observed));
    if (observation.objects.size() > limits.observation_bytes)
        return fail(Code::limit, fmt::format("is longer than {} bytes", limits.observation_bytes));
    return {};
}

}  // namespace

struct Matcher::State {
    Pattern pattern;
    MatchLimits limits;
    std::vector<ReadyObservation> observations;  ///< refer to `pattern`
};

Matcher::Matcher(std::unique_ptr<State> state) : state_(std::move(state)) {}
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

Result<Matcher> Matcher::compile(Pattern const& pattern, MatchLimits const& limits) {
    auto state = std::make_unique<State>(pattern, limits);
    CHECK(collect(state->pattern, state->observations));
    return Matcher(std::move(state));
}

Result<Match> Matcher::match(std::span<Observation const> observations) const {
    auto const& state = *state_;
    Steps steps(state.limits.steps);
    ObjectGraph graph;
    std::vector<std::vector<std::uint32_t>> candidates(state.observations.size());
    std::vector<ObservedTimes> times;
    for (std::size_t i = 0; i < observations.size(); ++i) {
        auto const& observation = observations[i];
        auto const evaluated = [&]() -> Status {
            CHECK(check(observation, state.limits));
            CHECK(graph.read(observation.objects, steps));
            Evaluation evaluation(graph, steps, state.limits.regex_steps);
            for (std::size_t part = 0; part < candidates.size(); ++part) {
                TRY(auto const holds, evaluation.holds(state.observations[part]));
                if (holds) candidates[part].push_back(static_cast<std::uint32_t>(i));
            }
            return {};
        }();
        if (!evaluated) return std::unexpected(evaluated.error().during(fmt::format("observation {}", i)));
        times.push_back({observation.first_observed, observation.last_observed, observation.number_observed});
    }
    Match match;
    TRY(match.observations,
        bind_observations(state.pattern, candidates, times, {state.limits.search_steps, state.limits.bound}));
    match.found = !match.observations.empty();
    return match;
}

Result<Match> matches(Pattern const& pattern, std::span<Observation const> observations, MatchLimits const& limits) {
    TRY(auto const matcher, Matcher::compile(pattern, limits));
    return matcher.match(observations);
}

}  // namespace tocsin::formats::stix_pattern
