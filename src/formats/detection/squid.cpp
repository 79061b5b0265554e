#include "formats/detection/writer.hpp"

#include <array>
#include <fmt/format.h>
#include <set>

/// A piece of squid.conf: access lists tocsin_addresses, tocsin_names, tocsin_urls. What is to be done with them is the
/// reader's to say; all three are always there. Source: the Squid 5 configuration reference, "acl".
namespace tocsin::formats::detection {
namespace {

/// A POSIX extended regular expression for exactly this text; characters that Squid's file format knows are hexadecimal
/// in URLs and can't stand here.
std::optional<std::string> exactly(std::string_view url) {
    std::string expression = "^";
    for (char const c : url) {
        if (static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f) return {};
        if (std::string_view("\"'#\\").contains(c)) return {};
        if (std::string_view(".[]()*+?{}^$|").contains(c)) expression += '\\';
        expression += c;
    }
    return expression + "$";
}

/// Squid refuses a list that has a name and another below it.
bool is_below_another(std::set<std::string_view> const& names, std::string_view name) {
    while (true) {
        auto const dot = name.find('.');
        if (dot == std::string_view::npos) return false;
        name.remove_prefix(dot + 1);
        if (names.contains(name)) return true;
    }
}

}  // namespace

void write_squid(std::span<Entry const> entries, Output& out) {
    std::array<bool, 3> is_there{};
    std::set<std::string_view> names;
    for (auto const& entry : entries)
        if (entry.observable.kind == ObservableKind::domain) names.insert(entry.observable.value);
    for (auto const& entry : entries) {
        auto const& [kind, value] = entry.observable;
        auto const url = kind == ObservableKind::url && web_address(value) ? exactly(value) : std::nullopt;
        if (kind == ObservableKind::ip && parse_prefix(value)) {
            out.put(fmt::format("acl tocsin_addresses dst {}\n", value));
        } else if (kind == ObservableKind::domain && is_host_name(value)) {
            if (!is_below_another(names, value)) out.put(fmt::format("acl tocsin_names dstdomain .{}\n", value));
        } else if (url) {
            out.put(fmt::format("acl tocsin_urls url_regex {}\n", *url));
        } else {
            out.left_out();
            continue;
        }
        out.wrote();
        is_there[kind == ObservableKind::ip ? 0 : kind == ObservableKind::domain ? 1 : 2] = true;
    }
    // A line of http_access that names a list which is not there stops Squid: what is empty matches what can't be.
    static constexpr std::string_view nothing[] = {"acl tocsin_addresses dst 255.255.255.255\n",
                                                   "acl tocsin_names dstdomain .invalid\n",
                                                   "acl tocsin_urls url_regex ^$\n"};
    for (std::size_t i = 0; i < std::size(nothing); ++i)
        if (!is_there[i]) out.put(std::string(nothing[i]));
}

}  // namespace tocsin::formats::detection
