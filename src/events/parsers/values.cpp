#include "events/parsers/values.hpp"

#include "formats/formats.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tocsin::events {
namespace {

using Checked = std::optional<std::string_view>;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_letter(char c) {
    return is_upper(c) || is_lower(c);
}
bool is_printable(char c) {
    return c >= 0x20 && c <= 0x7e;
}

// IANA protocol numbers by their keywords, as the data format allows them; sorted.
constexpr auto transports = std::to_array<std::string_view>(
    {"3pc",        "a/n",         "ah",       "argus",     "aris",        "ax.25",     "bbn-rcc",    "bna",
     "br-sat-mon", "cbt",         "cftp",     "chaos",     "compaq-peer", "cphb",      "cpnx",       "crdup",
     "crtp",       "dcn",         "ddp",      "ddx",       "dgp",         "divert",    "egp",        "eigrp",
     "emcon",      "encap",       "esp",      "etherip",   "fc",          "fire",      "ggp",        "gmtp",
     "gre",        "hmp",         "i-nlsp",   "iatp",      "icmp",        "idpr",      "idpr-cmtp",  "idrp",
     "ifmp",       "igmp",        "igp",      "il",        "ip",          "ipcomp",    "ipcv",       "ipencap",
     "ipip",       "iplt",        "ippc",     "ipv6",      "ipv6-frag",   "ipv6-icmp", "ipv6-nonxt", "ipv6-opts",
     "ipv6-route", "ipx-in-ip",   "irtp",     "isis",      "iso-ip",      "iso-tp4",   "kryptolan",  "l2tp",
     "larp",       "leaf-1",      "leaf-2",   "merit-inp", "mfe-nsp",     "mhrp",      "micp",       "mobile",
     "mtp",        "mux",         "narp",     "netblt",    "nsfnet-igp",  "nvp",       "nvp-ii",     "ospf",
     "pgm",        "pim",         "pipe",     "pnni",      "prm",         "ptp",       "pup",        "qnx",
     "rdp",        "rsvp",        "rvd",      "sat-expak", "sat-mon",     "scc-sp",    "scps",       "sctp",
     "sdrp",       "secure-vmtp", "sep",      "skip",      "sm",          "smp",       "snp",        "sprite-rpc",
     "sps",        "srp",         "sscopmce", "st",        "st2",         "sun-nd",    "swipe",      "tcf",
     "tcp",        "tlsp",        "tp++",     "trunk-1",   "trunk-2",     "ttp",       "udp",        "uti",
     "vines",      "visa",        "vmtp",     "vrrp",      "wb-expak",    "wb-mon",    "wsn",        "xnet",
     "xns-idp",    "xtp"});
static_assert(std::ranges::is_sorted(transports));

constexpr auto registries = std::to_array<std::string_view>({"AFRINIC", "APNIC", "ARIN", "LACNIC", "RIPE"});
constexpr auto markings = std::to_array<std::string_view>({"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"});
constexpr auto severities = std::to_array<std::string_view>({"critical", "high", "medium", "low", "info"});

std::string_view in_lower_case(std::string_view text, Arena& arena) {
    return std::ranges::any_of(text, is_upper) ? arena.store(lowered(text)) : text;
}
std::string_view in_upper_case(std::string_view text, Arena& arena) {
    return std::ranges::any_of(text, is_lower) ? arena.store(uppered(text)) : text;
}
template <std::size_t N>
Checked one_of(std::array<std::string_view, N> const& words, std::string_view text) {
    auto const* const found = std::ranges::find(words, text);
    return found != words.end() ? Checked(*found) : std::nullopt;
}
Checked if_all(std::string_view text, bool (*test)(char)) {
    return std::ranges::all_of(text, test) ? Checked(text) : std::nullopt;
}

/// One look at each byte of a host name.
struct NameShape {
    bool valid = true, upper = false, ascii = true, only_digits = true;
};
NameShape shape_of(std::string_view name) {
    NameShape shape;
    std::size_t label = 0;
    for (char const c : name) {
        if (c == '.') {
            shape.valid &= label != 0 && (label <= 63 || !shape.ascii);
            label = 0;
            continue;
        }
        ++label;
        bool const foreign = (static_cast<unsigned char>(c) & 0x80) != 0;
        shape.ascii &= !foreign;
        shape.upper |= is_upper(c);
        shape.only_digits &= is_digit(c);
        shape.valid &= foreign || (c > 0x20 && c != 0x7f && c != ':' && c != '/' && c != '?' && c != '#');
    }
    shape.valid &= label != 0 && (label <= 63 || !shape.ascii);
    return shape;
}

Checked checked_fqdn(std::string_view text, Arena& arena) {
    while (text.starts_with('.')) text.remove_prefix(1);
    while (text.ends_with('.')) text.remove_suffix(1);
    if (text.empty() || text.size() > 1024) return std::nullopt;
    auto const shape = shape_of(text);
    if (!shape.valid) return std::nullopt;
    if (!shape.ascii) {
        auto const encoded = formats::idna_to_ascii(text);
        return encoded ? Checked(arena.store(*encoded)) : std::nullopt;
    }
    if (text.size() > 253 || (shape.only_digits && parse_ip(text))) return std::nullopt;
    return shape.upper ? arena.store(lowered(text)) : text;
}

Checked checked_url(std::string_view text, Arena& arena) {
    if (text.starts_with("hxxp://") || text.starts_with("hxxps://")) {
        std::string repaired(text);
        repaired[1] = repaired[2] = 't';
        text = arena.store(repaired);
    }
    auto const colon = text.find("://");
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    auto const scheme = text.substr(0, colon);
    if (!if_all(scheme, [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }))
        return std::nullopt;
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) return std::nullopt;
    auto const rest = text.substr(colon + 3);
    if (!rest.substr(0, rest.find_first_of("/?#")).empty()) return text;
    if (scheme == "file" && rest.starts_with('/')) return arena.store("file://localhost" + std::string(rest));
    return std::nullopt;
}

