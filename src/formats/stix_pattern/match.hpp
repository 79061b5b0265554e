#pragma once
#include "base/base.hpp"
#include "formats/stix_pattern/pattern.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tocsin::formats::stix_pattern {

/// What a match may cost. All of it is counted, so that the same input gives the same answer on every machine.
struct MatchLimits {
    std::size_t observation_bytes = std::size_t{64} << 20;
    std::uint64_t steps = 100'000'000;  ///< looks at values, characters of LIKE, calls of MATCHES, for all observations
    std::uint32_t regex_steps = 1'000'000;   ///< PCRE2's match limit for one value
    std::uint64_t search_steps = 5'000'000;  ///< tries to bind observations to the parts of the pattern
    std::size_t bound = 1000;                ///< observations bound together, a repeated one counted once
};

/// One observed-data object, or one event in its clothes: it stands for `number_observed` observations, each at some
/// time of the span (STIX 2.1 section 4.14).
struct Observation {
    Timestamp first_observed;
    Timestamp last_observed;
    std::int64_t number_observed = 1;
    /// The SCOs as JSON: an array of objects with ids, a dictionary of them (STIX 2.0), or a bundle or observed-data
    /// object that holds either as `objects`.
    std::string_view objects;
};

struct Match {
    bool found = false;
    /// Indices of observations, ascending. Of a pattern that asks for one observation, all that match it; otherwise
    /// those of the first match that was found.
    std::vector<std::size_t> observations;
};

/// A pattern made ready to be held against many observations.
///
/// Semantics (STIX 2.1 sections 9.5 to 9.7): the comparisons of one pair of square brackets hold for one SCO; AND and
/// FOLLOWEDBY need different observations, which may be of one observed-data object when its `number_observed`
/// allows; every time that an observation stands for lies within first and last observed, and one choice of times must
/// satisfy all qualifiers together. A path that leads nowhere makes a comparison false, even a negated one. Values of
/// unlike types are unequal and have no order. Times are whole microseconds.
///
/// Safe from any thread, also at the same time.
class Matcher {
  public:
    /// Errors: Code::invalid for a regular expression that PCRE2 refuses, with the place.
    static Result<Matcher> compile(Pattern const& pattern, MatchLimits const& limits = {});
    ~Matcher();
    Matcher(Matcher&&) noexcept;
    Matcher& operator=(Matcher&&) noexcept;

    /// Errors: Code::limit; Code::invalid for an observation that is no JSON, ends before it begins or was observed
    /// less than once or more than 999,999,999 times. No match is a normal answer.
    Result<Match> match(std::span<Observation const> observations) const;

  private:
    struct State;
    explicit Matcher(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Compiles and matches once.
Result<Match> matches(Pattern const& pattern, std::span<Observation const> observations,
                      MatchLimits const& limits = {});

}  // namespace tocsin::formats::stix_pattern
