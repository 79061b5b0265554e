#pragma once
#include "events/events.hpp"
#include "intelligence/live_index.hpp"

#include <bitset>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

/// Which archived events may have met a few indicators: quick, and never too narrow. Filled once, then safe from any
/// thread.
class ArchiveSieve {
  public:
    void add(LiveValue const& value, ValueKey const& key);
    /// After the last add.
    void close() { tiers_ = LiveIndex::tiers_of(values_); }

    bool empty() const { return values_.empty(); }
    bool wants_texts() const { return wants_names_ || wants_urls_ || wants_hashes_ || wants_accounts_; }
    void pick(events::SweptEvents const& events, std::vector<std::uint32_t>& wanted) const;
    std::shared_ptr<LiveIndex::Tiers const> tiers() const { return tiers_; }

  private:
    /// A text stands in the set, or looks as if it did.
    using Bits = std::bitset<1U << 18>;
    bool has_address(IpAddress address) const;
    bool has_name(std::string_view name) const;
    bool has_url(std::string_view url) const;
    bool has_other(std::string_view members) const;

    std::vector<LiveValue> values_;
    std::shared_ptr<LiveIndex::Tiers const> tiers_;
    bool wants_names_ = false, wants_urls_ = false, wants_hashes_ = false, wants_accounts_ = false;
    std::unique_ptr<Bits> names_ = std::make_unique<Bits>();  ///< the last two labels
    std::unique_ptr<Bits> hosts_ = std::make_unique<Bits>();  ///< of URLs, whole
    std::unique_ptr<Bits> texts_ = std::make_unique<Bits>();  ///< hashes as hexadecimal digits
};

}  // namespace tocsin::intelligence
