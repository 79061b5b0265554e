#include "app/instance.hpp"

#include "api/api.hpp"
#include "app/backup/backup.hpp"
#include "app/evidence_sources.hpp"
#include "app/reach_doors.hpp"
#include "app/work_sources.hpp"
#include "events/events.hpp"
#include "events/mail_unsealing.hpp"
#include "intelligence/intelligence.hpp"
#include "notifications/contact_checks.hpp"
#include "notifications/inbox.hpp"
#include "notifications/notifications.hpp"
#include "notifications/sealing.hpp"
#include "readiness/readiness.hpp"
#include "reports/reports.hpp"
#include "sharing/sharing.hpp"

#include <algorithm>
#include <vector>

namespace tocsin::app {
namespace {

/// The rooms' migrations, lower rooms first. A room with a migrations/ folder is added here.
std::vector<store::Migration> all_migrations() {
    std::vector<store::Migration> all;
    for (auto const room : {access::migrations(), constituency::migrations(), gate::migrations(), events::migrations(),
                            intelligence::migrations(), sharing::migrations(), readiness::migrations(),
                            notifications::migrations(), reports::migrations(), api::migrations()})
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

/// Whose a value of intelligence is: addresses and names.
intelligence::ConcernsOf concerns_of(constituency::Constituency& constituency) {
    return [&constituency](formats::Observable const& value, std::vector<gate::OrganisationId>& into) {
        constituency::OwnerQuery query;
        if (value.kind == formats::ObservableKind::ip) {
            auto const network = parse_prefix(value.value, true);
            if (!network) return;
            query.address = network->address;
        } else if (value.kind == formats::ObservableKind::domain) {
            query.domain = value.value;
        } else {
            return;
        }
        auto const owners = constituency.owners();
        if (!owners) {
            log::error("asking the directory whose {} is: {}", value.value, owners.error().message);
            return;
        }
        auto const owner = (*owners)->owner_of(query);
        if (owner && owner.lane == constituency::Lane::home) into.push_back(owner.organisation);
    };
}

/// Opens mail with our keys and recognises the signatures of contacts: a signature is good when it is by the key of a
/// contact that has the address the mail says it is from.
std::shared_ptr<events::MailUnsealer const> unsealer_of(store::Ledger& ledger, constituency::Constituency& people,
                                                        Clock const& clock, std::filesystem::path const& data) {
    notifications::MailKeys const keys(ledger, clock, data);
    events::MailUnsealer unsealer;
    unsealer.work = keys.work();
    unsealer.own = [keys] { return keys.own(); };
    unsealer.keys_of = [&people](std::string_view from) -> Result<std::vector<std::string>> {
        std::vector<std::string> known;
        if (from.empty()) return known;
        constituency::ContactQuery query;
        query.text = from;
        TRY(auto const found, people.directory().contacts(query));
        for (auto const& contact : found.items)
            if (equal_ignoring_case(contact.email, from) && !contact.public_key.empty())
                known.push_back(contact.public_key);
        return known;
    };
    return std::make_shared<events::MailUnsealer const>(std::move(unsealer));
}

/// Of our OpenPGP key for mail; empty without one.
std::string our_fingerprint(store::Ledger& ledger, Clock const& clock, std::filesystem::path const& data) {
    auto const key = notifications::MailKeys(ledger, clock, data).public_half(net::SealKind::openpgp);
    return key ? key->fingerprint : std::string();
}

/// Somebody of the audit log with the rights of today; none: they may not come in any more.
std::optional<gate::Recipient> asker_named(access::Access& access, Clock const& clock, std::string_view who) {
    if (who == access::command_principal().who) return gate::Recipient::team(access::command_principal());
    auto const number = parse_int(who.substr(std::min(who.find(':'), who.size() - 1) + 1));
    if (!number) return {};
    access::Principal principal;
    principal.who = who;
    if (who.starts_with("account:")) {
        auto const account = access.account({*number});
        if (!account || account->is_disabled) return {};
        principal.role = account->role;
        principal.via = access::Via::session;
        principal.account = account->id;
        return gate::Recipient::team(principal);
    }
    auto const keys = access.keys();
    if (!keys || !who.starts_with("key:")) return {};
    for (auto const& key : *keys) {
        bool const is_good = !key.revoked && (!key.expires || *key.expires > clock.now()) && key.feeds.empty();
        if (key.id.value != *number || !is_good) continue;
        principal.role = key.role;
        principal.via = access::Via::key;
        principal.key = key.id;
        return gate::Recipient::team(principal);
    }
    return {};
}

gate::KinOf kin_of(constituency::Constituency& constituency) {
    return [&constituency](gate::OrganisationId organisation) {
        gate::Kin kin;
        auto& directory = constituency.directory();
        if (auto const chain = directory.chain(organisation))
            for (auto const& one : *chain)
                if (one.id != organisation) kin.above.push_back(one.id);
        std::vector<gate::OrganisationId> todo{organisation};
        while (!todo.empty()) {
            auto const parent = todo.back();
            todo.pop_back();
            auto const children = directory.children(parent);
            if (!children) break;
            for (auto const& child : *children) {
                if (std::ranges::find(kin.below, child.id) != kin.below.end()) continue;
                kin.below.push_back(child.id);
                todo.push_back(child.id);
            }
        }
        return kin;
    };
}

}  // namespace

Result<std::unique_ptr<Instance>> Instance::open(Config config, Clock const& clock) {
    TRY(auto directory, store::DataDirectory::open(config.data));
    std::error_code fault;
    if (std::filesystem::exists(directory / backup::restoring_mark, fault))
        return fail(Code::conflict, fmt::format("a restore into {} was interrupted; run tocsin restore again",
                                                directory.path().string()));
    notifications::MailKeys::sweep(directory.path());
    auto const migrations = all_migrations();
    TRY(auto ledger, store::Ledger::open(directory / "ledger.sqlite", migrations));
    std::unique_ptr<Instance> instance(new Instance(std::move(config), clock, std::move(directory), std::move(ledger)));
    TRY(instance->access_, access::Access::open(instance->ledger(), instance->directory(), clock));
    CHECK(instance->open_constituency());
    instance->peers_ = std::make_unique<sharing::Peers>(instance->ledger(), instance->access(), clock);
    instance->remotes_ = std::make_unique<sharing::Remotes>(instance->ledger(), instance->access().secrets(), clock);
    instance->sources_ = std::make_unique<events::Sources>(instance->ledger(), instance->access().secrets(), clock);
    instance->groups_ = std::make_unique<gate::SharingGroups>(instance->ledger(), clock);
    instance->gate_ = std::make_unique<gate::Gate>(
        gate::World{.is_within = is_within(*instance->constituency_),
                    .is_member = [groups = instance->groups_.get()](
                                     auto group, auto organisation) { return groups->is_member(group, organisation); },
                    .kin_of = kin_of(*instance->constituency_),
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
    TRY(auto* const known, intelligence());
    options.matcher = known->matcher();
    options.surroundings = events::surroundings_of(*constituency_);
    options.clock = &clock_;
    options.workers = config_.workers;
    options.memory_mb = config_.memory_mb;
    options.drop_folder = config_.drop_folder.empty() ? directory_ / "drop" : config_.drop_folder;
    options.unsealer = unsealer_of(*ledger_, *constituency_, clock_, directory_.path());
    options.on_commit = [this] {
        if (on_events_committed) on_events_committed();
    };
    TRY(events_, events::Events::open(*ledger_, std::move(options)));
    return events_.get();
}

Result<events::Fetcher*> Instance::fetcher() {
    TRY(auto* const archive, events());
    std::lock_guard const lock(fetcher_mutex_);
    if (fetcher_) return fetcher_.get();
    events::FetcherDoors doors{.sources = sources_.get(), .directory = directory_.path(), .clock = &clock_};
    doors.accept = [archive](auto const& read, std::string_view name, std::string_view feed) {
        return archive->accept(read, name, feed, events::ReportOrigin::source);
    };
    TRY(auto const feeds, catalogue());
    doors.feed = [feeds](std::string_view feed) { return feeds->find(feed); };
    doors.unsealer = unsealer_of(*ledger_, *constituency_, clock_, directory_.path());
    doors.signed_by = [archive](std::int64_t report, std::string_view signature) {
        return archive->signed_by(report, signature);
    };
    fetcher_ = std::make_unique<events::Fetcher>(std::move(doors));
    return fetcher_.get();
}

Result<intelligence::Intelligence*> Instance::intelligence() {
    std::lock_guard const lock(intelligence_mutex_);
    if (intelligence_) return intelligence_.get();
    intelligence::Options options;
    options.directory = directory_.path();
    options.clock = &clock_;
    options.concerns_of = concerns_of(*constituency_);
    options.kin_of = [of = kin_of(*constituency_)](gate::OrganisationId organisation) {
        auto kin = of(organisation);
        return intelligence::Kin{.below = std::move(kin.below), .above = std::move(kin.above)};
    };
    options.asker_of = [this](std::string_view who) { return asker_named(*access_, clock_, who); };
    options.on_commit = [this] {
        if (on_intelligence_committed) on_intelligence_committed();
    };
    TRY(intelligence_, intelligence::Intelligence::open(*ledger_, *gate_, std::move(options)));
    return intelligence_.get();
}

Result<intelligence::KnownGood const*> Instance::known_good(bool documentation) {
    std::lock_guard const lock(intelligence_mutex_);
    if (!known_good_) {
        TRY(known_good_, intelligence::KnownGood::open(directory_.path(), documentation));
    }
    return known_good_.get();
}

Result<sharing::Collections*> Instance::collections() {
    std::lock_guard const lock(intelligence_mutex_);
    if (!collections_) {
        TRY(collections_, sharing::Collections::open(*ledger_, clock_));
    }
    return collections_.get();
}

Result<readiness::Readiness*> Instance::readiness() {
    std::lock_guard const lock(readiness_mutex_);
    if (!readiness_) {
        TRY(readiness_, readiness::Readiness::open(*ledger_, clock_, directory_ / "catalogues"));
        provide_evidence(*this, readiness_->evidence);
        provide_work(*this, readiness_->staffing);
        TRY(auto doors, reach_doors(*this));
        readiness_->reachability.connect(std::move(doors));
        readiness_->documents.know({{"team_name", config_.team_name},
                                    {"email", config_.team_email},
                                    {"website", config_.public_url},
                                    {"country", config_.country},
                                    {"pgp_fingerprint", our_fingerprint(*ledger_, clock_, directory_.path())}});
    }
    return readiness_.get();
}

Result<reports::Rooms> Instance::report_rooms() {
    TRY(auto* const all_events, events());
    TRY(auto* const all_notifications, notifications());
    TRY(auto* const known, intelligence());
    TRY(auto* const ready, readiness());
    return reports::Rooms{.ledger = *ledger_,
                          .gate = *gate_,
                          .constituency = *constituency_,
                          .events = *all_events,
                          .notifications = *all_notifications,
                          .intelligence = *known,
                          .peers = *peers_,
                          .readiness = *ready};
}

Result<sharing::Exchange*> Instance::exchange() {
    TRY(auto* const known, intelligence());
    std::lock_guard const lock(intelligence_mutex_);
    if (!exchange_)
        exchange_ = std::make_unique<sharing::Exchange>(sharing::ExchangeDoors{.ledger = ledger_.get(),
                                                                               .peers = peers_.get(),
                                                                               .remotes = remotes_.get(),
                                                                               .intelligence = known,
                                                                               .gate = gate_.get(),
                                                                               .clock = &clock_});
    return exchange_.get();
}

Result<sharing::Recalls*> Instance::recalls() {
    TRY(auto* const known, intelligence());
    std::lock_guard const lock(intelligence_mutex_);
    if (recalls_) return recalls_.get();
    sharing::RecallDoors doors{.ledger = ledger_.get(),
                               .peers = peers_.get(),
                               .remotes = remotes_.get(),
                               .intelligence = known,
                               .gate = gate_.get(),
                               .clock = &clock_,
                               .team = config_.team_name};
    doors.name_of = [this](gate::OrganisationId id) {
        auto const found = constituency_->directory().organisation(id);
        return found ? found->name : fmt::format("organisation {}", id.value);
    };
    recalls_ = std::make_unique<sharing::Recalls>(std::move(doors));
    return recalls_.get();
}

Result<intelligence::SweepTotals> Instance::match(std::function<bool()> const& is_cancelled) {
    std::lock_guard const lock(matching_mutex_);
    TRY(auto* const known, intelligence());
    TRY(auto* const archive, events());
    TRY(auto const totals, known->match_back(*archive, is_cancelled));
    CHECK(known->hand_on_matches([&](std::string_view bytes, std::string_view name, std::string_view feed) -> Status {
        CHECK(archive->accept(bytes, name, feed, events::ReportOrigin::command));
        return {};
    }));
    CHECK(intelligence::Watches(*known).look(is_cancelled));
    return totals;
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
