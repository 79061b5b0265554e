#include "notifications/rules/cohorts.hpp"
#include "notifications/rules/outgoing.hpp"
#include "notifications/rules/walk.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <thread>
#include <tuple>
#include <unordered_map>

/// What a rule set would have sent: one pass over all findings, then a walk through the hours of each organisation.
namespace tocsin::notifications {
namespace rules {
namespace {

constexpr std::size_t most_threads = 4;

/// One of the two rule sets that are held against each other.
struct Side {
    std::shared_ptr<RuleSet const> set;
    std::optional<Paths> paths;
    Outcomes outcomes;
};
using Sides = std::array<Side, 2>;

/// What one thread sees of the findings, and what it makes of them.
class Part {
  public:
    struct Shared {
        Notifications::Impl& house;
        Window const& window;
        Sides& sides;
        Marks& marks;
        bool by_class = false, by_rank = false;  ///< what marks are made of
        Snoozed const& snoozed;
        constituency::SuppressionTable const& suppressions;
        std::map<constituency::OrganisationId, constituency::NoticeSettings> const& wishes;
    };
    struct Organisation {
        int least = 4;
        bool is_snoozed = false;  ///< something of it may be
        bool is_abroad = false;
        std::vector<Counting::OfOrganisation> sides;
    };

    Part(Shared const& shared, std::shared_ptr<People const> const& people) : shared_(shared) {
        for (auto& side : shared.sides) {
            judges_.push_back(std::make_unique<Judge>(side.set, shared.house.settings, people));
            countings_.push_back(std::make_unique<Counting>(*judges_.back(), shared.window, *side.paths));
        }
    }

    bool look_at(events::FindingBrief const& finding) {
        ++seen;
        bool const is_out = finding.organisation == 0 || finding.state == events::FindingState::false_positive ||
                            finding.said == events::Saying::not_ours || finding.said == events::Saying::false_positive;
        if (is_out) return true;
        auto const& window = shared_.window;
        std::int64_t const end = window.hours() - 1;
        auto const first = window.hour_of(finding.first_seen);
        auto const last = finding.closed ? window.hour_of(*finding.closed) - 1 : end;
        if (last < 0 || first > end) return true;
        auto& organisation = of(finding.organisation);
        organisation.is_abroad = finding.lane == events::Lane::abroad;
        if (organisation.is_snoozed && shared_.snoozed.find(finding.organisation, finding.kind->identifier) != nullptr)
            return true;
        if (!shared_.suppressions.empty() && is_suppressed(finding)) return true;
        auto const& kind = of(*finding.kind);
        Counting::Life const life{first, std::min(last, end), kind.mark, kind.rank, organisation.least};
        bool is_good = kind.mark < Marks::most;
        for (std::size_t side = 0; side < countings_.size(); ++side)
            is_good = is_good && countings_[side]->look_at(finding, kind.sides[side], organisation.sides[side], life);
        is_too_much = !is_good;
        return is_good;
    }

    Judge const& judge(std::size_t side) const { return *judges_[side]; }
    std::unordered_map<std::int64_t, Organisation> const& organisations() const { return organisations_; }

    std::int64_t seen = 0;
    bool is_too_much = false;  ///< there are more fates than can be counted

  private:
    struct Kind {
        bool is_known = false;
        std::size_t mark = 0;
        int rank = 5;
        std::vector<Counting::OfKind> sides;
    };

    Kind const& of(events::FindingKind const& kind) {
        if (kind.number >= kinds_.size()) kinds_.resize(kind.number + std::size_t{1});
        auto& known = kinds_[kind.number];
        if (known.is_known) return known;
        known.is_known = true;
        known.rank = severity_rank(kind.severity);
        known.mark = shared_.marks.number_of(
            {shared_.by_class ? kind.identifier : std::string(), shared_.by_rank ? known.rank : 0, kind.tlp});
        for (auto const& counting : countings_) known.sides.push_back(counting->of_kind(kind));
        return known;
    }

    /// Findings come by address, so mostly the one asked for last.
    Organisation& of(std::int64_t id) {
        if (last_ != nullptr && last_id_ == id) return *last_;
        auto const [at, is_new] = organisations_.try_emplace(id);
        if (is_new) {
            auto const wish = shared_.wishes.find({id});
            auto const* const said = wish == shared_.wishes.end() ? nullptr : &wish->second;
            at->second.least = severity_rank(least_severity(shared_.house.settings, said));
            at->second.is_snoozed = shared_.snoozed.concerns(id);
            for (auto const& counting : countings_) at->second.sides.push_back(counting->of_organisation(id));
        }
        last_ = &at->second;
        last_id_ = id;
        return *last_;
    }

    /// As it is now: suppressions and snoozes of the past are not known at each hour.
    bool is_suppressed(events::FindingBrief const& finding) const {
        return shared_.suppressions
            .match({.address = finding.address,
                    .organisation = {finding.organisation},
                    .feed = finding.kind->feed,
                    .identifier = finding.kind->identifier,
                    .now = shared_.window.to})
            .has_value();
    }

