#include "app/demonstration/fortnight.hpp"

#include "app/demonstration/owners.hpp"
#include "app/demonstration/partners.hpp"
#include "app/event_words.hpp"
#include "app/simulation/nation_files.hpp"
#include "app/simulation/report_files.hpp"

#include <algorithm>

namespace tocsin::app::demonstration {
namespace {

namespace fs = std::filesystem;
using simulation::mixed;

constexpr simulation::NationOptions nation_options(std::uint64_t seed) {
    return {.seed = seed, .organisations = 400, .prefixes = 1200};
}

/// Feeds that stop some days before the end, so that the team sees a quiet feed.
constexpr struct {
    std::string_view type;
    std::uint32_t days_before_end;
} quiet_feeds[] = {{"scan_vnc", 4}, {"event4_honeypot_brute_force", 3}};

bool is_quiet(std::string_view type, std::uint32_t day, std::uint32_t days) {
    return std::ranges::any_of(
        quiet_feeds, [&](auto const& feed) { return feed.type == type && day + feed.days_before_end >= days; });
}

struct Feed {
    simulation::ReportType const* type;
    std::uint64_t rows;
    std::uint64_t seed;
    simulation::Population population;
};

std::vector<Feed> make_feeds(simulation::Nation const& nation, FortnightOptions const& options) {
    std::uint64_t shares = 0;
    for (auto const& type : simulation::report_types()) shares += type.share;
    std::vector<Feed> feeds;
    for (auto const& type : simulation::report_types()) {
        auto const rows = std::max<std::uint64_t>(20, options.rows * type.share / shares);
        auto const seed = mixed(options.seed, feeds.size(), 0x66656564);
        feeds.push_back(
            {&type, rows, seed,
             simulation::Population(nation, {.seed = seed, .ipv6 = type.ipv6, .slots = rows, .days = options.days})});
    }
    return feeds;
}

class Fortnight {
  public:
    Fortnight(Instance& instance, MovedClock& clock, FortnightOptions const& options,
              std::function<bool(std::string_view)> const& tell)
        : instance_(instance),
          clock_(clock),
          options_(options),
          tell_(tell),
          nation_(simulation::make_nation(nation_options(options.seed))),
          owners_(nation_, mixed(options.seed, 41)),
          feeds_(make_feeds(nation_, options)) {}

    Result<Lived> live() {
        TRY(events_, instance_.events());
        TRY(notifications_, instance_.notifications());
        clock_.move_to(morning(0) - std::chrono::hours(1));
        CHECK(settle_in());
        for (std::uint32_t day = 0; day < options_.days; ++day) {
            if (!tell_(fmt::format("day {} of {}", day + 1, options_.days)))
                return fail(Code::unavailable, "broken off");
            CHECK(take_in(day));
            if (day + 4 == options_.days) CHECK(hear_partners());
            CHECK(warn(day));
            CHECK(team_works(day));
        }
        clock_.move_to(options_.end);
        return lived_;
    }

  private:
    /// The hour at which the reports of the day come in; the last one is three hours before the present.
    Timestamp morning(std::uint32_t day) const {
        return options_.end - std::chrono::hours(3) - std::chrono::hours(24) * (options_.days - 1 - day);
    }

    Status settle_in() {
        constituency::ImportOptions options;
        options.name = "constituency.json";
        options.format = constituency::ImportFormat::json;
        options.kind = constituency::ImportKind::everything;
        TRY(auto const done,
            constituency::apply_import(instance_.constituency().directory(), simulation::constituency_json(nation_),
                                       options, access::command_principal()));
        if (done.rejected + done.conflicts > 0)
            return fail(Code::internal,
                        fmt::format("the fictional constituency has faults: line {}: {}: {}", done.faults.front().line,
                                    done.faults.front().field, done.faults.front().expected));
        return {};
    }

    Status take_in(std::uint32_t day) {
        auto const folder = instance_.directory() / "simulated";
        std::error_code fault;
        fs::create_directories(folder, fault);
        for (std::size_t i = 0; i < feeds_.size(); ++i) {
            auto const& feed = feeds_[i];
            if (is_quiet(feed.type->name, day, options_.days)) continue;
            clock_.move_to(morning(day) + std::chrono::minutes(i));
            // A report tells of the day before.
            simulation::ReportRows const report(
                nation_, *feed.type, feed.population,
                {.seed = feed.seed,
                 .first_day = Timestamp::from_day(morning(0).day() - 1),
                 .day = day,
                 .rows = feed.rows,
                 .repeat_percent = 4,
                 .broken_percent = 0.3,
                 .is_gone = [&](simulation::Host const& host) { return owners_.has_repaired(host, day); }});
            TRY(auto const written, simulation::write_report(report, feed.rows, folder));
            TRY(auto const totals, events_->ingest(written.file, {.feed = {},
                                                                  .name = {},
                                                                  .mapping = {},
                                                                  .progress = [](events::Report const&) {},
                                                                  .is_cancelled = [] { return false; }}));
            lived_.reports += totals.reports;
            lived_.events += totals.events;
            lived_.rejected += totals.rejected;
            fs::remove(written.file, fault);
        }
        fs::remove(folder, fault);
        return {};
    }

