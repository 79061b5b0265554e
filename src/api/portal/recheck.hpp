#pragma once
#include "api/portal/visit.hpp"
#include "events/recheck.hpp"

/// Looking again, at a desk. Private to api.
namespace tocsin::api::portal {

events::Rechecks rechecks_of(Visit const& visit);
/// Whether there is anything to say of it: it is on, or the organisation has permitted something once.
Result<bool> has_recheck(Visit const& visit);
/// What the organisation has permitted: its managers permit, its editors take back.
Page permissions_page(Visit& visit);

}  // namespace tocsin::api::portal
