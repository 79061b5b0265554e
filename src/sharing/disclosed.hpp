#pragma once
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// How the disclosure log says what exactly a page of objects held.
namespace tocsin::sharing {

/// "12-40,42": which objects of the store.
std::string contents_of(std::vector<gate::Cleared<intelligence::Object>> const& page);
std::string ranges_of(std::vector<std::int64_t> seqs);
/// Each of its ranges; what is no range is passed over.
void each_range(std::string_view contents, std::function<void(std::int64_t first, std::int64_t last)> const& each);

}  // namespace tocsin::sharing
