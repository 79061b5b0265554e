#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// Files that are compiled into the program: feeds/, catalogues/, texts/, the console (web/), the API contract
/// (api/openapi.json). The bytes live as long as the program. Safe from any thread.
namespace tocsin::embedded {

struct Entry {
    std::string_view path;  ///< "feeds/shadowserver/scan_telnet.toml"
    char const* begin;
    char const* end;

    std::string_view bytes() const { return {begin, end}; }
};

std::optional<std::string_view> find(std::string_view path);
/// All entries whose path starts with `prefix`, in order of path.
std::vector<Entry> list(std::string_view prefix);

}  // namespace tocsin::embedded
