#pragma once
#include "api/router.hpp"
#include "formats/formats.hpp"
#include "intelligence/intelligence.hpp"

#include <string>
#include <string_view>
#include <vector>

/// STIX objects that the team itself makes: indicators, sightings, notes, opinions. Private to api.
namespace tocsin::api {

/// The team's identity object, always the same id for the same name (STIX 2.1 section 3.4 allows any UUID).
std::string team_identity_id(Call const& call);

/// What one chosen indicator becomes.
struct WantedIndicator {
    std::string kind;   ///< a kind of value, or yara, sigma, suricata
    std::string value;  ///< of a rule, its text
    std::string name, description;
};
struct IndicatorOptions {
    gate::Marking marking;
    std::vector<std::string> labels, types;
    std::string description;  ///< of those that have none of their own
    std::optional<int> confidence;
    std::optional<Timestamp> valid_until;
};
/// An indicator; of a CVE a vulnerability, which is no indicator (STIX 2.1 section 4.18).
/// Errors: Code::invalid naming the value when it is none of its kind, or there is no STIX pattern for it.
Result<std::string> indicator_json(Call const& call, WantedIndicator const& wanted, IndicatorOptions const& options);

/// The members of a common head of our own objects, as of now.
std::string own_object_json(Call const& call, std::string_view type, std::string_view id, gate::Marking const& marking,
                            std::string_view members);
/// "note--" and a random UUID.
std::string fresh_id(std::string_view type);

/// Takes our own objects into the store, and the team's identity with the first of them.
Result<intelligence::ImportTotals> keep_own(Call const& call, std::vector<std::string> const& objects,
                                            intelligence::ImportRequest request);

}  // namespace tocsin::api
