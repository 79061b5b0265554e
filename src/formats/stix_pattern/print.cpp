#include "formats/stix_pattern/lexer.hpp"
#include "formats/stix_pattern/pattern.hpp"

#include <array>
#include <charconv>

namespace tocsin::formats::stix_pattern {
namespace {

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (char const c : text) {
        if (c == '\'' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out + "'";
}

/// The shortest text without an exponent that reads back as the same number.
std::string fixed(double number) {
    std::array<char, 1100> buffer;  // the smallest double has 1074 digits behind the point
    auto const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed).ptr;
    return {buffer.data(), end};
}

struct ConstantPrinter {
    std::string operator()(std::string const& text) const { return quoted(text); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const {
        auto out = fixed(number);
        return out.contains('.') ? out : out + ".0";
    }
    std::string operator()(bool truth) const { return truth ? "true" : "false"; }
    std::string operator()(Bytes const& bytes) const { return "h'" + to_hex(bytes.bytes) + "'"; }
    std::string operator()(Timestamp time) const { return "t'" + format_timestamp(time) + "'"; }
};

std::string_view sign_of(Operator test) {
    switch (test) {
        case Operator::equal:
            return "=";
        case Operator::not_equal:
            return "!=";
        case Operator::greater:
            return ">";
        case Operator::less:
            return "<";
        case Operator::greater_or_equal:
            return ">=";
        case Operator::less_or_equal:
            return "<=";
        case Operator::in:
            return "IN";
        case Operator::like:
            return "LIKE";
        case Operator::matches:
            return "MATCHES";
        case Operator::is_subset:
            return "ISSUBSET";
        case Operator::is_superset:
            return "ISSUPERSET";
        case Operator::exists:
            return "EXISTS";
    }
    TOCSIN_ASSERT(false);
    return "";
}

void append(std::string& out, Comparison const& comparison) {
    if (comparison.test == Operator::exists) {
        out += "EXISTS " + print(comparison.path);
        return;
    }
    out += print(comparison.path);
    out += comparison.negated ? " NOT " : " ";
    (out += sign_of(comparison.test)) += ' ';
    if (comparison.test == Operator::in) out += '(';
    for (std::size_t i = 0; i < comparison.constants.size(); ++i) {
        if (i > 0) out += ", ";
        out += std::visit(ConstantPrinter{}, comparison.constants[i]);
    }
    if (comparison.test == Operator::in) out += ')';
}

void append(std::string& out, ComparisonExpression const& expression, bool in_and) {
    using enum ComparisonExpression::Kind;
    if (expression.kind == comparison) return append(out, expression.comparison);
    bool const brackets = in_and && expression.kind == any_of;
    if (brackets) out += '(';
    for (std::size_t i = 0; i < expression.operands.size(); ++i) {
        if (i > 0) out += expression.kind == all_of ? " AND " : " OR ";
        append(out, expression.operands[i], expression.kind == all_of);
    }
    if (brackets) out += ')';
}

struct QualifierPrinter {
    std::string operator()(Within const& within) const { return " WITHIN " + fixed(within.seconds) + " SECONDS"; }
    std::string operator()(StartStop const& time) const {
        return " START t'" + format_timestamp(time.start) + "' STOP t'" + format_timestamp(time.stop) + "'";
    }
    std::string operator()(Repeats const& repeats) const {
        return " REPEATS " + std::to_string(repeats.times) + " TIMES";
    }
};

/// How tightly an expression binds; what binds less than its surroundings needs brackets.
int tightness(ObservationExpression const& expression) {
    using enum ObservationExpression::Kind;
    switch (expression.kind) {
        case followed_by:
            return 0;
        case any_of:
            return 1;
        case all_of:
            return 2;
        case observation:
        case group:
            return 3;
    }
    TOCSIN_ASSERT(false);
    return 0;
}

void append(std::string& out, ObservationExpression const& expression, int around) {
    using enum ObservationExpression::Kind;
    auto const own = tightness(expression);
    if (expression.kind == observation) {
        out += '[';
        append(out, expression.comparison, false);
        out += ']';
    } else {
        bool const brackets = own < around || expression.kind == group || !expression.qualifiers.empty();
        static constexpr std::array<std::string_view, 3> words{" FOLLOWEDBY ", " OR ", " AND "};
        if (brackets) out += '(';
        for (std::size_t i = 0; i < expression.operands.size(); ++i) {
            if (i > 0) out += words[static_cast<std::size_t>(own)];
            append(out, expression.operands[i], expression.kind == group ? 0 : own + 1);
        }
        if (brackets) out += ')';
    }
    for (auto const& qualifier : expression.qualifiers) out += std::visit(QualifierPrinter{}, qualifier);
}

}  // namespace

std::string print(ObjectPath const& path) {
    std::string out = path.type + ":";
    for (std::size_t i = 0; i < path.steps.size(); ++i) {
        auto const& step = path.steps[i];
        switch (step.kind) {
            case PathStep::Kind::property:
                if (i > 0) out += '.';
                out += is_plain_name(step.name) && !is_reserved(step.name) ? step.name : quoted(step.name);
                break;
            case PathStep::Kind::index:
                out += "[" + std::to_string(step.index) + "]";
                break;
            case PathStep::Kind::any_index:
                out += "[*]";
                break;
        }
    }
    return out;
}

std::string print(Pattern const& pattern) {
    std::string out;
    append(out, pattern, 0);
    return out;
}

}  // namespace tocsin::formats::stix_pattern
