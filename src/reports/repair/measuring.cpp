#include "reports/repair/measuring.hpp"

#include "constituency/removed.hpp"
#include "notifications/rule_told.hpp"
#include "notifications/rules.hpp"
#include "reports/reports.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tocsin::reports {
namespace {

constexpr std::string_view standing_names[] = {"ruled_out", "repaired", "disputed", "back", "silent", "open"};
constexpr std::string_view dimension_table[] = {"",     "organisation", "asn",     "network", "sector",   "taxonomy",
                                                "type", "identifier",   "country", "feed",    "severity", "rule"};
constexpr std::size_t most_groups = 1000;
constexpr double least_known = 0.9;  ///< of what a rule told: of so much the share without a warning must be known

Standing standing_of(events::Finding const& finding, bool is_told) {
    using events::FindingState;
    using events::Saying;
    if (finding.state == FindingState::false_positive) return Standing::ruled_out;
    if (finding.state == FindingState::repaired) return Standing::repaired;
    if (finding.said == Saying::not_ours || finding.said == Saying::false_positive) return Standing::disputed;
    if (finding.state == FindingState::back) return Standing::back;
    return is_told && !finding.said ? Standing::silent : Standing::open;
}

IpPrefix network_of(IpAddress address) {
    std::uint8_t const length = address.is_v4() ? 120 : 48;
    return {masked(address, length), length};
}

void count(Tally& tally, events::Finding const& finding, Course const& course, bool is_told) {
    ++tally.findings;
    ++tally.counts[static_cast<std::size_t>(course.standing)];
    tally.warned += is_told;
    tally.found_closed += course.is_found_closed;
    tally.found_open += course.is_found_open;
    if (finding.organisation != 0) tally.organisations.insert(finding.organisation);
    if (course.standing == Standing::ruled_out) return;
    tally.all.add(course.days, course.is_repaired);
    if (!tally.told) return;
    if (!course.told_on) {
        tally.told->not_warned.add(course.days, course.is_repaired);
        return;
    }
    auto const told = *course.told_on;
    tally.told->not_warned.add(told, false);
    tally.told->warned.add(std::max(course.days, course.is_repaired ? told + 1 : 0), course.is_repaired, told);
    tally.told->since.add(std::max(0, course.days - told), course.is_repaired);
}

template <class Value>
Value& entry(std::map<std::string, Value, std::less<>>& of, std::string_view key) {
    auto const found = of.find(key);
    return found == of.end() ? of.emplace(key, Value{}).first->second : found->second;
}

/// Half of an interval as a standard error: the bounds are not far from even where it matters.
double error_of(Interval const& interval) {
    return (interval.high - interval.low) / (2 * 1.959963984540054);
}

std::optional<Worth> worth_of(std::optional<Interval> const& with, std::optional<Interval> const& without,
                              std::int64_t told) {
    if (!with || !without) return std::nullopt;
    auto const n = static_cast<double>(told);
    auto const gain = with->value - without->value;
    auto const spread = 1.959963984540054 * std::hypot(error_of(*with), error_of(*without));
    return Worth{told, *with, *without, {n * gain, n * (gain - spread), n * (gain + spread)}};
}

}  // namespace

std::string_view name_of(Standing standing) {
    return standing_names[static_cast<std::size_t>(standing)];
}
std::string_view name_of(Dimension dimension) {
    return dimension_table[static_cast<std::size_t>(dimension)];
}
std::optional<Dimension> dimension_named(std::string_view name) {
    auto const found = std::ranges::find(dimension_table, name);
    if (found == std::end(dimension_table)) return std::nullopt;
    return static_cast<Dimension>(found - std::begin(dimension_table));
}
std::string dimension_names() {
    return fmt::format("{}", fmt::join(std::begin(dimension_table) + 1, std::end(dimension_table), ", "));
}

Result<Owners> owners_of(constituency::Directory& directory) {
    Owners owners;
    constituency::OrganisationQuery query{.limit = 1000};
    do {
        TRY(auto page, directory.organisations(query));
        for (auto& one : page.items) owners.emplace(one.id.value, Owner{std::move(one.name), std::move(one.sector)});
        query.after = page.next;
    } while (!query.after.empty());
    TRY(auto removed, constituency::removed_organisations(directory));
    for (auto& one : removed) owners.emplace(one.id.value, Owner{std::move(one.name), std::move(one.sector), true});
    return owners;
}

