#include "formats/stix_pattern/lexer.hpp"
#include "formats/stix_pattern/pattern.hpp"

#include <fmt/format.h>
#include <optional>
#include <utility>

namespace tocsin::formats::stix_pattern {
namespace {

/// Moves `operand` into `operands`, or what it holds, when it is of the same kind and has nothing of its own.
void add_flat(std::vector<ComparisonExpression>& operands, ComparisonExpression operand,
              ComparisonExpression::Kind kind) {
    if (operand.kind != kind) return operands.push_back(std::move(operand));
    for (auto& inner : operand.operands) operands.push_back(std::move(inner));
}
void add_flat(std::vector<ObservationExpression>& operands, ObservationExpression operand,
              ObservationExpression::Kind kind) {
    if (operand.kind != kind || !operand.qualifiers.empty()) return operands.push_back(std::move(operand));
    for (auto& inner : operand.operands) operands.push_back(std::move(inner));
}

/// One level of the grammar is one function. `depth` counts brackets; loops take what is long, so only brackets
/// recurse.
class Parser {
  public:
    Parser(std::string_view text, std::vector<Token> tokens, Limits const& limits)
        : text_(text), tokens_(std::move(tokens)), limits_(limits) {}

    Result<Pattern> run() {
        TRY(auto pattern, followed_by());
        if (here().kind != TokenKind::end) return wrong("AND, OR, FOLLOWEDBY, a qualifier or the end of the pattern");
        return pattern;
    }

  private:
    Token const& here() const { return tokens_[at_]; }
    bool is_sign(std::string_view sign) const { return here().kind == TokenKind::sign && here().source == sign; }
    bool is_word(std::string_view word) const { return here().kind == TokenKind::word && here().source == word; }
    bool take_sign(std::string_view sign) { return is_sign(sign) && ++at_ > 0; }
    bool take_word(std::string_view word) { return is_word(word) && ++at_ > 0; }

    std::unexpected<Error> wrong(std::string_view expected) const { return wrong(here(), expected); }
    std::unexpected<Error> wrong(Token const& token, std::string_view expected) const {
        return std::unexpected(syntax_error(text_, token.at, described(token), expected));
    }
    Status expect_sign(std::string_view sign) {
        if (take_sign(sign)) return {};
        return wrong(sign);
    }
    Status expect_word(std::string_view word) {
        if (take_word(word)) return {};
        return wrong(word);
    }

    Status enter() {
        if (++depth_ > limits_.depth)
            return fail(Code::limit, fmt::format("the pattern's brackets are nested deeper than {}", limits_.depth));
        return {};
    }

    /// Operands of one word between them; one alone is itself.
    template <class Expression>
    Result<Expression> joined(std::string_view word, Expression::Kind kind, Result<Expression> (Parser::*operand)()) {
        TRY(auto first, (this->*operand)());
        if (!is_word(word)) return first;
        Expression all;
        all.kind = kind;
        add_flat(all.operands, std::move(first), kind);
        while (take_word(word)) {
            TRY(auto next, (this->*operand)());
            add_flat(all.operands, std::move(next), kind);
        }
        return all;
    }

    // --- observation expressions ---

    Result<ObservationExpression> followed_by() {
        return joined("FOLLOWEDBY", ObservationExpression::Kind::followed_by, &Parser::any_observation);
    }
    Result<ObservationExpression> any_observation() {
        return joined("OR", ObservationExpression::Kind::any_of, &Parser::all_observations);
    }
    Result<ObservationExpression> all_observations() {
        return joined("AND", ObservationExpression::Kind::all_of, &Parser::qualified);
    }

