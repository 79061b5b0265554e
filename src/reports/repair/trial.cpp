#include "reports/repair/trial.hpp"

#include "base/random.hpp"
#include "reports/repair/measuring.hpp"
#include "reports/repair/numbers.hpp"
#include "reports/reports.hpp"

#include <algorithm>
#include <cmath>

namespace tocsin::reports {
namespace {

constexpr double z95 = 1.959963984540054;
constexpr std::string_view part_names[] = {"subject", "intro", "note"};
constexpr std::string_view verdict_names[] = {"not_enough", "a_better", "b_better", "no_difference"};
constexpr std::int64_t fewest_organisations = 20;

double error_of(Interval const& interval) {
    return (interval.high - interval.low) / (2 * z95);
}

}  // namespace

std::string_view name_of(Part part) {
    return part_names[static_cast<std::size_t>(part)];
}
std::optional<Part> part_named(std::string_view name) {
    for (auto const part : {Part::subject, Part::intro, Part::note})
        if (name == name_of(part)) return part;
    return std::nullopt;
}
std::string_view name_of(Variant variant) {
    return variant == Variant::a ? "a" : "b";
}
std::string_view name_of(Verdict verdict) {
    return verdict_names[static_cast<std::size_t>(verdict)];
}

std::int64_t organisations_wanted(std::int64_t difference) {
    auto const d = static_cast<double>(difference) / 100;
    auto const low = 0.5 - d / 2, high = 0.5 + d / 2;
    constexpr double power80 = 0.8416212335729143;
    auto const n = std::pow((z95 + power80) / d, 2) * (low * (1 - low) + high * (1 - high));
    return std::max(fewest_organisations, static_cast<std::int64_t>(std::ceil(n)));
}

std::map<std::int64_t, Variant> draw(std::map<std::int64_t, std::string> const& sectors, std::uint64_t seed) {
    Random random(seed);
    std::map<std::string, std::vector<std::int64_t>> by_sector;
    for (auto const& [organisation, sector] : sectors) by_sector[sector].push_back(organisation);
    std::map<std::int64_t, Variant> drawn;
    auto next = random.chance(0.5) ? Variant::a : Variant::b;
    for (auto& [sector, organisations] : by_sector) {
        for (auto i = organisations.size(); i > 1; --i) std::swap(organisations[i - 1], organisations[random.below(i)]);
        for (auto const organisation : organisations) {
            drawn.emplace(organisation, next);
            next = next == Variant::a ? Variant::b : Variant::a;
        }
    }
    return drawn;
}

std::optional<Interval> share_of(std::vector<Cluster> const& clusters) {
    double of = 0, with = 0;
    for (auto const& one : clusters) {
        of += static_cast<double>(one.of);
        with += static_cast<double>(one.with);
    }
    if (of == 0) return std::nullopt;
    auto const share = with / of;
    double squares = 0;
    for (auto const& one : clusters)
        squares += std::pow(static_cast<double>(one.with) - share * static_cast<double>(one.of), 2);
    auto const n = static_cast<double>(clusters.size());
    auto const variance = n > 1 ? n / (n - 1) * squares / (of * of) : 0.25;  // one alone says nothing
    auto const spread = z95 * std::sqrt(variance);
    return Interval{share, share - spread, share + spread};
}

void Trial::count(events::Finding const& finding, Timestamp told) {
    auto const drawn = draw_.find(finding.organisation);
    if (drawn == draw_.end() || told < experiment_.started) return;
    if (experiment_.stopped && told >= *experiment_.stopped) return;
    auto const course = course_of(finding, told);
    if (course.standing == Standing::ruled_out || !course.told_on) return;
    auto& side = sides_[static_cast<std::size_t>(drawn->second)];
    auto const days = course.days - *course.told_on;
    ++side.findings;
    side.durations.add(days, course.is_repaired);
    auto& owner = side.owners[finding.organisation];
    auto const count_within = [&](Share& share, int span) {
        if (told + std::chrono::hours(24 * span) > now_) return;  // too young to be asked
        ++share.of;
        share.repaired += course.is_repaired && days <= span;
    };
    count_within(owner.within_7, 7);
    count_within(owner.within_30, 30);
}

VariantResult Trial::result_of(Variant variant) const {
    auto const& side = sides_[static_cast<std::size_t>(variant)];
    VariantResult result{.organisations = experiment_.organisations[static_cast<std::size_t>(variant)],
                         .warned = std::ssize(side.owners),
                         .findings = side.findings,
                         .within_7 = {},
                         .within_30 = {},
                         .curve = curve_of(side.durations)};
    std::vector<Cluster> of_7, of_30;
    for (auto const& [organisation, owner] : side.owners) {
        if (owner.within_7.of > 0) of_7.push_back({owner.within_7.of, owner.within_7.repaired});
        if (owner.within_30.of > 0) of_30.push_back({owner.within_30.of, owner.within_30.repaired});
    }
    result.followed = std::ssize(of_30);
    auto const shown = [](std::optional<Interval> share) {
        if (share) share = Interval{share->value, std::max(0.0, share->low), std::min(1.0, share->high)};
        return share;
    };
    result.within_7 = shown(share_of(of_7));
    result.within_30 = share_of(of_30);
    return result;
}

ExperimentResult Trial::result() const {
    ExperimentResult result{.variants = {result_of(Variant::a), result_of(Variant::b)}, .difference = {}};
    auto& [a, b] = result.variants;
    if (a.within_30 && b.within_30) {
        auto const difference = b.within_30->value - a.within_30->value;
        auto const spread = z95 * std::hypot(error_of(*a.within_30), error_of(*b.within_30));
        result.difference = Interval{difference, difference - spread, difference + spread};
        if (a.followed >= experiment_.wanted && b.followed >= experiment_.wanted)
            result.verdict = result.difference->low > 0    ? Verdict::b_better
                             : result.difference->high < 0 ? Verdict::a_better
                                                           : Verdict::no_difference;
    }
    for (auto& variant : result.variants)
        if (variant.within_30)
            variant.within_30 = Interval{variant.within_30->value, std::max(0.0, variant.within_30->low),
                                         std::min(1.0, variant.within_30->high)};
    return result;
}

Result<ExperimentResult> result_of(Rooms const& rooms, Experiment const& experiment, Timestamp now,
                                   access::Principal const& by) {
    TRY(auto const draw, draw_of(rooms.ledger, experiment.id));
    TRY(auto const told, rooms.notifications.warned(Timestamp{0}, Timestamp{0}));
    events::FindingFilter filter;
    if (!experiment.identifier.empty()) filter.identifiers = {experiment.identifier};
    auto const scope = rooms.gate.scope<events::StoredEvent>(gate::Recipient::team(by));
    Trial trial(experiment, draw, now);
    CHECK(rooms.events.scan(scope, filter, [&](events::Finding const& finding) {
        if (auto const at = told.first.find(finding.id); at != told.first.end()) trial.count(finding, at->second);
        return true;
    }));
    return trial.result();
}

namespace {

void append(JsonWriter& json, VariantResult const& result) {
    json.object().field("organisations", result.organisations).field("warned", result.warned);
    json.field("followed", result.followed).field("findings", result.findings);
    append_interval(json, "within_7", result.within_7);
    append_interval(json, "within_30", result.within_30);
    append_median(json, "median_days", result.curve.median());
    json.end();
}

}  // namespace

void append(JsonWriter& json, Experiment const& experiment, ExperimentResult const* result) {
    json.object().field("id", experiment.id.value).field("name", experiment.name);
    json.field("identifier", experiment.identifier).field("part", name_of(experiment.part));
    json.field("difference", experiment.difference).field("wanted", experiment.wanted);
    json.field("seed", experiment.seed).field("started", experiment.started);
    json.field("started_by", experiment.started_by).field_or_null("stopped", experiment.stopped);
    json.field("reason", experiment.reason).key("variants").array();
    for (auto const variant : {Variant::a, Variant::b}) {
        auto const place = static_cast<std::size_t>(variant);
        json.object().field("variant", name_of(variant)).field("organisations", experiment.organisations[place]);
        json.key("texts").object();
        for (auto const& [language, text] : experiment.texts[place]) json.field(language, text);
        json.end().end();
    }
    json.end();
    if (result != nullptr) {
        json.key("result").object().field("verdict", name_of(result->verdict));
        append_interval(json, "difference", result->difference);
        json.key("variants").array();
        for (auto const& variant : result->variants) append(json, variant);
        json.end().end();
    }
    json.end();
}

}  // namespace tocsin::reports
