#include "app/repair_words.hpp"

namespace tocsin::app {

std::vector<Option> repair_options() {
    return {{"--from", "DATE", "first seen not before"},
            {"--to", "DATE", "first seen before"},
            {"--organisation", "ORGANISATION", "of this one, by name or number", {}, false, true},
            {"--sector", "TEXT", "of organisations of this sector", {}, false, true},
            {"--of-feed", "ID", "of this feed", {}, false, true},
            {"--type", "TYPE", "classification.type", {}, false, true},
            {"--identifier", "TEXT", "classification.identifier", {}, false, true},
            {"--country", "CODE", "of this country", {}, false, true},
            {"--asn", "NUMBER", "of this AS number", {}, false, true},
            {"--severity", "WORD", "critical, high, medium, low, info", {}, false, true}};
}

Result<reports::RepairRequest> repair_request(Invocation const& call) {
    reports::RepairRequest request;
    auto& filter = request.filter;
    if (call.has("--from")) {
        TRY(filter.first_from, parse_date(call.get("--from")));
    }
    if (call.has("--to")) {
        TRY(filter.first_to, parse_date(call.get("--to")));
    }
    for (auto const& name : call.all("--organisation")) {
        TRY(auto const found, call.instance->constituency().directory().find_organisation(name));
        filter.organisations.push_back(found.id.value);
    }
    for (auto const& text : call.all("--asn")) {
        auto const number = parse_int(text);
        if (!number) return fail(Code::invalid, fmt::format("--asn: expected a number, found \"{}\"", text));
        filter.asns.push_back(*number);
    }
    request.sectors = call.all("--sector");
    filter.feeds = call.all("--of-feed");
    filter.types = call.all("--type");
    filter.identifiers = call.all("--identifier");
    for (auto const& country : call.all("--country")) filter.countries.push_back(uppered(country));
    filter.severities = call.all("--severity");
    return request;
}

std::string words_of(std::optional<reports::MedianDays> const& median) {
    if (!median) return "-";
    auto const bound = [](std::optional<int> day) { return day ? std::to_string(*day) : std::string("?"); };
    return fmt::format("{} ({}-{})", median->days, bound(median->low), bound(median->high));
}

std::string words_of(std::optional<reports::Interval> const& share) {
    if (!share) return "-";
    return fmt::format("{:.1f}% ({:.1f}-{:.1f})", 100 * share->value, 100 * share->low, 100 * share->high);
}

}  // namespace tocsin::app
