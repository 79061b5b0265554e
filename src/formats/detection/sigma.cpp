#include "formats/detection/writer.hpp"

#include <fmt/format.h>

/// Sigma rules, one YAML document each. Source: Sigma Rules Specification 2.0.
namespace tocsin::formats::detection {
namespace {

/// A YAML scalar in double quotes. Of JSON strings YAML takes all that have no line ends of Unicode in them.
std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

/// A value that is meant as it is: `*`, `?` and `\` are not wildcards and escapes.
std::string literal(std::string_view text) {
    std::string escaped;
    for (char const c : text) {
        if (c == '*' || c == '?' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return quoted(escaped);
}

std::string_view level_of(Entry const& entry) {
    if (entry.confidence >= 80) return "high";
    return entry.confidence >= 0 && entry.confidence < 40 ? "low" : "medium";
}

struct Search {
    std::string_view category, product;
    std::vector<std::string> alternatives;  ///< "dst_ip: \"192.0.2.1\""
};

std::optional<std::string_view> hash_name(ObservableKind kind) {
    if (kind == ObservableKind::md5) return "MD5";
    if (kind == ObservableKind::sha1) return "SHA1";
    if (kind == ObservableKind::sha256) return "SHA256";
    if (kind == ObservableKind::imphash) return "IMPHASH";
    return {};
}

std::optional<Search> search_of(Observable const& observable) {
    auto const& value = observable.value;
    if (!is_one_line(value)) return {};
    if (auto const hash = hash_name(observable.kind))
        return Search{
            "process_creation", "windows", {"Hashes|contains: " + literal(fmt::format("{}={}", *hash, value))}};
    if (observable.kind == ObservableKind::ip) {
        auto const test = value.contains('/') ? "|cidr" : "";
        return Search{
            "firewall",
            "",
            {fmt::format("dst_ip{}: {}", test, quoted(value)), fmt::format("src_ip{}: {}", test, quoted(value))}};
    }
    if (observable.kind == ObservableKind::domain)
        return Search{"dns", "", {"query: " + literal(value), "query|endswith: " + literal("." + value)}};
    if (observable.kind == ObservableKind::url) return Search{"proxy", "", {"c-uri: " + literal(value)}};
    if (observable.kind == ObservableKind::user_agent) return Search{"proxy", "", {"c-useragent: " + literal(value)}};
    return {};
}

std::string rule_of(Entry const& entry, Search const& search) {
    auto rule = fmt::format("---\ntitle: {}\nid: {}\nstatus: experimental\ndescription: {}\n", quoted(title_of(entry)),
                            stix::format_uuid(stable_uuid(entry, "sigma")), quoted(rule_metadata(entry)));
    if (!entry.reference.empty() && is_one_line(entry.reference))
        rule += fmt::format("references:\n  - {}\n", quoted(entry.reference));
    rule += fmt::format("logsource:\n  category: {}\n", search.category);
    if (!search.product.empty()) rule += fmt::format("  product: {}\n", search.product);
    rule += "detection:\n  selection:\n";
    for (auto const& alternative : search.alternatives) rule += fmt::format("    - {}\n", alternative);
    rule += fmt::format("  condition: selection\nlevel: {}\n", level_of(entry));
    return rule;
}

}  // namespace

void write_sigma(std::span<Entry const> entries, Output& out) {
    for (auto const& entry : entries) {
        auto const search = search_of(entry.observable);
        if (!search) {
            out.left_out();
            continue;
        }
        out.put(rule_of(entry, *search));
        out.wrote();
    }
}

}  // namespace tocsin::formats::detection
