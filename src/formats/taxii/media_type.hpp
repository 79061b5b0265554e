#pragma once
#include <string_view>

/// What a message is said to be, and what is wanted (TAXII 2.1 section 1.6.8 and 3.8; RFC 9110 sections 8.3.1, 12.5.1).
namespace tocsin::formats::taxii {

/// Of every answer of ours, errors too: clients compare it letter by letter.
constexpr std::string_view media_type = "application/taxii+json;version=2.1";
/// Of the objects, in manifests and collections.
constexpr std::string_view stix_media_type = "application/stix+json;version=2.1";
/// In an API root's `versions`.
constexpr std::string_view version_text = media_type;

enum class ContentKind {
    taxii,                ///< TAXII 2.1, with its version or without one
    taxii_other_version,  ///< TAXII, of a version that is not 2.1
    stix,                 ///< STIX of any version
    json,                 ///< application/json
    other,                ///< nothing, or anything else
};
/// What a Content-Type says, whatever its case, its spaces, its quotes and its other parameters.
///
/// A server takes `taxii` and answers everything else with 415. No allocation.
ContentKind kind_of_content(std::string_view content_type);

/// True when TAXII 2.1 may be answered to this Accept (several lines joined by a comma). False: 406.
///
/// The most specific range that fits decides, by its q (RFC 9110 section 12.5.1). Nothing, "*/*", "application/*"
/// and the type without a version all fit. So does application/json, which some clients ask for and TAXII's JSON
/// serves. Ranges that can't be read count for nothing. No allocation.
bool accepts_taxii(std::string_view accept);

}  // namespace tocsin::formats::taxii
