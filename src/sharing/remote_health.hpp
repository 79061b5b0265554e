#pragma once
#include "sharing/exchange.hpp"
#include "sharing/remotes.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::sharing {

/// A remote with how it fares.
struct RemoteHealth {
    Remote remote;
    std::vector<std::pair<Way, Course>> courses;
    std::int64_t waiting = 0;  ///< to be pushed
};
Result<RemoteHealth> health_of(Remotes& remotes, Exchange& exchange, Remote remote);
/// Never with the secret.
void append_remote(JsonWriter& json, RemoteHealth const& health, Timestamp now);
/// "ok", "paused", "failing", "new".
std::string condition_of(RemoteHealth const& health, Course const& course);
/// How late it is: the age of the last run that left nothing to do, beyond the interval; 0 when it is on time. none: it
/// never had nothing left to do.
std::optional<std::chrono::seconds> lag_of(Remote const& remote, Course const& course, Timestamp now);
/// "none", "12m", "-".
std::string lag_words(Remote const& remote, Course const& course, Timestamp now);

}  // namespace tocsin::sharing
