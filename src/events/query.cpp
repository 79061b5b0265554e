#include "events/query.hpp"

#include <array>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

constexpr std::array<std::string_view, 3> lanes = {"none", "own", "abroad"};
constexpr std::array<std::string_view, 4> finding_states = {"open", "repaired", "back", "false_positive"};
constexpr std::array<std::string_view, 7> sayings = {"seen",     "repaired", "not_ours", "false_positive",
                                                     "reopened", "note",     "assigned"};
constexpr std::array<std::string_view, 5> report_states = {"accepted", "reading", "done", "failed", "redelivered"};
constexpr std::array<std::string_view, 4> origins = {"push", "folder", "command", "source"};
constexpr std::array<std::string_view, 6> conditions = {"good", "late", "quiet", "failing", "never", "flood"};
constexpr std::array<std::string_view, 8> orders = {"-last_seen", "last_seen", "-first_seen", "first_seen",
                                                    "-times",     "times",     "address",     "-severity"};

}  // namespace

std::string_view name_of(Lane lane) {
    return word_of(lanes, lane);
}
std::optional<Lane> lane_named(std::string_view name) {
    return value_of<Lane>(lanes, name);
}
std::string_view name_of(FindingState state) {
    return word_of(finding_states, state);
}
std::optional<FindingState> finding_state_named(std::string_view name) {
    return value_of<FindingState>(finding_states, name);
}
std::string_view name_of(Saying saying) {
    return word_of(sayings, saying);
}
std::optional<Saying> saying_named(std::string_view name) {
    return value_of<Saying>(sayings, name);
}
std::string_view name_of(ReportState state) {
    return word_of(report_states, state);
}
std::optional<ReportState> report_state_named(std::string_view name) {
    return value_of<ReportState>(report_states, name);
}
std::string_view name_of(ReportOrigin origin) {
    return word_of(origins, origin);
}
std::string_view name_of(FeedCondition condition) {
    return word_of(conditions, condition);
}
std::optional<FindingOrder> finding_order_named(std::string_view name) {
    return value_of<FindingOrder>(orders, name);
}

Result<AddressRange> parse_address_range(std::string_view text) {
    if (auto const prefix = parse_prefix(text, true)) return AddressRange{prefix->first(), prefix->last()};
    if (auto const dash = text.find('-'); dash != std::string_view::npos) {
        auto const first = parse_ip(trimmed(text.substr(0, dash)));
        auto const last = parse_ip(trimmed(text.substr(dash + 1)));
        if (first && last && first->is_v4() == last->is_v4() && *first <= *last) return AddressRange{*first, *last};
    }
    return fail(Code::invalid,
                fmt::format("expected an address, a network (192.0.2.0/24) or first-last, found \"{}\"", text));
}

Result<FieldCondition> parse_field_condition(std::string_view text) {
    auto const at = text.find_first_of("=!~<>?");
    if (at == std::string_view::npos || at == 0)
        return fail(Code::invalid, fmt::format("expected name=value, name!=value, name~part, name<n, name>n or name?, "
                                               "found \"{}\"",
                                               text));
    FieldCondition condition;
    condition.field = std::string(text.substr(0, at));
    std::size_t sign = 1;
    switch (text[at]) {
        case '=':
            condition.is = FieldCondition::Is::equal;
            break;
        case '!':
            if (at + 1 >= text.size() || text[at + 1] != '=')
                return fail(Code::invalid, fmt::format("expected != in \"{}\"", text));
            condition.is = FieldCondition::Is::unequal;
            sign = 2;
            break;
        case '~':
            condition.is = FieldCondition::Is::contains;
            break;
        case '<':
            condition.is = FieldCondition::Is::less;
            break;
        case '>':
            condition.is = FieldCondition::Is::greater;
            break;
        default:
            condition.is = FieldCondition::Is::present;
    }
    condition.value = std::string(text.substr(at + sign));
    return condition;
}

Totals& Totals::operator+=(Totals const& other) {
    reports += other.reports;
    events += other.events;
    duplicates += other.duplicates;
    rejected += other.rejected;
    attributed += other.attributed;
    seconds += other.seconds;
    redelivered += other.redelivered;
    failed += other.failed;
    return *this;
}

}  // namespace tocsin::events
