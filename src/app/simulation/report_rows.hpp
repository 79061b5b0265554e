#pragma once
#include "app/simulation/population.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::app::simulation {

/// What a report type looks like. Column names are those of the Shadowserver Foundation's reports.
struct ReportType {
    std::string_view name;  ///< "scan_telnet"
    std::string_view columns;
    std::string_view severity;
    std::string_view protocol;  ///< "tcp"
    std::string_view tag;
    std::uint16_t ports[4];  ///< 0 ends
    bool ipv6 = false;
    std::uint32_t share = 10;  ///< of the rows of a nation's day, relative to the other types
};
std::vector<ReportType> const& report_types();
ReportType const* find_report_type(std::string_view name);

struct ReportOptions {
    std::uint64_t seed = 1;
    Timestamp first_day;
    std::uint32_t day = 0;  ///< from the first day
    std::uint64_t rows = 1000;
    double repeat_percent = 10;   ///< rows that say once more what an earlier row of the report says
    double broken_percent = 0.1;  ///< rows that no reader can accept
    /// Slots whose host is not seen, for owners who repaired; may be empty.
    std::function<bool(Host const&)> is_gone;
};

struct RowCounts {
    std::uint64_t distinct = 0, repeats = 0, broken = 0, gone = 0;
    RowCounts& operator+=(RowCounts const& other);
};

/// The rows of one report of one day. Row n depends only on n, so that parts are made side by side. Safe from any
/// thread.
class ReportRows {
  public:
    ReportRows(Nation const& nation, ReportType const& type, Population const& population, ReportOptions options);

    /// "2026-11-01-scan_telnet-900-takeland-nation.csv"
    std::string file_name() const;
    void append_header(std::string& out) const;
    void append(std::string& out, std::uint64_t from, std::uint64_t to, RowCounts& counts) const;

    struct Cells;

  private:
    enum class Fate : std::uint8_t { plain, repeat, broken };
    using Cell = void (*)(std::string& out, Cells const& row);

    Fate fate(std::uint64_t row) const;
    std::uint64_t repeated_by(std::uint64_t row) const;
    Cells cells(std::uint64_t slot, std::uint64_t time_of) const;
    void append_row(std::string& out, Cells const& row) const;
    void append_broken(std::string& out, std::uint64_t row) const;

    Nation const* nation_;
    ReportType const* type_;
    Population const* population_;
    ReportOptions options_;
    std::string date_;
    std::uint64_t repeat_below_ = 0, broken_below_ = 0;  ///< of 2^32
    std::vector<Cell> columns_;
};

}  // namespace tocsin::app::simulation
