#include "reports/counting.hpp"
#include "reports/reports.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tocsin::reports {
namespace {

using access::Principal;

double share(std::int64_t part, std::int64_t whole) {
    return std::round(1000.0 * static_cast<double>(part) / static_cast<double>(whole)) / 10.0;
}

/// Collects figures and tables of one report.
class Gathering {
  public:
    Gathering(Rooms const& rooms, Request const& request, Principal reader)
        : rooms_(rooms),
          request_(request),
          reader_(std::move(reader)),
          scope_(rooms.gate.scope<events::StoredEvent>(gate::Recipient::team(reader_))) {
        report_ = {.kind = request.kind,
                   .audience = request.audience,
                   .period = request.period,
                   .made = Timestamp::from_day(request.made.day()),
                   .team = request.team,
                   .address = request.address,
                   .base = request.base};
    }

    Result<Report> run() {
        CHECK(constituency());
        CHECK(feeds());
        CHECK(findings());
        CHECK(sharing());
        CHECK(readiness());
        if (request_.kind == Kind::resolution_58) CHECK(where_teams_are_missing());
        TRY(report_.statements,
            rooms_.ledger.read([&](store::Transaction& tx) { return statements(tx, request_.period); }));
        return std::move(report_);
    }

  private:
    static std::string within(Period const& period, std::string_view path, std::string_view first,
                              std::string_view last) {
        return fmt::format("{}{}{}={}&{}={}", path, path.find('?') == std::string_view::npos ? '?' : '&', first,
                           format_date(period.from), last, format_date(period.before));
    }
    std::string in_period(std::string_view path, std::string_view first, std::string_view last) const {
        return within(request_.period, path, first, last);
    }
    std::string shown(std::string link) const {
        return request_.audience == Audience::everybody ? std::string() : std::move(link);
    }
    void add(std::string_view id, std::optional<double> value, std::string link, Unit unit = Unit::count) {
        report_.figures.push_back({std::string(id), value, unit, shown(std::move(link))});
    }
    void count(std::string_view id, std::int64_t value, std::string link) {
        add(id, static_cast<double>(value), std::move(link));
    }
    void add(Table table) {
        if (request_.audience == Audience::everybody)
            for (auto& line : table.lines) line.links.clear();
        report_.tables.push_back(std::move(table));
    }

    Status constituency() {
        auto& directory = rooms_.constituency.directory();
        TRY(auto const organisations, directory.count(constituency::OrganisationQuery{}));
        TRY(auto const resources, directory.count(constituency::ResourceQuery{}));
        TRY(auto const contacts, directory.count(constituency::ContactQuery{}));
        count("constituency.organisations", organisations, "/directory/organisations");
        count("constituency.resources", resources, "/directory/resources");
        count("constituency.contacts", contacts, "/directory/contacts");
        return {};
    }

    Status feeds() {
        TRY(auto const health, rooms_.events.feed_health(scope_));
        events::EventFilter filter;
        filter.from = request_.period.from;
        filter.to = request_.period.before;
        TRY(auto const total, rooms_.events.count(scope_, filter));
        auto const alive = std::ranges::count_if(
            health, [](auto const& feed) { return feed.condition == events::FeedCondition::good; });
        count("feeds.alive", alive, "/feeds?health=good");
        count("events.seen", total, in_period("/events", "from", "to"));
        events::AggregateRequest by_month;
        by_month.bucket = "month";
        by_month.limit = 240;
        TRY(auto const months, rooms_.events.aggregate(scope_, filter, by_month));
        Table table{.id = "events.by_month", .columns = {"events"}, .lines = {}};
        for (auto const& group : months.groups) {
            Line line{.key = group.key.front().substr(0, 7), .values = {static_cast<double>(group.count)}};
            if (auto const month = parse_period(line.key))
                line.links = {within(
                    {std::max(month->from, request_.period.from), std::min(month->before, request_.period.before)},
                    "/events", "from", "to")};
            table.lines.push_back(std::move(line));
        }
        std::ranges::sort(table.lines, {}, &Line::key);
        add(std::move(table));
        return {};
    }

