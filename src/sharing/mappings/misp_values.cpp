#include "sharing/mappings/misp_values.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tocsin::sharing::misp {
namespace {

using formats::Observable;
using formats::ObservableKind;

struct Type {
    std::string_view name;
    ObservableKind kind;
};
/// The first of a kind is how we write it.
constexpr Type types[] = {
    {"ip-dst", ObservableKind::ip},
    {"ip-src", ObservableKind::ip},
    {"ip", ObservableKind::ip},
    {"domain", ObservableKind::domain},
    {"hostname", ObservableKind::domain},
    {"url", ObservableKind::url},
    {"uri", ObservableKind::url},
    {"email", ObservableKind::email},
    {"email-src", ObservableKind::email},
    {"email-dst", ObservableKind::email},
    {"email-reply-to", ObservableKind::email},
    {"target-email", ObservableKind::email},
    {"whois-registrant-email", ObservableKind::email},
    {"email-subject", ObservableKind::email_subject},
    {"email-message-id", ObservableKind::email_message_id},
    {"md5", ObservableKind::md5},
    {"sha1", ObservableKind::sha1},
    {"sha224", ObservableKind::sha224},
    {"sha256", ObservableKind::sha256},
    {"sha384", ObservableKind::sha384},
    {"sha512", ObservableKind::sha512},
    {"sha3-256", ObservableKind::sha3_256},
    {"sha3-512", ObservableKind::sha3_512},
    {"ssdeep", ObservableKind::ssdeep},
    {"tlsh", ObservableKind::tlsh},
    {"filename", ObservableKind::file_name},
    {"regkey", ObservableKind::registry_key},
    {"mutex", ObservableKind::mutex},
    {"AS", ObservableKind::asn},
    {"mac-address", ObservableKind::mac},
    {"user-agent", ObservableKind::user_agent},
    {"x509-fingerprint-md5", ObservableKind::certificate_md5},
    {"x509-fingerprint-sha1", ObservableKind::certificate_sha1},
    {"x509-fingerprint-sha256", ObservableKind::certificate_sha256},
    {"vulnerability", ObservableKind::vulnerability},
};

std::optional<ObservableKind> kind_of(std::string_view type) {
    auto const* const found = std::ranges::find(types, type, &Type::name);
    return found == std::end(types) ? std::nullopt : std::optional(found->kind);
}

void take(TypedValue& into, std::string_view type, std::string_view text) {
    auto const kind = kind_of(type);
    if (!kind) return;
    if (*kind == ObservableKind::url && text.find("://") == std::string_view::npos) return;  // a path of any server
    if (auto value = formats::normalised({*kind, std::string(trimmed(text))})) into.values.push_back(*std::move(value));
}

struct Place {
    ObservableKind kind;
    std::string_view path;         ///< of a pattern
    std::string_view object = {};  ///< JSON of the object; {} is the value in quotes. Empty: there is none
};
constexpr Place places[] = {
    {ObservableKind::domain, "domain-name:value", R"("type":"domain-name","value":{})"},
    {ObservableKind::url, "url:value", R"("type":"url","value":{})"},
    {ObservableKind::email, "email-addr:value", R"("type":"email-addr","value":{})"},
    {ObservableKind::email_subject, "email-message:subject",
     R"("type":"email-message","is_multipart":false,"subject":{})"},
    {ObservableKind::email_message_id, "email-message:message_id"},
    {ObservableKind::md5, "file:hashes.MD5", R"("type":"file","hashes":{{"MD5":{}}})"},
    {ObservableKind::sha1, "file:hashes.'SHA-1'", R"("type":"file","hashes":{{"SHA-1":{}}})"},
    {ObservableKind::sha224, "file:hashes.'SHA-224'"},
    {ObservableKind::sha256, "file:hashes.'SHA-256'", R"("type":"file","hashes":{{"SHA-256":{}}})"},
    {ObservableKind::sha384, "file:hashes.'SHA-384'"},
    {ObservableKind::sha512, "file:hashes.'SHA-512'", R"("type":"file","hashes":{{"SHA-512":{}}})"},
    {ObservableKind::sha3_256, "file:hashes.'SHA3-256'", R"("type":"file","hashes":{{"SHA3-256":{}}})"},
    {ObservableKind::sha3_512, "file:hashes.'SHA3-512'", R"("type":"file","hashes":{{"SHA3-512":{}}})"},
    {ObservableKind::ssdeep, "file:hashes.SSDEEP", R"("type":"file","hashes":{{"SSDEEP":{}}})"},
    {ObservableKind::tlsh, "file:hashes.TLSH", R"("type":"file","hashes":{{"TLSH":{}}})"},
    {ObservableKind::file_name, "file:name", R"("type":"file","name":{})"},
    {ObservableKind::registry_key, "windows-registry-key:key", R"("type":"windows-registry-key","key":{})"},
    {ObservableKind::mutex, "mutex:name", R"("type":"mutex","name":{})"},
    {ObservableKind::mac, "mac-addr:value", R"("type":"mac-addr","value":{})"},
    {ObservableKind::user_agent, "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"},
    {ObservableKind::certificate_md5, "x509-certificate:hashes.MD5",
     R"("type":"x509-certificate","hashes":{{"MD5":{}}})"},
    {ObservableKind::certificate_sha1, "x509-certificate:hashes.'SHA-1'",
     R"("type":"x509-certificate","hashes":{{"SHA-1":{}}})"},
    {ObservableKind::certificate_sha256, "x509-certificate:hashes.'SHA-256'",
     R"("type":"x509-certificate","hashes":{{"SHA-256":{}}})"},
};

Place const* place_of(ObservableKind kind) {
    auto const* const found = std::ranges::find(places, kind, &Place::kind);
    return found == std::end(places) ? nullptr : found;
}

std::string_view family_of(std::string_view address) {
    return address.find(':') == std::string_view::npos ? "ipv4-addr" : "ipv6-addr";
}

/// As a string constant of a pattern (STIX 2.1 section 9.1).
std::string constant(std::string_view text) {
    return "'" + replaced(replaced(std::string(text), "\\", "\\\\"), "'", "\\'") + "'";
}

std::string comparison(Observable const& value) {
    if (value.kind == ObservableKind::ip)
        return fmt::format("{}:value = {}", family_of(value.value), constant(value.value));
    if (value.kind == ObservableKind::asn) return fmt::format("autonomous-system:number = {}", value.value);
    auto const* const place = place_of(value.kind);
    return place ? fmt::format("{} = {}", place->path, constant(value.value)) : std::string();
}

}  // namespace