    Shared shared_;
    std::vector<std::unique_ptr<Judge>> judges_;
    std::vector<std::unique_ptr<Counting>> countings_;
    std::vector<Kind> kinds_;
    std::unordered_map<std::int64_t, Organisation> organisations_;
    Organisation* last_ = nullptr;
    std::int64_t last_id_ = 0;
};

/// For a house whose findings are a list: the same from whole findings.
class Shortened {
  public:
    events::FindingBrief of(events::Finding const& finding) {
        auto const [at, is_new] = kinds_.try_emplace(std::tuple(finding.feed, finding.taxonomy, finding.type,
                                                                finding.identifier, finding.severity, finding.tlp));
        if (is_new)
            at->second = {static_cast<std::uint32_t>(kinds_.size() - 1),
                          finding.feed,
                          finding.taxonomy,
                          finding.type,
                          finding.identifier,
                          finding.severity,
                          finding.tlp};
        events::FindingBrief brief{.kind = &at->second,
                                   .organisation = finding.organisation,
                                   .lane = finding.lane,
                                   .state = finding.state,
                                   .said = finding.said,
                                   .address = finding.address.value_or(IpAddress{}),
                                   .asn = finding.asn.value_or(0),
                                   .first_seen = finding.first_seen,
                                   .times = finding.times};
        if (finding.country.size() == 2) brief.country_letters = {finding.country[0], finding.country[1]};
        if (finding.state == events::FindingState::repaired)
            brief.closed = finding.repaired.value_or(finding.last_seen);
        return brief;
    }

  private:
    std::map<std::tuple<std::string, std::string, std::string, std::string, std::string, std::string>,
             events::FindingKind>
        kinds_;
};

class Simulating {
  public:
    Simulating(Notifications::Impl& house, SimulationRequest const& request) : house_(house), request_(request) {}

    Result<Simulation> run() {
        auto const started = std::chrono::steady_clock::now();
        if (request_.days < 1 || request_.days > most_days)
            return fail(Code::invalid, fmt::format("days: expected 1 to {}", most_days));
        CHECK(prepare());
        CHECK(look());
        CHECK(walk());
        auto simulation = tell();
        simulation.milliseconds =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started).count();
        return simulation;
    }

  private:
    Status prepare() {
        window_.to = Timestamp{house_.clock.now().micros / hour_micros * hour_micros + hour_micros};
        window_.from = window_.to - std::chrono::hours(24 * request_.days);
        TRY(auto in_force, rules::in_force(house_));
        auto& [then, now] = sides_;
        now.set = in_force.set;
        then.set = in_force.set;
        if (request_.text) {
            auto parsed = parse_rules(*request_.text);
            if (!parsed.faults.empty()) return fail(Code::invalid, "rules: " + text_of(parsed.faults));
            then.set = std::make_shared<RuleSet const>(std::move(parsed.set));
        } else {
            now.set = std::make_shared<RuleSet const>();
        }
        TRY(people_, People::load(house_.constituency.directory()));
        TRY(snoozed_, Snoozed::load(house_, house_.clock.now()));
        TRY(suppressions_, house_.constituency.suppressions());
        TRY(wishes_, constituency::all_notice_settings(house_.ledger));
        bool by_class = false, by_rank = false;
        for (auto& side : sides_) {
            side.paths.emplace(side.set->rules.size() + 2);
            for (auto const& rule : side.set->rules) {
                by_class = by_class || rule.then.form == Form::each_class;
                by_rank = by_rank || rule.then.quiet;
            }
        }
        auto const threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most_threads);
        for (std::size_t i = 0; i < threads; ++i)
            parts_.push_back(std::make_unique<Part>(
                Part::Shared{house_, window_, sides_, marks_, by_class, by_rank, snoozed_, *suppressions_, wishes_},
                people_));
        return {};
    }

    Status look() {
        if (!house_.findings.scan_briefly) {
            Shortened shortened;
            CHECK(house_.findings.scan(
                {}, [&](events::Finding const& finding) { return parts_[0]->look_at(shortened.of(finding)); }));
        } else {
            std::vector<std::function<bool(events::FindingBrief const&)>> each;
            for (auto const& part : parts_)
                each.emplace_back(
                    [one = part.get()](events::FindingBrief const& finding) { return one->look_at(finding); });
            CHECK(house_.findings.scan_briefly({}, each));
        }
        if (std::ranges::any_of(parts_, &Part::is_too_much))
            return fail(Code::limit,
                        "the findings differ in more ways than the simulator can keep apart; ask for fewer "
                        "days, or for fewer rules with open_for");
        return {};
    }

