#include "constituency/constituency.hpp"

#include <filesystem>

namespace tocsin::constituency {
namespace {

constexpr std::int64_t look_again_seconds = 10;

/// Size and time of each file: differs when one was replaced.
std::string stamp_of(EnrichmentFiles const& files) {
    std::string stamp;
    for (auto const& file : {files.asn, files.country, files.as_names}) {
        if (file.empty()) continue;
        std::error_code fault;
        auto const size = std::filesystem::file_size(file, fault);
        auto const time = std::filesystem::last_write_time(file, fault);
        stamp +=
            fmt::format("{}:{}:{}\n", file.string(), fault ? 0 : size, fault ? 0 : time.time_since_epoch().count());
    }
    return stamp;
}

}  // namespace

Constituency::Constituency(store::Ledger& ledger, Clock const& clock, Settings settings)
    : directory_(ledger, clock), settings_(std::move(settings)) {}

Result<std::shared_ptr<OwnerTable const>> Constituency::owners() {
    std::lock_guard const lock(owners_mutex_);
    auto const generation = directory_.generation();
    auto const now = directory_.clock().now();
    bool const is_current =
        owners_ && owners_generation_ == generation && (!owners_->valid_until() || now < *owners_->valid_until());
    if (!is_current) {
        TRY(owners_, OwnerTable::load(directory_.ledger(), settings_.home, now));
        owners_generation_ = generation;
    }
    return owners_;
}

Result<std::shared_ptr<SuppressionTable const>> Constituency::suppressions() {
    std::lock_guard const lock(owners_mutex_);
    auto const generation = directory_.generation();
    if (!suppressions_ || suppressions_generation_ != generation) {
        TRY(suppressions_, SuppressionTable::load(directory_.ledger()));
        suppressions_generation_ = generation;
    }
    return suppressions_;
}

std::shared_ptr<EnrichmentTable const> Constituency::enrichment() {
    auto const now = directory_.clock().now().seconds();
    std::shared_ptr<EnrichmentTable const> present;
    {
        std::lock_guard const lock(enrichment_mutex_);
        bool const is_fresh = now - enrichment_looked_ < look_again_seconds && now >= enrichment_looked_;
        if (enrichment_ && is_fresh) return enrichment_;
        present = enrichment_;
    }
    // The first reading is waited for; later ones are done by one caller while the others go on with the old table.
    std::unique_lock reading(reading_mutex_, std::defer_lock);
    if (present) {
        if (!reading.try_lock()) return present;
    } else {
        reading.lock();
    }
    auto const stamp = stamp_of(settings_.files);
    {
        std::lock_guard const lock(enrichment_mutex_);
        enrichment_looked_ = now;
        if (enrichment_ && stamp == enrichment_stamp_) return enrichment_;
    }
    auto loaded = load_enrichment(settings_.files);
    std::lock_guard const lock(enrichment_mutex_);
    enrichment_stamp_ = stamp;
    if (loaded) {
        enrichment_ = std::move(*loaded);
    } else {
        log::error("enrichment: {}{}", loaded.error().message, enrichment_ ? "; the old table stays in use" : "");
        if (!enrichment_) enrichment_ = std::make_shared<EnrichmentTable>();
    }
    return enrichment_;
}

Result<LookupAnswer> Constituency::look_up(std::string_view question) {
    TRY(auto const table, owners());
    return constituency::look_up(directory_, *table, *enrichment(), question);
}

}  // namespace tocsin::constituency
