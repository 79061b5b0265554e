#pragma once
#include "constituency/country.hpp"
#include "constituency/prefix_table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// Private to the room: one line of the registries' statistics exchange format.
namespace tocsin::constituency {

/// A record line: registry|cc|type|start|value|date|status[|opaque-id[|extensions...]].
///
/// Source: "RIR Statistics Exchange Format", version 2.3 (the "extended" form), as published beside the files by each
/// registry. `opaque_id` is the same for all resources of one holder within one registry and file.
struct DelegatedRecord {
    std::string_view registry, country, date, status, opaque_id;
    enum class Type { asn, ipv4, ipv6 } type = Type::asn;
    std::uint32_t first_asn = 0, asn_count = 0;  ///< asn
    IpAddress first, last;                       ///< ipv4 and ipv6

    bool is_held() const { return status == "allocated" || status == "assigned"; }
};

struct DelegatedFault {
    std::string field, expected;
};
/// What a line is: nothing (comment, blank, version or summary line), a record, or wrong. Views into the line.
std::variant<std::monostate, DelegatedRecord, DelegatedFault> read_delegated_line(std::string_view line);

}  // namespace tocsin::constituency
