#include "constituency/notice_settings.hpp"
#include "notifications/impl.hpp"
#include "notifications/rules/outgoing.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tocsin::notifications {
namespace {

constexpr std::size_t lines_at_once = 400'000;  // bounds the memory of a plan: about 200 MB
constexpr std::size_t digests_in_transaction = 64;
constexpr std::size_t most_listed = 1000;

/// Whether and how a finding is told, the same in both passes over the findings.
struct Choice {
    bool is_told = false;
    bool is_reminder = false;
    std::size_t rule = 0;
    std::string reason = {};  ///< why not, when a person should know; empty for the ordinary "told already"
};

/// Everything a plan looks at, taken once at its start.
struct Outlook {
    Timestamp now;
    std::int64_t watermark = 0, version = 0;
    ToldFindings told;
    std::shared_ptr<constituency::SuppressionTable const> suppressions;
    rules::Snoozed snoozed;
    std::optional<rules::Judge> judge;
    std::map<constituency::OrganisationId, constituency::NoticeSettings> wishes;  ///< of owners, where no rule decides
    Settings const* settings = nullptr;

    static Result<Outlook> take(Notifications::Impl& house) {
        Outlook outlook;
        outlook.now = house.clock.now();
        outlook.watermark = house.findings.watermark();
        outlook.settings = &house.settings;
        TRY(outlook.suppressions, house.constituency.suppressions());
        TRY(outlook.told, house.ledger.read([](store::Transaction& tx) { return ToldFindings::load(tx); }));
        TRY(outlook.snoozed, rules::Snoozed::load(house, outlook.now));
        TRY(outlook.wishes, constituency::all_notice_settings(house.ledger));
        TRY(auto in_force, rules::in_force(house));
        outlook.version = in_force.version;
        outlook.judge.emplace(std::move(in_force.set), house.settings, std::move(in_force.people));
        return outlook;
    }

    constituency::NoticeSettings const* wishes_of(std::int64_t organisation) const {
        auto const found = wishes.find({organisation});
        return found == wishes.end() ? nullptr : &found->second;
    }
    std::string_view least_severity(std::int64_t organisation) const {
        return rules::least_severity(*settings, wishes_of(organisation));
    }
    std::chrono::seconds interval(std::int64_t organisation, rules::Delivery const& delivery) const {
        return rules::interval_of(delivery, wishes_of(organisation));
    }

    Choice choose(events::Finding const& finding) const {
        if (finding.organisation == 0) return {.reason = "nobody is known to be responsible"};
        if (finding.said == events::Saying::not_ours || finding.said == events::Saying::false_positive)
            return {.reason = "the owner says: not theirs, or a false positive"};
        auto const rule = judge->rule_of(finding, now);
        auto const rank = severity_rank(finding.severity);
        if (judge->is_settings(rule) && rank <= 4 && rank > severity_rank(least_severity(finding.organisation)))
            return {.reason = "below the least severity that is warned about"};
        if (judge->drops(rule)) return {.reason = fmt::format("the rule \"{}\" leaves it out", judge->name_of(rule))};
        if (!suppressions->empty() && suppressions->match({.address = finding.address.value_or(IpAddress{}),
                                                           .organisation = {finding.organisation},
                                                           .feed = finding.feed,
                                                           .identifier = finding.identifier,
                                                           .now = now}))
            return {.reason = "suppressed"};
        if (auto const* const snooze = snoozed.find(finding.organisation, finding.identifier))
            return {.reason = rules::Snoozed::reason(*snooze)};
        auto const* const told_before = told.find(finding.id);
        if (told_before == nullptr || finding.returns > told_before->returns) return {.is_told = true, .rule = rule};
        auto const reminder = judge->reminder(rule);
        if (reminder == std::chrono::seconds::max() || now - told_before->at < reminder) return {};
        return {.is_told = true, .is_reminder = told_before->was_sent, .rule = rule};
    }
};

/// Whose findings, and how they are delivered.
using Share = std::pair<std::int64_t, std::size_t>;  ///< organisation, lane

struct Owner {
    constituency::OrganisationId id;
    std::size_t lane = 0;
    std::string name;
    constituency::OrganisationId recipient;
    std::string recipient_name = {};
    bool is_abroad = false;
    std::int64_t lines = 0;
    std::vector<Addressees> groups = {};
};

/// What there is to tell of one share.
struct Count {
    std::int64_t lines = 0, events = 0;
    bool is_abroad = false;
};

/// The lines of one share, and what of the rules they came by.
struct Gathered {
    std::vector<Line> lines;
    std::set<std::size_t> rules;
    int worst = 5;  ///< severity rank
};

class Planning {
  public:
    Planning(Notifications::Impl& house, access::Principal const& by, PlanRequest const& request)
        : house_(house), by_(by), request_(request) {}

