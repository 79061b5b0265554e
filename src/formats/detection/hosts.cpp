#include "formats/detection/writer.hpp"

#include <fmt/format.h>

/// Lines for /etc/hosts, which knows only whole names. Source: hosts(5).
namespace tocsin::formats::detection {

void write_hosts(std::span<Entry const> entries, Output& out) {
    for (auto const& entry : entries) {
        auto const& [kind, value] = entry.observable;
        if (kind != ObservableKind::domain || !is_host_name(value)) {
            out.left_out();
            continue;
        }
        out.put(fmt::format("0.0.0.0 {}\n", value));
        out.wrote();
    }
}

}  // namespace tocsin::formats::detection
