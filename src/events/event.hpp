#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// The event model: the fields an event may have under their outside names, and the classification.
///
/// Source: IntelMQ Data Format 3.3, with severity and product.* of 3.5; Reference Security Incident Taxonomy, version
/// 1003. Whatever has no field of its own is an `extra.*` member of the event.
namespace tocsin::events {

/// How a field's value is held and checked. Text kinds are UTF-8 without white space around.
enum class FieldKind : std::uint8_t {
    text,
    lower_text,      ///< lower case
    upper_text,      ///< upper case
    printable_text,  ///< ASCII 0x20 to 0x7e
    printable_lower,
    country,  ///< two letters or digits, upper case
    fqdn,     ///< lower case, IDNA, no dot at the end, not an address
    url,      ///< has a host
    base64,
    registry,   ///< AFRINIC, APNIC, ARIN, LACNIC, RIPE
    transport,  ///< an IANA protocol name in lower case
    taxonomy,
    type,
    tlp,       ///< CLEAR, GREEN, AMBER, AMBER+STRICT, RED (WHITE is taken as CLEAR)
    severity,  ///< critical, high, medium, low, info
    uuid,
    hash_text,  ///< upper-case hexadecimal, "." and "/"
    ip,
    network,
    port,  ///< 0 to 65535
    asn,   ///< 1 to 4294967295
    integer,
    real,
    accuracy,  ///< 0 to 100
    boolean,
    time,
    json,  ///< JSON text
};

/// In which typed column of a batch a kind lives.
enum class Storage : std::uint8_t { text, address, network, number, real, boolean, time };

// One line a field: enumerator, outside name, kind, greatest length in bytes (0: the general limit).
// In order of the outside names: the order in which an event is printed.
#define TOCSIN_EVENT_FIELDS(X)                                               \
    X(classification_identifier, "classification.identifier", text, 0)       \
    X(classification_taxonomy, "classification.taxonomy", taxonomy, 100)     \
    X(classification_type, "classification.type", type, 0)                   \
    X(comment, "comment", text, 0)                                           \
    X(destination_abuse_contact, "destination.abuse_contact", lower_text, 0) \
    X(destination_account, "destination.account", text, 0)                   \
    X(destination_allocated, "destination.allocated", time, 0)               \
    X(destination_as_name, "destination.as_name", text, 0)                   \
    X(destination_asn, "destination.asn", asn, 0)                            \
    X(destination_domain_suffix, "destination.domain_suffix", fqdn, 0)       \
    X(destination_fqdn, "destination.fqdn", fqdn, 0)                         \
    X(destination_cc, "destination.geolocation.cc", country, 2)              \
    X(destination_city, "destination.geolocation.city", text, 0)             \
    X(destination_country, "destination.geolocation.country", text, 0)       \
    X(destination_latitude, "destination.geolocation.latitude", real, 0)     \
    X(destination_longitude, "destination.geolocation.longitude", real, 0)   \
    X(destination_region, "destination.geolocation.region", text, 0)         \
    X(destination_state, "destination.geolocation.state", text, 0)           \
    X(destination_ip, "destination.ip", ip, 0)                               \
    X(destination_local_hostname, "destination.local_hostname", text, 0)     \
    X(destination_local_ip, "destination.local_ip", ip, 0)                   \
    X(destination_network, "destination.network", network, 0)                \
    X(destination_port, "destination.port", port, 0)                         \
    X(destination_registry, "destination.registry", registry, 7)             \
    X(destination_reverse_dns, "destination.reverse_dns", fqdn, 0)           \
    X(destination_tor_node, "destination.tor_node", boolean, 0)              \
    X(destination_url, "destination.url", url, 0)                            \
    X(destination_urlpath, "destination.urlpath", text, 0)                   \
    X(event_description_target, "event_description.target", text, 0)         \
    X(event_description_text, "event_description.text", text, 0)             \
    X(event_description_url, "event_description.url", url, 0)                \
    X(event_hash, "event_hash", hash_text, 40)                               \
    X(feed_accuracy, "feed.accuracy", accuracy, 0)                           \
    X(feed_code, "feed.code", text, 100)                                     \
    X(feed_documentation, "feed.documentation", text, 0)                     \
    X(feed_name, "feed.name", text, 0)                                       \
    X(feed_provider, "feed.provider", text, 0)                               \
    X(feed_url, "feed.url", url, 0)                                          \
    X(malware_hash_md5, "malware.hash.md5", printable_text, 200)             \
    X(malware_hash_sha1, "malware.hash.sha1", printable_text, 200)           \
    X(malware_hash_sha256, "malware.hash.sha256", printable_text, 200)       \
    X(malware_name, "malware.name", printable_lower, 0)                      \
    X(malware_version, "malware.version", printable_text, 0)                 \
    X(misp_attribute_uuid, "misp.attribute_uuid", uuid, 36)                  \
    X(misp_event_uuid, "misp.event_uuid", uuid, 36)                          \
    X(output, "output", json, 0)                                             \
    X(product_full_name, "product.full_name", text, 0)                       \
    X(product_name, "product.name", text, 0)                                 \
    X(product_vendor, "product.vendor", text, 0)                             \
    X(product_version, "product.version", text, 0)                           \
    X(product_vulnerabilities, "product.vulnerabilities", text, 0)           \
    X(protocol_application, "protocol.application", printable_lower, 100)    \
    X(protocol_transport, "protocol.transport", transport, 11)               \
    X(raw, "raw", base64, 0)                                                 \
    X(rtir_id, "rtir_id", integer, 0)                                        \
    X(screenshot_url, "screenshot_url", url, 0)                              \
    X(severity, "severity", severity, 0)                                     \
    X(source_abuse_contact, "source.abuse_contact", lower_text, 0)           \
    X(source_account, "source.account", text, 0)                             \
    X(source_allocated, "source.allocated", time, 0)                         \
    X(source_as_name, "source.as_name", text, 0)                             \
    X(source_asn, "source.asn", asn, 0)                                      \
    X(source_domain_suffix, "source.domain_suffix", fqdn, 0)                 \
    X(source_fqdn, "source.fqdn", fqdn, 0)                                   \
    X(source_cc, "source.geolocation.cc", country, 2)                        \
    X(source_city, "source.geolocation.city", text, 0)                       \
    X(source_country, "source.geolocation.country", text, 0)                 \
    X(source_cymru_cc, "source.geolocation.cymru_cc", country, 2)            \
    X(source_geoip_cc, "source.geolocation.geoip_cc", country, 2)            \
    X(source_latitude, "source.geolocation.latitude", real, 0)               \
    X(source_longitude, "source.geolocation.longitude", real, 0)             \
    X(source_region, "source.geolocation.region", text, 0)                   \
    X(source_state, "source.geolocation.state", text, 0)                     \
    X(source_ip, "source.ip", ip, 0)                                         \
    X(source_local_hostname, "source.local_hostname", text, 0)               \
    X(source_local_ip, "source.local_ip", ip, 0)                             \
    X(source_network, "source.network", network, 0)                          \
    X(source_port, "source.port", port, 0)                                   \
    X(source_registry, "source.registry", registry, 7)                       \
    X(source_reverse_dns, "source.reverse_dns", fqdn, 0)                     \
    X(source_tor_node, "source.tor_node", boolean, 0)                        \
    X(source_url, "source.url", url, 0)                                      \
    X(source_urlpath, "source.urlpath", text, 0)                             \
    X(status, "status", text, 0)                                             \
    X(time_observation, "time.observation", time, 0)                         \
    X(time_source, "time.source", time, 0)                                   \
    X(tlp, "tlp", tlp, 0)

enum class Field : std::uint8_t {
#define TOCSIN_FIELD_ENUMERATOR(id, name, kind, length) id,
    TOCSIN_EVENT_FIELDS(TOCSIN_FIELD_ENUMERATOR)
#undef TOCSIN_FIELD_ENUMERATOR
};

struct FieldInfo {
    std::string_view name;
    FieldKind kind;
    std::uint16_t greatest_length;  ///< bytes; 0: only the general limit of a text
};

inline constexpr auto field_table = std::to_array<FieldInfo>({
#define TOCSIN_FIELD_INFO(id, name, kind, length) FieldInfo{name, FieldKind::kind, length},
    TOCSIN_EVENT_FIELDS(TOCSIN_FIELD_INFO)
#undef TOCSIN_FIELD_INFO
});
inline constexpr std::size_t field_count = field_table.size();
static_assert(field_count <= 128, "a batch marks what a row has in two words");

constexpr FieldInfo const& info(Field field) {
    return field_table[static_cast<std::size_t>(field)];
}
constexpr std::string_view name_of(Field field) {
    return info(field).name;
}

constexpr Storage storage_of(FieldKind kind) {
    switch (kind) {
        case FieldKind::ip:
            return Storage::address;
        case FieldKind::network:
            return Storage::network;
        case FieldKind::port:
        case FieldKind::asn:
        case FieldKind::integer:
            return Storage::number;
        case FieldKind::real:
        case FieldKind::accuracy:
            return Storage::real;
        case FieldKind::boolean:
            return Storage::boolean;
        case FieldKind::time:
            return Storage::time;
        case FieldKind::text:
        case FieldKind::lower_text:
        case FieldKind::upper_text:
        case FieldKind::printable_text:
        case FieldKind::printable_lower:
        case FieldKind::country:
        case FieldKind::fqdn:
        case FieldKind::url:
        case FieldKind::base64:
        case FieldKind::registry:
        case FieldKind::transport:
        case FieldKind::taxonomy:
        case FieldKind::type:
        case FieldKind::tlp:
        case FieldKind::severity:
        case FieldKind::uuid:
        case FieldKind::hash_text:
        case FieldKind::json:
            return Storage::text;
    }
    return Storage::text;
}
constexpr Storage storage_of(Field field) {
    return storage_of(info(field).kind);
}

/// The field of that outside name. "extra" and "extra.*" are no fields.
std::optional<Field> field_named(std::string_view name);

/// One type of the taxonomy. `rsit` is false for the few older types that feeds still use (blacklist, dga-domain,
/// malware, proxy, tor): they are kept, under "other".
struct ClassificationType {
    std::string_view name;      ///< "vulnerable-system"
    std::string_view taxonomy;  ///< "vulnerable"
    std::string_view label;
    bool rsit;

    friend bool operator==(ClassificationType const&, ClassificationType const&) = default;
};
std::span<ClassificationType const> classification_types();
/// Also under the older names that IntelMQ maps ("botnet drone", "c&c", "leak", ...). Case does not matter.
std::optional<ClassificationType> classification_type(std::string_view name);
bool is_taxonomy(std::string_view name);

/// Fields without a column that indicators can be about.
inline constexpr Field observable_fields[] = {
    Field::source_account,  Field::destination_account, Field::destination_fqdn,  Field::destination_reverse_dns,
    Field::destination_url, Field::malware_hash_md5,    Field::malware_hash_sha1, Field::malware_hash_sha256};

}  // namespace tocsin::events
