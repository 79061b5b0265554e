#include "notifications/rules/judge.hpp"

#include "notifications/digest.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::notifications::rules {
namespace {

bool one_fits(std::vector<std::string> const& patterns, std::string_view text) {
    return patterns.empty() || std::ranges::any_of(patterns, [&](auto const& pattern) { return fits(pattern, text); });
}

/// "#12", or a name with `*`.
bool names(std::vector<std::string> const& patterns, std::int64_t id, std::string_view name) {
    return std::ranges::any_of(patterns, [&](std::string const& pattern) {
        return pattern.starts_with('#') ? pattern == fmt::format("#{}", id) : fits(pattern, name);
    });
}

std::vector<Condition const*> conditions_of(RuleSet const& set) {
    std::vector<Condition const*> conditions;
    for (auto const& rule : set.rules) conditions.push_back(&rule.when);
    return conditions;
}

Own own_of(events::Finding const& finding) {
    return {.organisation = finding.organisation,
            .address = finding.address.value_or(IpAddress{}),
            .asn = finding.asn.value_or(0),
            .country = finding.country,
            .first_seen = finding.first_seen};
}

Delivery delivery_of(std::string lane, Outcome const& then, Settings const& settings) {
    Delivery delivery{.lane = std::move(lane), .interval = then.interval.value_or(settings.digest_interval)};
    switch (then.action) {
        case Action::by_setting:
            delivery.approvals = then.approvals.value_or(settings.hold ? 1 : 0);
            break;
        case Action::send:
        case Action::drop:
            delivery.approvals = 0;
            break;
        case Action::hold:
            delivery.approvals = std::max(1, then.approvals.value_or(1));
            break;
    }
    delivery.is_by_rule = then.action != Action::by_setting || then.approvals.has_value();
    delivery.least_findings = then.least_findings;
    delivery.least_events = then.least_events;
    delivery.quiet = then.quiet;
    delivery.language = then.language;
    delivery.form = then.form;
    delivery.channel = then.channel;
    delivery.attach = then.attach;
    delivery.encryption = then.encryption.value_or(settings.encryption);
    delivery.to_roles = then.to_roles;
    return delivery;
}

}  // namespace

Result<std::shared_ptr<People const>> People::load(constituency::Directory& directory) {
    auto people = std::make_shared<People>();
    std::unordered_map<std::int64_t, std::int64_t> parents;
    constituency::OrganisationQuery query;
    query.limit = 1000;
    do {
        TRY(auto page, directory.organisations(query));
        for (auto& one : page.items) {
            parents[one.id.value] = one.parent.value;
            people->facts_[one.id.value] = {std::move(one.name),
                                            std::string(constituency::name_of(one.kind)),
                                            std::move(one.sector),
                                            std::move(one.country),
                                            {}};
        }
        query.after = std::move(page.next);
    } while (!query.after.empty());
    for (auto& [id, facts] : people->facts_) {
        for (auto at = id; at != 0 && facts.chain.size() < 32; at = parents[at]) {
            if (std::ranges::find(facts.chain, at) != facts.chain.end()) break;
            facts.chain.push_back(at);
        }
    }
    return std::shared_ptr<People const>(std::move(people));
}

Facts const* People::find(std::int64_t organisation) const {
    auto const found = facts_.find(organisation);
    return found == facts_.end() ? nullptr : &found->second;
}

bool meets_organisation(Condition const& condition, std::int64_t id, Facts const* facts, People const& people) {
    if (!condition.asks_organisation()) return true;
    if (facts == nullptr) return false;
    if (!condition.organisations.empty() && !names(condition.organisations, id, facts->name)) return false;
    if (!condition.kinds.empty() && std::ranges::find(condition.kinds, facts->kind) == condition.kinds.end())
        return false;
    if (!one_fits(condition.sectors, facts->sector)) return false;
    if (condition.under.empty()) return true;
    return std::ranges::any_of(facts->chain, [&](std::int64_t above) {
        auto const* const of = people.find(above);
        return of != nullptr && names(condition.under, above, of->name);
    });
}

Matcher::Matcher(std::vector<Condition const*> conditions, std::shared_ptr<People const> people)
    : conditions_(std::move(conditions)), people_(std::move(people)) {
    TOCSIN_ASSERT(conditions_.size() <= most);
    for (std::size_t i = 0; i < conditions_.size(); ++i) {
        auto const& one = *conditions_[i];
        rest_[i] = !one.networks.empty() || !one.asns.empty() || one.open_for.count() > 0 || !one.countries.empty();
    }
}

std::size_t Matcher::class_key(events::Finding const& finding) {
    std::size_t key = 0;
    for (auto const* const word :
         {&finding.feed, &finding.taxonomy, &finding.type, &finding.identifier, &finding.severity, &finding.tlp})
        key = key * 0x9e37'79b9'7f4a'7c15ULL + std::hash<std::string_view>()(*word);
    return key;
}

Matcher::Hits const& Matcher::of_class(events::Finding const& finding, std::size_t key) const {
    auto& bucket = classes_[key];
    for (auto const& known : bucket)
        if (known.feed == finding.feed && known.identifier == finding.identifier && known.type == finding.type &&
            known.taxonomy == finding.taxonomy && known.severity == finding.severity && known.tlp == finding.tlp)
            return known.hits;
    ClassWords const words{finding.feed,       finding.taxonomy, finding.type,
                           finding.identifier, finding.severity, finding.tlp};
    Class fresh{finding.feed,     finding.taxonomy, finding.type,        finding.identifier,
                finding.severity, finding.tlp,      hits_of_class(words)};
    return bucket.emplace_back(std::move(fresh)).hits;
}

