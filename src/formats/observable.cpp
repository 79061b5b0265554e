#include "formats/observable.hpp"

#include "base/base.hpp"
#include "formats/idna.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace tocsin::formats {
namespace {

constexpr std::size_t value_limit = std::size_t{64} << 10;

struct KindRow {
    ObservableKind kind;
    std::string_view name;
    int hex_digits = 0;  ///< of a hash; 0 for what is no hash
};

using enum ObservableKind;
constexpr std::array kinds{
    KindRow{ip, "ip"},
    KindRow{source_port, "source_port"},
    KindRow{destination_port, "destination_port"},
    KindRow{domain, "domain"},
    KindRow{url, "url"},
    KindRow{email, "email"},
    KindRow{email_subject, "email_subject"},
    KindRow{email_message_id, "email_message_id"},
    KindRow{md5, "md5", 32},
    KindRow{sha1, "sha1", 40},
    KindRow{sha224, "sha224", 56},
    KindRow{sha256, "sha256", 64},
    KindRow{sha384, "sha384", 96},
    KindRow{sha512, "sha512", 128},
    KindRow{sha3_256, "sha3_256", 64},
    KindRow{sha3_512, "sha3_512", 128},
    KindRow{ssdeep, "ssdeep"},
    KindRow{tlsh, "tlsh"},
    KindRow{imphash, "imphash", 32},
    KindRow{other_hash, "other_hash"},
    KindRow{file_name, "file_name"},
    KindRow{directory, "directory"},
    KindRow{registry_key, "registry_key"},
    KindRow{mutex, "mutex"},
    KindRow{user_account, "user_account"},
    KindRow{certificate_md5, "certificate_md5", 32},
    KindRow{certificate_sha1, "certificate_sha1", 40},
    KindRow{certificate_sha256, "certificate_sha256", 64},
    KindRow{certificate_sha512, "certificate_sha512", 128},
    KindRow{certificate_serial, "certificate_serial"},
    KindRow{asn, "asn"},
    KindRow{cpe, "cpe"},
    KindRow{software_name, "software_name"},
    KindRow{mac, "mac"},
    KindRow{command_line, "command_line"},
    KindRow{user_agent, "user_agent"},
    KindRow{ja3, "ja3", 32},
    KindRow{cryptocurrency_address, "cryptocurrency_address"},
    KindRow{phone_number, "phone_number"},
    KindRow{vulnerability, "vulnerability"},
    KindRow{other, "other"},
};

constexpr auto all_kinds = [] {
    std::array<ObservableKind, kinds.size()> all{};
    for (std::size_t i = 0; i < kinds.size(); ++i) all[i] = kinds[i].kind;
    return all;
}();

constexpr bool rows_stand_in_order() {
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (static_cast<std::size_t>(kinds[i].kind) != i) return false;
    return kinds.size() == static_cast<std::size_t>(other) + 1;
}
static_assert(rows_stand_in_order());

KindRow const& row_of(ObservableKind kind) {
    return kinds[static_cast<std::size_t>(kind)];
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Hexadecimal in lower case, spaces and colons left out; nothing if there is anything else, or no digit.
std::optional<std::string> bare_hex(std::string_view text) {
    std::string out;
    for (char const c : text) {
        if (c == ' ' || c == ':') continue;
        if (!is_hex(c)) return std::nullopt;
        out.push_back(c);
    }
    if (out.empty()) return std::nullopt;
    return lowered(out);
}

std::optional<std::string> normalised_hash(std::string_view text, int digits) {
    auto hex = bare_hex(text);
    if (!hex || hex->size() != static_cast<std::size_t>(digits)) return std::nullopt;
    return hex;
}

std::optional<std::string> normalised_ip(std::string_view text) {
    auto const prefix = parse_prefix(text, true);
    if (!prefix) return std::nullopt;
    return prefix->length == 128 ? format_ip(prefix->address) : format_prefix(*prefix);
}

std::optional<std::string> normalised_number(std::string_view text, std::int64_t largest) {
    auto const number = parse_int(text);
    if (!number || *number < 0 || *number > largest) return std::nullopt;
    return std::to_string(*number);
}

std::optional<std::string> normalised_email(std::string_view text) {
    auto const at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at > 255) return std::nullopt;
    auto const host = text.substr(at + 1);
    if (host.starts_with('[')) return std::string(text.substr(0, at + 1)) + lowered(host);
    auto const name = normalised_domain(host);
    if (!name) return std::nullopt;
    return std::string(text.substr(0, at + 1)) + *name;
}

/// Six or eight octets, written with colons, hyphens, dots between groups of four, or nothing.
std::optional<std::string> normalised_mac(std::string_view text) {
    std::string digits;
    for (char const c : text) {
        if (c == ':' || c == '-' || c == '.') continue;
        if (!is_hex(c)) return std::nullopt;
        digits.push_back(c);
    }
    if (digits.size() != 12 && digits.size() != 16) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        if (i > 0) out.push_back(':');
        out += lowered(std::string_view(digits).substr(i, 2));
    }
    return out;
}

