#include "app/instance.hpp"

#include "api/api.hpp"
#include "app/backup/backup.hpp"

#include <algorithm>
#include <vector>

namespace tocsin::app {
namespace {

/// The rooms' migrations, lower rooms first. A room with a migrations/ folder is added here.
std::vector<store::Migration> all_migrations() {
    std::vector<store::Migration> all;
    for (auto const room : {access::migrations(), constituency::migrations(), gate::migrations(), events::migrations(),
                            notifications::migrations(), api::migrations()})
        all.insert(all.end(), room.begin(), room.end());
    return all;
}

/// When the directory can't be read, nobody is above anybody: the gate then lets less through, never more.
gate::IsWithin is_within(constituency::Constituency& constituency) {
    return [&constituency](gate::OrganisationId below, gate::OrganisationId above) {
        auto const owners = constituency.owners();
        if (!owners) {
            log::error("asking the directory who is above whom: {}", owners.error().message);
            return false;
        }
        auto const chain = (*owners)->chain(below);
        return std::ranges::find(chain, above) != chain.end();
    };
}

}  // namespace

Result<std::unique_ptr<Instance>> Instance::open(Config config, Clock const& clock) {
    TRY(auto directory, store::DataDirectory::open(config.data));
    std::error_code fault;
    if (std::filesystem::exists(directory / backup::restoring_mark, fault))
        return fail(Code::conflict, fmt::format("a restore into {} was interrupted; run tocsin restore again",
                                                directory.path().string()));
    auto const migrations = all_migrations();
    TRY(auto ledger, store::Ledger::open(directory / "ledger.sqlite", migrations));
    std::unique_ptr<Instance> instance(new Instance(std::move(config), clock, std::move(directory), std::move(ledger)));
    TRY(instance->access_, access::Access::open(instance->ledger(), instance->directory(), clock));
    CHECK(instance->open_constituency());
    instance->groups_ = std::make_unique<gate::SharingGroups>(instance->ledger(), clock);
    instance->gate_ = std::make_unique<gate::Gate>(
        gate::World{.is_within = is_within(*instance->constituency_),
                    .is_member = [groups = instance->groups_.get()](
                                     auto group, auto organisation) { return groups->is_member(group, organisation); },
                    .clock = &clock});
    return instance;
}

Instance::Instance(Config config, Clock const& clock, store::DataDirectory directory,
                   std::unique_ptr<store::Ledger> ledger)
    : config_(std::move(config)), clock_(clock), directory_(std::move(directory)), ledger_(std::move(ledger)) {}

Instance::~Instance() = default;

Result<std::shared_ptr<events::FeedCatalogue const>> Instance::catalogue() {
    std::lock_guard const lock(catalogue_mutex_);
    if (catalogue_) return catalogue_;
    auto const own_feeds = config_.feeds_folder.empty() ? directory_ / "feeds" : config_.feeds_folder;
    TRY(auto catalogue, events::FeedCatalogue::open(own_feeds));
    catalogue_ = std::make_shared<events::FeedCatalogue const>(std::move(catalogue));
    return catalogue_;
}

Result<events::Events*> Instance::events() {
    std::lock_guard const lock(events_mutex_);
    if (events_) return events_.get();
    events::Options options;
    options.directory = directory_.path();
    TRY(options.catalogue, catalogue());
    options.surroundings = events::surroundings_of(*constituency_);
    options.clock = &clock_;
    options.workers = config_.workers;
    options.memory_mb = config_.memory_mb;
    options.drop_folder = config_.drop_folder.empty() ? directory_ / "drop" : config_.drop_folder;
    options.on_commit = [this] {
        if (on_events_committed) on_events_committed();
    };
    TRY(events_, events::Events::open(*ledger_, std::move(options)));
    return events_.get();
}

Status Instance::open_constituency() {
    if (!config_.country.empty() && !constituency::is_country(uppered(config_.country)))
        return fail(Code::invalid, fmt::format("[team] country: expected a country of ISO 3166-1 as two letters, found "
                                               "\"{}\"; correct the configuration",
                                               config_.country));
    constituency::Settings settings;
    settings.home = constituency::parse_country(config_.country).value_or(constituency::CountryCode());
    settings.files = {.asn = config_.asn_table, .country = config_.geo_table, .as_names = config_.as_names};
    constituency_ = std::make_unique<constituency::Constituency>(*ledger_, clock_, std::move(settings));
    return {};
}

}  // namespace tocsin::app
