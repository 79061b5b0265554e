#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats::taxii {

/// Which of the resources that can be filtered (TAXII 2.1 sections 5.3 to 5.8).
enum class Filtered : std::uint8_t {
    objects,        ///< GET of a collection's objects
    manifest,       ///< GET of its manifest
    object,         ///< GET of one object
    versions,       ///< GET of one object's versions
    delete_object,  ///< DELETE of one object
};

/// match[version] (section 3.4.1): any of these. Nothing set means the last.
struct VersionMatch {
    bool first = false, last = false, all = false;
    std::vector<Timestamp> exact;  ///< instants, however they were written; sorted, each once

    bool is_default() const { return !first && !last && !all && exact.empty(); }
    friend bool operator==(VersionMatch const&, VersionMatch const&) = default;
};

/// What is asked for (section 3.4). Lists: any of them; empty: no filter. Different filters all hold.
struct Query {
    std::optional<Timestamp> added_after;
    std::optional<std::uint32_t> limit;                  ///< from 1
    std::string next;                                    ///< empty: none
    std::vector<std::string> ids, types, spec_versions;  ///< sorted, each once
    VersionMatch version;

    friend bool operator==(Query const&, Query const&) = default;
};

/// Reads the part of a request's target behind "?", names and values percent-encoded or not.
///
/// Source: section 3.4: what is malformed MUST be answered with 400. Malformed are: a parameter twice; a limit that is
/// no number from 1 (one that is too large for a number is the largest); an added_after that is no RFC 3339 UTC time,
/// or a date alone; an empty value; a match[version] that is neither first, last, all nor a time, or all with another;
/// a match[spec_version] that is no version; broken brackets, percent signs or UTF-8. Unknown parameters are ignored,
/// and so are unknown fields of match and filters that the resource does not have; but a DELETE with a filter that it
/// does not have is malformed, lest it deletes more than was meant. Limits: 32 KiB, 200 parameters, 1,000 values of one
/// filter, 1,024 bytes of a value. Errors: Code::invalid, naming the parameter and what was expected; fit for a TAXII
/// error message.
Result<Query> parse_query(std::string_view query, Filtered resource);

/// The same as a query, without "?"; brackets percent-encoded, commas not. Empty for an empty one.
std::string write_query(Query const& query);

/// The match filters alone, always the same text for the same filters: what a `next` must be bound to.
std::string filters_text(Query const& query);

}  // namespace tocsin::formats::taxii
