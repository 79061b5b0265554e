#include "formats/detection/writer.hpp"

#include <fmt/format.h>

/// Suricata rules. Source: the Suricata 6 user guide, chapter "Suricata Rules".
namespace tocsin::formats::detection {
namespace {

constexpr std::size_t longest_content = 250;
constexpr std::string_view once_an_hour = "threshold:type limit, track by_src, seconds 3600, count 1; ";

class Rules {
  public:
    explicit Rules(Output& out) : out_(out) {}

    void add(Entry const& entry, std::string_view part, std::string_view header, std::string_view options) {
        out_.put(fmt::format("alert {} (msg:\"TOCSIN {}\"; {}{}metadata:{}; sid:{}; rev:1;)\n", header, title_of(entry),
                             options, part == "ip" ? once_an_hour : "", rule_metadata(entry),
                             out_.numbers().number_of(entry, part)));
    }

  private:
    Output& out_;
};

/// The name itself and all below it.
void add_domain(Rules& rules, Entry const& entry) {
    auto const content = fmt::format("dotprefix; content:\".{}\"; ", rule_content(entry.observable.value));
    rules.add(entry, "dns", "dns any any -> any any", "dns.query; " + content + "nocase; endswith; ");
    rules.add(entry, "tls", "tls any any -> any any",
              "flow:established,to_server; tls.sni; " + content + "nocase; endswith; ");
    // http.host is in lower case by itself; Suricata refuses `nocase` there.
    rules.add(entry, "http", "http any any -> any any",
              "flow:established,to_server; http.host; " + content + "endswith; ");
}

void add_url(Rules& rules, Entry const& entry, WebAddress const& address) {
    rules.add(entry, "url", "http any any -> any any",
              fmt::format("flow:established,to_server; http.host; content:\"{}\"; bsize:{}; http.uri.raw; "
                          "content:\"{}\"; bsize:{}; ",
                          rule_content(address.host), address.host.size(), rule_content(address.target),
                          address.target.size()));
}

bool add(Rules& rules, Entry const& entry) {
    auto const& value = entry.observable.value;
    if (entry.observable.kind == ObservableKind::ip && parse_prefix(value)) {
        rules.add(entry, "ip", fmt::format("ip any any <> {} any", value), "");
        return true;
    }
    if (entry.observable.kind == ObservableKind::domain && is_host_name(value, longest_content)) {
        add_domain(rules, entry);
        return true;
    }
    if (entry.observable.kind == ObservableKind::url) {
        auto const address = web_address(value);
        if (!address || address->host.size() > longest_content || address->target.size() > longest_content)
            return false;
        add_url(rules, entry, *address);
        return true;
    }
    if (entry.observable.kind == ObservableKind::user_agent && is_one_line(value) && value.size() <= longest_content) {
        rules.add(entry, "agent", "http any any -> any any",
                  fmt::format("flow:established,to_server; http.user_agent; content:\"{}\"; bsize:{}; ",
                              rule_content(value), value.size()));
        return true;
    }
    return false;
}

}  // namespace

void write_suricata(std::span<Entry const> entries, Output& out) {
    Rules rules(out);
    for (auto const& entry : entries) add(rules, entry) ? out.wrote() : out.left_out();
}

}  // namespace tocsin::formats::detection
