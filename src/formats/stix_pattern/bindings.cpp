#include "formats/stix_pattern/bindings.hpp"

#include "formats/stix_pattern/time_constraints.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace tocsin::formats::stix_pattern {
namespace {

constexpr std::int64_t countless = std::numeric_limits<std::int64_t>::max() / 4;

std::int64_t sum(std::int64_t a, std::int64_t b) {
    return std::min(countless, a + b);
}

/// One observed-data object that may be bound, at some moment of the span.
struct Candidate {
    std::int64_t first, last;
    std::uint32_t observation;
    friend auto operator<=>(Candidate const&, Candidate const&) = default;
};

/// The pattern with its `[...]` replaced by candidates, and without what says nothing.
struct Node {
    enum class Kind : std::uint8_t { leaf, any_of, all_of, followed_by, repeat, within, between };
    Kind kind = Kind::leaf;
    std::vector<Node> children;

    std::vector<Candidate> candidates;            ///< of a leaf, by first time
    std::vector<std::int64_t> latest_so_far;      ///< of a leaf: the largest `last` up to each candidate
    std::vector<std::int64_t> observations_left;  ///< of a leaf: how many observations from each candidate on
    std::int64_t times = 1;                       ///< of a repeat
    std::int64_t length = 0;                      ///< of within: the largest distance, in microseconds
    std::int64_t start = 0, stop = 0;             ///< of between, both included
    std::int64_t least = 1;                       ///< observations that it needs
    std::int64_t choices = 0;                     ///< how many ways there are, roughly
};

/// What holds for all moments under a part of the pattern. Scopes stand in each other.
struct Scope {
    Scope const* outer = nullptr;
    std::optional<std::size_t> not_before, not_after;  ///< moments
    std::int64_t start = -TimeConstraints::always, stop = TimeConstraints::always;
};

class Builder {
  public:
    Builder(std::span<std::vector<std::uint32_t> const> candidates, std::span<ObservedTimes const> times)
        : candidates_(candidates), times_(times) {}

    Node build(ObservationExpression const& expression) {
        Node node = base(expression);
        for (auto const& qualifier : expression.qualifiers)
            node = std::visit([&](auto const& one) { return qualified(std::move(node), one); }, qualifier);
        return node;
    }

    /// Fills in what is computed from the rest, bottom up.
    void finish(Node& node) const {
        for (auto& child : node.children) finish(child);
        switch (node.kind) {
            case Node::Kind::leaf:
                finish_leaf(node);
                break;
            case Node::Kind::any_of:
                node.least = countless;
                for (auto const& child : node.children) {
                    node.least = std::min(node.least, child.least);
                    node.choices = sum(node.choices, child.choices);
                }
                break;
            case Node::Kind::all_of:
            case Node::Kind::followed_by:
                node.least = 0;
                node.choices = countless;
                for (auto const& child : node.children) {
                    node.least = sum(node.least, child.least);
                    node.choices = std::min(node.choices, child.choices);
                }
                break;
            case Node::Kind::repeat:
            case Node::Kind::within:
            case Node::Kind::between: {
                auto const& child = node.children.front();
                node.least = child.least > countless / node.times ? countless : child.least * node.times;
                node.choices = child.choices;
                break;
            }
        }
        // The part with the fewest choices first; FOLLOWEDBY keeps its order.
        if (node.kind == Node::Kind::all_of) std::ranges::sort(node.children, {}, &Node::choices);
    }

  private:
    Node base(ObservationExpression const& expression) {
        Node node;
        switch (expression.kind) {
            case ObservationExpression::Kind::observation:
                for (auto const observation : candidates_[next_++]) {
                    auto const& time = times_[observation];
                    node.candidates.push_back({time.first.micros, time.last.micros, observation});
                }
                return node;
            case ObservationExpression::Kind::group:
                return build(expression.operands.front());
            case ObservationExpression::Kind::any_of:
                node.kind = Node::Kind::any_of;
                break;
            case ObservationExpression::Kind::all_of:
                node.kind = Node::Kind::all_of;
                break;
            case ObservationExpression::Kind::followed_by:
                node.kind = Node::Kind::followed_by;
                break;
        }
        for (auto const& operand : expression.operands) node.children.push_back(build(operand));
        return node.kind == Node::Kind::any_of ? with_one_leaf(std::move(node)) : node;
    }

