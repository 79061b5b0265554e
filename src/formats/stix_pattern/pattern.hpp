#pragma once
#include "base/base.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The STIX 2.1 pattern language. Source: STIX 2.1 section 9.
namespace tocsin::formats::stix_pattern {

/// What a text may cost to read. The depth counts brackets that stand in each other.
struct Limits {
    std::size_t bytes = std::size_t{1} << 20;
    std::size_t nodes = 200'000;  ///< comparisons, constants, path steps, operators and qualifiers together
    int depth = 100;
};

/// h'..' and b'..' alike: only the bytes count (section 9.2).
struct Bytes {
    std::string bytes;
    friend bool operator==(Bytes const&, Bytes const&) = default;
};

/// One constant. Digits of a timestamp behind the microsecond are dropped.
using Constant = std::variant<std::string, std::int64_t, double, bool, Bytes, Timestamp>;

/// `.name` (also a dictionary's key), `[3]`, `[*]`.
struct PathStep {
    enum class Kind : std::uint8_t { property, index, any_index };
    Kind kind = Kind::property;
    std::string name;         ///< of a property
    std::uint64_t index = 0;  ///< of an index
    friend bool operator==(PathStep const&, PathStep const&) = default;
};

/// `file:hashes.'SHA-256'`. The first step is a property.
struct ObjectPath {
    std::string type;
    std::vector<PathStep> steps;
    friend bool operator==(ObjectPath const&, ObjectPath const&) = default;
};

enum class Operator : std::uint8_t {
    equal,
    not_equal,
    greater,
    less,
    greater_or_equal,
    less_or_equal,
    in,
    like,
    matches,
    is_subset,
    is_superset,
    exists,
};

/// One test of one path. `constants` holds one value, any number for IN, none for EXISTS.
struct Comparison {
    ObjectPath path;
    bool negated = false;
    Operator test = Operator::equal;
    std::vector<Constant> constants;
    friend bool operator==(Comparison const&, Comparison const&) = default;
};

/// What stands in square brackets. AND and OR hold two or more operands, none of which is of the same kind: brackets
/// that change nothing are dropped.
struct ComparisonExpression {
    enum class Kind : std::uint8_t { comparison, all_of, any_of };
    Kind kind = Kind::comparison;
    Comparison comparison;
    std::vector<ComparisonExpression> operands;
    friend bool operator==(ComparisonExpression const&, ComparisonExpression const&) = default;
};

struct Within {
    double seconds = 0;  ///< above 0
    friend bool operator==(Within const&, Within const&) = default;
};
struct StartStop {
    Timestamp start;
    Timestamp stop;  ///< after the start, not part of the time
    friend bool operator==(StartStop const&, StartStop const&) = default;
};
struct Repeats {
    std::int64_t times = 1;  ///< 1 or more
    friend bool operator==(Repeats const&, Repeats const&) = default;
};
using Qualifier = std::variant<Within, StartStop, Repeats>;

/// `[...]`, or observation expressions joined, with the qualifiers behind it: the first binds first. `group` is one
/// operand that has qualifiers of its own, in brackets so that more may follow.
struct ObservationExpression {
    enum class Kind : std::uint8_t { observation, all_of, any_of, followed_by, group };
    Kind kind = Kind::observation;
    ComparisonExpression comparison;
    std::vector<ObservationExpression> operands;
    std::vector<Qualifier> qualifiers;  ///< at most one of a kind
    friend bool operator==(ObservationExpression const&, ObservationExpression const&) = default;
};

using Pattern = ObservationExpression;

/// Reads one pattern. Precedence: AND, then OR, then FOLLOWEDBY; qualifiers bind to the expression before them.
///
/// Comments (`/* */`, `//`) are skipped. STIX 2.0's START '...' STOP '...' with plain texts is taken as 2.1's t'...'.
/// Errors: Code::invalid with line, column (in characters), what was found and what was expected; Code::limit. Safe
/// from any thread.
Result<Pattern> parse(std::string_view text, Limits const& limits = {});

/// The pattern in canonical form: one blank between words, only the brackets that are needed, `=` and `!=`, names
/// quoted where they must be. parse(print(p)) is p for every p that parse gave.
std::string print(Pattern const& pattern);
/// `network-traffic:extensions.'http-request-ext'.request_value`.
std::string print(ObjectPath const& path);

}  // namespace tocsin::formats::stix_pattern
