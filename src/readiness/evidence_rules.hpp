#pragma once
#include "readiness/framework.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tocsin::readiness {

/// What a piece of proof shows, from weak to strong.
enum class Strength : std::uint8_t {
    used,      ///< records show that it is done
    written,   ///< a document that holds says how
    approved,  ///< ... on somebody's authority
    audited,   ///< ... and somebody from outside has checked it
};

/// The level that strength is worth on the framework's scale; none: that scale can't be read off records.
///
/// SIM3: used 1 (known, not shown to be written), written 2, approved 3, audited 4. X.1060, insourced: used 2 (done,
/// not shown to be documented), written 4, approved 5. Frameworks without a scale: 1.
std::optional<std::int64_t> level_of(Strength strength, Framework const& framework, Item const& item,
                                     std::string_view assignment);

/// Which records prove which items, and for how long.
struct EvidenceRule {
    std::string_view id;     ///< "feeds.alive"; its sentence is "evidence.<id>"
    std::string_view items;  ///< "sim3:T-2 sim3:T-9 x1060:B-1"
    std::int64_t days;       ///< the newest record proves for so long
    std::string_view link;   ///< to the records
    std::string_view what;   ///< in English
};
std::span<EvidenceRule const> evidence_rules();

}  // namespace tocsin::readiness