    /// An OR of single observations is one single observation with the candidates of all.
    static Node with_one_leaf(Node node) {
        Node leaf;
        std::erase_if(node.children, [&](Node& child) {
            if (child.kind != Node::Kind::leaf) return false;
            leaf.candidates.insert(leaf.candidates.end(), child.candidates.begin(), child.candidates.end());
            return true;
        });
        if (node.children.empty()) return leaf;
        if (!leaf.candidates.empty()) node.children.insert(node.children.begin(), std::move(leaf));
        return node;
    }

    static Node around(Node child, Node::Kind kind) {
        Node node;
        node.kind = kind;
        node.children.push_back(std::move(child));
        return node;
    }

    static Node qualified(Node node, Within const& within) {
        if (node.kind == Node::Kind::leaf) return node;  // one moment lies within any time
        auto whole = around(std::move(node), Node::Kind::within);
        // Closer together than x: in whole microseconds, at most one less than x rounded up.
        auto const micros = std::ceil(within.seconds * 1e6);
        whole.length = micros < 1e18 ? static_cast<std::int64_t>(micros) - 1 : std::int64_t{1} << 60;
        return whole;
    }

    static Node qualified(Node node, StartStop const& time) {
        if (node.kind != Node::Kind::leaf) {
            auto whole = around(std::move(node), Node::Kind::between);
            whole.start = time.start.micros;
            whole.stop = time.stop.micros - 1;
            return whole;
        }
        for (auto& candidate : node.candidates) {
            candidate.first = std::max(candidate.first, time.start.micros);
            candidate.last = std::min(candidate.last, time.stop.micros - 1);
        }
        std::erase_if(node.candidates, [](Candidate const& candidate) { return candidate.first > candidate.last; });
        return node;
    }

    static Node qualified(Node node, Repeats const& repeats) {
        if (repeats.times == 1) return node;
        auto whole = around(std::move(node), Node::Kind::repeat);
        whole.times = repeats.times;
        return whole;
    }

    void finish_leaf(Node& node) const {
        std::ranges::sort(node.candidates);
        auto const doubles = std::ranges::unique(node.candidates);
        node.candidates.erase(doubles.begin(), doubles.end());
        node.choices = static_cast<std::int64_t>(node.candidates.size());
        std::int64_t latest = -TimeConstraints::always;
        for (auto const& candidate : node.candidates)
            node.latest_so_far.push_back(latest = std::max(latest, candidate.last));
        node.observations_left.resize(node.candidates.size() + 1);
        for (auto i = node.candidates.size(); i > 0; --i)
            node.observations_left[i - 1] =
                sum(node.observations_left[i], times_[node.candidates[i - 1].observation].count);
    }

    std::span<std::vector<std::uint32_t> const> candidates_;
    std::span<ObservedTimes const> times_;
    std::size_t next_ = 0;
};

/// Depth first over the goals still open. Each call of `solve` takes the first goal, tries its ways, and goes on with
/// the rest; what a way changed is undone before the next.
class Search {
  public:
    Search(std::span<ObservedTimes const> times, SearchLimits const& limits)
        : times_(times), limits_(limits), used_(times.size()) {}

    Result<std::vector<std::size_t>> run(Node const& root) {
        Goal const first{&root, nullptr, nullptr, 0, 0};
        TRY(auto const found, solve(&first));
        if (!found) return std::vector<std::size_t>();
        std::ranges::sort(chosen_);
        auto const doubles = std::ranges::unique(chosen_);
        chosen_.erase(doubles.begin(), doubles.end());
        return chosen_;
    }

  private:
    struct Goal {
        Node const* node;
        Scope const* scope;
        Goal const* next;
        std::int64_t needed;  ///< of a repeat: how many more
        std::size_t from;     ///< of a repeated leaf: candidates before this one have been decided
    };

    /// Moments and frames on the way; both are bounded, so the stack is.
    static constexpr std::size_t frames_per_moment = 4;

    Status charge() {
        ++steps_;
        if (steps_ + constraints_.work() > limits_.steps)
            return fail(Code::limit, "the pattern has too many ways to be bound to these observations");
        return {};
    }