Matcher::Hits Matcher::hits_of_class(ClassWords const& words) const {
    Hits hits;
    auto const rank = severity_rank(words.severity);
    for (std::size_t i = 0; i < conditions_.size(); ++i) {
        auto const& one = *conditions_[i];
        hits[i] = (!one.severity || rank <= *one.severity) && one_fits(one.feeds, words.feed) &&
                  one_fits(one.taxonomies, words.taxonomy) && one_fits(one.types, words.type) &&
                  one_fits(one.identifiers, words.identifier) && one_fits(one.tlps, words.tlp);
    }
    return hits;
}

Matcher::Hits const& Matcher::of_organisation(std::int64_t organisation) const {
    auto const [at, is_new] = organisations_.try_emplace(organisation);
    if (is_new) at->second = hits_of_organisation(organisation);
    return at->second;
}

Matcher::Hits Matcher::hits_of_organisation(std::int64_t organisation) const {
    Hits hits;
    auto const* const facts = people_ ? people_->find(organisation) : nullptr;
    for (std::size_t i = 0; i < conditions_.size(); ++i)
        hits[i] = !conditions_[i]->asks_organisation() ||
                  (people_ && meets_organisation(*conditions_[i], organisation, facts, *people_));
    return hits;
}

std::string_view Matcher::country_of(Own const& own) const {
    if (!own.country.empty() || !people_) return own.country;
    auto const* const facts = people_->find(own.organisation);
    return facts == nullptr ? own.country : std::string_view(facts->country);
}

/// But for its age.
bool Matcher::meets_rest(Condition const& one, Own const& own) const {
    if (!one.asns.empty() && (own.asn == 0 || std::ranges::find(one.asns, std::int64_t{own.asn}) == one.asns.end()))
        return false;
    if (!one.countries.empty() && std::ranges::find(one.countries, country_of(own)) == one.countries.end())
        return false;
    if (one.networks.empty()) return true;
    return !own.address.is_none() &&
           std::ranges::any_of(one.networks, [&](auto const& network) { return network.contains(own.address); });
}

Matcher::Hits Matcher::hits(events::Finding const& finding, std::size_t key) const {
    return of_class(finding, key) & of_organisation(finding.organisation);
}

std::size_t Matcher::first(Hits const& met, Own const& own, Timestamp now) const {
    for (auto i = met._Find_first(); i < conditions_.size(); i = met._Find_next(i)) {
        auto const& one = *conditions_[i];
        bool const is_young = one.open_for.count() > 0 && now - own.first_seen < one.open_for;
        if (!rest_[i] || (!is_young && meets_rest(one, own))) return i;
    }
    return conditions_.size();
}

Matcher::Hits Matcher::sometime(Hits met, Own const& own) const {
    for (auto i = met._Find_first(); i < conditions_.size(); i = met._Find_next(i))
        if (rest_[i] && !meets_rest(*conditions_[i], own)) met.reset(i);
    return met;
}

std::size_t Matcher::first(events::Finding const& finding, Timestamp now, std::size_t key) const {
    if (conditions_.empty()) return 0;
    return first(hits(finding, key), own_of(finding), now);
}

bool Matcher::meets(std::size_t condition, events::Finding const& finding, Timestamp now) const {
    auto only = hits(finding, class_key(finding));
    only &= Hits().set(condition);
    return first(only, own_of(finding), now) == condition;
}

Judge::Judge(std::shared_ptr<RuleSet const> set, Settings const& settings, std::shared_ptr<People const> people)
    : set_(std::move(set)), settings_(&settings), people_(std::move(people)), matcher_(conditions_of(*set_), people_) {
    Outcome const last;
    std::vector<Outcome const*> leaders;
    auto const join = [&](Outcome const& then, std::string const& name) {
        for (std::size_t lane = 0; lane < leaders.size(); ++lane)
            if (leaders[lane]->has_delivery_of(then)) return lane;
        leaders.push_back(&then);
        lanes_.push_back(delivery_of(name, then, settings));
        return lanes_.size() - 1;
    };
    // The settings come first, so that a rule that says nothing else goes with them.
    auto const of_settings = join(last, "");
    for (auto const& rule : set_->rules) lanes_of_.push_back(join(rule.then, rule.name));
    lanes_of_.push_back(of_settings);
}

std::string_view Judge::name_of(std::size_t rule) const {
    return is_settings(rule) ? std::string_view("settings") : std::string_view(set_->rules[rule].name);
}

bool Judge::drops(std::size_t rule) const {
    return !is_settings(rule) && set_->rules[rule].then.action == Action::drop;
}

std::chrono::seconds Judge::reminder(std::size_t rule) const {
    return is_settings(rule) ? settings_->reminder_interval
                             : set_->rules[rule].then.reminder.value_or(settings_->reminder_interval);
}

std::string Judge::zone_of(std::int64_t organisation, QuietHours const& quiet) const {
    if (!quiet.zone.empty() && quiet.zone != "owner") return quiet.zone;
    auto const& standard = set_->time_zone.empty() ? std::string("UTC") : set_->time_zone;
    auto const by_number = set_->zones.find(fmt::format("#{}", organisation));
    if (by_number != set_->zones.end()) return by_number->second;
    auto const* const facts = people_ ? people_->find(organisation) : nullptr;
    if (facts == nullptr) return standard;
    for (auto const& key : {lowered(facts->name), lowered(facts->country)})
        if (auto const named = set_->zones.find(key); !key.empty() && named != set_->zones.end()) return named->second;
    auto const [at, is_new] = zones_of_countries_.try_emplace(facts->country);
    if (is_new) at->second = zone_of_country(facts->country);
    return at->second.empty() ? standard : at->second;
}

}  // namespace tocsin::notifications::rules
