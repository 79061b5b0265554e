#include "reports/counting.hpp"

#include "constituency/removed.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fmt/format.h>
#include <tuple>

namespace tocsin::reports {
namespace {

constexpr double micros_an_hour = 3.6e9, micros_a_day = 8.64e10;

bool is_in(Period const& period, Timestamp at) {
    return at >= period.from && at < period.before;
}
std::string month_of(Timestamp at) {
    return format_date(at).substr(0, 7);
}
double since(Timestamp from, Timestamp to) {
    return static_cast<double>(std::max<std::int64_t>(0, (to - from).count()));
}

constexpr std::string_view no_sector = "none";

/// As part of an address.
std::string escaped(std::string_view text) {
    std::string out;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.')
            out += c;
        else
            out += fmt::format("%{:02X}", byte);
    }
    return out;
}

std::optional<double> median(std::vector<double>& values) {
    if (values.empty()) return std::nullopt;
    auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return std::round(*middle * 10) / 10;
}

}  // namespace

Result<Sectors> sectors_of(constituency::Directory& directory) {
    Sectors sectors;
    constituency::OrganisationQuery query{.limit = 1000};
    do {
        TRY(auto page, directory.organisations(query));
        for (auto& one : page.items) sectors.emplace(one.id.value, std::move(one.sector));
        query.after = page.next;
    } while (!query.after.empty());
    TRY(auto removed, constituency::removed_organisations(directory));
    for (auto& one : removed) sectors.emplace(one.id.value, std::move(one.sector));
    return sectors;
}

void FindingCounts::count(events::Finding const& finding) {
    if (finding.state == events::FindingState::false_positive) return;
    auto const is_opened = is_in(period_, finding.first_seen);
    auto const is_repaired = finding.repaired && is_in(period_, *finding.repaired);
    auto const is_open =
        finding.first_seen < period_.before && (!finding.repaired || *finding.repaired >= period_.before);
    auto const sector = sectors_.find(finding.organisation);
    auto& of_sector = of_sector_[sector == sectors_.end() ? std::string() : sector->second];
    auto& of_type = types_[finding.type];
    for (auto* const counts : {&of_sector, &of_type}) {
        counts->opened += is_opened;
        counts->repaired += is_repaired;
        counts->open += is_open;
    }
    open += is_open;
    if (is_repaired) {
        ++repaired;
        ++months_[month_of(*finding.repaired)].repaired;
        days_.push_back(since(finding.first_seen, *finding.repaired) / micros_a_day);
    }
    if (!is_opened) return;
    ++opened;
    ++months_[month_of(finding.first_seen)].opened;
    if (auto const told = first_told_.find(finding.id); told != first_told_.end())
        hours_.push_back(since(finding.first_seen, told->second) / micros_an_hour);
    spans_of(finding);
}

void FindingCounts::spans_of(events::Finding const& finding) {
    for (std::size_t i = 0; i < spans.size(); ++i) {
        auto const end = finding.first_seen + std::chrono::hours(24 * spans[i]);
        if (end >= made_) continue;
        ++within_[i].looked_at;
        if (finding.repaired && *finding.repaired <= end) ++within_[i].repaired;
    }
}

std::optional<double> FindingCounts::days_to_repair() {
    return median(days_);
}
std::optional<double> FindingCounts::hours_to_warn() {
    return median(hours_);
}

std::optional<double> FindingCounts::repaired_within(int days) const {
    auto const& span = within_[static_cast<std::size_t>(std::ranges::find(spans, days) - spans.begin())];
    if (span.looked_at == 0) return std::nullopt;
    return std::round(1000.0 * static_cast<double>(span.repaired) / static_cast<double>(span.looked_at)) / 10;
}

Table FindingCounts::table(std::string id, std::string words, std::map<std::string, Counts> const& counts,
                           std::int64_t least, Lists const& lists) {
    using Named = std::pair<std::string, Counts>;
    std::vector<Named> ordered;
    for (auto const& [key, one] : counts)
        if (one.opened + one.repaired + one.open > 0) ordered.emplace_back(key, one);
    std::ranges::sort(ordered, [](Named const& a, Named const& b) {
        return std::tie(b.second.opened, a.first) < std::tie(a.second.opened, b.first);
    });
    auto const size = [](Counts const& one) { return std::max({one.opened, one.repaired, one.open}); };
    auto const named = [](std::string const& key) { return key.empty() ? std::string(no_sector) : escaped(key); };
    Counts other;
    std::string folded;
    // What is folded must itself be enough, so that nothing can be had by taking the rest from the whole.
    while (!ordered.empty() &&
           (size(ordered.back().second) < least || ordered.size() > 15 || (!folded.empty() && size(other) < least))) {
        auto const& last = ordered.back().second;
        other = {other.opened + last.opened, other.repaired + last.repaired, other.open + last.open};
        folded += (folded.empty() ? "" : "%2C") + named(ordered.back().first);
        ordered.pop_back();
    }
    Table table{.id = std::move(id), .columns = {"opened", "repaired", "open"}, .lines = {}};
    auto const add = [&](std::string const& key, Counts const& one, std::string const& values) {
        Line line{.key = key,
                  .words = words,
                  .values = {static_cast<double>(one.opened), static_cast<double>(one.repaired),
                             static_cast<double>(one.open)}};
        if (!values.empty())
            for (auto const* const list : {&lists.opened, &lists.repaired, &lists.open})
                line.links.push_back(fmt::format("{}&{}={}", *list, words, values));
        table.lines.push_back(std::move(line));
    };
    for (auto const& [key, one] : ordered) add(key, one, named(key));
    if (!folded.empty()) add("other", other, least > 0 ? std::string() : folded);
    return table;
}

Table FindingCounts::by_month(std::function<Lists(Period const&)> const& lists_in) const {
    Table table{.id = "findings.by_month", .columns = {"opened", "repaired"}, .lines = {}};
    for (auto const& [month, one] : months_) {
        Line line{.key = month, .values = {static_cast<double>(one.opened), static_cast<double>(one.repaired)}};
        if (auto const whole = parse_period(month)) {
            auto const lists = lists_in({std::max(whole->from, period_.from), std::min(whole->before, period_.before)});
            line.links = {lists.opened, lists.repaired};
        }
        table.lines.push_back(std::move(line));
    }
    return table;
}

Table FindingCounts::by_type(std::int64_t least, Lists const& lists) const {
    return table("findings.by_type", "type", types_, least, lists);
}

Table FindingCounts::by_sector(std::int64_t least, Lists const& lists) const {
    return table("findings.by_sector", "sector", of_sector_, least, lists);
}

}  // namespace tocsin::reports