    Result<bool> solve(Goal const* goal) {
        if (goal == nullptr) return true;
        CHECK(charge());
        if (depth_ >= limits_.bound * frames_per_moment || chosen_.size() >= limits_.bound)
            return fail(Code::limit, fmt::format("the pattern binds more than {} observations", limits_.bound));
        ++depth_;
        auto result = take(*goal);
        --depth_;
        return result;
    }

    Result<bool> take(Goal const& goal) {
        auto const& node = *goal.node;
        switch (node.kind) {
            case Node::Kind::leaf:
                return take_leaf({&node, goal.scope, goal.next, 1, 0});
            case Node::Kind::any_of:
                for (auto const& child : node.children) {
                    Goal const way{&child, goal.scope, goal.next, 0, 0};
                    TRY(auto const found, solve(&way));
                    if (found) return true;
                }
                return false;
            case Node::Kind::all_of:
                return take_all(goal);
            case Node::Kind::followed_by:
                return take_sequence(goal);
            case Node::Kind::repeat:
                return take_repeat(goal);
            case Node::Kind::within:
                return take_within(goal);
            case Node::Kind::between: {
                Scope const scope{goal.scope, {}, {}, node.start, node.stop};
                Goal const child{&node.children.front(), &scope, goal.next, 0, 0};
                return solve(&child);
            }
        }
        TOCSIN_ASSERT(false);
        return false;
    }

    Result<bool> take_all(Goal const& goal) {
        std::deque<Goal> goals;
        Goal const* next = goal.next;
        for (auto child = goal.node->children.rbegin(); child != goal.node->children.rend(); ++child)
            next = &goals.emplace_back(&*child, goal.scope, next, 0, 0);
        return solve(next);
    }

    /// Between two parts stands a moment that everything before is not after, and everything behind not before.
    Result<bool> take_sequence(Goal const& goal) {
        auto const mark = constraints_.mark();
        auto const& parts = goal.node->children;
        std::deque<Scope> scopes;
        std::optional<std::size_t> border;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            auto const before = border;
            border.reset();
            if (i + 1 < parts.size())
                border = constraints_.add_moment(-TimeConstraints::always, TimeConstraints::always);
            // Borders come in order too: a part may be bound before its neighbours are.
            if (before && border) (void)constraints_.add_order(*before, *border, 0);
            scopes.push_back({goal.scope, before, border});
        }
        std::deque<Goal> goals;
        Goal const* next = goal.next;
        for (auto i = parts.size(); i > 0; --i) next = &goals.emplace_back(&parts[i - 1], &scopes[i - 1], next, 0, 0);
        auto result = solve(next);
        if (result && !*result) constraints_.go_back(mark);
        return result;
    }

    Result<bool> take_within(Goal const& goal) {
        auto const mark = constraints_.mark();
        auto const begin = constraints_.add_moment(-TimeConstraints::always, TimeConstraints::always);
        auto const end = constraints_.add_moment(-TimeConstraints::always, TimeConstraints::always);
        (void)constraints_.add_order(end, begin, -goal.node->length);
        Scope const scope{goal.scope, begin, end};
        Goal const child{&goal.node->children.front(), &scope, goal.next, 0, 0};
        auto result = solve(&child);
        if (result && !*result) constraints_.go_back(mark);
        return result;
    }

    Result<bool> take_repeat(Goal const& goal) {
        auto const& child = goal.node->children.front();
        auto const needed = goal.needed > 0 ? goal.needed : goal.node->times;
        if (child.kind == Node::Kind::leaf) return take_leaf({&child, goal.scope, goal.next, needed, goal.from});
        Goal const rest{goal.node, goal.scope, goal.next, needed - 1, 0};
        Goal const once{&child, goal.scope, needed > 1 ? &rest : goal.next, 0, 0};
        return solve(&once);
    }

