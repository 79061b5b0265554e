#pragma once
#include "base/base.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The two lists of a MISP feed: a folder of static files with an event in each UUID.json.
namespace tocsin::formats::misp {

struct FeedLimits {
    std::size_t bytes = std::size_t{64} << 20;
    std::size_t entries = 1'000'000;
};

/// One event of manifest.json.
struct ManifestEntry {
    std::string uuid;
    std::optional<Timestamp> timestamp;
    std::string json;  ///< what the manifest says of it, as it came

    friend bool operator==(ManifestEntry const&, ManifestEntry const&) = default;
};
/// In the order of the text. Errors: Code::invalid with the place (also for names that are no UUID, since they become
/// names of files), Code::limit.
Result<std::vector<ManifestEntry>> read_manifest(std::string_view json, FeedLimits const& limits = {});
std::string write_manifest(std::vector<ManifestEntry> const& entries);
/// The entry of an event, from its head (EventItem::end). Errors: Code::invalid when it has no UUID.
Result<ManifestEntry> manifest_entry_of(std::string_view head);

/// One line of hashes.csv: the MD5 of a value (of a composite one, of each part) and the event it stands in.
struct HashedValue {
    std::string md5, event_uuid;

    friend bool operator==(HashedValue const&, HashedValue const&) = default;
};
/// Errors: Code::invalid with the line, Code::limit.
Result<std::vector<HashedValue>> read_hashes(std::string_view csv, FeedLimits const& limits = {});
std::string write_hashes(std::vector<HashedValue> const& hashes);
/// The lines of one attribute; values are hashed as they stand.
std::vector<HashedValue> hashes_of(std::string_view type, std::string_view value, std::string_view event_uuid);

/// The two values of a type such as "filename|md5"; the whole as the first of others.
std::pair<std::string_view, std::string_view> parts_of(std::string_view type, std::string_view value);

}  // namespace tocsin::formats::misp