    Result<Plan> run() {
        plan_.dry_run = request_.dry_run;
        CHECK(look_out());
        CHECK(count_lines());
        CHECK(find_owners());
        std::size_t next = 0;
        while (next < owners_.size()) {
            auto const first = next;
            std::size_t lines = 0;
            while (next < owners_.size() &&
                   (next == first || lines + static_cast<std::size_t>(owners_[next].lines) <= lines_at_once)) {
                lines += static_cast<std::size_t>(owners_[next].lines);
                ++next;
            }
            CHECK(write_to(std::span(owners_).subspan(first, next - first)));
        }
        list_left_out();
        return std::move(plan_);
    }

  private:
    std::vector<rules::Delivery> const& lanes() const { return outlook_.judge->lanes(); }

    Status look_out() {
        TRY(outlook_, Outlook::take(house_));
        maker_.emplace(house_, outlook_.now, outlook_.watermark);
        if (request_.ignore_interval) return {};
        auto longest = std::ranges::max(lanes(), {}, &rules::Delivery::interval).interval;
        for (auto const& [organisation, wish] : outlook_.wishes)
            longest = std::max(longest, wish.digest_every.value_or(longest));
        auto const since = outlook_.now - longest;
        TRY(recent_,
            house_.ledger.read([&](store::Transaction& tx) { return rules::tables::recent_digests(tx, since); }));
        return {};
    }

    static events::FindingFilter open_findings(std::vector<std::int64_t> organisations) {
        events::FindingFilter filter;
        filter.states = {events::FindingState::open};
        filter.organisations = std::move(organisations);
        return filter;
    }

    Status count_lines() {
        return house_.findings.scan(open_findings(request_.organisations), [&](events::Finding const& finding) {
            auto choice = outlook_.choose(finding);
            if (choice.is_told) {
                auto& count = counts_[{finding.organisation, outlook_.judge->lane_of(choice.rule)}];
                ++count.lines;
                count.events += finding.times;
                count.is_abroad = finding.lane == events::Lane::abroad;
            } else if (!choice.reason.empty()) {
                ++left_out_[{finding.organisation, std::move(choice.reason)}];
            }
            return true;
        });
    }

    Status find_owners() {
        for (auto const& [share, count] : counts_) {
            auto const& [number, lane] = share;
            auto const& delivery = lanes()[lane];
            if (auto const recent = recent_.find({number, delivery.lane});
                recent != recent_.end() && outlook_.now - recent->second < outlook_.interval(number, delivery)) {
                auto const next = recent->second + outlook_.interval(number, delivery);
                left_out_[{number, fmt::format("had a digest already; the next one after {}",
                                               format_timestamp(next))}] += count.lines;
                continue;
            }
            if (!rules::has_enough(delivery, count.lines, count.events)) {
                left_out_[{number, fmt::format("below the threshold of the rule \"{}\"", delivery.lane)}] +=
                    count.lines;
                continue;
            }
            CHECK(find_owner(share, count));
        }
        return {};
    }

