#include "notifications/impl.hpp"
#include "notifications/texts.hpp"

#include <algorithm>
#include <map>

namespace tocsin::notifications {
namespace {

constexpr std::size_t lines_at_once = 200'000;  // bounds the memory of a plan: about 100 MB
constexpr std::size_t digests_in_transaction = 64;
constexpr std::size_t most_listed = 1000;

/// Whether and how a finding is told, the same in both passes over the findings.
struct Choice {
    bool is_told = false;
    bool is_reminder = false;
    std::string_view reason = {};  ///< why not, when a person should know; empty for the ordinary "told already"
};

/// Everything a plan looks at, taken once at its start.
struct Outlook {
    Timestamp now;
    std::int64_t watermark = 0;
    ToldFindings told;
    std::shared_ptr<constituency::SuppressionTable const> suppressions;
    Settings const* settings = nullptr;

    Choice choose(events::Finding const& finding) const {
        if (finding.organisation == 0) return {.reason = "nobody is known to be responsible"};
        if (finding.said == events::Saying::not_ours || finding.said == events::Saying::false_positive)
            return {.reason = "the owner says: not theirs, or a false positive"};
        auto const rank = severity_rank(finding.severity);
        if (rank <= 4 && rank > severity_rank(settings->least_severity))
            return {.reason = "below the least severity that is warned about"};
        if (!suppressions->empty() && suppressions->match({.address = finding.address.value_or(IpAddress{}),
                                                           .organisation = {finding.organisation},
                                                           .feed = finding.feed,
                                                           .identifier = finding.identifier,
                                                           .now = now}))
            return {.reason = "suppressed"};
        auto const* const told_before = told.find(finding.id);
        if (told_before == nullptr || finding.returns > told_before->returns) return {.is_told = true};
        if (now - told_before->at < settings->reminder_interval) return {};
        return {.is_told = true, .is_reminder = told_before->was_sent};
    }
};

struct Owner {
    constituency::OrganisationId id;
    std::string name;
    constituency::OrganisationId recipient;
    std::string recipient_name = {};
    bool is_abroad = false;
    std::int64_t lines = 0;
    std::vector<Addressees> groups = {};
};

/// What there is to tell of one organisation.
struct Count {
    std::int64_t lines = 0;
    bool is_abroad = false;
};

/// One message, cleared and rendered, ready to be stored.
struct Ready {
    gate::Cleared<Digest> digest;
    NewNotification fresh;
    std::string link;
    PlanItem item;
};

std::string decision_text(gate::Decision const& decision) {
    std::string out(gate::words_of(decision.reason));
    if (!decision.removed.empty())
        out +=
            fmt::format(" ({} left out: {})", decision.removed.size(), gate::words_of(decision.removed.front().reason));
    return out;
}

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
    Status look_out() {
        outlook_.now = house_.clock.now();
        outlook_.watermark = house_.findings.watermark();
        outlook_.settings = &house_.settings;
        TRY(outlook_.suppressions, house_.constituency.suppressions());
        TRY(outlook_.told, house_.ledger.read([](store::Transaction& tx) { return ToldFindings::load(tx); }));
        if (request_.ignore_interval) return {};
        auto const since = outlook_.now - house_.settings.digest_interval;
        TRY(recent_, house_.ledger.read([&](store::Transaction& tx) { return tables::recent_digests(tx, since); }));
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
            auto const choice = outlook_.choose(finding);
            if (choice.is_told) {
                auto& count = counts_[finding.organisation];
                ++count.lines;
                count.is_abroad = finding.lane == events::Lane::abroad;
            } else if (!choice.reason.empty()) {
                ++left_out_[{finding.organisation, std::string(choice.reason)}];
            }
            return true;
        });
    }

    Status find_owners() {
        for (auto const& [number, count] : counts_) {
            if (auto const recent = recent_.find(number); recent != recent_.end()) {
                auto const next = recent->second + house_.settings.digest_interval;
                left_out_[{number, fmt::format("had a digest already; the next one after {}",
                                               format_timestamp(next))}] += count.lines;
                continue;
            }
            CHECK(find_owner(number, count));
        }
        return {};
    }

    Status find_owner(std::int64_t number, Count const& count) {
        auto const organisation = house_.constituency.directory().organisation({number});
        if (!organisation) {
            left_out_[{number, "the organisation is not in the directory any more"}] += count.lines;
            return {};
        }
        names_[number] = organisation->name;
        TRY(auto contacts, house_.contacts_of({number}));
        if (contacts.groups.empty()) {
            left_out_[{number, contacts.reason}] += count.lines;
            return {};
        }
        Owner owner{.id = {number}, .name = organisation->name, .recipient = contacts.recipient};
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
        std::unordered_map<std::int64_t, std::vector<Line>> lines;
        for (auto const& owner : owners) lines[owner.id.value].reserve(static_cast<std::size_t>(owner.lines));
        CHECK(house_.findings.scan(open_findings(request_.organisations), [&](events::Finding const& finding) {
            auto const of_owner = lines.find(finding.organisation);
            if (of_owner == lines.end()) return true;
            auto const choice = outlook_.choose(finding);
            if (choice.is_told) of_owner->second.push_back(line_of(finding, choice.is_reminder));
            return true;
        }));
        std::vector<Ready> ready;
        for (auto const& owner : owners) {
            auto& of_owner = lines[owner.id.value];
            if (of_owner.empty()) continue;
            sort_lines(of_owner);
            for (auto const& group : owner.groups) make_ready(owner, group, of_owner, ready);
            of_owner = {};
            // An organisation's messages stay together, so that they are stored together.
            if (ready.size() >= digests_in_transaction) CHECK(store(ready));
        }
        return store(ready);
    }

    void make_ready(Owner const& owner, Addressees const& group, std::vector<Line> const& lines,
                    std::vector<Ready>& ready) {
        Digest digest{
            .organisation = owner.id,
            .organisation_name = owner.name,
            .recipient = owner.recipient,
            .recipient_name = owner.recipient_name,
            .is_abroad = owner.is_abroad,
            .message_id = fmt::format("{}@{}", to_hex(secret_bytes(16)), net::mail_domain(house_.settings.team_email)),
            .lines = lines};
        auto cleared =
            house_.gate.clear(std::move(digest), gate::Recipient::constituent(owner.recipient, owner.recipient_name));
        if (!cleared) {
            left_out_[{owner.id.value, cleared.error().message}] += static_cast<std::int64_t>(lines.size());
            return;
        }
        for (auto const& removed : cleared->decision().removed)
            ++left_out_[{owner.id.value, std::string(gate::words_of(removed.reason))}];
        ready.push_back({.digest = *std::move(cleared), .fresh = {}, .link = OwnerLinks::fresh(), .item = {}});
        fill(ready.back(), group);
    }

    void fill(Ready& ready, Addressees const& group) const {
        auto const expires = outlook_.now + house_.settings.link_life;
        auto const url = house_.url_of(house_.links.token(ready.link, expires));
        auto rendered = render(ready.digest, {.settings = &house_.settings,
                                              .language = group.language,
                                              .date = outlook_.now,
                                              .link = url,
                                              .link_expires = expires});
        auto& fresh = ready.fresh;
        fresh.state = request_.hold.value_or(house_.settings.hold) ? State::held : State::queued;
        fresh.language = rendered.language;
        fresh.tlp = rendered.tlp;
        fresh.subject = rendered.subject;
        fresh.gate = decision_text(ready.digest.decision());
        fresh.recipients = group.now;
        fresh.alternates = group.others;
        fresh.encryption = house_.settings.encryption;
        fresh.segment = outlook_.watermark;
        fresh.created = outlook_.now;
        fresh.link = ready.link;
        fresh.link_expires = expires;
        fresh.content = {std::move(rendered.text), std::move(rendered.html), packed(ready.digest->lines)};
        ready.item = {.organisation = ready.digest->organisation.value,
                      .organisation_name = ready.digest->organisation_name,
                      .to = group.now,
                      .language = fresh.language,
                      .findings = static_cast<std::int64_t>(ready.digest->lines.size()),
                      .subject = fresh.subject,
                      .id = {},
                      .decision = fresh.gate};
    }

    /// Notifications, the findings they cover, disclosure and audit: one transaction.
    Status store(std::vector<Ready>& ready) {
        if (!request_.dry_run && !ready.empty()) {
            TRY(auto const done, house_.ledger.write([&](store::Transaction& tx) -> Result<bool> {
                for (auto& one : ready) CHECK(store_one(tx, one));
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

    Status store_one(store::Transaction& tx, Ready& one) {
        one.fresh.digest = &*one.digest;
        TRY(one.item.id, tables::insert(tx, one.fresh, by_.who));
        if (one.fresh.state == State::queued) CHECK(gate::Gate::record(tx, by_, outlook_.now, one.digest, "mail"));
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
    std::unordered_map<std::int64_t, Timestamp> recent_;
    std::map<std::int64_t, Count> counts_;  ///< lines to tell, by organisation
    std::map<std::pair<std::int64_t, std::string>, std::int64_t> left_out_;
    std::map<std::int64_t, std::string> names_;
    std::vector<Owner> owners_;
    Plan plan_;
};

}  // namespace

Result<Plan> Notifications::Impl::plan(access::Principal const& by, PlanRequest const& request) {
    std::scoped_lock const lock(plan_mutex);
    TRY(auto made, Planning(*this, by, request).run());
    if (!made.dry_run && made.notifications > 0) sender->wake();
    return made;
}

void Notifications::Impl::plan_when_settled(std::stop_token const& stop) {
    using namespace std::chrono_literals;
    auto last_plan = std::chrono::steady_clock::now();
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
