#pragma once
#include "app/simulation/report_rows.hpp"

#include <filesystem>

namespace tocsin::app::simulation {

struct WrittenReport {
    std::filesystem::path file;
    std::uint64_t rows = 0, bytes = 0;
    RowCounts counts;
};

/// Writes one report into a folder, made by all processors side by side; the bytes do not depend on how many there are.
/// Memory: a few megabytes for each. Errors: Code::io, naming the file.
Result<WrittenReport> write_report(ReportRows const& report, std::uint64_t rows, std::filesystem::path const& folder);

}  // namespace tocsin::app::simulation
