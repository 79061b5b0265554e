#include "base/embedded.hpp"

#include <algorithm>

namespace tocsin::embedded {

std::span<Entry const> table_feeds();
std::span<Entry const> table_web();
std::span<Entry const> table_texts();
std::span<Entry const> table_api();
std::span<Entry const> table_catalogues();

std::vector<Entry> list(std::string_view prefix) {
    std::vector<Entry> found;
    for (auto const table : {table_api(), table_catalogues(), table_feeds(), table_texts(), table_web()})
        for (auto const& entry : table)
            if (entry.begin != nullptr && entry.path.starts_with(prefix)) found.push_back(entry);
    return found;
}

std::optional<std::string_view> find(std::string_view path) {
    for (auto const table : {table_api(), table_catalogues(), table_feeds(), table_texts(), table_web()}) {
        auto const found = std::ranges::lower_bound(table, path, {}, &Entry::path);  // the generator sorts them
        if (found != table.end() && found->path == path && found->begin != nullptr) return found->bytes();
    }
    return std::nullopt;
}

}  // namespace tocsin::embedded