    /// Binds `needed` observations to one `[...]`. Those of one observed-data object can share a moment, because all
    /// that holds for one of them holds for the others; so the object is bound once, with a number.
    Result<bool> take_leaf(Goal const& goal) {
        auto const& leaf = *goal.node;
        std::int64_t earliest = -TimeConstraints::always, latest = TimeConstraints::always;
        for (auto const* scope = goal.scope; scope != nullptr; scope = scope->outer) {
            earliest = std::max(earliest, scope->start);
            latest = std::min(latest, scope->stop);
            if (scope->not_before) earliest = std::max(earliest, constraints_.earliest(*scope->not_before));
            if (scope->not_after) latest = std::min(latest, constraints_.latest(*scope->not_after));
        }
        auto const possible = std::ranges::lower_bound(leaf.latest_so_far, earliest) - leaf.latest_so_far.begin();
        auto const end = static_cast<std::size_t>(
            std::ranges::upper_bound(leaf.candidates, latest, {}, &Candidate::first) - leaf.candidates.begin());
        for (auto i = std::max(goal.from, static_cast<std::size_t>(possible)); i < end; ++i) {
            auto const& candidate = leaf.candidates[i];
            // Too few in the time that is left: another choice among them would not help.
            if (leaf.observations_left[i] - leaf.observations_left[end] < goal.needed) break;
            CHECK(charge());
            auto const most = std::min(goal.needed, times_[candidate.observation].count - used_[candidate.observation]);
            if (candidate.last < earliest || most < 1) continue;
            auto const mark = constraints_.mark();
            if (place(candidate, goal.scope)) {
                TRY(auto const found, go_on(goal, i, most));
                if (found) return true;
            }
            constraints_.go_back(mark);
        }
        return false;
    }

    bool place(Candidate const& candidate, Scope const* scopes) {
        std::int64_t first = candidate.first, last = candidate.last;
        for (auto const* scope = scopes; scope != nullptr; scope = scope->outer) {
            first = std::max(first, scope->start);
            last = std::min(last, scope->stop);
        }
        if (first > last) return false;
        auto const moment = constraints_.add_moment(first, last);
        for (auto const* scope = scopes; scope != nullptr; scope = scope->outer) {
            if (scope->not_before && !constraints_.add_order(*scope->not_before, moment, 0)) return false;
            if (scope->not_after && !constraints_.add_order(moment, *scope->not_after, 0)) return false;
        }
        return true;
    }

    /// The candidate has its moment: takes as many of its observations as may be, then fewer.
    Result<bool> go_on(Goal const& goal, std::size_t candidate, std::int64_t most) {
        auto const observation = goal.node->candidates[candidate].observation;
        chosen_.push_back(observation);
        for (auto number = most; number > 0; --number) {
            CHECK(charge());
            used_[observation] += number;
            Goal rest = goal;
            rest.needed -= number;
            rest.from = candidate + 1;
            TRY(auto const found, rest.needed > 0 ? more(rest) : solve(goal.next));
            if (found) return true;
            used_[observation] -= number;
        }
        chosen_.pop_back();
        return false;
    }

    Result<bool> more(Goal const& goal) {
        if (depth_ >= limits_.bound * frames_per_moment || chosen_.size() >= limits_.bound)
            return fail(Code::limit, fmt::format("the pattern binds more than {} observations", limits_.bound));
        ++depth_;
        auto result = take_leaf(goal);
        --depth_;
        return result;
    }

    std::span<ObservedTimes const> times_;
    SearchLimits limits_;
    TimeConstraints constraints_;
    std::vector<std::int64_t> used_;
    std::vector<std::size_t> chosen_;
    std::uint64_t steps_ = 0;
    std::size_t depth_ = 0;
};

void mark_candidates(Node const& node, std::vector<bool>& marked) {
    for (auto const& candidate : node.candidates) marked[candidate.observation] = true;
    for (auto const& child : node.children) mark_candidates(child, marked);
}

}  // namespace

Result<std::vector<std::size_t>> bind_observations(Pattern const& pattern,
                                                   std::span<std::vector<std::uint32_t> const> candidates,
                                                   std::span<ObservedTimes const> times, SearchLimits const& limits) {
    Builder builder(candidates, times);
    auto root = builder.build(pattern);
    builder.finish(root);
    std::vector<bool> marked(times.size());
    mark_candidates(root, marked);
    std::vector<std::size_t> possible;
    std::int64_t in_all = 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (!marked[i]) continue;
        possible.push_back(i);
        in_all = sum(in_all, times[i].count);
    }
    if (root.kind == Node::Kind::leaf) return possible;
    if (root.least > in_all) return std::vector<std::size_t>();
    return Search(times, limits).run(root);
}

}  // namespace tocsin::formats::stix_pattern
