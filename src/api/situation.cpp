#include "api/situation.hpp"

#include <algorithm>

namespace tocsin::api {

namespace {

using events::Finding;
using events::FindingState;

struct Pair {
    std::int64_t before = 0;
    std::int64_t now = 0;
};

bool is_open(Finding const& finding) {
    return finding.state == FindingState::open || finding.state == FindingState::back;
}

bool was_open(Finding const& finding, Timestamp at) {
    return finding.first_seen <= at && (!finding.repaired || *finding.repaired > at);
}

template <class Key>
std::vector<std::pair<Key, std::int64_t>> largest(std::map<Key, Pair> const& counts) {
    std::vector<std::pair<Key, std::int64_t>> all;
    for (auto const& [key, pair] : counts) {
        if (pair.now > 0) all.emplace_back(key, pair.now);
    }
    std::ranges::sort(all, [](auto const& a, auto const& b) { return a.second > b.second; });
    if (all.size() > 10) all.resize(10);
    return all;
}

struct Counting {
    Situation situation;
    std::map<std::string, Pair> by_class, by_feed;
    std::map<std::int64_t, Pair> by_organisation;

    void count(Finding const& finding, Timestamp horizon) {
        if (finding.state == FindingState::false_positive) return;
        auto const day_before = horizon - std::chrono::hours(24);
        auto const now = is_open(finding) ? 1 : 0;
        auto const before = was_open(finding, horizon - std::chrono::days(7)) ? 1 : 0;
        if (now == 1) {
            ++situation.open;
            ++situation.by_severity[finding.severity.empty() ? "info" : finding.severity];
            auto& open = situation.open_of[finding.organisation];
            if (finding.said == events::Saying::not_ours || finding.said == events::Saying::false_positive)
                if (auto& disputed = situation.disputed_of[finding.organisation]; disputed.count++ == 0)
                    disputed.example = finding.id;
            if (open.count++ == 0 || finding.first_seen < open.since) open.since = finding.first_seen;
        }
        if (finding.first_seen > day_before) ++situation.new_findings;
        if (finding.state == FindingState::back && finding.last_seen > day_before) ++situation.back_again;
        if (finding.repaired && *finding.repaired > day_before) ++situation.repaired;
        for (auto* pair : {&by_class[finding.type], &by_feed[finding.feed], &by_organisation[finding.organisation]}) {
            pair->now += now;
            pair->before += before;
        }
    }

    void rank() {
        std::vector<Trend> trends;
        for (auto const& [id, pair] : by_organisation) {
            if (id != 0) trends.push_back({"organisation", std::to_string(id), pair.before, pair.now});
        }
        for (auto const& [id, pair] : by_class) trends.push_back({"class", id, pair.before, pair.now});
        for (auto const& [id, pair] : by_feed) trends.push_back({"feed", id, pair.before, pair.now});
        std::ranges::sort(trends, [](Trend const& a, Trend const& b) { return a.change() > b.change(); });
        for (auto const& trend : trends) {
            if (trend.change() > 0 && situation.worse.size() < 10) situation.worse.push_back(trend);
        }
        std::ranges::reverse(trends);
        for (auto const& trend : trends) {
            if (trend.change() < 0 && situation.better.size() < 10) situation.better.push_back(trend);
        }
        situation.by_class = largest(by_class);
        situation.by_organisation = largest(by_organisation);
    }
};

}  // namespace

Result<std::shared_ptr<Situation const>> SituationCache::get(events::Events const& events, events::Scope const& scope,
                                                             Timestamp now) {
    std::lock_guard const lock(mutex_);
    auto const watermark = events.watermark();
    std::erase_if(
        kept_, [&](Kept const& one) { return one.watermark != watermark || now - one.at >= std::chrono::minutes(10); });
    for (auto const& one : kept_)
        if (one.scope.shows_as_much_as(scope)) return one.situation;
    TRY(auto const newest, events.findings(scope, {}, events::FindingOrder::last_seen_down, {.after = "", .limit = 1}));
    auto const horizon = newest.items.empty() ? now : newest.items.front().last_seen;
    Counting counting;
    CHECK(events.scan(scope, events::FindingFilter{}, [&](Finding const& finding) {
        counting.count(finding, horizon);
        return true;
    }));
    counting.rank();
    if (kept_.size() == most_kept) kept_.erase(kept_.begin());
    kept_.push_back({scope, std::make_shared<Situation const>(std::move(counting.situation)), watermark, now});
    return kept_.back().situation;
}

}  // namespace tocsin::api
