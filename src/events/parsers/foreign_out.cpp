#include "events/foreign_out.hpp"

#include "events/event.hpp"
#include "events/parsers/foreign.hpp"
#include "formats/formats.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

using formats::JsonValue;

struct XarfType {
    std::string_view type, category, xarf, old;  ///< ours; of version 4; the report type of 0.2
};
constexpr auto xarf_types = std::to_array<XarfType>({
    {"spam", "messaging", "spam", "spam"},
    {"brute-force", "connection", "login_attack", "login-attack"},
    {"scanner", "connection", "port_scan", "portscan"},
    {"ids-alert", "connection", "exploit_attempt", "attack"},
    {"exploit", "connection", "exploit_attempt", "attack"},
    {"ddos", "connection", "ddos", "ddos"},
    {"dos", "connection", "dos", "dos"},
    {"infected-system", "infrastructure", "botnet", "bot"},
    {"c2-server", "infrastructure", "c2", "c2"},
    {"system-compromise", "infrastructure", "compromised_server", "compromised-server"},
    {"application-compromise", "content", "compromised_website", "compromised-website"},
    {"malware-distribution", "content", "malware", "malware-attack"},
    {"phishing", "content", "phishing", "phishing"},
    {"masquerade", "content", "fraud", "fraud"},
    {"copyright", "copyright", "copyright", "copyright"},
    {"data-leak", "content", "exposed_data", "data-leak"},
    {"potentially-unwanted-accessible", "vulnerability", "open_service", "open-service"},
    {"vulnerable-system", "vulnerability", "cve", "vulnerability"},
    {"ddos-amplifier", "vulnerability", "ddos_amplification", "ddos-amplification"},
});
constexpr XarfType other_type{"", "reputation", "other", "other"};

XarfType const& xarf_type(std::string_view type) {
    auto const found = std::ranges::find(xarf_types, type, &XarfType::type);
    return found != xarf_types.end() ? *found : other_type;
}

/// An UUID told by the event alone, so that a report sent again is known again.
std::string uuid_of(std::string_view text) {
    std::uint64_t front = 0xcbf29ce484222325, back = 0x84222325cbf29ce4;
    for (char const c : text) {
        front = (front ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        back = (back ^ static_cast<unsigned char>(c)) * 0x10000000233;
    }
    auto hex = fmt::format("{:016x}{:016x}", front, back);
    hex[12] = '8';  // RFC 9562 section 5.8: made by a rule of one's own
    hex[16] = '8';
    for (auto const at : {8U, 13U, 18U, 23U}) hex.insert(at, "-");
    return hex;
}

std::string_view text_of(JsonValue event, std::string_view key) {
    auto const value = event[key];
    return value.is_text() ? value.text() : value.is_number() || value.is_boolean() ? value.raw() : std::string_view();
}

std::string_view first_text(JsonValue event, std::initializer_list<std::string_view> keys) {
    for (auto const key : keys)
        if (auto const text = text_of(event, key); !text.empty()) return text;
    return {};
}

void put_list(JsonWriter& json, std::string_view name, std::string_view text) {
    if (!text.empty()) json.key(name).array().value(text).end();
}

/// A Source or Target of IDEA0.
void put_end(JsonWriter& json, JsonValue event, std::string_view name, std::string_view which) {
    auto const get = [&](std::string_view part) { return text_of(event, fmt::format("{}.{}", which, part)); };
    auto address = get("ip");
    if (address.empty()) address = get("network");
    if (address.empty() && get("fqdn").empty() && get("url").empty()) return;
    json.key(name).array().object();
    put_list(json, address.contains(':') ? "IP6" : "IP4", address);
    put_list(json, "Hostname", get("fqdn"));
    put_list(json, "URL", get("url"));
    for (auto const& [member, part] : {std::pair("Port", "port"), std::pair("ASN", "asn")})
        if (auto const number = parse_int(get(part))) json.key(member).array().value(*number).end();
    auto const transport = text_of(event, "protocol.transport"), application = text_of(event, "protocol.application");
    if (!transport.empty() || !application.empty()) {
        json.key("Proto").array();
        if (!transport.empty()) json.value(transport);
        if (!application.empty()) json.value(application);
        json.end();
    }
    json.end().end();
}

/// A text that YAML takes for nothing but one: in quotes when it must be.
std::string yaml_text(std::string_view text) {
    std::string clean;
    for (char const c : text) clean += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    bool const plain = !clean.empty() && std::ranges::all_of(clean, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '@' ||
               c == '_' || c == '/';
    });
    return plain ? clean : "'" + replaced(clean, "'", "''") + "'";
}

}  // namespace