Checked checked_uuid(std::string_view text, Arena& arena) {
    if (text.size() != 36) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !is_digit(text[i]) && !is_letter(text[i])) return std::nullopt;
    }
    return in_lower_case(text, arena);
}

Checked checked_registry(std::string_view text, Arena& arena) {
    auto const upper = in_upper_case(text, arena);
    return upper == "RIPENCC" || upper == "RIPE-NCC" ? Checked("RIPE") : one_of(registries, upper);
}

Checked checked_tlp(std::string_view text) {
    auto const upper = uppered(text);
    std::string_view level = upper;
    if (level.starts_with("TLP")) level.remove_prefix(level.starts_with("TLP:") ? 4 : 3);
    level = stripped(level);
    if (level == "WHITE") return "CLEAR";
    if (level == "YELLOW") return "AMBER";
    return one_of(markings, level);
}

Checked checked_taxonomy(std::string_view text) {
    auto const wanted = replaced(lowered(text), " ", "-");
    for (auto const& type : classification_types())
        if (type.taxonomy == wanted) return type.taxonomy;
    return std::nullopt;
}

Checked checked_severity(std::string_view text) {
    for (auto const level : severities)
        if (equal_ignoring_case(level, text)) return level;
    return std::nullopt;
}

Checked checked_transport(std::string_view text, Arena& arena) {
    if (text == "tcp" || text == "udp") return text;
    auto const lower = in_lower_case(text, arena);
    return std::ranges::binary_search(transports, lower) ? Checked(lower) : std::nullopt;
}

Checked checked_type(std::string_view text) {
    auto const type = classification_type(text);
    return type ? Checked(type->name) : std::nullopt;
}