Course course_of(events::Finding const& finding, std::optional<Timestamp> told,
                 std::optional<events::LastVerdict> verdict) {
    Course course{.standing = standing_of(finding, told.has_value()), .told_on = {}};
    auto const first = finding.first_seen.day();
    course.is_repaired = course.standing == Standing::repaired && finding.repaired;
    auto const end = course.is_repaired            ? *finding.repaired
                     : verdict && verdict->is_open ? std::max(finding.last_seen, verdict->at)
                                                   : finding.last_seen;
    // A verdict stands among the statements a moment after it was given, after a kill a while.
    course.is_found_closed = course.is_repaired && verdict && !verdict->is_open &&
                             *finding.repaired >= verdict->at - std::chrono::minutes(1) &&
                             *finding.repaired <= verdict->at + std::chrono::hours(1);
    course.is_found_open = verdict && verdict->is_open && !course.is_repaired && course.standing != Standing::ruled_out;
    course.days = std::max(0, end.day() - first);
    // A warning that came when it was gone, or after it was seen last, says nothing about what followed.
    if (told && (!course.is_repaired || *told < *finding.repaired) && told->day() - first <= course.days)
        course.told_on = std::max(0, told->day() - first);
    return course;
}

Measuring::Measuring(RepairRequest const& request, Owners const& owners, FirstTold const& told, RuleOf rules)
    : request_(request), owners_(owners), told_(told), rules_(std::move(rules)) {
    whole_.told = std::make_unique<Tally::Told>();
}

bool Measuring::is_wanted(events::Finding const& finding) const {
    if (request_.sectors.empty()) return true;
    auto const owner = owners_.find(finding.organisation);
    return std::ranges::find(request_.sectors, owner == owners_.end() ? std::string() : owner->second.sector) !=
           request_.sectors.end();
}

Tally& Measuring::group_named(std::string_view key) {
    auto found = named_.find(key);
    if (found == named_.end()) {
        found = named_.emplace(key, Tally{}).first;
        if (request_.with_warnings) found->second.told = std::make_unique<Tally::Told>();
    }
    return found->second;
}

Tally& Measuring::group_numbered(std::int64_t number) {
    auto const [found, is_new] = numbered_.try_emplace(number);
    if (is_new && request_.with_warnings) found->second.told = std::make_unique<Tally::Told>();
    return found->second;
}

Tally* Measuring::group_of(events::Finding const& finding) {
    switch (request_.by) {
        case Dimension::nothing:
            break;
        case Dimension::organisation:
            return &group_numbered(finding.organisation);
        case Dimension::asn:
            return &group_numbered(finding.asn.value_or(0));
        case Dimension::network: {
            auto const network = finding.address ? network_of(*finding.address) : IpPrefix{};
            if (last_network_.second == nullptr || last_network_.first != network)
                last_network_ = {network, &group_named(finding.address ? format_prefix(network) : std::string())};
            return last_network_.second;
        }
        case Dimension::sector: {
            auto const owner = owners_.find(finding.organisation);
            return &group_named(owner == owners_.end() ? std::string_view() : owner->second.sector);
        }
        case Dimension::taxonomy:
            return &group_named(finding.taxonomy);
        case Dimension::type:
            return &group_named(finding.type);
        case Dimension::identifier:
            return &group_named(finding.identifier);
        case Dimension::country:
            return &group_named(finding.country);
        case Dimension::feed:
            return &group_named(finding.feed);
        case Dimension::severity:
            return &group_named(finding.severity);
        case Dimension::rule: {
            auto const rule = rules_ ? rules_(finding) : std::string_view();
            return rule.empty() ? nullptr : &group_named(rule);
        }
    }
    return nullptr;
}

std::optional<events::LastVerdict> Measuring::verdict_of(std::string const& finding) const {
    auto const found = verdicts_->find(finding);
    return found == verdicts_->end() ? std::nullopt : std::optional(found->second);
}

void Measuring::count(events::Finding const& finding) {
    if (!is_wanted(finding)) return;
    auto const found = told_.empty() ? told_.end() : told_.find(finding.id);
    auto const told = found == told_.end() ? std::nullopt : std::optional(found->second);
    auto const checked =
        verdicts_ == nullptr || verdicts_->empty() ? std::optional<events::LastVerdict>() : verdict_of(finding.id);
    auto const course = course_of(finding, told, checked);
    reports::count(whole_, finding, course, told.has_value());
    if (request_.by == Dimension::nothing) return;
    auto* const group = group_of(finding);
    if (group != nullptr) reports::count(*group, finding, course, told.has_value());
    bool const is_compared =
        request_.by == Dimension::rule && request_.with_warnings && course.standing != Standing::ruled_out;
    if (!is_compared) return;
    auto& alike = entry(not_warned_, finding.identifier);
    if (course.told_on) {
        alike.add(*course.told_on, false);
        if (group != nullptr) ++entry(group->told_of, finding.identifier);
    } else {
        alike.add(course.days, course.is_repaired);
    }
}

