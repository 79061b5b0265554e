#include "constituency/owner_table.hpp"

#include "constituency/directory_store.hpp"

#include <algorithm>

namespace tocsin::constituency {
namespace {

constexpr std::size_t deepest_chain = 16;
constexpr std::size_t batch = 256;

std::int64_t from_or_always(std::optional<Timestamp> from) {
    return from ? from->micros : INT64_MIN;
}

}  // namespace

std::string_view name_of(By by) {
    constexpr std::array<std::string_view, 5> names = {"nothing", "prefix", "asn", "domain", "country"};
    return word_of(names, by);
}

std::string_view name_of(Lane lane) {
    return lane == Lane::home ? "home" : "abroad";
}

Ownership OwnerTable::by_name_or_country(OwnerQuery const& query) const {
    if (query.asn != 0 && !asns_.empty())
        if (auto const found = asns_.find(query.asn); found != asns_.end()) return found->second;
    if (!query.domain.empty() && !domains_.empty()) {
        for (std::string_view rest = query.domain;;) {
            if (auto const found = domains_.find(rest); found != domains_.end()) return found->second;
            auto const dot = rest.find('.');
            if (dot == std::string_view::npos) break;
            rest.remove_prefix(dot + 1);
        }
    }
    return countries_[query.country.index()];
}

Ownership OwnerTable::beyond_prefix(OwnerQuery const& query, std::uint32_t value) const {
    return value != PrefixTable::none ? answers_[value] : by_name_or_country(query);
}

Ownership OwnerTable::owner_of(OwnerQuery const& query) const {
    return beyond_prefix(query, query.address.is_none() ? PrefixTable::none : table_.find(query.address));
}

void OwnerTable::owners_of(std::span<OwnerQuery const> queries, std::span<Ownership> owners) const {
    TOCSIN_ASSERT(owners.size() >= queries.size());
    IpAddress addresses[batch];
    std::uint32_t values[batch];
    for (std::size_t done = 0; done < queries.size(); done += batch) {
        std::size_t const count = std::min(batch, queries.size() - done);
        for (std::size_t i = 0; i < count; ++i) addresses[i] = queries[done + i].address;
        table_.find({addresses, count}, {values, count});
        for (std::size_t i = 0; i < count; ++i) {
            bool const is_known = values[i] != PrefixTable::none && !addresses[i].is_none();
            owners[done + i] = is_known ? answers_[values[i]] : by_name_or_country(queries[done + i]);
        }
    }
}

std::string OwnerTable::matched(OwnerQuery const& query, Ownership const& owner) {
    switch (owner.by) {
        case By::nothing:
            return {};
        case By::prefix:
            return format_prefix({masked(query.address, owner.length), owner.length});
        case By::asn:
            return fmt::format("AS{}", query.asn);
        case By::domain:
            return std::string(query.domain.substr(query.domain.size() - owner.length));
        case By::country:
            return std::string(query.country.text());
    }
    return {};
}

std::optional<Claim> OwnerTable::claim_of(OwnerQuery const& query) const {
    auto const owner = owner_of(query);
    if (!owner) return std::nullopt;
    return Claim{.owner = owner,
                 .name = std::string(name_of_organisation(owner.organisation)),
                 .matched = matched(query, owner),
                 .chain = chain(owner.organisation)};
}

std::vector<OrganisationId> OwnerTable::chain(OrganisationId organisation) const {
    std::vector<OrganisationId> chain;
    while (organisation && chain.size() < deepest_chain && std::ranges::find(chain, organisation) == chain.end()) {
        auto const found = organisations_.find(organisation);
        if (found == organisations_.end()) break;
        chain.push_back(organisation);
        organisation = found->second.parent;
    }
    return chain;
}

std::string_view OwnerTable::name_of_organisation(OrganisationId organisation) const {
    auto const found = organisations_.find(organisation);
    return found == organisations_.end() ? std::string_view() : found->second.name;
}

std::size_t OwnerTable::bytes() const {
    constexpr std::size_t node = 64;  // of a hash map, about
    return table_.bytes() + answers_.capacity() * sizeof(Ownership) +
           (asns_.size() + domains_.size() + organisations_.size()) * node;
}

void OwnerTableBuilder::add_organisation(OrganisationId id, std::string_view name, OrganisationId parent,
                                         OrganisationKind kind, CountryCode country) {
    organisations_[id] = {parent, std::string(name)};
    bool const is_elsewhere = home_ && country && country != home_;
    bool const is_team = kind == OrganisationKind::national_cirt || kind == OrganisationKind::peer;
    if (is_elsewhere && is_team) abroad_.insert(id);
    if (is_elsewhere && kind == OrganisationKind::national_cirt) {
        auto& cirt = national_cirts_[country.index()];
        if (!cirt || id < cirt) cirt = id;
    }
}

bool OwnerTableBuilder::is_valid_now(Entry const& entry) {
    auto const boundary = [&](std::optional<Timestamp> time) {
        if (time && *time > now_ && (!valid_until_ || *time < *valid_until_)) valid_until_ = time;
    };
    boundary(entry.from);
    if (entry.from && *entry.from > now_) return false;
    boundary(entry.to);
    return !entry.to || *entry.to > now_;
}

Ownership OwnerTableBuilder::placed(OrganisationId organisation, By by, bool verified) const {
    return {.organisation = organisation,
            .by = by,
            .lane = abroad_.contains(organisation) ? Lane::abroad : Lane::home,
            .length = 0,
            .verified = verified};
}

template <class Map, class Key>
void OwnerTableBuilder::offer(Map& map, Key const& key, Ownership const& owner, Standing const& standing) {
    auto const [place, is_new] = map.try_emplace(key, NamedClaim{owner, standing});
    if (!is_new && place->second.standing < standing) place->second = {owner, standing};
}

void OwnerTableBuilder::add(Entry const& entry) {
    if (!organisations_.contains(entry.organisation) || !is_valid_now(entry)) return;
    Standing const standing{entry.verified, from_or_always(entry.from), entry.order};
    switch (entry.kind) {
        case ResourceKind::prefix:
            if (auto const prefix = parse_prefix(entry.value))
                prefixes_.push_back({*prefix, value_for(entry, prefix->length), standing});
            break;
        case ResourceKind::asn:
            if (auto const number = entry.value.starts_with("AS") ? parse_int(entry.value.substr(2)) : std::nullopt)
                offer(asns_, static_cast<std::uint32_t>(*number), placed(entry.organisation, By::asn, entry.verified),
                      standing);
            break;
        case ResourceKind::domain: {
            auto owner = placed(entry.organisation, By::domain, entry.verified);
            owner.length = static_cast<std::uint8_t>(std::min<std::size_t>(entry.value.size(), 255));
            offer(domains_, std::string(entry.value), owner, standing);
            break;
        }
        case ResourceKind::country:
            if (auto const code = parse_country(entry.value))
                offer(countries_, code->index(), placed(entry.organisation, By::country, entry.verified), standing);
            break;
    }
}

/// The place in `answers_` of what a prefix of that length of that organisation answers.
std::uint32_t OwnerTableBuilder::value_for(Entry const& entry, std::uint8_t length) {
    auto const key = (static_cast<std::uint64_t>(entry.organisation.value) << 9) |
                     (static_cast<std::uint64_t>(length) << 1) | (entry.verified ? 1 : 0);
    auto const [place, is_new] = answer_places_.try_emplace(key, static_cast<std::uint32_t>(answers_.size()));
    if (is_new) {
        answers_.push_back(placed(entry.organisation, By::prefix, entry.verified));
        answers_.back().length = length;
    }
    return place->second;
}

std::shared_ptr<OwnerTable const> OwnerTableBuilder::build() {
    auto table = std::make_shared<OwnerTable>();
    table->prefixes_ = prefixes_.size();
    // Worse claims first: of equal prefixes the table keeps the one added last.
    std::sort(prefixes_.begin(), prefixes_.end(),
              [](PrefixClaim const& a, PrefixClaim const& b) { return a.standing < b.standing; });
    PrefixTableBuilder ranges;
    ranges.reserve(prefixes_.size());
    for (auto const& claim : prefixes_) ranges.add(claim.prefix, claim.value);
    std::vector<PrefixClaim>().swap(prefixes_);
    table->table_ = ranges.build();
    table->answers_ = std::move(answers_);
    for (auto const& [asn, claim] : asns_) table->asns_.emplace(asn, claim.owner);
    for (auto const& [domain, claim] : domains_) table->domains_.emplace(domain, claim.owner);
    for (std::size_t code = 1; code < CountryCode::count; ++code) {
        bool const is_abroad = home_ && code != home_.index();
        auto& owner = table->countries_[code];
        if (auto const claimed = countries_.find(code); claimed != countries_.end()) {
            owner = claimed->second.owner;
        } else if (auto const cirt = national_cirts_.find(code); cirt != national_cirts_.end()) {
            owner = placed(cirt->second, By::country, false);
        }
        owner.lane = is_abroad ? Lane::abroad : Lane::home;
    }
    table->organisations_ = std::move(organisations_);
    table->home_ = home_;
    table->valid_until_ = valid_until_;
    return table;
}

Result<std::shared_ptr<OwnerTable const>> OwnerTable::load(store::Ledger& ledger, CountryCode home, Timestamp now) {
    return ledger.read([&](store::Transaction& tx) -> Result<std::shared_ptr<OwnerTable const>> {
        OwnerTableBuilder builder(home, now);
        CHECK(for_each_owner(tx, [&](OwnerRow const& row) {
            builder.add_organisation(row.id, row.name, row.parent,
                                     organisation_kind(row.kind).value_or(OrganisationKind::other),
                                     parse_country(row.country).value_or(CountryCode()));
        }));
        CHECK(for_each_claim(tx, [&](OwnerTableBuilder::Entry const& entry) { builder.add(entry); }));
        return builder.build();
    });
}

Result<std::shared_ptr<SuppressionTable const>> SuppressionTable::load(store::Ledger& ledger) {
    return ledger.read([](store::Transaction& tx) -> Result<std::shared_ptr<SuppressionTable const>> {
        auto table = std::make_shared<SuppressionTable>();
        TRY(auto const all, all_suppressions(tx));
        for (auto const& suppression : all)
            table->entries_.push_back(
                {suppression.id, suppression.network.empty() ? std::nullopt : parse_prefix(suppression.network),
                 suppression.organisation, suppression.feed, suppression.identifier, suppression.until});
        return table;
    });
}

std::optional<SuppressionId> SuppressionTable::match(Question const& question) const {
    for (auto const& entry : entries_) {
        if (entry.until && *entry.until <= question.now) continue;
        if (entry.network && (question.address.is_none() || !entry.network->contains(question.address))) continue;
        if (entry.organisation && entry.organisation != question.organisation) continue;
        if (!entry.feed.empty() && entry.feed != question.feed) continue;
        if (!entry.identifier.empty() && entry.identifier != question.identifier) continue;
        return entry.id;
    }
    return std::nullopt;
}

}  // namespace tocsin::constituency
