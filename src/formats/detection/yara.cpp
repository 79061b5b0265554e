#include "formats/detection/writer.hpp"

#include <algorithm>
#include <fmt/format.h>

/// YARA rules on the hash of the whole file. Source: YARA 4 documentation, "Writing YARA rules", "Hash module".
namespace tocsin::formats::detection {
namespace {

std::optional<std::string_view> function_of(Observable const& observable) {
    bool const is_hex =
        std::ranges::all_of(observable.value, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (!is_hex) return {};
    if (observable.kind == ObservableKind::md5) return "md5";
    if (observable.kind == ObservableKind::sha1) return "sha1";
    if (observable.kind == ObservableKind::sha256) return "sha256";
    return {};
}

}  // namespace

void write_yara(std::span<Entry const> entries, Output& out) {
    out.put("import \"hash\"\n");
    for (auto const& entry : entries) {
        auto const function = function_of(entry.observable);
        if (!function) {
            out.left_out();
            continue;
        }
        auto name = stix::format_uuid(stable_uuid(entry, "yara"));
        std::ranges::replace(name, '-', '_');
        out.put(
            fmt::format("\nrule tocsin_{}\n{{\n    meta:\n        description = \"{}\"\n        origin = \"{}\"\n"
                        "    condition:\n        hash.{}(0, filesize) == \"{}\"\n}}\n",
                        name, title_of(entry), rule_metadata(entry), *function, entry.observable.value));
        out.wrote();
    }
}

}  // namespace tocsin::formats::detection
