#include "formats/detection/writer.hpp"

#include <fmt/format.h>

/// Snort 3 rules. Source: the Snort 3 Rule Writing Guide.
namespace tocsin::formats::detection {
namespace {

constexpr std::size_t longest_content = 250;

class Rules {
  public:
    explicit Rules(Output& out) : out_(out) {}

    void add(Entry const& entry, std::string_view part, std::string_view header, std::string_view options) {
        out_.put(fmt::format("alert {} ( msg:\"TOCSIN {}\"; {}metadata:{}; sid:{}; rev:1; )\n", header, title_of(entry),
                             options, rule_metadata(entry), out_.numbers().number_of(entry, part)));
    }

  private:
    Output& out_;
};

/// The labels of a name as a DNS question holds them (RFC 1035 section 3.1): names below end in them, too.
std::string dns_labels(std::string_view name) {
    std::string bytes;
    for (auto const label : split(name, '.')) {
        bytes += static_cast<char>(label.size());
        bytes += label;
    }
    return rule_content(bytes + '\0');
}

bool add(Rules& rules, Entry const& entry) {
    auto const& value = entry.observable.value;
    if (entry.observable.kind == ObservableKind::ip && parse_prefix(value)) {
        rules.add(entry, "ip", fmt::format("ip any any <> {} any", value), "");
        return true;
    }
    if (entry.observable.kind == ObservableKind::domain && is_host_name(value, longest_content)) {
        rules.add(entry, "dns", "udp any any -> any 53", fmt::format("content:\"{}\", nocase; ", dns_labels(value)));
        rules.add(entry, "http", "http",
                  fmt::format("flow:to_server,established; http_header:field host; content:\"{}\", nocase; ",
                              rule_content(value)));
        return true;
    }
    if (entry.observable.kind == ObservableKind::url) {
        auto const address = web_address(value);
        if (!address || address->host.size() > longest_content || address->target.size() > longest_content)
            return false;
        rules.add(entry, "url", "http",
                  fmt::format("flow:to_server,established; http_header:field host; content:\"{}\", nocase; "
                              "http_raw_uri; content:\"{}\"; bufferlen:{}; ",
                              rule_content(address->host), rule_content(address->target), address->target.size()));
        return true;
    }
    return false;
}

}  // namespace

void write_snort3(std::span<Entry const> entries, Output& out) {
    Rules rules(out);
    for (auto const& entry : entries) add(rules, entry) ? out.wrote() : out.left_out();
}

}  // namespace tocsin::formats::detection
