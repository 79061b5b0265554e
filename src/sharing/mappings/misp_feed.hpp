#pragma once
#include "sharing/mappings/misp.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::sharing::misp {

/// What a feed is of.
struct FeedRequest {
    intelligence::ObjectFilter filter = {};
    std::string collection = {};  ///< its uuid: the events of what is in no report are named after it
    std::string team = {};        ///< the creator of those
};

struct FeedEvent {
    std::string uuid;
    MadeEvent made;
    std::vector<gate::Cleared<intelligence::Object>> objects;  ///< what it was made of, never empty
};
/// One of its files.
struct FeedFile {
    std::string text;
    gate::Marking marking{gate::Tlp::clear, {}};  ///< the strictest of what it was made of
    std::vector<gate::Cleared<intelligence::Object>> objects;
    std::size_t events = 0;
};

/// Our intelligence as a MISP feed: manifest.json, hashes.csv and UUID.json for each event (see formats/misp/feed.hpp).
///
/// A report or grouping is an event, with what it names as far as the asker may have it and the filter takes it.
/// Indicators and vulnerabilities that no report names are in an event for each month in which they were created, so
/// that they stay where they are. What MISP has no place for is left out. The same objects give the same files.
/// Limits: 200,000 such indicators, 100,000 objects an event; Code::limit. One thread at a time.
class Feed {
  public:
    Feed(intelligence::Intelligence const& intelligence, FeedRequest request, gate::Recipient asker)
        : intelligence_(intelligence), request_(std::move(request)), asker_(std::move(asker)) {}

    /// Those that hold something, reports first. Errors: also those of `take`, which end it.
    Status each(std::function<Status(FeedEvent&&)> const& take) const;
    Result<FeedFile> manifest() const;
    Result<FeedFile> hashes() const;
    /// Errors: Code::not_found, also for an event without anything the asker may have.
    Result<FeedFile> event(std::string_view uuid) const;
    /// "manifest.json", "hashes.csv", "UUID.json". Errors: Code::not_found.
    Result<FeedFile> file(std::string_view name) const;

  private:
    using Objects = std::vector<gate::Cleared<intelligence::Object>>;
    using Visit = std::function<Status(gate::Cleared<intelligence::Object>&&)>;

    Status each_object(intelligence::ObjectFilter const& filter, Visit const& visit) const;
    Status each_report(Visit const& visit) const;
    /// By the uuid of their event; only of that event, if one is named.
    Status gather_loose(std::vector<std::pair<std::string, Objects>>& months, std::string_view wanted) const;
    Result<FeedEvent> event_of_report(gate::Cleared<intelligence::Object>&& report) const;
    Result<FeedEvent> event_of_month(std::string_view uuid, Objects&& objects) const;

    intelligence::Intelligence const& intelligence_;
    FeedRequest request_;
    gate::Recipient asker_;
};

/// The lines of hashes.csv of one event. Errors: those of EventReader.
Result<std::vector<formats::misp::HashedValue>> hashes_of_event(std::string const& event, std::string_view uuid);
/// The entry of manifest.json of one event.
Result<formats::misp::ManifestEntry> manifest_entry(std::string const& event);

}  // namespace tocsin::sharing::misp