    Status findings() {
        TRY(auto const told, rooms_.notifications.warned(request_.period.from, request_.period.before));
        TRY(auto const sectors, sectors_of(rooms_.constituency.directory()));
        FindingCounts counts(request_.period, request_.made, told.first, sectors);
        CHECK(rooms_.events.scan(scope_, events::FindingFilter{}, [&](events::Finding const& finding) {
            counts.count(finding);
            return true;
        }));
        auto const lists = lists_in(request_.period);
        count("findings.opened", counts.opened, lists.opened);
        count("findings.repaired", counts.repaired, lists.repaired);
        count("findings.open", counts.open, lists.open);
        add("findings.days_to_repair", counts.days_to_repair(), lists.repaired, Unit::days);
        for (auto const days : FindingCounts::spans)
            add(fmt::format("findings.repaired_in_{}", days), counts.repaired_within(days), old_enough(days),
                Unit::percent);
        auto const warnings_link = in_period("/notifications?state=sent", "from", "to");
        count("warnings.sent", told.warnings, warnings_link);
        count("warnings.organisations", told.organisations, warnings_link + "&each=organisation");
        add("warnings.hours", counts.hours_to_warn(), lists.opened + "&told=yes", Unit::hours);
        add("warnings.answered", told.warnings == 0 ? std::nullopt : std::optional(share(told.answered, told.warnings)),
            in_period("/notifications?state=sent&answered=yes", "from", "to"), Unit::percent);
        add(counts.by_month(lists_in));
        auto const least = request_.audience == Audience::ministry ? 0 : fewest_shown;
        add(counts.by_type(least, lists));
        add(counts.by_sector(least, lists));
        return {};
    }

    /// Mistaken ones are not counted: `open` are also those that came back.
    static FindingCounts::Lists lists_in(Period const& period) {
        constexpr std::string_view counted = "/findings?state=open%2Crepaired";
        return {.opened = within(period, counted, "first_from", "first_to"),
                .repaired = within(period, counted, "repaired_from", "repaired_to"),
                .open = fmt::format("/findings?open_at={}", format_date(period.before))};
    }

    /// The new findings of which one can say whether they were repaired within so many days.
    std::string old_enough(int days) const {
        auto const last = std::min(request_.period.before, report_.made - std::chrono::hours(24 * days));
        return lists_in({request_.period.from, std::max(last, request_.period.from)}).opened;
    }

    Status sharing() {
        auto const us = gate::Recipient::team(reader_);
        TRY(auto const kept, intelligence::filter_of({}, request_.made));
        TRY(auto const held, rooms_.intelligence.count(kept, us));
        count("sharing.held", held, "/intelligence");
        for (auto const& [id, whose] : {std::pair{"sharing.received", "others"}, {"sharing.made", "ours"}}) {
            // Counted by the words of the link: the list that it opens has as many.
            auto const link = in_period(fmt::format("/intelligence?originator={}", whose), "from", "to");
            TRY(auto const words, intelligence::filter_words(std::string_view(link).substr(link.find('?'))));
            TRY(auto const filter, intelligence::filter_of(words, request_.made));
            TRY(auto const objects, rooms_.intelligence.count(filter, us));
            count(id, objects, link);
        }
        TRY(auto const peers, rooms_.peers.all());
        count("sharing.peers", std::ssize(peers), "/peers");
        std::int64_t given = 0;
        std::map<std::string, std::int64_t> partners;
        CHECK(rooms_.ledger.read([&](store::Transaction& tx) {
            gate::DisclosureFilter filter;
            filter.kind = "intelligence";
            filter.from = request_.period.from;
            filter.until = request_.period.before;
            return gate::each_disclosure(tx, filter, [&](gate::Disclosure const& line) {
                if (!line.recipient.starts_with("peer:") && !line.recipient.starts_with("organisation:")) return true;
                sharing::each_range(line.contents,
                                    [&](std::int64_t first, std::int64_t last) { given += last - first + 1; });
                ++partners[line.recipient];
                return true;
            });
        }));
        auto const link = in_period("/disclosures?kind=intelligence&to_whom=partners", "from", "to");
        count("sharing.given", given, link);
        count("sharing.partners", std::ssize(partners), link);
        events::EventFilter met;
        met.from = request_.period.from;
        met.to = request_.period.before;
        met.feeds = {"tocsin/intelligence"};
        TRY(auto const matches, rooms_.events.count(scope_, met));
        count("sharing.matches", matches, in_period("/events?feed=tocsin%2Fintelligence", "from", "to"));
        return {};
    }

    Status readiness() {
        auto& room = rooms_.readiness;
        TRY(auto const heads, room.assessments.all());
        Table table{.id = "readiness.assessments",
                    .columns = {"items", "level", "wanted", "reached"},
                    .units = {Unit::count, Unit::level, Unit::level, Unit::percent},
                    .lines = {}};
        std::int64_t steps = 0, done = 0;
        for (auto const& head : heads) {
            if (!head.subject.empty()) continue;  // of another team
            TRY(auto const whole, room.assessments.one(head.id));
            table.lines.push_back(level_line(whole));
            TRY(auto const plan, room.roadmap.steps(head.id));
            steps += std::ssize(plan);
            done += std::ranges::count_if(plan, [&](readiness::Step const& step) {
                return step.done && *step.done >= request_.period.from && *step.done < request_.period.before;
            });
        }
        count("readiness.assessments", std::ssize(table.lines), "/readiness?subject=ours");
        add("readiness.steps_done", steps == 0 ? std::nullopt : std::optional(static_cast<double>(done)),
            in_period("/steps", "done_from", "done_to"));
        CHECK(documents());
        add(std::move(table));
        return {};
    }