    /// The organisations, shared among threads.
    Status walk() {
        std::vector<std::int64_t> all;
        for (auto const& part : parts_)
            for (auto const& [id, organisation] : part->organisations()) all.push_back(id);
        std::ranges::sort(all);
        all.erase(std::ranges::unique(all).begin(), all.end());
        std::atomic<std::size_t> next = 0;
        std::mutex mutex;  // guards what the threads have found
        Status status;
        auto const work = [&](Part const& own) {
            Audiences audiences(house_);
            std::vector<Walk> walks;
            for (std::size_t side = 0; side < sides_.size(); ++side)
                walks.emplace_back(own.judge(side), window_, *sides_[side].paths, marks_, audiences);
            Status mine;
            for (auto at = next++; at < all.size() && mine; at = next++) mine = walk(all[at], walks);
            std::lock_guard const lock(mutex);
            if (status) status = mine;
            for (std::size_t side = 0; side < sides_.size(); ++side)
                sides_[side].outcomes.take_from(walks[side].outcomes());
        };
        {
            std::vector<std::jthread> others;
            for (std::size_t i = 1; i < parts_.size(); ++i) others.emplace_back([&, i] { work(*parts_[i]); });
            work(*parts_[0]);
        }
        return status;
    }

    /// What the threads have seen of one organisation is put together first.
    Status walk(std::int64_t id, std::vector<Walk>& walks) const {
        auto const wish = wishes_.find({id});
        Subject subject{.organisation = id, .wish = wish == wishes_.end() ? nullptr : &wish->second};
        for (std::size_t side = 0; side < walks.size(); ++side) {
            std::vector<Cohort> cohorts;
            Raised raised;
            for (auto const& part : parts_) {
                auto const found = part->organisations().find(id);
                if (found == part->organisations().end()) continue;
                auto const& of_side = found->second.sides[side];
                subject.is_abroad = subject.is_abroad || found->second.is_abroad;
                cohorts.insert(cohorts.end(), of_side.cohorts.all().begin(), of_side.cohorts.all().end());
                raised.resize(of_side.raised.size());
                for (std::size_t step = 0; step < raised.size(); ++step) raised[step] |= of_side.raised[step];
            }
            fold(cohorts);
            CHECK(walks[side].over(subject, cohorts, raised));
        }
        return {};
    }

    Simulation tell() {
        Simulation simulation;
        simulation.from = window_.from;
        simulation.to = window_.to;
        for (auto const& part : parts_) simulation.findings_seen += part->seen;
        auto const& then = sides_[0].outcomes;
        auto const& now = sides_[1].outcomes;
        simulation.total = {then.total, now.total};
        for (int day = 0; day < window_.days(); ++day) {
            auto const place = static_cast<std::size_t>(day);
            simulation.days.push_back(
                {window_.from + std::chrono::hours(24 * day), {then.days[place], now.days[place]}});
        }
        list_rules(parts_[0]->judge(0), then, simulation.rules);
        list_rules(parts_[0]->judge(1), now, simulation.rules_now);
        list_organisations(then, now, simulation);
        return simulation;
    }

    static void list_rules(Judge const& judge, Outcomes const& outcomes,
                           std::vector<std::pair<std::string, RuleTally>>& into) {
        for (std::size_t rule = 0; rule < judge.rules(); ++rule)
            into.emplace_back(judge.name_of(rule), outcomes.rules[rule]);
    }

    void list_organisations(Outcomes const& then, Outcomes const& now, Simulation& simulation) const {
        std::map<std::int64_t, RuleTallies> all;
        for (auto const& [id, tally] : then.organisations) all[id].then = tally;
        for (auto const& [id, tally] : now.organisations) all[id].now = tally;
        simulation.organisations_seen = static_cast<std::int64_t>(all.size());
        for (auto const& [id, tallies] : all) {
            auto const* const facts = people_->find(id);
            simulation.organisations.push_back({id, facts == nullptr ? fmt::format("#{}", id) : facts->name, tallies});
        }
        auto const change = [](auto const& one) {
            auto const sum = [](RuleTally const& tally) { return tally.messages + tally.held; };
            return std::tuple(-std::abs(sum(one.tallies.then) - sum(one.tallies.now)), -sum(one.tallies.then), one.id);
        };
        std::ranges::sort(simulation.organisations, {}, change);
        if (simulation.organisations.size() > request_.most_organisations)
            simulation.organisations.resize(request_.most_organisations);
    }

    Notifications::Impl& house_;
    SimulationRequest const& request_;
    Window window_;
    Sides sides_;
    Marks marks_;
    std::shared_ptr<People const> people_;
    Snoozed snoozed_;
    std::shared_ptr<constituency::SuppressionTable const> suppressions_;
    std::map<constituency::OrganisationId, constituency::NoticeSettings> wishes_;
    std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace
}  // namespace rules

Result<Simulation> Rules::simulate(SimulationRequest const& request) {
    return rules::Simulating(house_, request).run();
}

}  // namespace tocsin::notifications
