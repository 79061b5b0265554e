// The search for bindings against the standard's words taken literally: all ways to choose observations and their
// times are written down, and those that break a rule are crossed out.
#include "base/random.hpp"
#include "formats/stix_pattern/match.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

namespace tocsin::formats::stix_pattern {
namespace {

/// Which observation of which observed-data object, and when.
struct Choice {
    std::size_t object;
    std::int64_t number;
    std::int64_t time;
    friend auto operator<=>(Choice const&, Choice const&) = default;
};
using Binding = std::set<Choice>;
using Bindings = std::set<Binding>;

struct World {
    std::vector<Observation> observations;
    std::vector<std::vector<bool>> satisfies;  ///< by part of the pattern, by observation
};

std::int64_t first_time(Binding const& binding) {
    auto least = binding.begin()->time;
    for (auto const& choice : binding) least = std::min(least, choice.time);
    return least;
}
std::int64_t last_time(Binding const& binding) {
    auto most = binding.begin()->time;
    for (auto const& choice : binding) most = std::max(most, choice.time);
    return most;
}

bool are_disjoint(Binding const& a, Binding const& b) {
    return std::ranges::none_of(a, [&](Choice const& one) {
        return std::ranges::any_of(
            b, [&](Choice const& other) { return one.object == other.object && one.number == other.number; });
    });
}

Bindings joined(Bindings const& left, Bindings const& right, bool ordered) {
    Bindings all;
    for (auto const& a : left)
        for (auto const& b : right) {
            if (!are_disjoint(a, b) || (ordered && last_time(a) > first_time(b))) continue;
            auto both = a;
            both.insert(b.begin(), b.end());
            all.insert(both);
        }
    return all;
}

class Naive {
  public:
    explicit Naive(World const& world) : world_(world) {}

    Bindings of(ObservationExpression const& expression) {
        auto found = base(expression);
        for (auto const& qualifier : expression.qualifiers) {
            if (auto const* const within = std::get_if<Within>(&qualifier)) {
                std::erase_if(found, [&](Binding const& one) {
                    return static_cast<double>(last_time(one) - first_time(one)) >= within->seconds * 1e6;
                });
            } else if (auto const* const time = std::get_if<StartStop>(&qualifier)) {
                std::erase_if(found, [&](Binding const& one) {
                    return first_time(one) < time->start.micros || last_time(one) >= time->stop.micros;
                });
            } else {
                auto const once = found;
                for (auto i = std::get<Repeats>(qualifier).times; i > 1; --i) found = joined(found, once, false);
            }
        }
        return found;
    }

  private:
    Bindings base(ObservationExpression const& expression) {
        using enum ObservationExpression::Kind;
        if (expression.kind == observation) return leaf(next_++);
        auto found = of(expression.operands.front());
        for (std::size_t i = 1; i < expression.operands.size(); ++i) {
            auto const next = of(expression.operands[i]);
            if (expression.kind == any_of) {
                found.insert(next.begin(), next.end());
            } else {
                found = joined(found, next, expression.kind == followed_by);
            }
        }
        return found;
    }

    Bindings leaf(std::size_t part) const {
        Bindings found;
        for (std::size_t i = 0; i < world_.observations.size(); ++i) {
            auto const& seen = world_.observations[i];
            if (!world_.satisfies[part][i]) continue;
            for (std::int64_t number = 0; number < seen.number_observed; ++number)
                for (auto time = seen.first_observed.micros; time <= seen.last_observed.micros; ++time)
                    found.insert({Choice{i, number, time}});
        }
        return found;
    }

    World const& world_;
    std::size_t next_ = 0;
};

/// A pattern of at most `budget` observations, each `[x:pN = 1]` with a number of its own.
class Invention {
  public:
    explicit Invention(Random& random) : random_(random) {}

