#pragma once
#include <string>
#include <vector>

namespace tocsin {

/// A row of CSV (RFC 4180) with its line end; each cell as append_csv_cell writes it.
void append_csv_row(std::string& out, std::vector<std::string> const& cells);

}  // namespace tocsin