    Status find_owner(Share const& share, Count const& count) {
        auto const& [number, lane] = share;
        auto const& delivery = lanes()[lane];
        auto const organisation = house_.constituency.directory().organisation({number});
        if (!organisation) {
            left_out_[{number, "the organisation is not in the directory any more"}] += count.lines;
            return {};
        }
        names_[number] = organisation->name;
        TRY(auto contacts, rules::audience(house_, {number}, delivery, outlook_.wishes_of(number)));
        if (contacts.groups.empty()) {
            left_out_[{number, contacts.reason}] += count.lines;
            return {};
        }
        Owner owner{.id = {number}, .lane = lane, .name = organisation->name, .recipient = contacts.recipient};
        owner.is_abroad = count.is_abroad;
        owner.lines = count.lines;
        owner.groups = std::move(contacts.groups);
        owner.recipient_name = owner.name;
        if (owner.recipient != owner.id) {
            TRY(auto const above, house_.constituency.directory().organisation(owner.recipient));
            owner.recipient_name = above.name;
        }
        owners_.push_back(std::move(owner));
        return {};
    }

    Status write_to(std::span<Owner const> owners) {
        std::map<Share, Gathered> gathered;
        std::vector<std::int64_t> organisations;
        for (auto const& owner : owners) {
            gathered[{owner.id.value, owner.lane}].lines.reserve(static_cast<std::size_t>(owner.lines));
            organisations.push_back(owner.id.value);
        }
        CHECK(house_.findings.scan(open_findings(std::move(organisations)), [&](events::Finding const& finding) {
            auto const choice = outlook_.choose(finding);
            if (!choice.is_told) return true;
            auto const of_owner = gathered.find({finding.organisation, outlook_.judge->lane_of(choice.rule)});
            if (of_owner == gathered.end()) return true;
            auto& into = of_owner->second;
            into.lines.push_back(line_of(finding, choice.is_reminder));
            into.rules.insert(choice.rule);
            into.worst = std::min(into.worst, severity_rank(finding.severity));
            return true;
        }));
        std::vector<rules::Outgoing> ready;
        for (auto const& owner : owners) {
            auto& of_owner = gathered[{owner.id.value, owner.lane}];
            if (of_owner.lines.empty()) continue;
            sort_lines(of_owner.lines);
            make_ready(owner, of_owner, ready);
            of_owner.lines = {};
            // An organisation's messages stay together, so that they are stored together.
            if (ready.size() >= digests_in_transaction) CHECK(store(ready));
        }
        return store(ready);
    }

    /// One message to each language, or to each language and class.
    void make_ready(Owner const& owner, Gathered const& of_owner, std::vector<rules::Outgoing>& ready) {
        if (lanes()[owner.lane].form == rules::Form::digest)
            return make_ready(owner, of_owner, of_owner.lines, of_owner.worst, ready);
        std::map<std::string_view, std::vector<Line>> classes;
        for (auto const& line : of_owner.lines) classes[line.identifier].push_back(line);
        for (auto const& [identifier, lines] : classes) {
            int worst = 5;
            for (auto const& line : lines) worst = std::min(worst, severity_rank(line.severity));
            make_ready(owner, of_owner, lines, worst, ready);
        }
    }

    void make_ready(Owner const& owner, Gathered const& of_owner, std::vector<Line> const& lines, int worst,
                    std::vector<rules::Outgoing>& ready) {
        auto const& delivery = lanes()[owner.lane];
        rules::Dress dress{.delivery = &delivery, .version = outlook_.version, .hold = request_.hold};
        for (auto const rule : of_owner.rules) {
            if (outlook_.judge->is_settings(rule)) continue;
            dress.rules += (dress.rules.empty() ? "" : "\n") + std::string(outlook_.judge->name_of(rule));
        }
        if (delivery.quiet) {
            dress.zone = outlook_.judge->zone_of(owner.id.value, *delivery.quiet);
            dress.is_urgent = worst <= delivery.quiet->urgent;
        }
        for (auto const& group : owner.groups) {
            auto digest = maker_->digest(owner.id, owner.name, owner.recipient, owner.recipient_name);
            digest.is_abroad = owner.is_abroad;
            digest.lines = lines;
            dress.to = &group;
            auto made = maker_->make(std::move(digest), dress);
            if (!made) {
                left_out_[{owner.id.value, made.error().message}] += static_cast<std::int64_t>(lines.size());
                continue;
            }
            for (auto const& removed : made->digest.decision().removed)
                ++left_out_[{owner.id.value, std::string(gate::words_of(removed.reason))}];
            ready.push_back(*std::move(made));
        }
    }

