#include "events/findings.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace tocsin::events {
namespace {

constexpr std::size_t max_groups = 10'000;
constexpr std::size_t max_parts = 4;
using GroupKey = std::array<std::uint64_t, max_parts>;

struct GroupKeyHash {
    std::size_t operator()(GroupKey const& key) const noexcept {
        std::uint64_t h = 0;
        for (auto const part : key) h = (h ^ part) * 0xd6e8'feb8'6659'fd93ULL + 1;
        return static_cast<std::size_t>(h ^ (h >> 31));
    }
};
struct Group {
    std::int64_t count = 0, addresses = 0;
    IpAddress last;
};

/// A part of a group's key: a number of the record, and that number as text.
struct Part {
    std::function<std::uint64_t(FindingRecord const&, FindingState)> number;
    std::function<std::string(std::uint64_t)> text;
};

std::int64_t bucket_start(std::int64_t seconds, std::string_view bucket) {
    constexpr std::int64_t day = 86'400;
    if (bucket == "hour") return seconds / 3600 * 3600;
    if (bucket == "day") return seconds / day * day;
    if (bucket == "week") return (seconds + 3 * day) / (7 * day) * (7 * day) - 3 * day;
    auto const date = format_date(Timestamp::from_seconds(seconds));  // month
    auto const first = parse_date(date.substr(0, 8) + "01");
    return first ? first->seconds() : seconds;
}

std::string number_unless_zero(std::uint64_t number) {
    return number == 0 ? std::string() : std::to_string(number);
}

Result<Part> part_named(std::string_view name, Dictionary const& dictionary, ClassTable const& classes) {
    auto const of_class = [&](Word ClassWords::* member) {
        std::vector<Word> words;
        for (auto const& [number, all] : classes.from(0)) words.push_back(all.*member);
        return Part{
            [words](FindingRecord const& r, FindingState) -> std::uint64_t {
                return r.finding_class < words.size() ? words[r.finding_class] : 0;
            },
            [&dictionary](std::uint64_t word) { return std::string(dictionary.text(static_cast<Word>(word))); }};
    };
    using R = FindingRecord const&;
    if (name == "feed") return of_class(&ClassWords::feed);
    if (name == "taxonomy") return of_class(&ClassWords::taxonomy);
    if (name == "type") return of_class(&ClassWords::type);
    if (name == "identifier") return of_class(&ClassWords::identifier);
    if (name == "transport") return of_class(&ClassWords::transport);
    if (name == "organisation")
        return Part{[](R r, FindingState) -> std::uint64_t { return r.organisation; }, number_unless_zero};
    if (name == "asn") return Part{[](R r, FindingState) -> std::uint64_t { return r.asn; }, number_unless_zero};
    if (name == "port")
        return Part{[](R r, FindingState) -> std::uint64_t { return r.port; },
                    [](std::uint64_t port) { return port == 0 ? std::string() : std::to_string(port - 1); }};
    if (name == "country")
        return Part{[](R r, FindingState) -> std::uint64_t { return r.country; },
                    [](std::uint64_t c) {
                        return c == 0 ? std::string()
                                      : std::string{static_cast<char>(c >> 8), static_cast<char>(c & 0xff)};
                    }};
    if (name == "severity")
        return Part{[](R r, FindingState) -> std::uint64_t { return r.severity; },
                    [](std::uint64_t n) { return std::string(severity_named(static_cast<std::uint8_t>(n))); }};
    if (name == "lane")
        return Part{[](R r, FindingState) -> std::uint64_t { return r.lane; },
                    [](std::uint64_t n) { return std::string(name_of(static_cast<Lane>(n))); }};
    if (name == "state")
        return Part{[](R, FindingState s) -> std::uint64_t { return static_cast<std::uint64_t>(s); },
                    [](std::uint64_t n) { return std::string(name_of(static_cast<FindingState>(n))); }};
    return fail(Code::invalid, fmt::format("by: expected feed, taxonomy, type, identifier, organisation, country, asn, "
                                           "port, transport, severity, lane or state, found \"{}\"",
                                           name));
}

}  // namespace

Result<Aggregate> FindingReader::aggregate(Scope const& scope, FindingFilter const& filter,
                                           AggregateRequest const& request) const {
    if (request.by.size() > 3) return fail(Code::invalid, "by: expected at most three fields");
    auto const& bucket = request.bucket;
    if (!bucket.empty() && bucket != "hour" && bucket != "day" && bucket != "week" && bucket != "month")
        return fail(Code::invalid, fmt::format("bucket: expected hour, day, week or month, found \"{}\"", bucket));
    std::vector<Part> parts;
    if (!bucket.empty())
        parts.push_back(
            {[bucket](FindingRecord const& r, FindingState) {
                 return static_cast<std::uint64_t>(bucket_start(r.last_seen, bucket));
             },
             [](std::uint64_t s) { return format_timestamp(Timestamp::from_seconds(static_cast<std::int64_t>(s))); }});
    for (auto const& name : request.by) {
        TRY(auto part, part_named(name, dictionary_, classes_));
        parts.push_back(std::move(part));
    }
    std::unordered_map<GroupKey, Group, GroupKeyHash> groups;
    Aggregate result;
    CHECK(each_match(scope, filter, snapshot(), [&](FindingRecord const& record, FindingState state) {
        GroupKey key{};
        for (std::size_t i = 0; i < parts.size(); ++i) key[i] = parts[i].number(record, state);
        auto& group = groups[key];
        ++group.count;
        ++result.total;
        IpAddress const address{record.address_high, record.address_low};
        if (!address.is_none() && address != group.last) {  // records come in order of address
            ++group.addresses;
            group.last = address;
        }
        return true;
    }));
    std::vector<std::pair<GroupKey, Group>> sorted(groups.begin(), groups.end());
    std::ranges::sort(sorted, [&](auto const& a, auto const& b) {
        if (!bucket.empty() && a.first[0] != b.first[0]) return a.first[0] < b.first[0];
        return std::pair(-a.second.count, a.first) < std::pair(-b.second.count, b.first);
    });
    sorted.resize(std::min(sorted.size(), std::clamp<std::size_t>(request.limit, 1, max_groups)));
    result.other = result.total;
    for (auto const& [key, group] : sorted) {
        AggregateGroup out;
        for (std::size_t i = 0; i < parts.size(); ++i) out.key.push_back(parts[i].text(key[i]));
        out.count = group.count;
        out.addresses = group.addresses;
        result.other -= group.count;
        result.groups.push_back(std::move(out));
    }
    return result;
}

}  // namespace tocsin::events
