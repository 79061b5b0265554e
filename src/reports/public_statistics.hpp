#pragma once
/// Statistics for everybody, without names: off until somebody publishes them. What they may count is decided in
/// docs/decisions/0031-what-the-public-may-count.md.
#include "reports/facts.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>

namespace tocsin::access {
struct Principal;
}

namespace tocsin::reports {

struct Rooms;

constexpr std::int64_t fewest_organisations = 5;

/// How the statistics are published.
struct Publication {
    Timestamp since = {};
    std::string by = {};
    gate::Tlp strictest = gate::Tlp::green;      ///< findings marked stricter are not counted; at most AMBER
    std::int64_t fewest = fewest_organisations;  ///< organisations behind each number, 3 to 100
};
/// None: not published.
Result<std::optional<Publication>> publication(store::Ledger& ledger);
/// Publishes, or changes how. Errors: Code::invalid naming the field. Audited.
Status publish_statistics(store::Ledger& ledger, Clock const& clock, Publication const& how,
                          access::Principal const& by);
/// Errors: Code::conflict when they are not published. Audited.
Status withdraw_statistics(store::Ledger& ledger, Clock const& clock, access::Principal const& by);

struct StatisticsRequest {
    Publication how = {};
    Timestamp now = {};                              ///< the twelve months up to and with its day are counted
    std::string team = {}, address = {}, base = {};  ///< base: what stands in front of links
};
/// What was counted, and how.
struct PublicStatistics {
    gate::Cleared<Report> report;
    Publication how;
    std::int64_t uncounted = 0;  ///< new findings that would be counted but for their marking; said to the team only
};
/// Made for everybody, whoever asks. One pass over the findings.
Result<PublicStatistics> make_statistics(Rooms const& rooms, StatisticsRequest const& request);

enum class StatisticsFormat : std::uint8_t { json, csv, markdown, html };
std::optional<StatisticsFormat> statistics_format_named(std::string_view name);  ///< "json", "csv", "md", "html"
/// {"schema": "tocsin/statistics-1", ...}; the CSV is that of reports; a page in one of the six languages.
Result<std::string> render(PublicStatistics const& statistics, std::string_view language, StatisticsFormat format);

}  // namespace tocsin::reports