/// Where a rule told of much that nobody else is not told of, nothing can be said.
std::optional<Interval> Measuring::without_warning(Tally const& rule) const {
    double told = 0, known = 0, share = 0, variance = 0;
    for (auto const& [identifier, count] : rule.told_of) {
        auto const weight = static_cast<double>(count);
        told += weight;
        auto const gone = curve_of(not_warned_.find(identifier)->second).gone_within(30);
        if (!gone) continue;
        known += weight;
        share += weight * gone->value;
        variance += weight * weight * error_of(*gone) * error_of(*gone);
    }
    if (told == 0 || known < least_known * told) return std::nullopt;
    auto const spread = 1.959963984540054 * std::sqrt(variance) / known;
    share /= known;
    return Interval{share, std::max(0.0, share - spread), std::min(1.0, share + spread)};
}

RepairGroup Measuring::closed(Tally const& tally) const {
    RepairGroup group{.counts = tally.counts,
                      .findings = tally.findings,
                      .organisations = static_cast<std::int64_t>(tally.organisations.size()),
                      .warned = tally.warned,
                      .found_closed = tally.found_closed,
                      .found_open = tally.found_open,
                      .curve = curve_of(tally.all),
                      .warnings = {},
                      .worth = {}};
    if (tally.told) {
        group.warnings = Warned{curve_of(tally.told->not_warned), curve_of(tally.told->warned),
                                curve_of(tally.told->since), compare(tally.told->warned, tally.told->not_warned)};
        auto const with = group.warnings->since.gone_within(30);
        auto const without = request_.by == Dimension::rule && &tally != &whole_
                                 ? without_warning(tally)
                                 : group.warnings->not_warned.gone_within(30);
        group.worth = worth_of(with, without, tally.told->since.size());
    }
    return group;
}

RepairPicture Measuring::picture() {
    RepairPicture picture{.whole = closed(whole_), .groups = {}};
    struct Named {
        std::string key;
        Tally const* tally;
    };
    std::vector<Named> all;
    for (auto const& [key, tally] : named_) all.push_back({key, &tally});
    for (auto const& [number, tally] : numbered_)
        all.push_back({number == 0 ? std::string() : std::to_string(number), &tally});
    std::ranges::sort(all, [](Named const& a, Named const& b) {
        return std::pair(-a.tally->findings, std::string_view(a.key)) <
               std::pair(-b.tally->findings, std::string_view(b.key));
    });
    auto const most = std::clamp<std::size_t>(request_.most, 1, most_groups);
    if (all.size() > most) picture.more_groups = static_cast<std::int64_t>(all.size() - most);
    all.resize(std::min(all.size(), most));
    for (auto const& one : all) {
        auto& group = picture.groups.emplace_back(closed(*one.tally));
        group.key = one.key;
        if (request_.by != Dimension::organisation) continue;
        auto const owner = owners_.find(parse_int(one.key).value_or(0));
        if (owner != owners_.end()) group.name = owner->second.name;
    }
    return picture;
}

Result<RepairPicture> measure_repair(Rooms const& rooms, RepairRequest const& request, access::Principal const& by) {
    TRY(auto const owners, owners_of(rooms.constituency.directory()));
    TRY(auto const told, rooms.notifications.warned(Timestamp{0}, Timestamp{0}));
    auto const scope = rooms.gate.scope<events::StoredEvent>(gate::Recipient::team(by));
    std::unique_ptr<notifications::RuleTold> rules;
    if (request.by == Dimension::rule) {
        TRY(rules, rooms.notifications.rules().told());
    }
    Measuring measuring(request, owners, told.first,
                        [&](events::Finding const& finding) { return rules->rule_of(finding); });
    TRY(auto const verdicts, events::last_verdicts(rooms.ledger));
    measuring.know(verdicts);
    CHECK(rooms.events.scan(scope, request.filter, [&](events::Finding const& finding) {
        measuring.count(finding);
        return true;
    }));
    return measuring.picture();
}

}  // namespace tocsin::reports
