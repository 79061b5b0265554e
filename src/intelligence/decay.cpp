#include "intelligence/decay.hpp"

#include "base/embedded.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace tocsin::intelligence {
namespace {

using formats::ObservableKind;

constexpr double micros_per_day = 86'400e6;
constexpr std::string_view catalogue = "catalogues/decay/by-type.json";

struct Pace {
    double days = 0;  ///< until the threshold, at the default confidence
    double speed = 1;
    double end = 0;  ///< days until nothing is left, whatever the confidence
};

struct Model {
    double confidence = 0, threshold = 0;
    std::map<std::string, int, std::less<>> opinions;
    std::map<ObservableKind, Pace> paces;
    Pace standard;
};

Model read_model() {
    auto const text = embedded::find(catalogue);
    formats::JsonTree tree;
    TOCSIN_ASSERT(text && tree.parse(*text));
    auto const root = tree.root();
    Model model;
    model.confidence = root["default_confidence"].number().value_or(0);
    model.threshold = root["threshold"].number().value_or(0);
    TOCSIN_ASSERT(model.confidence > model.threshold && model.threshold > 0);
    for (auto const word : root["opinions"])
        model.opinions.emplace(word.key(), static_cast<int>(word.integer().value_or(0)));
    for (auto const row : root["kinds"]) {
        Pace pace{.days = row["days"].number().value_or(0), .speed = row["speed"].number().value_or(0)};
        TOCSIN_ASSERT(pace.days > 0 && pace.speed > 0);
        pace.end = pace.days / std::pow(1 - model.threshold / model.confidence, pace.speed);
        for (auto const name : row["kinds"]) {
            if (name.text() == "*") {
                model.standard = pace;
                continue;
            }
            auto const kind = formats::observable_kind_of(name.text());
            TOCSIN_ASSERT(kind.has_value());
            model.paces.emplace(*kind, pace);
        }
    }
    TOCSIN_ASSERT(model.standard.days > 0);
    return model;
}

Model const& model() {
    static Model const read = read_model();
    return read;
}

Pace const& pace_of(ObservableKind kind) {
    auto const known = model().paces.find(kind);
    return known == model().paces.end() ? model().standard : known->second;
}

Timestamp after_days(Timestamp from, double days) {
    return {from.micros + static_cast<std::int64_t>(days * micros_per_day)};
}

std::string date_of(Timestamp time) {
    return format_date(time);
}

}  // namespace

std::chrono::hours lifetime_of(ObservableKind kind) {
    return std::chrono::hours(static_cast<std::int64_t>(pace_of(kind).days * 24));
}

int weight_of_opinion(std::string_view word) {
    auto const known = model().opinions.find(word);
    return known == model().opinions.end() ? 0 : known->second;
}

double least_score() {
    return model().threshold;
}

namespace {

/// `say` takes a maker of a reason.
template <class Say>
Standing stand(DecayQuestion const& question, Say&& say) {
    Standing standing;
    Pace pace = question.kinds.empty() ? model().standard : pace_of(question.kinds.front());
    auto slowest = question.kinds.empty() ? ObservableKind::other : question.kinds.front();
    for (auto const kind : question.kinds)
        if (pace_of(kind).days > pace.days) {
            pace = pace_of(kind);
            slowest = kind;
        }
    standing.end_days = pace.end;
    standing.speed = pace.speed;
    standing.fresh = question.since;
    bool const is_said = question.confidence > 0;  // 0 is "none" in every scale of STIX 2.1 appendix A: not said
    standing.base = is_said ? question.confidence : model().confidence;
    say([&] {
        return is_said ? WorthReason{"confidence", {std::to_string(question.confidence)}}
                       : WorthReason{"confidence_unsaid", {fmt::format("{}", model().confidence)}};
    });
    Timestamp last_opinion;
    for (auto const& sign : question.signs) {
        if (sign.is_sighting) {
            standing.fresh = std::max(standing.fresh, sign.at);
            continue;
        }
        standing.base += sign.weight;
        last_opinion = std::max(last_opinion, sign.at);
        if (sign.weight != 0)
            say([&] { return WorthReason{"opinion", {date_of(sign.at), fmt::format("{:+}", sign.weight)}}; });
    }
    standing.base = std::clamp(standing.base, 0.0, 100.0);
    if (standing.fresh > question.since) say([&] { return WorthReason{"seen", {date_of(standing.fresh)}}; });
    if (standing.base <= model().threshold) {
        standing.until = std::max(question.since, last_opinion);
        if (question.valid_until.micros != 0) standing.until = std::min(standing.until, question.valid_until);
        say([&] { return WorthReason{"below", {fmt::format("{}", model().threshold)}}; });
        return standing;
    }
    if (question.valid_until.micros != 0) {
        standing.is_fixed = true;
        standing.until = question.valid_until;
        auto const left = static_cast<double>((question.valid_until - standing.fresh).count()) / micros_per_day;
        standing.end_days = std::max(left, 1.0 / 86'400);
        say([&] { return WorthReason{"valid_until", {date_of(question.valid_until)}}; });
        return standing;
    }
    auto const days = pace.end * std::pow(1 - model().threshold / standing.base, pace.speed);
    standing.until = after_days(standing.fresh, days);
    say([&] {
        return WorthReason{
            "lasts", {std::string(formats::name_of(slowest)), fmt::format("{:.0f}", days), date_of(standing.fresh)}};
    });
    return standing;
}

}  // namespace

Standing standing_of(DecayQuestion const& question) {
    std::vector<WorthReason> reasons;
    auto standing = stand(question, [&](auto const& reason) { reasons.push_back(reason()); });
    standing.reasons = std::move(reasons);
    return standing;
}

Timestamp matched_until(DecayQuestion const& question) {
    return stand(question, [](auto const&) {}).until;
}

double score_at(Standing const& standing, Timestamp now) {
    double const days = std::max(0.0, static_cast<double>((now - standing.fresh).count()) / micros_per_day);
    if (standing.is_fixed && now >= standing.until) return 0;
    double const left = 1 - std::pow(std::min(1.0, days / standing.end_days), 1 / standing.speed);
    return standing.base * left;
}

}  // namespace tocsin::intelligence
