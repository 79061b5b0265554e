#include "reports/counting.hpp"

#include <algorithm>
#include <cmath>
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
        if (end > made_) continue;
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
                           std::int64_t least) {
    using Named = std::pair<std::string, Counts>;
    std::vector<Named> ordered;
    for (auto const& [key, one] : counts)
        if (one.opened + one.repaired + one.open > 0) ordered.emplace_back(key, one);
    std::ranges::sort(ordered, [](Named const& a, Named const& b) {
        return std::tie(b.second.opened, a.first) < std::tie(a.second.opened, b.first);
    });
    auto const size = [](Counts const& one) { return std::max({one.opened, one.repaired, one.open}); };
    Counts other;
    bool is_folding = false;
    // What is folded must itself be enough, so that nothing can be had by taking the rest from the whole.
    while (!ordered.empty() &&
           (size(ordered.back().second) < least || ordered.size() > 15 || (is_folding && size(other) < least))) {
        auto const& last = ordered.back().second;
        other = {other.opened + last.opened, other.repaired + last.repaired, other.open + last.open};
        is_folding = true;
        ordered.pop_back();
    }
    if (is_folding) ordered.emplace_back("other", other);
    Table table{.id = std::move(id), .columns = {"opened", "repaired", "open"}, .lines = {}};
    for (auto const& [key, one] : ordered)
        table.lines.push_back({.key = key,
                               .words = words,
                               .values = {static_cast<double>(one.opened), static_cast<double>(one.repaired),
                                          static_cast<double>(one.open)}});
    return table;
}

Table FindingCounts::by_month() const {
    Table table{.id = "findings.by_month", .columns = {"opened", "repaired"}, .lines = {}};
    for (auto const& [month, one] : months_)
        table.lines.push_back(
            {.key = month, .values = {static_cast<double>(one.opened), static_cast<double>(one.repaired)}});
    return table;
}

Table FindingCounts::by_type(std::int64_t least, std::string const& link) const {
    auto made = table("findings.by_type", "type", types_, least);
    for (auto& line : made.lines)
        if (line.key != "other") line.link = link + "&type=" + line.key;
    return made;
}

Table FindingCounts::by_sector(std::int64_t least) const {
    return table("findings.by_sector", "sector", of_sector_, least);
}

}  // namespace tocsin::reports
