#pragma once
#include "base/base.hpp"
#include "constituency/constituency.hpp"

#include <cstdint>
#include <optional>

namespace tocsin::gate {

using constituency::OrganisationId;

struct SharingGroup;
using SharingGroupId = Id<SharingGroup>;

/// Whether what was shared was taken back.
enum class Recalled : std::uint8_t {
    no,
    downgraded,  ///< its marking was made stricter; a later version is never more open
    withdrawn,   ///< nobody outside the team, whatever its marking and whoever was named
};

/// What binds a thing beyond its label. Nothing of it loosens the marking: only who is named gets past them.
struct Terms {
    SharingGroupId group = {};              ///< only its members, beside the team; none: no group
    std::optional<Timestamp> embargo = {};  ///< before it, nobody outside the team
    OrganisationId originator = {};         ///< whom it came from; none: it is ours
    bool originator_control = false;        ///< nobody outside the team but the originator, without its consent
    Recalled recalled = Recalled::no;

    friend bool operator==(Terms const&, Terms const&) = default;
};

/// The terms of what holds both: the later embargo; control if either; recalled as the more so; of two different groups
/// or originators none can speak for both, so control is assumed.
Terms stricter(Terms const& a, Terms const& b);

}  // namespace tocsin::gate