std::string normalised_registry_key(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> hives{{
        {"hklm", "hkey_local_machine"},
        {"hkcu", "hkey_current_user"},
        {"hkcr", "hkey_classes_root"},
        {"hku", "hkey_users"},
        {"hkcc", "hkey_current_config"},
    }};
    while (text.size() > 1 && text.ends_with('\\')) text = trimmed(text.substr(0, text.size() - 1));
    auto const key = lowered(text);
    auto const end = std::min(key.find('\\'), key.size());
    for (auto const& [brief, whole] : hives)
        if (std::string_view(key).substr(0, end) == brief) return std::string(whole) + key.substr(end);
    return key;
}

bool is_unreserved(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

/// RFC 3986 sections 6.2.2.1 and 6.2.2.2: escapes of unreserved characters undone, the digits of the others in upper
/// case. What is no escape stays as it is.
std::string with_plain_escapes(std::string_view text) {
    std::string out;
    std::size_t stray_end =
        0;  // a "%" that begins no escape must not become one: two characters behind it stay escaped
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%' || i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) {
            out.push_back(text[i]);
            if (text[i] == '%') stray_end = out.size() + 2;
            continue;
        }
        auto const byte = from_hex(text.substr(i + 1, 2));
        if (out.size() >= stray_end && byte && is_unreserved(static_cast<unsigned char>(byte->front()))) {
            out += *byte;
        } else {
            out += uppered(text.substr(i, 3));
        }
        i += 2;
    }
    return out;
}

/// RFC 3986 section 5.2.4 for a path that begins with "/".
std::string without_dot_segments(std::string_view path) {
    std::vector<std::string_view> kept;
    auto const segments = split(path.substr(1), '/');
    for (std::size_t i = 0; i < segments.size(); ++i) {
        bool const last = i + 1 == segments.size();
        if (segments[i] == "." || segments[i] == "..") {
            if (segments[i] == ".." && !kept.empty()) kept.pop_back();
            if (last) kept.emplace_back();
        } else {
            kept.push_back(segments[i]);
        }
    }
    std::string out;
    for (auto const segment : kept) (out += '/') += segment;
    return out.empty() ? "/" : out;
}

struct Authority {
    std::string_view user;  ///< with its "@"
    std::string_view host;
    std::string_view port;  ///< without its ":"
};

Authority authority_of(std::string_view text) {
    Authority parts;
    if (auto const at = text.rfind('@'); at != std::string_view::npos) {
        parts.user = text.substr(0, at + 1);
        text.remove_prefix(at + 1);
    }
    auto const bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    auto const colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    parts.host = text.substr(0, colon);
    if (colon != std::string_view::npos) parts.port = text.substr(colon + 1);
    return parts;
}

std::string normalised_host(std::string_view host) {
    if (host.size() > 2 && host.starts_with('[') && host.ends_with(']')) {
        auto const address = parse_ip(host.substr(1, host.size() - 2));
        return address && !address->is_v4() ? "[" + format_ip(*address) + "]" : lowered(host);
    }
    if (auto const address = parse_ip(host)) return format_ip(*address);
    auto const name = normalised_domain(host);
    return with_plain_escapes(name ? *name : lowered(host));  // the digits of escapes stay in upper case
}

bool is_scheme(std::string_view text) {
    if (text.empty() || text.size() > 64) return false;
    for (char const c : text)
        if (!is_unreserved(static_cast<unsigned char>(c)) && c != '+') return false;
    auto const first = lowered(text).front();
    return first >= 'a' && first <= 'z';
}

std::string_view default_port(std::string_view scheme) {
    if (scheme == "http") return "80";
    if (scheme == "https") return "443";
    return scheme == "ftp" ? "21" : "";
}

}  // namespace

std::string_view name_of(ObservableKind kind) {
    return row_of(kind).name;
}

std::optional<ObservableKind> observable_kind_of(std::string_view name) {
    for (auto const& row : kinds)
        if (row.name == name) return row.kind;
    return std::nullopt;
}

