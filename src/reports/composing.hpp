#pragma once
#include "reports/facts.hpp"
#include "reports/public_statistics.hpp"
#include "reports/reports.hpp"

/// What the writers of reports and of the public statistics share. Private to the room.
namespace tocsin::reports {

/// The members "figures" and "tables".
void append_numbers(JsonWriter& json, Report const& report);
/// HTML, Markdown, PDF or DOCX. `how`: of statistics; null: a report.
Result<std::string> compose(gate::Cleared<Report> const& report, Publication const* how, std::string_view language,
                            Format format);

}  // namespace tocsin::reports