    Pattern pattern(int budget) {
        using enum ObservationExpression::Kind;
        ObservationExpression made;
        if (budget >= 2 && random_.chance(0.75)) {
            ObservationExpression::Kind const kinds[] = {all_of, any_of, followed_by};
            made.kind = kinds[random_.below(3)];
            auto const left = 1 + static_cast<int>(random_.below(static_cast<std::uint64_t>(budget - 1)));
            for (int const share : {left, budget - left}) {
                auto operand = pattern(share);
                if (operand.kind == made.kind && operand.qualifiers.empty()) {
                    for (auto& inner : operand.operands) made.operands.push_back(std::move(inner));
                } else {
                    made.operands.push_back(std::move(operand));
                }
            }
        } else {
            made.comparison.comparison.path = {"x", {{PathStep::Kind::property, "p" + std::to_string(parts_++), 0}}};
            made.comparison.comparison.constants = {std::int64_t{1}};
        }
        qualify(made, budget);
        return made;
    }

    int parts() const { return parts_; }

  private:
    void qualify(ObservationExpression& made, int budget) {
        if (random_.chance(0.25)) made.qualifiers.push_back(Within{static_cast<double>(1 + random_.below(4)) / 1e6});
        if (random_.chance(0.15)) {
            auto const start = static_cast<std::int64_t>(random_.below(4));
            made.qualifiers.push_back(
                StartStop{Timestamp{start}, Timestamp{start + 1 + static_cast<std::int64_t>(random_.below(4))}});
        }
        if (budget <= 2 && random_.chance(0.3)) made.qualifiers.push_back(Repeats{2});
        if (made.qualifiers.size() == 2 && random_.chance(0.5)) std::swap(made.qualifiers[0], made.qualifiers[1]);
    }

    Random& random_;
    int parts_ = 0;
};

World world_of(Random& random, int parts, std::vector<std::string>& texts) {
    World world;
    auto const size = 1 + random.below(4);
    world.satisfies.assign(static_cast<std::size_t>(parts), std::vector<bool>(size));
    texts.assign(size, R"([{"type":"x","id":"x--1")");
    for (std::size_t i = 0; i < size; ++i) {
        for (std::size_t part = 0; part < world.satisfies.size(); ++part) {
            if (!random.chance(0.6)) continue;
            world.satisfies[part][i] = true;
            texts[i] += ",\"p" + std::to_string(part) + "\":1";
        }
        texts[i] += "}]";
        auto const first = static_cast<std::int64_t>(random.below(5));
        auto const last = first + (random.chance(0.5) ? 0 : static_cast<std::int64_t>(random.below(3)));
        world.observations.push_back({Timestamp{first}, Timestamp{last}, random.chance(0.7) ? 1 : 2, texts[i]});
    }
    return world;
}

std::string shown(World const& world) {
    std::string out;
    for (auto const& one : world.observations)
        out += std::to_string(one.first_observed.micros) + ".." + std::to_string(one.last_observed.micros) + " x" +
               std::to_string(one.number_observed) + " " + std::string(one.objects) + "\n";
    return out;
}

/// Also counts how often there was a match.
void compare_once(std::uint64_t seed, int& found) {
    Random random(seed);
    Invention invention(random);
    auto const pattern = invention.pattern(1 + static_cast<int>(random.below(4)));
    std::vector<std::string> texts;
    auto const world = world_of(random, invention.parts(), texts);
    auto const read = parse(print(pattern));
    ASSERT_TRUE(read.has_value()) << print(pattern) << "\n" << read.error().message;
    ASSERT_EQ(*read, pattern) << print(pattern);
    auto const expected = Naive(world).of(pattern);
    auto const match = matches(*read, world.observations);
    ASSERT_TRUE(match.has_value()) << match.error().message;
    ASSERT_EQ(match->found, !expected.empty()) << "seed " << seed << "\n" << print(pattern) << "\n" << shown(world);
    found += match->found;
    if (!match->found || pattern.kind == ObservationExpression::Kind::observation) return;
    // What was named is enough by itself.
    std::vector<Observation> named;
    for (auto const index : match->observations) named.push_back(world.observations[index]);
    auto const again = matches(*read, named);
    ASSERT_TRUE(again && again->found) << "seed " << seed << "\n" << print(pattern) << "\n" << shown(world);
}

TEST(StixPatternBindings, TheSearchFindsWhatTheNaiveListHas) {
    int found = 0;
    for (std::uint64_t seed = 1; seed <= 4000 && !testing::Test::HasFatalFailure(); ++seed) compare_once(seed, found);
    EXPECT_GT(found, 1000);
    EXPECT_LT(found, 3000);
}

}  // namespace
}  // namespace tocsin::formats::stix_pattern