Checked by_kind(FieldKind kind, std::string_view text, Arena& arena) {
    switch (kind) {
        case FieldKind::text:
        case FieldKind::json:
            return text;
        case FieldKind::lower_text:
            return in_lower_case(text, arena);
        case FieldKind::upper_text:
            return in_upper_case(text, arena);
        case FieldKind::printable_text:
            return if_all(text, is_printable);
        case FieldKind::printable_lower:
            return if_all(in_lower_case(text, arena), is_printable);
        case FieldKind::country:
            if (text.size() != 2 || !if_all(text, [](char c) { return is_letter(c) || is_digit(c); }))
                return std::nullopt;
            return in_upper_case(text, arena);
        case FieldKind::fqdn:
            return checked_fqdn(text, arena);
        case FieldKind::url:
            return checked_url(text, arena);
        case FieldKind::base64:
            return is_base64(text) ? Checked(text) : std::nullopt;
        case FieldKind::registry:
            return checked_registry(text, arena);
        case FieldKind::transport:
            return checked_transport(text, arena);
        case FieldKind::taxonomy:
            return checked_taxonomy(text);
        case FieldKind::type:
            return checked_type(text);
        case FieldKind::tlp:
            return checked_tlp(text);
        case FieldKind::severity:
            return checked_severity(text);
        case FieldKind::uuid:
            return checked_uuid(text, arena);
        case FieldKind::hash_text:
            return if_all(in_upper_case(text, arena),
                          [](char c) { return is_digit(c) || (c >= 'A' && c <= 'F') || c == '.' || c == '/'; });
        case FieldKind::ip:
        case FieldKind::network:
        case FieldKind::port:
        case FieldKind::asn:
        case FieldKind::integer:
        case FieldKind::real:
        case FieldKind::accuracy:
        case FieldKind::boolean:
        case FieldKind::time:
            return std::nullopt;
    }
    return std::nullopt;
}

bool is_cve(std::string_view word) {
    if (word.size() < 8 || !equal_ignoring_case(word.substr(0, 4), "cve-")) return false;
    word.remove_prefix(4);
    auto const dash = word.find('-');
    if (dash == std::string_view::npos || dash == 0 || dash + 1 == word.size()) return false;
    return std::ranges::all_of(word.substr(0, dash), is_digit) && std::ranges::all_of(word.substr(dash + 1), is_digit);
}

}  // namespace

std::optional<std::string_view> checked_text(FieldKind kind, std::size_t greatest_length, std::string_view text,
                                             Arena& arena) {
    text = stripped(text);
    if (text.empty()) return std::nullopt;
    auto const checked = by_kind(kind, text, arena);
    return checked && (greatest_length == 0 || checked->size() <= greatest_length) ? checked : std::nullopt;
}

bool is_valid_number(FieldKind kind, std::int64_t number) {
    if (kind == FieldKind::port) return number >= 0 && number <= 65535;
    if (kind == FieldKind::asn) return number > 0 && number <= 4294967295;
    return true;
}

std::string_view expectation(FieldKind kind) {
    switch (kind) {
        case FieldKind::text:
        case FieldKind::lower_text:
        case FieldKind::upper_text:
            return "a text";
        case FieldKind::printable_text:
        case FieldKind::printable_lower:
            return "a text of printable ASCII characters";
        case FieldKind::country:
            return "a country code of two letters";
        case FieldKind::fqdn:
            return "a host name";
        case FieldKind::url:
            return "an URL with a host";
        case FieldKind::base64:
            return "base64";
        case FieldKind::registry:
            return "AFRINIC, APNIC, ARIN, LACNIC or RIPE";
        case FieldKind::transport:
            return "an IANA protocol name, as tcp";
        case FieldKind::taxonomy:
            return "a class of the Reference Security Incident Taxonomy, as vulnerable";
        case FieldKind::type:
            return "a type of the Reference Security Incident Taxonomy, as vulnerable-system";
        case FieldKind::tlp:
            return "CLEAR, GREEN, AMBER, AMBER+STRICT or RED";
        case FieldKind::severity:
            return "critical, high, medium, low or info";
        case FieldKind::uuid:
            return "an UUID";
        case FieldKind::hash_text:
            return "at most 40 hexadecimal digits";
        case FieldKind::ip:
            return "an IPv4 or IPv6 address";
        case FieldKind::network:
            return "a network, as 192.0.2.0/24";
        case FieldKind::port:
            return "a port from 0 to 65535";
        case FieldKind::asn:
            return "an AS number from 1 to 4294967295";
        case FieldKind::integer:
            return "a whole number";
        case FieldKind::real:
            return "a number";
        case FieldKind::accuracy:
            return "a number from 0 to 100";
        case FieldKind::boolean:
            return "true or false";
        case FieldKind::time:
            return "a time, as 2026-11-23T10:00:00Z";
        case FieldKind::json:
            return "JSON";
    }
    return "a value";
}

