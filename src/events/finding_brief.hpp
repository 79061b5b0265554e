#pragma once
#include "events/query.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Findings as who counts millions of them needs them: what many share is told once, the rest as numbers.
namespace tocsin::events {

/// What findings of a kind have in common. Lives as long as the scan.
struct FindingKind {
    std::uint32_t number = 0;  ///< for each function of a scan counted from 0, as it meets them
    std::string feed, taxonomy, type, identifier, severity, tlp;
};

/// The fields of Finding of the same names.
struct FindingBrief {
    FindingKind const* kind = nullptr;
    OrganisationNumber organisation = 0;
    Lane lane = Lane::none;
    FindingState state = FindingState::open;
    std::optional<Saying> said = {};
    IpAddress address = {};  ///< none: it has no address
    std::uint32_t asn = 0;   ///< 0: not known
    std::array<char, 2> country_letters = {};
    Timestamp first_seen = {};
    std::int64_t times = 0;
    /// Of one that is repaired, since when it counts so: the round that was one too many without it.
    std::optional<Timestamp> closed = {};

    std::string_view country() const {
        return country_letters[0] == 0 ? std::string_view() : std::string_view(country_letters.data(), 2);
    }
};

}  // namespace tocsin::events
