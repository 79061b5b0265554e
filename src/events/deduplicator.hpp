#pragma once
#include "events/event_row.hpp"
#include "events/run_book.hpp"

#include <span>
#include <vector>

namespace tocsin::events {

/// An event's key and day as it lies in runs. Which days count as near is the feed's window.
inline constexpr store::RunShape key_shape{3, 3, true};
void fold_key(std::uint64_t* into, std::uint64_t const* from, void const* context);

/// Marks rows that were stored before, exactly, within the window of event days their feed declares: an event is a
/// duplicate if one of the same key is stored whose day is less than `window_days` away. Of equal rows of one segment
/// the first in the report stays. Memory: 40 bytes a row of the segment; the rest is read from the book's runs.
///
/// Gives the new keys, sorted, three words each.
Result<std::vector<std::uint64_t>> mark_duplicates(std::span<EventRow* const> rows, RunBook const& book);

}  // namespace tocsin::events
