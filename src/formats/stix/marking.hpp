#pragma once
#include "formats/json_tree.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tocsin::formats::stix {

/// Levels of the Traffic Light Protocol, from open to strict.
enum class TlpLevel : std::uint8_t { clear, green, amber, amber_strict, red };
/// Levels of the Permissible Actions Protocol, from open to strict.
enum class PapLevel : std::uint8_t { clear, green, amber, red };

std::string_view name_of(TlpLevel level);  ///< "amber+strict"
std::string_view name_of(PapLevel level);

/// What a marking-definition stands for. Nothing in it: a marking whose meaning is not known.
struct MarkingMeaning {
    std::optional<TlpLevel> tlp;
    std::optional<PapLevel> pap;
    std::string_view statement;  ///< of a statement marking

    bool is_known() const { return tlp || pap || !statement.empty(); }
    friend bool operator==(MarkingMeaning const&, MarkingMeaning const&) = default;
};

/// A marking-definition whose id a standard fixed: TLP 1.0 (STIX 2.1 section 7.2.1.4), TLP 2.0 and PAP (the extension
/// definitions). Nothing for others. No allocation.
std::optional<MarkingMeaning> meaning_of_marking_id(std::string_view id);

/// By id where a standard fixed it, whatever the object says of itself; else by contents: `definition` of TLP 1.0 and
/// statements, the extensions of TLP 2.0 and PAP (also by keys of other ids that hold `tlp_2_0` or `pap`), a name
/// "TLP:..." or "PAP:..." as MISP writes it. A level that nobody knows is no meaning. What it points to is the tree's.
MarkingMeaning meaning_of_marking(JsonValue definition);

/// The ids of the standards. TLP 1.0 has no AMBER+STRICT: RED stands for it.
std::string_view tlp1_marking_id(TlpLevel level);
std::string_view tlp2_marking_id(TlpLevel level);
std::string_view pap_marking_id(PapLevel level);

inline constexpr std::string_view tlp2_extension_id = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
inline constexpr std::string_view pap_extension_id = "extension-definition--f8d78575-edfd-406e-8e84-6162a8450f5b";

}  // namespace tocsin::formats::stix
