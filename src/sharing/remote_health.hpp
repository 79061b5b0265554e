#pragma once
#include "sharing/exchange.hpp"
#include "sharing/remotes.hpp"

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
/// "12 minutes": since it had nothing left to do; "-" when it never had.
std::string lag_of(Course const& course, Timestamp now);

}  // namespace tocsin::sharing
