#include "reports/public_statistics.hpp"

#include "reports/composing.hpp"
#include "reports/repair/anonymous.hpp"
#include "reports/repair/measuring.hpp"
#include "reports/reports.hpp"

#include <array>
#include <cmath>
#include <fmt/format.h>

namespace tocsin::reports {
namespace {

/// The first day of the month eleven months before that of `now`, to the end of its day.
Result<Period> twelve_months(Timestamp now) {
    auto const date = format_date(now);
    auto const year = parse_int(date.substr(0, 4)).value_or(1971), month = parse_int(date.substr(5, 2)).value_or(1);
    auto const first = year * 12 + month - 1 - 11;
    TRY(auto const from, parse_date(fmt::format("{:04}-{:02}-01", first / 12, first % 12 + 1)));
    return Period{from, Timestamp::from_day(now.day() + 1)};
}

bool is_in(Period const& period, Timestamp at) {
    return at >= period.from && at < period.before;
}

class Counting {
  public:
    Counting(Period period, Owners const& owners) : period_(period), owners_(owners) {}

    /// About an organisation we serve, and not ruled out.
    bool is_ours(events::Finding const& finding) const {
        auto const owner = owners_.find(finding.organisation);
        return owner != owners_.end() && !owner->second.is_removed && finding.lane == events::Lane::own &&
               finding.state != events::FindingState::false_positive;
    }

    void count(events::Finding const& finding) {
        if (!is_ours(finding)) return;
        auto const owner = owners_.find(finding.organisation);
        std::array<bool, 3> const is{is_in(period_, finding.first_seen),
                                     finding.repaired && is_in(period_, *finding.repaired), !finding.repaired};
        if (is[0] || is[1] || is[2]) organisations_.add(finding.organisation);
        for (std::size_t i = 0; i < is.size(); ++i) {
            if (!is[i]) continue;
            all_[i].add(finding.organisation);
            add(types_, finding.type, i, finding.organisation);
            add(sectors_, owner->second.sector, i, finding.organisation);
            add(severities_, finding.severity.empty() ? "none" : finding.severity, i, finding.organisation);
        }
        if (is[0]) add(months_, format_date(finding.first_seen).substr(0, 7), 0, finding.organisation, 2);
        if (is[1]) add(months_, format_date(*finding.repaired).substr(0, 7), 1, finding.organisation, 2);
        if (!is[0]) return;
        auto const course = course_of(finding, std::nullopt);
        durations_.add(course.days, course.is_repaired);
    }

    void write(Report& report, std::int64_t fewest) const {
        auto const figure = [&](std::string id, std::optional<double> value, Unit unit) {
            report.figures.push_back({std::move(id), value, unit});
        };
        auto const holders = static_cast<std::int64_t>(organisations_.holders.size());
        figure("statistics.organisations",
               holders == 0 || holders >= fewest ? std::optional(static_cast<double>(holders)) : std::nullopt,
               Unit::count);
        figure("findings.opened", all_[0].shown(fewest), Unit::count);
        figure("findings.repaired", all_[1].shown(fewest), Unit::count);
        figure("findings.open", all_[2].shown(fewest), Unit::count);
        bool const may_tell_shares = all_[0].may_be_shown(fewest);
        auto const curve = curve_of(durations_);
        auto const median = may_tell_shares ? curve.median() : std::nullopt;
        figure("findings.days_to_repair", median ? std::optional<double>(median->days) : std::nullopt, Unit::days);
        for (auto const days : {7, 30, 90}) {
            auto const share = may_tell_shares ? curve.gone_within(days) : std::nullopt;
            figure(fmt::format("findings.repaired_in_{}", days),
                   share ? std::optional(std::round(1000 * share->value) / 10) : std::nullopt, Unit::percent);
        }
        auto const table = [&](std::string id, HeldLines const& lines, std::string const& words) {
            bool const is_time = words.empty();
            std::vector<std::string> columns = {"opened", "repaired"};
            if (!is_time) columns.emplace_back("open");
            report.tables.push_back({.id = std::move(id),
                                     .columns = std::move(columns),
                                     .lines = anonymous_lines(lines, words, fewest, is_time)});
        };
        table("findings.by_month", months_, "");
        table("findings.by_type", types_, "type");
        table("findings.by_sector", sectors_, "sector");
        table("findings.by_severity", severities_, "severity");
    }

  private:
    static void add(HeldLines& lines, std::string const& key, std::size_t column, std::int64_t holder,
                    std::size_t columns = 3) {
        auto& cells = lines[key];
        cells.resize(columns);
        cells[column].add(holder);
    }

    Period period_;
    Owners const& owners_;
    HeldCount organisations_;
    std::array<HeldCount, 3> all_;
    HeldLines months_, types_, sectors_, severities_;
    Durations durations_;
};

}  // namespace

Result<PublicStatistics> make_statistics(Rooms const& rooms, StatisticsRequest const& request) {
    TRY(auto const period, twelve_months(request.now));
    TRY(auto const owners, owners_of(rooms.constituency.directory()));
    auto reader = access::server_principal();
    reader.role = access::Role::viewer;  // whoever asks: the same
    auto const scope = rooms.gate.scope<events::StoredEvent>(gate::Recipient::team(reader));
    Counting counting(period, owners);
    std::int64_t uncounted = 0;
    CHECK(rooms.events.scan(scope, events::FindingFilter{}, [&](events::Finding const& finding) {
        if (events::marking_of(finding.tlp) <= request.how.strictest)
            counting.count(finding);
        else if (counting.is_ours(finding) && is_in(period, finding.first_seen))
            ++uncounted;
        return true;
    }));
    Report report{.audience = Audience::everybody,
                  .period = period,
                  .made = Timestamp::from_day(request.now.day()),
                  .team = request.team,
                  .address = request.address,
                  .base = request.base};
    counting.write(report, request.how.fewest);
    TRY(auto cleared, rooms.gate.clear(std::move(report), gate::Recipient::everyone()));
    return PublicStatistics{std::move(cleared), request.how, uncounted};
}

std::optional<StatisticsFormat> statistics_format_named(std::string_view name) {
    if (name == "json") return StatisticsFormat::json;
    if (name == "csv") return StatisticsFormat::csv;
    if (name == "md") return StatisticsFormat::markdown;
    if (name == "html") return StatisticsFormat::html;
    return std::nullopt;
}

Result<std::string> render(PublicStatistics const& statistics, std::string_view language, StatisticsFormat format) {
    auto const& report = statistics.report;
    if (format == StatisticsFormat::csv) return as_csv(report);
    if (format != StatisticsFormat::json)
        return compose(report, &statistics.how, language,
                       format == StatisticsFormat::html ? Format::html : Format::markdown);
    JsonWriter json;
    json.object()
        .field("schema", "tocsin/statistics-1")
        .field("tlp", gate::label_of(report.marking().tlp))
        .field("from", format_date(report->period.from))
        .field("before", format_date(report->period.before))
        .field("made", format_date(report->made))
        .field("team", report->team)
        .field("fewest_organisations", statistics.how.fewest)
        .field("counted_until", gate::label_of(statistics.how.strictest));
    append_numbers(json, *report);
    json.end();
    return std::move(json).text() + "\n";
}

}  // namespace tocsin::reports
