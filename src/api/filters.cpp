#include "api/filters.hpp"

#include "constituency/constituency.hpp"
#include "constituency/removed.hpp"
#include "notifications/notifications.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tocsin::api {

namespace {

std::unexpected<Error> wrong(std::string_view name, std::string_view expected, std::string_view found) {
    return fail(Code::invalid, fmt::format("{}: expected {}, found \"{}\"", name, expected, found));
}

std::string text_value(RequestTarget const& target, std::string_view name) {
    return std::string(trimmed(target.value(name).value_or("")));
}

Result<std::vector<std::int64_t>> asn_list(RequestTarget const& target) {
    std::vector<std::int64_t> asns;
    for (auto const& text : comma_list(target, "asn")) {
        auto const digits = uppered(text).starts_with("AS") ? std::string_view(text).substr(2) : std::string_view(text);
        auto const number = parse_int(digits);
        if (!number || *number < 0 || *number > 4'294'967'295) return wrong("asn", "an AS number", text);
        asns.push_back(*number);
    }
    return asns;
}

Result<std::vector<events::OrganisationNumber>> organisation_list(RequestTarget const& target) {
    std::vector<events::OrganisationNumber> organisations;
    for (auto const& text : comma_list(target, "organisation")) {
        auto const number = text == "none" ? std::optional<std::int64_t>(0) : parse_int(text);
        if (!number || *number < 0) return wrong("organisation", "an organisation's number, or none", text);
        organisations.push_back(*number);
    }
    return organisations;
}

std::vector<std::string> in_capitals(std::vector<std::string> texts) {
    for (auto& text : texts) text = uppered(text);
    return texts;
}

std::vector<std::string> in_small(std::vector<std::string> texts) {
    for (auto& text : texts) text = lowered(text);
    return texts;
}

/// What events and findings have in common.
template <class Filter>
Status read_common(RequestTarget const& target, Filter& filter) {
    TRY(filter.from, time_value(target, "from"));
    TRY(filter.to, time_value(target, "to"));
    for (auto const& text : comma_list(target, "address")) {
        TRY(auto const range, events::parse_address_range(text));
        filter.addresses.push_back(range);
    }
    TRY(filter.asns, asn_list(target));
    TRY(filter.organisations, organisation_list(target));
    filter.feeds = comma_list(target, "feed");
    filter.taxonomies = in_small(comma_list(target, "taxonomy"));
    filter.types = in_small(comma_list(target, "type"));
    filter.identifiers = comma_list(target, "identifier");
    filter.countries = in_capitals(comma_list(target, "country"));
    filter.transports = in_small(comma_list(target, "transport"));
    filter.severities = in_small(comma_list(target, "severity"));
    TRY(filter.ports, number_list(target, "port"));
    filter.domain = lowered(text_value(target, "domain"));
    if (auto const lane = text_value(target, "lane"); !lane.empty()) {
        filter.lane = events::lane_named(lane);
        if (!filter.lane) return wrong("lane", "own, abroad or none", lane);
    }
    filter.text = text_value(target, "q");
    return {};
}

}  // namespace

std::vector<std::string> comma_list(RequestTarget const& target, std::string_view name) {
    std::vector<std::string> values;
    for (auto const part : split(target.value(name).value_or(""), ',')) {
        if (auto const value = trimmed(part); !value.empty()) values.emplace_back(value);
    }
    return values;
}

Result<std::vector<std::int64_t>> number_list(RequestTarget const& target, std::string_view name) {
    std::vector<std::int64_t> numbers;
    for (auto const& text : comma_list(target, name)) {
        auto const number = parse_int(text);
        if (!number || *number < 0) return wrong(name, "a number", text);
        numbers.push_back(*number);
    }
    return numbers;
}

Result<std::optional<Timestamp>> time_value(RequestTarget const& target, std::string_view name) {
    auto const text = text_value(target, name);
    if (text.empty()) return std::nullopt;
    auto const time = parse_timestamp(text);
    if (!time) return wrong(name, "a time by RFC 3339, or a date", text);
    return *time;
}

Result<events::EventFilter> event_filter(RequestTarget const& target) {
    events::EventFilter filter;
    CHECK(read_common(target, filter));
    TRY(auto const reports, number_list(target, "report"));
    if (!reports.empty()) filter.report = reports.front();
    filter.finding = text_value(target, "finding");
    for (auto const& [name, value] : target.query) {
        if (name != "filter" || value.empty()) continue;
        TRY(auto condition, events::parse_field_condition(value));
        filter.conditions.push_back(std::move(condition));
    }
    return filter;
}

Result<events::FindingFilter> finding_filter(RequestTarget const& target, access::Principal const& caller) {
    events::FindingFilter filter;
    CHECK(read_common(target, filter));
    TRY(filter.first_from, time_value(target, "first_from"));
    TRY(filter.first_to, time_value(target, "first_to"));
    TRY(filter.repaired_from, time_value(target, "repaired_from"));
    TRY(filter.repaired_to, time_value(target, "repaired_to"));
    for (auto const& text : comma_list(target, "state")) {
        auto const state = events::finding_state_named(text);
        if (!state) return wrong("state", "open, repaired, back or false_positive", text);
        filter.states.push_back(*state);
    }
    if (!text_value(target, "open_at").empty()) {
        if (!filter.states.empty() || filter.first_to || filter.repaired_from || filter.repaired_to)
            return fail(Code::invalid, "open_at: not together with state, first_to, repaired_from or repaired_to");
        TRY(filter.first_to, time_value(target, "open_at"));
        filter.repaired_from = filter.first_to;
        filter.states = {events::FindingState::open, events::FindingState::repaired};
    }
    for (auto const& text : comma_list(target, "said")) {
        if (text == "nothing") {
            filter.said_nothing = true;
            continue;
        }
        auto const said = events::saying_named(text);
        if (!said) return wrong("said", "seen, repaired, not_ours, false_positive or nothing", text);
        filter.said.push_back(*said);
    }
    if (auto const assigned = text_value(target, "assigned"); !assigned.empty()) {
        filter.assigned = assigned == "me"     ? std::to_string(caller.account.value)
                          : assigned == "none" ? std::string()
                                               : assigned;
    }
    return filter;
}

namespace {

/// In place of the organisations themselves.
Status add_sectors(constituency::Directory& directory, std::vector<std::string> const& sectors,
                   events::FindingFilter& filter) {
    std::set<std::string, std::less<>> const wanted(sectors.begin(), sectors.end());
    std::vector<events::OrganisationNumber> found;
    if (wanted.contains("none")) found.push_back(0);
    constituency::OrganisationQuery query{.limit = 1000};
    do {
        TRY(auto const page, directory.organisations(query));
        for (auto const& one : page.items)
            if (wanted.contains(one.sector.empty() ? "none" : one.sector)) found.push_back(one.id.value);
        query.after = page.next;
    } while (!query.after.empty());
    TRY(auto const removed, constituency::removed_organisations(directory));
    for (auto const& one : removed)
        if (wanted.contains(one.sector.empty() ? "none" : one.sector)) found.push_back(one.id.value);
    if (!filter.organisations.empty())
        std::erase_if(found, [&](auto number) {
            return std::ranges::find(filter.organisations, number) == filter.organisations.end();
        });
    if (found.empty()) found.push_back(-1);  // an empty list would ask nothing
    filter.organisations = std::move(found);
    return {};
}

}  // namespace

Result<events::FindingFilter> finding_filter(Doors const& doors, RequestTarget const& target,
                                             access::Principal const& caller) {
    TRY(auto filter, finding_filter(target, caller));
    if (auto const sectors = comma_list(target, "sector"); !sectors.empty())
        CHECK(add_sectors(doors.constituency->directory(), sectors, filter));
    if (auto const told = text_value(target, "told"); !told.empty()) {
        if (told != "yes") return wrong("told", "yes", told);
        TRY(auto const warned, doors.notifications->warned({}, {}));
        for (auto const& [finding, at] : warned.first) filter.ids.push_back(finding);
        if (filter.ids.empty()) filter.ids.emplace_back();  // an empty list would ask nothing
    }
    return filter;
}

Result<intelligence::ObjectFilter> object_filter(RequestTarget const& target, Timestamp now) {
    return intelligence::filter_of(target.query, now);
}

Result<events::AggregateRequest> aggregate_request(RequestTarget const& target) {
    events::AggregateRequest request;
    request.by = comma_list(target, "by");
    if (request.by.size() > 3) return fail(Code::invalid, "by: expected at most three fields");
    request.bucket = text_value(target, "bucket");
    TRY(auto const limit, number_list(target, "limit"));
    if (!limit.empty()) request.limit = static_cast<std::size_t>(limit.front());
    return request;
}

}  // namespace tocsin::api
