#include "base/csv_row.hpp"
#include "reports/repair.hpp"
#include "reports/repair/numbers.hpp"

#include <algorithm>

/// Pictures of repair as JSON and CSV.
namespace tocsin::reports {
namespace {

constexpr std::size_t most_steps = 400;
constexpr int spans[] = {7, 30, 90};

void append_curve(JsonWriter& json, Curve const& curve) {
    auto const every = (curve.steps.size() + most_steps - 1) / most_steps;
    json.key("curve").array();
    for (std::size_t i = 0; i < curve.steps.size(); ++i) {
        if (every > 1 && i % every != 0 && i + 1 != curve.steps.size()) continue;
        auto const& step = curve.steps[i];
        json.object().field("day", step.day).field("at_risk", step.at_risk).field("repaired", step.gone);
        append_number(json, "standing", step.standing);
        append_number(json, "low", step.low);
        append_number(json, "high", step.high);
        json.end();
    }
    json.end();
}

void append_figures(JsonWriter& json, Curve const& curve) {
    append_median(json, "median_days", curve.median());
    for (auto const days : spans) append_interval(json, fmt::format("within_{}", days), curve.gone_within(days));
}

void append_side(JsonWriter& json, std::string_view name, Curve const& curve, bool with_curves) {
    json.key(name).object().field("findings", curve.size).field("repaired", curve.gone);
    json.field("followed_days", curve.followed);
    append_figures(json, curve);
    if (with_curves) append_curve(json, curve);
    json.end();
}

void append(JsonWriter& json, RepairGroup const& group, bool with_curves) {
    json.object().field("key", group.key).field_unless_empty("name", group.name);
    json.field("findings", group.findings).field("organisations", group.organisations).field("warned", group.warned);
    json.key("rechecked").object().field("closed", group.found_closed).field("open", group.found_open).end();
    json.key("standings").object();
    for (std::size_t i = 0; i < standings; ++i) json.field(name_of(static_cast<Standing>(i)), group.counts[i]);
    json.end();
    json.field("followed_days", group.curve.followed);
    append_figures(json, group.curve);
    if (with_curves) append_curve(json, group.curve);
    if (group.warnings) {
        json.key("warnings").object();
        append_side(json, "not_warned", group.warnings->not_warned, with_curves);
        append_side(json, "warned", group.warnings->warned, with_curves);
        append_side(json, "since_warning", group.warnings->since, with_curves);
        append(json, "test", group.warnings->test);
        json.end();
    }
    if (group.worth) {
        json.key("worth").object().field("warned", group.worth->warned);
        append_interval(json, "with", group.worth->with);
        append_interval(json, "without", group.worth->without);
        append_interval(json, "won", group.worth->won);
        json.end();
    }
    json.end();
}

std::string percent(std::optional<Interval> const& share, double Interval::* part) {
    return share ? fmt::format("{:.2f}", 100 * (*share).*part) : std::string();
}

}  // namespace

void append_number(JsonWriter& json, std::string_view name, double value) {
    json.key(name).raw(fmt::format("{:.6g}", value));
}

void append_interval(JsonWriter& json, std::string_view name, std::optional<Interval> const& interval) {
    json.key(name);
    if (!interval) {
        json.null();
        return;
    }
    json.object();
    append_number(json, "value", interval->value);
    append_number(json, "low", interval->low);
    append_number(json, "high", interval->high);
    json.end();
}

void append_median(JsonWriter& json, std::string_view name, std::optional<MedianDays> const& median) {
    json.key(name);
    if (!median) {
        json.null();
        return;
    }
    json.object().field("value", median->days).field_or_null("low", median->low);
    json.field_or_null("high", median->high).end();
}

void append(JsonWriter& json, std::string_view name, Comparison const& test) {
    json.key(name).object().field("repaired_a", test.gone_a).field("repaired_b", test.gone_b);
    append_number(json, "expected_a", test.expected_a);
    append_number(json, "expected_b", test.expected_b);
    append_number(json, "chi_square", test.chi_square);
    append_number(json, "p", test.p);
    append_interval(json, "ratio", test.ratio);
    json.end();
}

void append(JsonWriter& json, RepairPicture const& picture) {
    json.object().key("whole");
    append(json, picture.whole, true);
    json.key("groups").array();
    for (auto const& group : picture.groups) append(json, group, false);
    json.end().field("more_groups", picture.more_groups).end();
}

std::string as_csv(RepairPicture const& picture, Dimension by) {
    std::string out;
    std::vector<std::string> head = {by == Dimension::nothing ? "group" : std::string(name_of(by)), "name", "findings",
                                     "organisations", "warned"};
    for (std::size_t i = 0; i < standings; ++i) head.emplace_back(name_of(static_cast<Standing>(i)));
    head.insert(head.end(), {"median_days", "median_low", "median_high"});
    for (auto const days : spans)
        for (auto const* const part : {"", "_low", "_high"})
            head.push_back(fmt::format("repaired_within_{}_percent{}", days, part));
    head.insert(head.end(), {"found_closed", "found_open"});
    append_csv_row(out, head);
    auto const row = [&](RepairGroup const& group, std::string key) {
        std::vector<std::string> cells = {std::move(key), group.name, std::to_string(group.findings),
                                          std::to_string(group.organisations), std::to_string(group.warned)};
        for (auto const count : group.counts) cells.push_back(std::to_string(count));
        auto const median = group.curve.median();
        auto const days = [](std::optional<int> value) { return value ? std::to_string(*value) : std::string(); };
        cells.push_back(median ? std::to_string(median->days) : std::string());
        cells.push_back(median ? days(median->low) : std::string());
        cells.push_back(median ? days(median->high) : std::string());
        for (auto const span : spans) {
            auto const share = group.curve.gone_within(span);
            for (auto const part : {&Interval::value, &Interval::low, &Interval::high})
                cells.push_back(percent(share, part));
        }
        cells.push_back(std::to_string(group.found_closed));
        cells.push_back(std::to_string(group.found_open));
        append_csv_row(out, cells);
    };
    row(picture.whole, "(all)");
    for (auto const& group : picture.groups) row(group, group.key);
    return out;
}

void append(JsonWriter& json, League const& league) {
    json.object().key("rows").array();
    for (auto const& row : league.rows) {
        json.object().field_or_null("rank", row.v4.rank).reference("organisation", row.organisation, row.name);
        json.field("sector", row.sector).field("addresses", row.addresses).field("findings", row.findings);
        json.field("standing", row.standing).field("standing_v4", row.v4.standing).field("is_small", row.v4.is_small);
        append_interval(json, "open_per_thousand", row.v4.open);
        json.key("ipv6").object().field_or_null("rank", row.v6.rank);
        append_number(json, "networks_48", row.networks_v6);
        json.field("standing", row.v6.standing).field("is_small", row.v6.is_small);
        append_interval(json, "open_per_thousand", row.v6.open);
        json.end();
        append_interval(json, "within_30", row.within_30);
        append_median(json, "median_days", row.median);
        json.end();
    }
    json.end().field("more_rows", league.more_rows).end();
}

std::string as_csv(League const& league) {
    std::string out;
    append_csv_row(out, {"rank",
                         "organisation",
                         "name",
                         "sector",
                         "addresses",
                         "findings",
                         "standing",
                         "is_small",
                         "open_per_thousand",
                         "open_low",
                         "open_high",
                         "repaired_within_30_percent",
                         "median_days",
                         "standing_v4",
                         "rank_v6",
                         "networks_48_v6",
                         "standing_v6",
                         "is_small_v6",
                         "open_per_thousand_48_v6",
                         "open_low_v6",
                         "open_high_v6"});
    auto const number = [](std::optional<Interval> const& of, double Interval::* part) {
        return of ? fmt::format("{:.3f}", (*of).*part) : std::string();
    };
    for (auto const& row : league.rows)
        append_csv_row(out, {row.v4.rank ? std::to_string(*row.v4.rank) : "",
                             std::to_string(row.organisation),
                             row.name,
                             row.sector,
                             std::to_string(row.addresses),
                             std::to_string(row.findings),
                             std::to_string(row.standing),
                             row.v4.is_small ? "yes" : "no",
                             number(row.v4.open, &Interval::value),
                             number(row.v4.open, &Interval::low),
                             number(row.v4.open, &Interval::high),
                             percent(row.within_30, &Interval::value),
                             row.median ? std::to_string(row.median->days) : "",
                             std::to_string(row.v4.standing),
                             row.v6.rank ? std::to_string(*row.v6.rank) : "",
                             fmt::format("{:.6g}", row.networks_v6),
                             std::to_string(row.v6.standing),
                             row.v6.is_small ? "yes" : "no",
                             number(row.v6.open, &Interval::value),
                             number(row.v6.open, &Interval::low),
                             number(row.v6.open, &Interval::high)});
    return out;
}

void append(JsonWriter& json, MovedPicture const& picture) {
    json.object().field("looked_at", picture.looked_at).field("with_identifier", picture.with_identifier);
    json.field("is_cut", picture.is_cut).key("items").array();
    for (auto const& one : picture.items)
        json.object()
            .field("identifier", one.identifier)
            .field("value", one.value)
            .field("what", one.what)
            .field("before", format_ip(one.before))
            .field("after", format_ip(one.after))
            .field("last_before", one.last_before)
            .field("first_after", one.first_after)
            .field("finding_before", one.finding_before)
            .field("finding_after", one.finding_after)
            .end();
    json.end().end();
}

void append(JsonWriter& json, CountryPicture const& picture) {
    json.object().field("from", format_date(picture.from)).field("before", format_date(picture.before));
    json.field("before_from", format_date(picture.before_from)).key("days").array();
    for (auto const& day : picture.days) json.value(day);
    json.end().key("rows").array();
    for (auto const& row : picture.rows) {
        json.object().field("key", row.key).field("events", row.events).field("addresses", row.addresses);
        json.field("organisations", row.organisations).field("events_before", row.events_before);
        json.field("addresses_before", row.addresses_before).key("trend").array();
        for (auto const count : row.trend) json.value(count);
        json.end().end();
    }
    json.end().field("more_rows", picture.more_rows).end();
}

}  // namespace tocsin::reports
