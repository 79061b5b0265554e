#pragma once
/// Constituency: organisations, resources, contacts: "whose is this address?"
#include "constituency/country.hpp"
#include "constituency/directory.hpp"
#include "constituency/enrichment.hpp"
#include "constituency/import.hpp"
#include "constituency/lookup.hpp"
#include "constituency/organisation.hpp"
#include "constituency/owner_table.hpp"
#include "constituency/prefix_table.hpp"

#include <atomic>
#include <memory>
#include <mutex>

namespace tocsin::constituency {

std::span<store::Migration const> migrations();

struct Settings {
    CountryCode home;  ///< the country of the constituency
    EnrichmentFiles files;
};

/// The room, opened: the directory in the ledger and its snapshots for fast questions. One per process; safe from any
/// thread.
class Constituency {
  public:
    Constituency(store::Ledger& ledger, Clock const& clock, Settings settings);

    Directory& directory() { return directory_; }
    CountryCode home() const { return settings_.home; }

    /// The current snapshot. After a change of the directory, or when a claim starts or ends, the first to ask builds
    /// it anew (a second for a million prefixes) while others wait. Take it once a batch.
    Result<std::shared_ptr<OwnerTable const>> owners();
    Result<std::shared_ptr<SuppressionTable const>> suppressions();
    /// The tables named in the settings, or an empty one. Looks at the files' times at most every 10 s and reads them
    /// anew when they have changed: the caller that notices does the reading, others keep the old one. A new file that
    /// is no good is logged, and the old table stays.
    std::shared_ptr<EnrichmentTable const> enrichment();
    Result<LookupAnswer> look_up(std::string_view question);

  private:
    Directory directory_;
    Settings settings_;
    std::mutex owners_mutex_;  ///< guards the owner and suppression snapshots and their generations
    std::shared_ptr<OwnerTable const> owners_;
    std::uint64_t owners_generation_ = 0;
    std::shared_ptr<SuppressionTable const> suppressions_;
    std::uint64_t suppressions_generation_ = 0;
    std::mutex enrichment_mutex_;  ///< guards the enrichment snapshot
    std::mutex reading_mutex_;     ///< held by the one who reads tables
    std::shared_ptr<EnrichmentTable const> enrichment_;
    std::string enrichment_stamp_;  ///< sizes and times of the files it was read from
    std::int64_t enrichment_looked_ = 0;
};

}  // namespace tocsin::constituency
