#include "base/csv_row.hpp"

#include "base/text.hpp"

namespace tocsin {

void append_csv_row(std::string& out, std::vector<std::string> const& cells) {
    bool is_first = true;
    for (auto const& cell : cells) {
        if (!is_first) out += ',';
        is_first = false;
        append_csv_cell(out, cell);
    }
    out += "\r\n";
}

}  // namespace tocsin