std::string_view expectation(Conversion conversion) {
    switch (conversion) {
        case Conversion::text:
        case Conversion::verbatim:
            return "a text";
        case Conversion::integer:
        case Conversion::nonzero:
            return "a whole number";
        case Conversion::real:
            return "a number";
        case Conversion::boolean:
            return "yes or no";
        case Conversion::ip:
            return "an IPv4 or IPv6 address";
        case Conversion::network:
            return "a network, as 192.0.2.0/24";
        case Conversion::fqdn:
            return "a host name";
        case Conversion::time:
        case Conversion::date:
            return "a time, as 2026-11-23 10:00:00";
        case Conversion::epoch:
            return "seconds since 1970";
        case Conversion::base64:
            return "base64";
        case Conversion::cve:
            return "CVE ids";
        case Conversion::url:
            return "an URL";
        case Conversion::detect:
            return "an address, a network, a domain or an URL";
    }
    return "a value";
}

std::optional<bool> parse_truth(std::string_view text) {
    constexpr auto yes = std::to_array<std::string_view>({"y", "yes", "true", "enabled", "1"});
    constexpr auto no = std::to_array<std::string_view>({"n", "no", "false", "disabled", "0"});
    auto const is = [&](std::string_view word) { return equal_ignoring_case(text, word); };
    if (std::ranges::any_of(yes, is)) return true;
    if (std::ranges::any_of(no, is)) return false;
    return std::nullopt;
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
    if (!text.empty() && text.size() <= 9) {  // the usual: a few digits and nothing else
        std::int64_t value = 0;
        bool digits = true;
        for (char const c : text) {
            digits &= is_digit(c);
            value = value * 10 + (c - '0');
        }
        if (digits) return value;
    }
    text = stripped(text);
    if (text.starts_with('+') && text.size() > 1 && is_digit(text[1])) text.remove_prefix(1);
    return parse_int(text);
}

std::optional<double> parse_real(std::string_view text) {
    text = stripped(text);
    if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
    auto const number = parse_double(text);
    return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<IpAddress> parse_real_ip(std::string_view text) {
    auto const address = parse_ip(stripped(text));
    if (!address || address->is_none() || *address == IpAddress::v4(0)) return std::nullopt;
    return address;
}

std::string cve_ids(std::string_view tag) {
    if (tag.size() < 8 || (!tag.contains("cve-") && !tag.contains("CVE-"))) return {};
    std::vector<std::string> ids;
    while (!tag.empty()) {
        auto const end = tag.find_first_of(";, ");
        auto const word = tag.substr(0, end);
        if (is_cve(word)) ids.push_back(lowered(word));
        tag.remove_prefix(end == std::string_view::npos ? tag.size() : end + 1);
    }
    std::ranges::sort(ids);
    auto const doubles = std::ranges::unique(ids);
    ids.erase(doubles.begin(), doubles.end());
    return fmt::format("{}", fmt::join(ids, ";"));
}

bool is_base64(std::string_view text) {
    return text.size() % 4 == 0 && from_base64(text).has_value();
}

void append_json_text(std::string& out, std::string_view text) {
#if defined(__SSE2__)
    std::size_t plain = 0;
    for (; plain + 16 <= text.size(); plain += 16) {
        __m128i const part = _mm_loadu_si128(reinterpret_cast<__m128i const*>(text.data() + plain));
        __m128i const control = _mm_cmpeq_epi8(_mm_min_epu8(part, _mm_set1_epi8(0x1f)), part);
        __m128i const special =
            _mm_or_si128(_mm_cmpeq_epi8(part, _mm_set1_epi8('"')), _mm_cmpeq_epi8(part, _mm_set1_epi8('\\')));
        if (_mm_movemask_epi8(_mm_or_si128(control, special)) != 0) return append_json_string(out, text);
    }
    for (char const c : text.substr(plain))
        if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') return append_json_string(out, text);
    out += '"';
    out += text;
    out += '"';
#else
    append_json_string(out, text);
#endif
}

}  // namespace tocsin::events