std::span<ObservableKind const> observable_kinds() {
    return all_kinds;
}

std::optional<std::string> normalised_domain(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > 1024) return std::nullopt;
    bool ascii = true;
    for (char const c : name) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte <= ' ' || byte == 0x7f || c == '/' || c == '@' || c == '\\' || c == ':') return std::nullopt;
        ascii &= byte < 0x80;
    }
    if (name.starts_with('.') || name.ends_with('.') || name.contains("..")) return std::nullopt;
    // Names in use break the rules of IDNA (underscores, "r3---sn"): ASCII is only lowered.
    if (ascii) return name.size() <= 253 ? std::optional(lowered(name)) : std::nullopt;
    auto mapped = idna_to_ascii(name);
    if (!mapped || mapped->ends_with('.') || mapped->size() > 253) return std::nullopt;
    return mapped;
}

std::optional<std::string> normalised_url(std::string_view text) {
    text = trimmed(text);
    if (text.empty() || text.size() > value_limit) return std::nullopt;
    // Undoing an escape makes no delimiter, so it comes first: what is taken apart below is what the next one will see.
    auto const url = with_plain_escapes(text);
    auto const colon = url.find(':');
    if (colon == std::string::npos || !is_scheme(std::string_view(url).substr(0, colon))) return url;
    auto const scheme = lowered(std::string_view(url).substr(0, colon));
    auto rest = std::string_view(url).substr(colon + 1);
    if (!rest.starts_with("//")) return scheme + ":" + std::string(rest);
    rest.remove_prefix(2);
    auto const end = std::min(rest.find_first_of("/?#"), rest.size());
    auto const authority = authority_of(rest.substr(0, end));
    rest.remove_prefix(end);
    std::string out = scheme + "://" + std::string(authority.user) + normalised_host(authority.host);
    if (!authority.port.empty() && authority.port != default_port(scheme)) (out += ':') += authority.port;
    auto const path_end = std::min(rest.find_first_of("?#"), rest.size());
    if (path_end > 0) {
        out += without_dot_segments(rest.substr(0, path_end));
    } else if (!default_port(scheme).empty()) {
        out += '/';
    }
    return out + std::string(rest.substr(path_end));
}

namespace {

std::optional<std::string> normalised_value(ObservableKind kind, std::string_view value) {
    switch (kind) {
        case ip:
            return normalised_ip(value);
        case source_port:
        case destination_port:
            return normalised_number(value, 65535);
        case domain:
            return normalised_domain(value);
        case url:
            return normalised_url(value);
        case email:
            return normalised_email(value);
        case md5:
        case sha1:
        case sha224:
        case sha256:
        case sha384:
        case sha512:
        case sha3_256:
        case sha3_512:
        case imphash:
        case ja3:
        case certificate_md5:
        case certificate_sha1:
        case certificate_sha256:
        case certificate_sha512:
            return normalised_hash(value, row_of(kind).hex_digits);
        case certificate_serial:
            return bare_hex(value);
        case registry_key:
            return normalised_registry_key(value);
        case asn:
            if (value.size() > 2 && equal_ignoring_case(value.substr(0, 2), "AS")) value.remove_prefix(2);
            return normalised_number(trimmed(value), 0xffff'ffff);
        case cpe:
            return lowered(value);
        case mac:
            return normalised_mac(value);
        case vulnerability:
            return uppered(value);
        case tlsh:
            return uppered(value);
        case email_subject:
        case email_message_id:
        case ssdeep:
        case other_hash:
        case file_name:
        case directory:
        case mutex:
        case user_account:
        case software_name:
        case command_line:
        case user_agent:
        case cryptocurrency_address:
        case phone_number:
        case other:
            return std::string(value);
    }
    TOCSIN_ASSERT(false);
    return std::nullopt;
}

}  // namespace

std::optional<Observable> normalised(Observable observable) {
    if (observable.value.empty() || observable.value.size() > value_limit) return std::nullopt;
    bool const keeps_blanks = observable.kind == email_subject || observable.kind == command_line ||
                              observable.kind == file_name || observable.kind == mutex || observable.kind == other;
    auto const value = keeps_blanks ? std::string_view(observable.value) : trimmed(observable.value);
    if (value.empty()) return std::nullopt;
    auto plain = normalised_value(observable.kind, value);
    if (!plain || plain->empty()) return std::nullopt;
    return Observable{observable.kind, *std::move(plain)};
}

}  // namespace tocsin::formats
