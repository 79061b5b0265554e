#pragma once
#include "formats/stix/object_view.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats::stix {

/// How much a fault weighs in the standard's words.
enum class Weight : std::uint8_t { must, should };

/// One thing the standard asks and the object does not keep.
struct Finding {
    Weight weight = Weight::must;
    bool is_fatal = false;     ///< the object can't be used at all
    std::string_view section;  ///< of STIX 2.1: "4.7"
    std::string property;      ///< "external_references.[0].url"; empty: the object as a whole
    std::string message;       ///< "expected a timestamp such as 2026-11-26T10:00:00.000Z"
};

struct Validation {
    std::vector<Finding> findings;  ///< at most ValidationOptions::findings
    std::size_t left_out = 0;       ///< findings beyond that

    /// False: without it being certain what object in which version this is, nothing can be done with it. Fatal are: no
    /// type or one with characters that no type has; no id or one that is not TYPE--UUID of this type; a time of
    /// version
    /// (`modified`, else `created`) that is there and can't be read; a bundle in place of an object.
    bool is_usable() const;
    bool is_clean() const { return findings.empty(); }
};

struct ValidationOptions {
    std::size_t findings = 100;
    bool check_should = true;  ///< false: only what the standard says must be
    bool check_ids = true;     ///< recompute deterministic ids
    /// What is wrong with an indicator's STIX pattern; nothing when it is one.
    std::function<std::optional<std::string>(std::string_view pattern)> check_pattern = {};
};

/// Holds an object against STIX 2.1 (OASIS Standard, 10 June 2021). Objects of 2.0 get one warning that they are, and
/// are not asked for what 2.1 added. Cost: a walk over the object; nothing is allocated for an object that keeps
/// everything. Safe from any thread.
Validation validate(ObjectView const& object, ValidationOptions const& options = {});

}  // namespace tocsin::formats::stix