std::string idea_of_event(std::string_view event) {
    formats::JsonTree tree;
    JsonWriter json;
    json.object().field("Format", "IDEA0").field("ID", uuid_of(event));
    if (!tree.parse(event)) return std::move(json.end()).text();
    auto const root = tree.root();
    auto const seen = first_text(root, {"time.source", "time.observation"});
    json.field_unless_empty("EventTime", text_of(root, "time.source"));
    json.field_unless_empty("DetectTime", seen);
    json.field_unless_empty("CreateTime", text_of(root, "time.observation"));
    json.key("Category").array().value(idea_category_of_type(text_of(root, "classification.type"))).end();
    json.field_unless_empty("Description", first_text(root, {"event_description.text", "classification.identifier"}));
    if (auto const tlp = text_of(root, "tlp"); !tlp.empty()) json.field("Note", fmt::format("TLP:{}", tlp));
    if (auto const accuracy = root["feed.accuracy"].number()) json.field("Confidence", *accuracy / 100);
    auto const ids = text_of(root, "product.vulnerabilities");
    if (!ids.empty()) {
        json.key("Ref").array();
        for (auto const id : split(ids, ';')) json.value("cve:" + std::string(id));
        json.end();
    }
    put_end(json, root, "Source", "source");
    put_end(json, root, "Target", "destination");
    json.end();
    return std::move(json).text();
}

std::string xarf_of_event(std::string_view event, std::string_view reporter) {
    formats::JsonTree tree;
    JsonWriter json;
    json.object().field("xarf_version", "4.0.0").field("report_id", uuid_of(event));
    if (!tree.parse(event)) return std::move(json.end()).text();
    auto const root = tree.root();
    auto const domain = reporter.substr(std::min(reporter.find('@') + 1, reporter.size()));
    auto const& type = xarf_type(text_of(root, "classification.type"));
    json.field("timestamp", first_text(root, {"time.source", "time.observation"}));
    for (auto const* const who : {"reporter", "sender"})
        json.key(who).object().field("org", domain).field("contact", reporter).field("domain", domain).end();
    json.field("source_identifier", first_text(root, {"source.ip", "source.url", "source.fqdn", "source.network"}));
    if (auto const port = root["source.port"].integer()) json.field("source_port", *port);
    json.field("category", type.category).field("type", type.xarf);
    if (auto const tlp = text_of(root, "tlp"); !tlp.empty())
        json.key("tags").array().value("tlp:" + lowered(tlp)).end();
    json.field_unless_empty("url", text_of(root, "source.url"));
    json.field_unless_empty("destination_ip", text_of(root, "destination.ip"));
    if (auto const port = root["destination.port"].integer()) json.field("destination_port", *port);
    json.field_unless_empty("protocol", text_of(root, "protocol.transport"));
    json.field_unless_empty("cve_id", text_of(root, "product.vulnerabilities"));
    json.field_unless_empty("malware_family", text_of(root, "malware.name"));
    json.field_unless_empty("description", first_text(root, {"event_description.text", "classification.identifier"}));
    json.end();
    return std::move(json).text();
}

std::string xarf_yaml_of_event(std::string_view event, std::string_view reporter) {
    formats::JsonTree tree;
    std::string out = "---\n";
    if (!tree.parse(event)) return out;
    auto const root = tree.root();
    auto const put = [&](std::string_view key, std::string_view text) {
        if (!text.empty()) fmt::format_to(std::back_inserter(out), "{}: {}\n", key, yaml_text(text));
    };
    auto const source = first_text(root, {"source.ip", "source.url", "source.fqdn", "source.network"});
    put("Reported-From", reporter);
    put("Category", "abuse");
    put("Report-Type", xarf_type(text_of(root, "classification.type")).old);
    put("User-Agent", "Tocsin");
    put("Report-ID", uuid_of(event));
    put("Date", first_text(root, {"time.source", "time.observation"}));
    put("Source", source);
    put("Source-Type", !parse_ip(source) ? "uri" : source.contains(':') ? "ipv6" : "ipv4");
    put("Destination", text_of(root, "destination.ip"));
    put("Service", text_of(root, "protocol.application"));
    put("Port", first_text(root, {"destination.port", "source.port"}));
    put("Version", "0.2");
    return out;
}

}  // namespace tocsin::events
