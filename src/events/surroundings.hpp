#pragma once
#include "constituency/constituency.hpp"
#include "events/engine.hpp"

#include <functional>
#include <memory>

namespace tocsin::events {

/// The constituency's snapshots as the surroundings of events. The one snapshot is handed out until constituency has a
/// newer one. `constituency` must outlive it. Safe from any thread.
std::function<std::shared_ptr<Surroundings const>()> surroundings_of(constituency::Constituency& constituency);

}  // namespace tocsin::events