    Result<ObservationExpression> qualified() {
        ObservationExpression found;
        if (take_sign("[")) {
            TRY(found.comparison, any_comparison());
            CHECK(expect_sign("]"));
        } else if (take_sign("(")) {
            CHECK(enter());
            TRY(found, followed_by());
            CHECK(expect_sign(")"));
            --depth_;
        } else {
            return wrong("[ or (");
        }
        std::vector<Qualifier> qualifiers;
        for (;;) {
            auto const start = at_;
            TRY(auto next, qualifier());
            if (!next) break;
            for (auto const& other : qualifiers)
                if (other.index() == next->index()) return wrong(tokens_[start], "at most one qualifier of a kind");
            qualifiers.push_back(*std::move(next));
        }
        if (!qualifiers.empty() && !found.qualifiers.empty()) {
            ObservationExpression group;
            group.kind = ObservationExpression::Kind::group;
            group.operands.push_back(std::move(found));
            found = std::move(group);
        }
        if (!qualifiers.empty()) found.qualifiers = std::move(qualifiers);
        return found;
    }

    Result<std::optional<Qualifier>> qualifier() {
        if (take_word("WITHIN")) {
            auto const number = here();
            if ((number.kind != TokenKind::integer && number.kind != TokenKind::decimal) || number.decimal <= 0)
                return wrong("a number of seconds above 0");
            ++at_;
            CHECK(expect_word("SECONDS"));
            return Within{number.decimal};
        }
        if (take_word("REPEATS")) {
            auto const number = here();
            if (number.kind != TokenKind::integer || number.integer < 1) return wrong("an integer of 1 or more");
            ++at_;
            CHECK(expect_word("TIMES"));
            return Repeats{number.integer};
        }
        if (take_word("START")) {
            TRY(auto const start, moment());
            CHECK(expect_word("STOP"));
            auto const at = at_;
            TRY(auto const stop, moment());
            if (stop <= start) return wrong(tokens_[at], "a STOP after the START");
            return StartStop{start, stop};
        }
        return std::optional<Qualifier>();
    }

    /// A time; STIX 2.0 wrote it as a text.
    Result<Timestamp> moment() {
        std::optional<Timestamp> time;
        if (here().kind == TokenKind::timestamp) time = here().timestamp;
        if (here().kind == TokenKind::text) time = strict_timestamp(here().value);
        if (!time) return wrong("a time like t'2026-11-23T10:00:00Z'");
        ++at_;
        return *time;
    }

    // --- comparison expressions ---

    Result<ComparisonExpression> any_comparison() {
        return joined("OR", ComparisonExpression::Kind::any_of, &Parser::all_comparisons);
    }
    Result<ComparisonExpression> all_comparisons() {
        return joined("AND", ComparisonExpression::Kind::all_of, &Parser::test);
    }

    Result<ComparisonExpression> test() {
        if (take_sign("(")) {
            CHECK(enter());
            TRY(auto inner, any_comparison());
            CHECK(expect_sign(")"));
            --depth_;
            return inner;
        }
        ComparisonExpression found;
        auto& comparison = found.comparison;
        if (take_word("EXISTS")) {
            comparison.test = Operator::exists;
            TRY(comparison.path, path());
            return found;
        }
        TRY(comparison.path, path());
        comparison.negated = take_word("NOT");
        TRY(comparison.test, comparison_operator());
        CHECK(constants_of(comparison));
        return found;
    }

    Result<Operator> comparison_operator() {
        static constexpr std::pair<std::string_view, Operator> signs[] = {{"=", Operator::equal},
                                                                          {"==", Operator::equal},
                                                                          {"!=", Operator::not_equal},
                                                                          {"<>", Operator::not_equal},
                                                                          {">", Operator::greater},
                                                                          {"<", Operator::less},
                                                                          {">=", Operator::greater_or_equal},
                                                                          {"<=", Operator::less_or_equal}};
        static constexpr std::pair<std::string_view, Operator> words[] = {{"IN", Operator::in},
                                                                          {"LIKE", Operator::like},
                                                                          {"MATCHES", Operator::matches},
                                                                          {"ISSUBSET", Operator::is_subset},
                                                                          {"ISSUPERSET", Operator::is_superset}};
        for (auto const& [sign, meaning] : signs)
            if (take_sign(sign)) return meaning;
        for (auto const& [word, meaning] : words)
            if (take_word(word)) return meaning;
        return wrong("an operator (= != > < >= <= IN LIKE MATCHES ISSUBSET ISSUPERSET)");
    }

