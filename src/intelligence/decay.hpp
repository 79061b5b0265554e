#pragma once
#include "base/base.hpp"
#include "formats/formats.hpp"
#include "intelligence/worth_reason.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// How much an indicator is still worth: it loses with age, at a pace that its kind of value has, and gains by being
/// seen. The numbers are in catalogues/decay/by-type.json. No clock: the same question has the same answer.
namespace tocsin::intelligence {

/// How long a value stays worth matching when nobody says (the default `valid_until`) and nothing is known of it.
/// Addresses change hands within weeks, hashes do not.
std::chrono::hours lifetime_of(formats::ObservableKind kind);

/// Somebody saw it, or said what they think of it.
struct Sign {
    Timestamp at = {};
    bool is_sighting = true;
    int weight = 0;  ///< of an opinion: what it adds to the confidence
};
/// What an opinion's word weighs (STIX 2.1 section 10.2); 0 for others.
int weight_of_opinion(std::string_view word);

struct DecayQuestion {
    std::vector<formats::ObservableKind> kinds = {};  ///< of its values; the one that lasts longest counts
    int confidence = -1;                              ///< -1: not said
    Timestamp since = {};                             ///< its version
    Timestamp valid_until = {};                       ///< as its author says; 0: not said
    std::vector<Sign> signs = {};
};

/// What became of it by what is known.
struct Standing {
    double base = 0;      ///< 0 to 100: confidence and opinions
    Timestamp fresh;      ///< the version, or when it was last seen since
    Timestamp until;      ///< it is matched before then
    double end_days = 0;  ///< of the model: nothing is left then
    double speed = 1;
    bool is_fixed = false;             ///< `until` is its author's word
    std::vector<WorthReason> reasons;  ///< the weightiest first
};
Standing standing_of(DecayQuestion const& question);
/// Its `until` alone, without the words: asked for each of a million objects.
Timestamp matched_until(DecayQuestion const& question);

/// 0 to 100. At `until` it is the threshold, unless its author said how long it is valid.
double score_at(Standing const& standing, Timestamp now);
/// Below or at it nothing is matched.
double least_score();

}  // namespace tocsin::intelligence
