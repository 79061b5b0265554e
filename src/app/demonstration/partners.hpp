#pragma once
#include "app/instance.hpp"

namespace tocsin::app::demonstration {

/// What two partner teams tell: a family of malware with its servers, compromised hosts, a report; some of it is met by
/// the events that are here, so that owners are warned of it. One object is for few eyes only.
///
/// Gives how many objects there are now. Errors: those of the rooms.
Result<std::int64_t> partners_tell(Instance& instance, std::uint64_t seed, Timestamp now);

}  // namespace tocsin::app::demonstration