    Status constants_of(Comparison& comparison) {
        switch (comparison.test) {
            case Operator::in:
                return set_of(comparison.constants);
            case Operator::like:
            case Operator::matches:
            case Operator::is_subset:
            case Operator::is_superset:
                if (here().kind != TokenKind::text) return wrong("a text in quotes");
                break;
            case Operator::greater:
            case Operator::less:
            case Operator::greater_or_equal:
            case Operator::less_or_equal:
                if (here().kind == TokenKind::word) return wrong("a constant that has an order");
                break;
            case Operator::equal:
            case Operator::not_equal:
            case Operator::exists:
                break;
        }
        TRY(auto value, constant());
        comparison.constants.push_back(std::move(value));
        return {};
    }

    Status set_of(std::vector<Constant>& constants) {
        CHECK(expect_sign("("));
        if (take_sign(")")) return {};
        do {
            TRY(auto value, constant());
            constants.push_back(std::move(value));
        } while (take_sign(","));
        if (take_sign(")")) return {};
        return wrong(", or )");
    }

    Result<Constant> constant() {
        auto const& token = tokens_[at_++];
        switch (token.kind) {
            case TokenKind::text:
                return token.value;
            case TokenKind::integer:
                return token.integer;
            case TokenKind::decimal:
                return token.decimal;
            case TokenKind::bytes:
                return Bytes{token.value};
            case TokenKind::timestamp:
                return token.timestamp;
            case TokenKind::word:
                if (token.source == "true" || token.source == "false") return token.source == "true";
                break;
            case TokenKind::end:
            case TokenKind::sign:
                break;
        }
        --at_;
        return wrong("a constant ('text', a number, true, false, t'time', h'hex' or b'base64')");
    }

    // --- paths ---

    Result<ObjectPath> path() {
        ObjectPath found;
        if (here().kind != TokenKind::word || is_reserved(here().source))
            return wrong("an object path like ipv4-addr:value");
        found.type = std::string(here().source);
        ++at_;
        CHECK(expect_sign(":"));
        TRY(auto first, property());
        found.steps.push_back(std::move(first));
        for (;;) {
            if (take_sign(".")) {
                TRY(auto next, property());
                found.steps.push_back(std::move(next));
            } else if (take_sign("[")) {
                TRY(auto next, index());
                found.steps.push_back(std::move(next));
            } else {
                return found;
            }
        }
    }

    Result<PathStep> property() {
        PathStep step;
        if (here().kind == TokenKind::text) {
            step.name = here().value;
        } else if (here().kind == TokenKind::word && is_plain_name(here().source) && !is_reserved(here().source)) {
            step.name = std::string(here().source);
        } else if (here().kind == TokenKind::word) {
            return wrong(fmt::format("a property's name; this one needs quotes: '{}'", here().source.substr(0, 80)));
        } else {
            return wrong("a property's name");
        }
        ++at_;
        return step;
    }

    Result<PathStep> index() {
        PathStep step;
        if (take_sign("*")) {
            step.kind = PathStep::Kind::any_index;
        } else if (here().kind == TokenKind::integer && here().integer >= 0) {
            step.kind = PathStep::Kind::index;
            step.index = static_cast<std::uint64_t>(here().integer);
            ++at_;
        } else {
            return wrong("* or an integer of 0 or more");
        }
        CHECK(expect_sign("]"));
        return step;
    }

    std::string_view text_;
    std::vector<Token> tokens_;
    Limits const& limits_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace

Result<Pattern> parse(std::string_view text, Limits const& limits) {
    if (text.size() > limits.bytes)
        return fail(Code::limit, fmt::format("the pattern is longer than {} bytes", limits.bytes));
    if (!is_utf8(text)) return fail(Code::invalid, "the pattern is not UTF-8");
    TRY(auto tokens, tokens_of(text, limits.nodes));
    return Parser(text, std::move(tokens), limits).run();
}

}  // namespace tocsin::formats::stix_pattern
