#pragma once
#include "sharing/mappings/misp.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What MISP's identifiers, tags and distributions are in STIX. Private to the mappings.
namespace tocsin::sharing::misp {

inline constexpr std::string_view definition_author = "identity--3b1d4c1e-6f0a-4f43-9c1b-7f2f6a5e8d90";
/// Organisations carry no time; one that never changes keeps their objects the same in every event.
inline constexpr Timestamp timeless = {1'735'689'600'000'000};

/// The identifier of an element: its own UUID when STIX takes it, else one made of that, or of `otherwise`.
std::string id_of(std::string_view type, std::string_view uuid, std::string_view otherwise);

/// How far an element may go.
struct Levels {
    std::optional<formats::stix::TlpLevel> tlp;
    std::optional<formats::stix::PapLevel> pap;
    void raise(formats::stix::TlpLevel level) { tlp = std::max(tlp.value_or(level), level); }
};

/// What is no level goes into `labels`.
void read_tags(std::vector<formats::misp::Tag> const& tags, Levels& levels, std::vector<std::string>& labels);
void read_distribution(formats::misp::Distribution distribution, Levels& levels);
/// The markings of both levels and of the sharing group; empty: none.
std::vector<std::string> refs_of(Levels const& levels, formats::misp::Organisation const& group);

}  // namespace tocsin::sharing::misp