bool is_type(std::string_view type) {
    auto const first = type.substr(0, type.find('|'));
    return kind_of(first).has_value() || first == "malware-sample";
}

TypedValue values_of(std::string_view type, std::string_view text) {
    TypedValue value;
    auto const bar = type.find('|');
    if (bar == std::string_view::npos) {
        take(value, type, text);
        return value;
    }
    auto const first_type = type.substr(0, bar), second_type = type.substr(bar + 1);
    auto const [first, second] = formats::misp::parts_of(type, text);
    if (second_type == "port") {
        take(value, first_type, first);
        value.port = formats::normalised({ObservableKind::destination_port, std::string(second)});
    } else if (first_type == "filename" || first_type == "malware-sample") {
        // The hash is what tells the file; who meets it under another name has met it all the same.
        take(value, first_type == "filename" ? second_type : "md5", second);
    } else {
        take(value, first_type, first);
        if (second_type == "ip") take(value, second_type, second);
    }
    return value;
}

std::string_view type_of(ObservableKind kind) {
    auto const* const found = std::ranges::find(types, kind, &Type::kind);
    return found == std::end(types) ? std::string_view() : found->name;
}

std::string_view category_of(ObservableKind kind) {
    switch (kind) {
        case ObservableKind::ip:
        case ObservableKind::domain:
        case ObservableKind::url:
        case ObservableKind::asn:
        case ObservableKind::mac:
        case ObservableKind::user_agent:
        case ObservableKind::certificate_md5:
        case ObservableKind::certificate_sha1:
        case ObservableKind::certificate_sha256:
            return "Network activity";
        case ObservableKind::registry_key:
            return "Persistence mechanism";
        case ObservableKind::mutex:
            return "Artifacts dropped";
        default:  // files, mails, vulnerabilities
            return "Payload delivery";
    }
}

std::string pattern_of(TypedValue const& value) {
    if (value.values.empty()) return {};
    if (value.port) {
        auto const& end = value.values.front();
        auto const family = end.kind == ObservableKind::ip ? family_of(end.value) : "domain-name";
        return fmt::format(
            "[network-traffic:dst_ref.type = '{}' AND network-traffic:dst_ref.value = {} AND "
            "network-traffic:dst_port = {}]",
            family, constant(end.value), value.port->value);
    }
    std::vector<std::string> comparisons;
    for (auto const& one : value.values)
        if (auto text = comparison(one); !text.empty()) comparisons.push_back(std::move(text));
    return comparisons.empty() ? std::string() : fmt::format("[{}]", fmt::join(comparisons, " OR "));
}

std::string_view rule_language_of(std::string_view type) {
    if (type == "yara" || type == "snort" || type == "sigma") return type;
    return {};
}

std::string_view type_of_rule(std::string_view pattern_type) {
    if (pattern_type == "suricata") return "snort";
    return rule_language_of(pattern_type);
}

std::string observable_json(Observable const& value) {
    std::string members;
    if (value.kind == ObservableKind::ip) {
        members = fmt::format(R"("type":"{}","value":{})", family_of(value.value), json_string(value.value));
    } else if (value.kind == ObservableKind::asn) {
        members = fmt::format(R"("type":"autonomous-system","number":{})", value.value);
    } else if (auto const* const place = place_of(value.kind); place && !place->object.empty()) {
        members = fmt::format(fmt::runtime(place->object), json_string(value.value));
    }
    if (members.empty()) return {};
    formats::JsonTree tree;
    auto const without_id = "{" + members + "}";
    if (!tree.parse(without_id)) return {};
    auto const id = formats::stix::deterministic_id(tree.root());
    if (!id || !*id) return {};
    return fmt::format(R"({{"spec_version":"2.1","id":"{}",{}}})", **id, members);
}

}  // namespace tocsin::sharing::misp
