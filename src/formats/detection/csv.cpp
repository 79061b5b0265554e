#include "formats/detection/writer.hpp"

#include <fmt/format.h>

/// All kinds of values with what is known of them; RFC 4180 with lines of comment above.
namespace tocsin::formats::detection {

void write_csv(std::span<Entry const> entries, Output& out) {
    out.put("kind,value,name,confidence,reference,valid_until,indicator\n");
    for (auto const& entry : entries) {
        auto const& [kind, value] = entry.observable;
        if (!is_one_line(value)) {
            out.left_out();
            continue;
        }
        std::string line(name_of(kind));
        std::string const cells[] = {value,
                                     plain(entry.name),
                                     entry.confidence < 0 ? "" : std::to_string(entry.confidence),
                                     is_one_line(entry.reference) ? entry.reference : "",
                                     entry.valid_until ? format_timestamp(*entry.valid_until) : "",
                                     plain(entry.id)};
        for (auto const& cell : cells) {
            line += ',';
            append_csv_cell(line, cell);
        }
        out.put(line + "\n");
        out.wrote();
    }
}

}  // namespace tocsin::formats::detection
