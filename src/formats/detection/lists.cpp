#include "formats/detection/writer.hpp"

#include <algorithm>
#include <initializer_list>

/// One value a line.
namespace tocsin::formats::detection {
namespace {

void write_list(std::span<Entry const> entries, std::initializer_list<ObservableKind> kinds, Output& out) {
    for (auto const& entry : entries) {
        auto const& [kind, value] = entry.observable;
        if (std::ranges::find(kinds, kind) == kinds.end() || !is_one_line(value) || value.starts_with('#')) {
            out.left_out();
            continue;
        }
        out.put(value);
        out.put("\n");
        out.wrote();
    }
}

}  // namespace

void write_ip_list(std::span<Entry const> entries, Output& out) {
    write_list(entries, {ObservableKind::ip}, out);
}

void write_domain_list(std::span<Entry const> entries, Output& out) {
    write_list(entries, {ObservableKind::domain}, out);
}

void write_url_list(std::span<Entry const> entries, Output& out) {
    write_list(entries, {ObservableKind::url}, out);
}

void write_hash_list(std::span<Entry const> entries, Output& out) {
    write_list(entries,
               {ObservableKind::md5, ObservableKind::sha1, ObservableKind::sha224, ObservableKind::sha256,
                ObservableKind::sha384, ObservableKind::sha512},
               out);
}

}  // namespace tocsin::formats::detection