    static Line level_line(readiness::Assessment const& whole) {
        std::int64_t scored = 0, wanting = 0, reached = 0, level = 0, wanted = 0;
        for (auto const& answer : whole.answers) {
            if (!answer.assessor.empty() || answer.declined) continue;
            if (answer.value) {
                ++scored;
                level += *answer.value;
            }
            if (!answer.wanted) continue;
            ++wanting;
            wanted += *answer.wanted;
            if (answer.value.value_or(0) >= *answer.wanted) ++reached;
        }
        auto const mean = [](std::int64_t sum, std::int64_t of) -> std::optional<double> {
            if (of == 0) return std::nullopt;
            return std::round(100.0 * static_cast<double>(sum) / static_cast<double>(of)) / 100.0;
        };
        auto const link = fmt::format("/readiness/{}?only=", whole.id.value);
        return {.key = whole.title,
                .values = {static_cast<double>(scored), mean(level, scored), mean(wanted, wanting),
                           wanting == 0 ? std::nullopt : std::optional(share(reached, wanting))},
                .links = {link + "scored", link + "scored", link + "wanted", link + "wanted"}};
    }

    /// Papers approved in the period: mandate and policies, and trainings.
    Status documents() {
        TRY(auto const all, rooms_.readiness.evidence.documents());
        std::int64_t papers = 0, trainings = 0;
        for (auto const& one : all) {
            if (one.issued < request_.period.from || one.issued >= request_.period.before) continue;
            ++(one.kind == "training" ? trainings : papers);
        }
        auto const none = all.empty();
        std::string papers_link = "/evidence?kind=";
        for (auto const kind : readiness::document_kinds())
            if (kind != "training") papers_link += fmt::format("{}{}", papers_link.ends_with('=') ? "" : "%2C", kind);
        add("readiness.documents", none ? std::nullopt : std::optional(static_cast<double>(papers)),
            in_period(papers_link, "issued_from", "issued_to"));
        add("readiness.trainings", none ? std::nullopt : std::optional(static_cast<double>(trainings)),
            in_period("/evidence?kind=training", "issued_from", "issued_to"));
        return {};
    }

    readiness::Texts name_of_region(std::string_view id) const {
        for (auto const& region : rooms_.readiness.library.countries().regions)
            if (region.id == id) return region.name;
        return {};
    }

    /// By region and by LDC, LLDC, SIDS: what is claimed.
    Status where_teams_are_missing() {
        TRY(auto entries, rooms_.readiness.register_of.entries(readiness::states_register));
        auto const gaps = readiness::gaps_of(std::move(entries), {});
        Table table{.id = "register.gaps",
                    .columns = {"entries", "claimed", "planned", "denied", "contradicting", "unknown"},
                    .lines = {}};
        using readiness::Picture;
        for (auto const& group : gaps.groups) {
            auto const link = group.id.empty() ? fmt::format("/registers/states?{}=1", group.kind)
                                               : fmt::format("/registers/states?region={}", group.id);
            Line line{.key = group.id.empty() ? group.kind : group.id,
                      .words = "group",
                      .names = name_of_region(group.id),
                      .values = {static_cast<double>(group.entries)},
                      .links = {link}};
            for (auto const picture :
                 {Picture::claimed, Picture::planned, Picture::denied, Picture::contradicting, Picture::unknown}) {
                auto const found = group.pictures.find(picture);
                line.values.emplace_back(found == group.pictures.end() ? 0.0 : static_cast<double>(found->second));
                line.links.push_back(fmt::format("{}&picture={}", link, readiness::name_of(picture)));
            }
            table.lines.push_back(std::move(line));
        }
        add(std::move(table));
        return {};
    }

    Rooms const& rooms_;
    Request const& request_;
    Principal reader_;
    events::Scope scope_;
    Report report_;
};

}  // namespace

Result<gate::Cleared<Report>> make(Rooms const& rooms, Request const& request, access::Principal const& by) {
    auto reader = by;  // who asks changes nothing about the numbers: everybody's report is the same
    reader.role = access::Role::viewer;
    TRY(auto report, Gathering(rooms, request, std::move(reader)).run());
    return rooms.gate.clear(std::move(report), gate::Recipient::team(by));
}

}  // namespace tocsin::reports
