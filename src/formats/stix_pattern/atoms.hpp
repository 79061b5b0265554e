#pragma once
#include "formats/observable.hpp"
#include "formats/stix_pattern/pattern.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tocsin::formats::stix_pattern {

/// One value that a pattern asks for.
struct Atom {
    /// Which end of a connection or message the value must be at.
    enum class Role : std::uint8_t { any, source, destination };

    Observable observable;  ///< normalised; of kind `other`, the value as text
    Role role = Role::any;
    std::string path;  ///< of kind `other`: the canonical path that must have the value; else empty

    friend auto operator<=>(Atom const&, Atom const&) = default;
};

/// What an index over values can say about a pattern.
///
/// A network among the atoms stands for every address and network in it; the other values for themselves, in the
/// normal form of observable.hpp, which forgives more than the pattern's own comparison by code point does.
struct Reduction {
    enum class Strength : std::uint8_t {
        decisive,   ///< any one atom is a match of the whole pattern, and without one there is none
        necessary,  ///< without one of the atoms there is no match; with one, the whole pattern must be evaluated
        none,       ///< the pattern must always be evaluated; there are no atoms
    };
    Strength strength = Strength::none;
    std::vector<Atom> atoms;  ///< sorted, without doubles
};

/// Reduces a pattern to the values it asks for.
///
/// Disjunctions of =, IN and ISSUBSET are decisive, also beside a test of the type of the same reference
/// (network-traffic:dst_ref.type = 'ipv4-addr'). Of an AND or FOLLOWEDBY the operand that says most is taken. A value
/// that can't be of its kind (a hash too short) is kept as `other` with its path. Cost: linear in the pattern. Safe
/// from any thread.
Reduction atoms(Pattern const& pattern);

/// True when every match is a single observation. A WITHIN of any length holds then.
bool asks_for_one_observation(Pattern const& pattern);

}  // namespace tocsin::formats::stix_pattern
