#pragma once
#include "gate/gate.hpp"

#include <cstdint>

namespace tocsin::gate {

/// How many lines of the disclosure log a filter asks for, exactly; its `before` and `limit` say where a page ends and
/// do not count.
Result<std::int64_t> count_disclosures(store::Transaction& tx, DisclosureFilter filter);

}  // namespace tocsin::gate
