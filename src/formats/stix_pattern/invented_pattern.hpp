#pragma once
// For tests: patterns of every form from random numbers.
#include "base/random.hpp"
#include "formats/stix_pattern/pattern.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

namespace tocsin::formats::stix_pattern {

/// Makes patterns as parse() would: flat, brackets only where they say something.
class InventedPattern {
  public:
    explicit InventedPattern(Random& random) : random_(random) {}

    Pattern pattern(int budget = 8) { return with_qualifiers(joined(budget)); }

    Comparison comparison() {
        Comparison made;
        made.path = path();
        made.test = static_cast<Operator>(random_.below(12));
        made.negated = made.test != Operator::exists && random_.chance(0.3);
        switch (made.test) {
            case Operator::exists:
                break;
            case Operator::in:
                for (auto i = random_.below(4); i > 0; --i) made.constants.push_back(constant());
                break;
            case Operator::like:
            case Operator::matches:
            case Operator::is_subset:
            case Operator::is_superset:
                made.constants.emplace_back(text());
                break;
            case Operator::greater:
            case Operator::less:
            case Operator::greater_or_equal:
            case Operator::less_or_equal:
                do made.constants = {constant()};
                while (std::holds_alternative<bool>(made.constants.front()));
                break;
            case Operator::equal:
            case Operator::not_equal:
                made.constants.push_back(constant());
                break;
        }
        return made;
    }

  private:
    std::string text() {
        static constexpr std::array pieces{"a", "Z",  "'", "\\",           "%", "_", "\u00fc", "\u0308",
                                           " ", "\n", "]", "192.0.2.0/24", ".", "0"};
        std::string out;
        for (auto i = random_.below(5); i > 0; --i) out += pieces[random_.below(pieces.size())];
        return out;
    }

    Constant constant() {
        switch (random_.below(6)) {
            case 0:
                return text();
            case 1:
                return static_cast<std::int64_t>(random_.chance(0.5) ? random_.next() : random_.below(10));
            case 2: {
                auto const number =
                    std::ldexp(static_cast<double>(random_.below(1'000'000)), static_cast<int>(random_.below(80)) - 40);
                return random_.chance(0.5) ? number : -number;
            }
            case 3:
                return random_.chance(0.5);
            case 4:
                return Bytes{text()};
            default:
                return Timestamp{static_cast<std::int64_t>(random_.below(4'000'000'000'000'000))};
        }
    }

    ObjectPath path() {
        static constexpr std::array types{"x", "ipv4-addr", "x509-certificate", "_", "a-"};
        static constexpr std::array names{"value", "SHA-256", "b_ref", "c_refs", "IN",
                                          "true",  "",        "d_hex", "e_bin",  "it's"};
        ObjectPath made{types[random_.below(types.size())], {}};
        made.steps.push_back({PathStep::Kind::property, names[random_.below(names.size())], 0});
        for (auto i = random_.below(4); i > 0; --i) {
            auto const kind = static_cast<PathStep::Kind>(random_.below(3));
            made.steps.push_back({kind, kind == PathStep::Kind::property ? names[random_.below(names.size())] : "",
                                  kind == PathStep::Kind::index ? random_.below(3) : 0});
        }
        return made;
    }

    template <class Expression>
    static void add_flat(Expression& made, Expression operand) {
        if (operand.kind != made.kind) return made.operands.push_back(std::move(operand));
        std::move(operand.operands.begin(), operand.operands.end(), std::back_inserter(made.operands));
    }

    ComparisonExpression comparisons(int budget) {
        ComparisonExpression made;
        if (budget < 2 || random_.chance(0.4)) {
            made.comparison = comparison();
            return made;
        }
        made.kind = random_.chance(0.5) ? ComparisonExpression::Kind::all_of : ComparisonExpression::Kind::any_of;
        add_flat(made, comparisons(budget / 2));
        add_flat(made, comparisons(budget - budget / 2));
        return made;
    }

    ObservationExpression joined(int budget) {
        using enum ObservationExpression::Kind;
        ObservationExpression made;
        if (budget < 2 || random_.chance(0.3)) {
            made.comparison = comparisons(budget);
            return made;
        }
        made.kind = std::array{all_of, any_of, followed_by}[random_.below(3)];
        for (int const share : {budget / 2, budget - budget / 2}) {
            auto operand = pattern(share);
            if (operand.qualifiers.empty()) {
                add_flat(made, std::move(operand));
            } else {
                made.operands.push_back(std::move(operand));
            }
        }
        return made;
    }

    ObservationExpression with_qualifiers(ObservationExpression made) {
        while (random_.chance(0.4)) {
            Qualifier qualifier = Repeats{1 + static_cast<std::int64_t>(random_.below(5))};
            if (random_.chance(0.3)) qualifier = Within{static_cast<double>(1 + random_.below(1000)) / 8};
            if (random_.chance(0.3)) {
                auto const start = static_cast<std::int64_t>(random_.below(4'000'000'000'000'000));
                qualifier =
                    StartStop{Timestamp{start}, Timestamp{start + 1 + static_cast<std::int64_t>(random_.below(1000))}};
            }
            bool const has_one = std::ranges::any_of(
                made.qualifiers, [&](Qualifier const& other) { return other.index() == qualifier.index(); });
            if (has_one || (!made.qualifiers.empty() && random_.chance(0.3))) {
                ObservationExpression group;
                group.kind = ObservationExpression::Kind::group;
                group.operands.push_back(std::move(made));
                made = std::move(group);
            }
            made.qualifiers.push_back(qualifier);
        }
        return made;
    }

    Random& random_;
};

}  // namespace tocsin::formats::stix_pattern
