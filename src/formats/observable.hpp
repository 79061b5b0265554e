#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tocsin::formats {

/// What kind of thing a value names that can be seen on a network or a machine. The common ground of STIX SCOs, STIX
/// patterns and MISP attributes, so that all of them meet in one index.
enum class ObservableKind : std::uint8_t {
    ip,                ///< an address or a network of either family (STIX ipv4-addr:value, ipv6-addr:value)
    source_port,       ///< network-traffic:src_port, decimal
    destination_port,  ///< network-traffic:dst_port, decimal
    domain,            ///< domain-name:value, without a closing dot
    url,               ///< url:value
    email,             ///< email-addr:value
    email_subject,     ///< email-message:subject
    email_message_id,  ///< email-message:message_id
    md5,               ///< file:hashes.MD5 and artifact:hashes.MD5, as all the file hashes here
    sha1,
    sha224,
    sha256,
    sha384,
    sha512,
    sha3_256,
    sha3_512,
    ssdeep,
    tlsh,
    imphash,
    other_hash,       ///< a file hash of another algorithm
    file_name,        ///< file:name
    directory,        ///< directory:path
    registry_key,     ///< windows-registry-key:key
    mutex,            ///< mutex:name
    user_account,     ///< user-account:account_login, user_id, display_name
    certificate_md5,  ///< x509-certificate:hashes.*
    certificate_sha1,
    certificate_sha256,
    certificate_sha512,
    certificate_serial,  ///< x509-certificate:serial_number, hexadecimal
    asn,                 ///< autonomous-system:number, decimal
    cpe,                 ///< software:cpe
    software_name,       ///< software:name
    mac,                 ///< mac-addr:value
    command_line,        ///< process:command_line
    user_agent,          ///< network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'
    ja3,                 ///< fingerprint of a TLS client
    cryptocurrency_address,
    phone_number,
    vulnerability,  ///< a CVE identifier
    other,          ///< anything else: never equal to a value of another path by itself
};

/// Lowercase words for programs and logs: "domain", "certificate_sha1".
std::string_view name_of(ObservableKind kind);
std::optional<ObservableKind> observable_kind_of(std::string_view name);
/// All kinds, in the order of the enumeration.
std::span<ObservableKind const> observable_kinds();

/// One value of a kind.
struct Observable {
    ObservableKind kind = ObservableKind::other;
    std::string value;

    friend auto operator<=>(Observable const&, Observable const&) = default;
};

/// The form in which equal things are equal bytes; nothing when the value cannot be of its kind.
///
/// ip: RFC 5952 text, "/length" for networks only, host bits cleared. domain: A-labels (UTS #46) in lower case without
/// a closing dot. url: RFC 3986 section 6.2.2 (case, percent-encoding, dot segments) and, for http, https and ftp,
/// 6.2.3 (no default port, "/" for an empty path); user information, query and fragment keep their case. email: the
/// domain as above, the local part untouched. Hashes and serial numbers: lower-case hexadecimal of the right length
/// without spaces or colons. registry_key: lower case, the hive's name written out. mac: lower case, colons. asn and
/// ports: decimal without "AS". cpe, vulnerability: lower case, upper case. The rest: as it is.
///
/// Limit: a value longer than 64 KiB is nothing. An empty value is nothing. The value must be UTF-8. Idempotent. Safe
/// from any thread.
std::optional<Observable> normalised(Observable observable);

/// The same for the two kinds whose rules others need alone.
std::optional<std::string> normalised_domain(std::string_view name);
std::optional<std::string> normalised_url(std::string_view url);

}  // namespace tocsin::formats
