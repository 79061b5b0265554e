#include "events/within.hpp"

#include <fmt/format.h>

namespace tocsin::events {
namespace {

constexpr std::uint8_t ranks = 6;       ///< not told, CLEAR ... RED
constexpr unsigned marking_shift = 16;  ///< of the column `flags`, whose highest byte is empty

std::string numbers(std::vector<gate::OrganisationId> const& organisations) {
    std::string list;
    for (auto const organisation : organisations)
        list += fmt::format("{}{}", list.empty() ? "" : ",", organisation.value);
    return list;
}

}  // namespace

gate::Tlp marking_of_rank(std::uint16_t rank) {
    if (rank == 0) return gate::Tlp::amber;
    return rank < ranks ? static_cast<gate::Tlp>(rank - 1) : gate::Tlp::red;
}

std::vector<RanksWithin> ranks_within(gate::Bounds const& scope) {
    std::vector<RanksWithin> within;
    for (std::uint8_t rank = 0; rank < ranks; ++rank) {
        auto const& whose = scope.whose(marking_of_rank(rank));
        if (whose.is_nobody()) continue;
        auto const end = static_cast<std::uint8_t>(rank + 1 == ranks ? 0 : rank + 1);
        if (!within.empty() && within.back().end == rank && within.back().whose == whose) {
            within.back().end = end;
        } else {
            within.push_back({rank, end, whose});
        }
    }
    return within;
}

std::optional<std::string> events_within(gate::Bounds const& scope) {
    if (scope.is_everything()) return std::nullopt;
    std::string any;
    for (auto const& [first, end, whose] : ranks_within(scope)) {
        // compared as they lie in the column, so that zone maps answer for whole row groups
        std::string all;
        auto const also = [&](std::string const& condition) { all += (all.empty() ? "" : " AND ") + condition; };
        if (first > 0) also(fmt::format("flags >= {}", std::uint32_t{first} << marking_shift));
        if (end > 0) also(fmt::format("flags < {}", std::uint32_t{end} << marking_shift));
        if (!whose.is_everybody())
            also(fmt::format("organisation {}IN ({})", whose.is_all_but ? "NOT " : "", numbers(whose.listed)));
        any += fmt::format("{}({})", any.empty() ? "" : " OR ", all);
    }
    return any.empty() ? "false" : "(" + any + ")";
}

std::string reports_within(gate::Bounds const& scope, std::string_view name) {
    if (scope.is_everything()) return {};
    std::string list;
    for (std::uint8_t rank = 0; rank < ranks; ++rank)
        if (scope.includes(marking_of_rank(rank), gate::OrganisationId()))
            list += fmt::format("{}{}", list.empty() ? "" : ",", rank);
    if (list.empty()) return " AND 1 = 0";
    return fmt::format(" AND coalesce({}.tlp, {}) IN ({})", name, ranks - 1, list);
}

}  // namespace tocsin::events