    /// Notifications, the findings they cover, disclosure and audit: one transaction.
    Status store(std::vector<rules::Outgoing>& ready) {
        if (!request_.dry_run && !ready.empty()) {
            TRY(auto const done, house_.ledger.write([&](store::Transaction& tx) -> Result<bool> {
                for (auto& one : ready) CHECK(maker_->store(tx, by_, one));
                CHECK(access::audit(tx, by_, outlook_.now,
                                    {.what = "notification.plan",
                                     .kind = "notification",
                                     .details = fmt::format(R"({{"notifications":{}}})", ready.size())}));
                return true;
            }));
            (void)done;
        }
        for (auto& one : ready) {
            ++plan_.notifications;
            plan_.findings += one.item.findings;
            if (!request_.dry_run) house_.changed(one.item.id);
            if (plan_.items.size() < most_listed) plan_.items.push_back(std::move(one.item));
        }
        ready.clear();
        return {};
    }

    void list_left_out() {
        for (auto const& [key, count] : left_out_) {
            if (plan_.left_out.size() >= most_listed) break;
            auto const& [number, reason] = key;
            if (number != 0 && !names_.contains(number)) {
                auto const organisation = house_.constituency.directory().organisation({number});
                names_[number] = organisation ? organisation->name : fmt::format("#{}", number);
            }
            plan_.left_out.push_back({number, number == 0 ? std::string() : names_[number], count, reason});
        }
    }

    Notifications::Impl& house_;
    access::Principal const& by_;
    PlanRequest const& request_;
    Outlook outlook_;
    std::optional<rules::Maker> maker_;
    rules::tables::Recent recent_;
    std::map<Share, Count> counts_;  ///< lines to tell
    std::map<std::pair<std::int64_t, std::string>, std::int64_t> left_out_;
    std::map<std::int64_t, std::string> names_;
    std::vector<Owner> owners_;
    Plan plan_;
};

}  // namespace

Result<Plan> Notifications::Impl::plan(access::Principal const& by, PlanRequest const& request) {
    std::scoped_lock const lock(plan_mutex);
    if (!request.dry_run) CHECK(rules::finish_campaigns(*this));
    TRY(auto made, Planning(*this, by, request).run());
    CHECK(rules::escalate(*this, by, request, made));
    if (!made.dry_run && made.notifications > 0) sender->wake();
    return made;
}

Status Notifications::Impl::finish_campaigns() {
    std::scoped_lock const lock(plan_mutex);
    TRY(auto const made, rules::finish_campaigns(*this));
    if (made > 0) sender->wake();
    return {};
}

void Notifications::Impl::plan_when_settled(std::stop_token const& stop) {
    using namespace std::chrono_literals;
    auto last_plan = std::chrono::steady_clock::now();
    // A campaign that an earlier process did not finish is a warning within minutes: it does not wait for a plan.
    if (auto const left = finish_campaigns(); !left) log::error("going on with a campaign: {}", left.error().message);
    while (!stop.stop_requested()) {
        bool is_time = false;
        {
            std::unique_lock lock(news_mutex);
            news_came.wait_for(lock, stop, last_news ? 1s : 60s, [] { return false; });
            auto const now = std::chrono::steady_clock::now();
            // Reminders and organisations whose interval has passed come up without news: once an hour.
            is_time = (last_news && now - *last_news >= settings.settle_time) || now - last_plan >= 1h;
            if (is_time) last_news.reset();
        }
        if (!is_time || stop.stop_requested()) continue;
        last_plan = std::chrono::steady_clock::now();
        auto const made = plan(access::server_principal(), {.organisations = {}, .hold = {}});
        if (!made) {
            log::error("planning warnings: {}", made.error().message);
        } else if (made->notifications > 0) {
            log::info("{} warnings about {} findings planned", made->notifications, made->findings);
        }
    }
}

}  // namespace tocsin::notifications
