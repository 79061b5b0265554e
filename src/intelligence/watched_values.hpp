#pragma once
#include "intelligence/object.hpp"
#include "intelligence/value_key.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tocsin::intelligence {

/// Under which key a watched value is found; none: it can't be told to be a value.
std::optional<ValueKey> watched_key(std::string_view text);

/// Which of some values another one is about: an address in a watched network or the other way round, a name below a
/// watched domain, a URL there, the same hash. Filled once.
class WatchedValues {
  public:
    /// False for what can't be told to be a value.
    bool add(std::string_view text);
    /// The watched value as it was written; empty: none.
    std::string_view find(formats::Observable const& value) const;

  private:
    std::string_view find_network(IpPrefix const& network) const;
    std::string_view find_domain(std::string_view key) const;

    std::map<std::pair<int, std::string>, std::string> values_;  ///< by kind and key
    std::vector<std::uint8_t> lengths_;                          ///< of networks
};

}  // namespace tocsin::intelligence