    Status hear_partners() {
        clock_.move_to(clock_.now() + std::chrono::minutes(5));
        TRY(lived_.objects, partners_tell(instance_, options_.seed, clock_.now()));
        return {};
    }

    Status warn(std::uint32_t day) {
        bool const is_held = day + 2 >= options_.days;
        if (day % 2 == 1 && !is_held) return {};  // a digest every other day
        clock_.move_to(morning(day) + std::chrono::minutes(30));
        auto const planned_at = clock_.now();
        notifications::PlanRequest request;
        request.hold = is_held;
        TRY(auto const plan, notifications_->plan(access::server_principal(), request));
        (is_held ? lived_.held : lived_.warnings) += plan.notifications;
        if (is_held) return {};
        TRY(auto const sent, notifications_->send_due());
        clock_.move_to(morning(day) + std::chrono::minutes(90));
        return owners_answer(day, planned_at);
    }

    Status owners_answer(std::uint32_t day, Timestamp planned_at) {
        notifications::Filter filter;
        filter.from = planned_at;
        std::optional<notifications::NotificationId> before;
        do {
            TRY(auto const page, notifications_->list(filter, 500, before));
            for (auto const& one : page.items) CHECK(owner_reacts(one, day));
            before = page.next;
        } while (before);
        return {};
    }

    Status owner_reacts(notifications::Notification const& warning, std::uint32_t day) {
        auto const reaction = owners_.warned(warning.organisation_name, day);
        if (!reaction.opens) return {};
        TRY(auto const link, notifications_->link_of(warning.id));
        net::HttpRequest request;
        request.target = link.substr(link.find("/o/"));
        notifications_->owner_page(request);
        if (!reaction.says) return {};
        request.method = net::Method::post;
        request.headers.push_back({"content-type", "application/x-www-form-urlencoded"});
        request.body = fmt::format("all={}&all_text={}", name_of(*reaction.says), percent_encoded(reaction.words));
        auto const answer = notifications_->owner_page(request);
        if (answer.status >= 400)
            return fail(Code::internal, fmt::format("the owner's page answered {}", answer.status));
        ++lived_.answers;
        return {};
    }

    /// What the team itself does: it rules on claims, and a constituent's own scanner is kept quiet.
    Status team_works(std::uint32_t day) {
        if (day == 3) {
            auto const organisation = nation_.organisations[20].name;
            auto& directory = instance_.constituency().directory();
            TRY(auto const found, directory.find_organisation(organisation));
            CHECK(directory.add(constituency::SuppressionDraft{.network = {},
                                                               .organisation = found.id,
                                                               .feed = "shadowserver/scan_dns",
                                                               .identifier = {},
                                                               .reason = "Their own resolver test, told on the phone",
                                                               .until = options_.end + std::chrono::hours(24 * 60)},
                                access::command_principal()));
        }
        if (day < 5 || day % 3 != 0) return {};
        events::FindingFilter claimed;
        claimed.said = {events::Saying::false_positive};
        TRY(auto const page, events_->findings(scope_of_commands(instance_), claimed,
                                               events::FindingOrder::severity_down, {.after = {}, .limit = 3}));
        std::vector<std::string> ids;
        for (auto const& finding : page.items) ids.push_back(finding.id);
        if (ids.empty()) return {};
        return events_->say({.findings = ids,
                             .saying = events::Saying::false_positive,
                             .by_team = true,
                             .by = "demo",
                             .text = "Checked by telephone: a laboratory without connection to anything."});
    }

    Instance& instance_;
    MovedClock& clock_;
    FortnightOptions const& options_;
    std::function<bool(std::string_view)> const& tell_;
    simulation::Nation nation_;
    Owners owners_;
    std::vector<Feed> feeds_;
    events::Events* events_ = nullptr;
    notifications::Notifications* notifications_ = nullptr;
    Lived lived_;
};

}  // namespace

Identity identity_of(std::uint64_t seed) {
    auto const nation = simulation::make_nation(nation_options(seed));
    auto const& team = nation.organisations.front();
    return {team.name, nation.code, "warnings@" + team.domain};
}

Status write_networks(std::uint64_t seed, fs::path const& file) {
    auto const nation = simulation::make_nation(nation_options(seed));
    return store::write_file(file, simulation::asn_table(nation, 2000, simulation::AsnForm::iptoasn));
}

Result<Lived> live_through(Instance& instance, MovedClock& clock, FortnightOptions const& options,
                           std::function<bool(std::string_view)> const& tell) {
    return Fortnight(instance, clock, options, tell).live();
}

}  // namespace tocsin::app::demonstration
