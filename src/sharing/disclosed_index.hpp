#pragma once
#include "gate/gate.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// Finds the lines of the disclosure log that held an object without reading the log whole. Private to the room.
namespace tocsin::sharing {

/// Enters what the log got since the last time; each line is taken apart once in its life. Cheap when there is nothing.
/// Safe from any thread.
Status index_disclosed(store::Ledger& ledger);

/// Calls `each` for every line of the log that may have held one of the objects, in order: those that name one, and
/// those whose contents come near one of the numbers in the store. `each` gives false to end it.
Status each_line_with(store::Ledger& ledger, std::vector<std::string> const& ids, std::vector<std::int64_t> const& seqs,
                      std::function<bool(gate::Disclosure const&)> const& each);

}  // namespace tocsin::sharing
