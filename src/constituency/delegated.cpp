#include "constituency/delegated.hpp"

#include "constituency/fields.hpp"

#include <algorithm>
#include <array>

namespace tocsin::constituency {
namespace {

constexpr std::size_t least_fields = 7, most_fields = 32;
constexpr std::int64_t all_of_ipv4 = std::int64_t{1} << 32;

DelegatedFault wrong(std::string_view field, std::string_view what, std::string_view found) {
    auto fault = fault_expected(field, what, found);
    return {std::move(fault.field), std::move(fault.expected)};
}

std::optional<DelegatedFault> read_numbers(DelegatedRecord& record, std::string_view start, std::string_view value) {
    auto const count = parse_int(value);
    switch (record.type) {
        case DelegatedRecord::Type::asn: {
            auto const first = parse_int(start);
            if (!first || *first < 0 || *first > 0xffff'ffffLL) return wrong("start", "an AS number", start);
            if (!count || *count < 1 || *first + *count - 1 > 0xffff'ffffLL)
                return wrong("value", "how many AS numbers", value);
            record.first_asn = static_cast<std::uint32_t>(*first);
            record.asn_count = static_cast<std::uint32_t>(*count);
            break;
        }
        case DelegatedRecord::Type::ipv4: {
            auto const first = parse_ip(start);
            if (!first || !first->is_v4()) return wrong("start", "an IPv4 address", start);
            if (!count || *count < 1 || std::int64_t{first->v4_bits()} + *count > all_of_ipv4)
                return wrong("value", "how many addresses from there", value);
            record.first = *first;
            record.last = IpAddress::v4(static_cast<std::uint32_t>(first->v4_bits() + *count - 1));
            break;
        }
        case DelegatedRecord::Type::ipv6: {
            auto const first = parse_ip(start);
            if (!first || first->is_v4()) return wrong("start", "an IPv6 address", start);
            if (!count || *count < 1 || *count > 128) return wrong("value", "a prefix length from 1 to 128", value);
            auto const length = static_cast<std::uint8_t>(*count);
            if (masked(*first, length) != *first)
                return wrong("start", fmt::format("the first address of a /{}", length), start);
            record.first = *first;
            record.last = IpPrefix{*first, length}.last();
            break;
        }
    }
    return std::nullopt;
}

}  // namespace

std::variant<std::monostate, DelegatedRecord, DelegatedFault> read_delegated_line(std::string_view line) {
    line = trimmed(line);
    if (line.empty() || line.front() == '#') return {};
    auto const fields = split(line, '|');
    bool const is_version = fields.size() >= 6 && fields.size() <= 8 && parse_double(fields[0]).has_value();
    if (is_version || fields.back() == "summary") return {};
    if (fields.size() < least_fields || fields.size() > most_fields)
        return wrong("line", "registry|country|type|start|value|date|status|opaque-id", line);
    DelegatedRecord record;
    record.registry = fields[0];
    record.country = fields[1];
    record.date = fields[5];
    record.status = fields[6];
    if (fields.size() > 7) record.opaque_id = fields[7];
    if (!record.country.empty() && !parse_country(record.country)) return wrong("country", "two letters", fields[1]);
    if (fields[2] == "asn") {
        record.type = DelegatedRecord::Type::asn;
    } else if (fields[2] == "ipv4") {
        record.type = DelegatedRecord::Type::ipv4;
    } else if (fields[2] == "ipv6") {
        record.type = DelegatedRecord::Type::ipv6;
    } else {
        return wrong("type", "asn, ipv4 or ipv6", fields[2]);
    }
    constexpr std::array<std::string_view, 4> known = {"allocated", "assigned", "available", "reserved"};
    if (std::ranges::find(known, record.status) == known.end())
        return wrong("status", "allocated, assigned, available or reserved", record.status);
    if (auto fault = read_numbers(record, fields[3], fields[4])) return *std::move(fault);
    return record;
}

}  // namespace tocsin::constituency
