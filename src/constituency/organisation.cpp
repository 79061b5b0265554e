#include "constituency/organisation.hpp"

#include <algorithm>
#include <array>
#include <unicode/uidna.h>

namespace tocsin::constituency {
namespace {

constexpr std::array<std::string_view, 8> organisation_kinds = {
    "constituent", "operator", "sector_cirt", "national_cirt", "regulator", "peer", "feed_provider", "other"};
constexpr std::array<std::string_view, 4> resource_kinds = {"prefix", "asn", "domain", "country"};
constexpr std::array<std::string_view, 6> contact_roles = {"abuse", "security",   "technical",
                                                           "duty",  "management", "other"};
constexpr std::array<std::string_view, 3> change_names = {"add", "change", "remove"};

constexpr std::size_t greatest_domain = 253;  // RFC 1035 section 2.3.4, without the dot at the end
constexpr std::size_t greatest_label = 63;

/// Said leniently: any case, a hyphen for an underscore.
template <class Enum, std::size_t count>
std::optional<Enum> named(std::array<std::string_view, count> const& names, std::string_view name) {
    return value_of<Enum>(names, replaced(lowered(trimmed(name)), "-", "_"));
}

Error expected(std::string_view what, std::string_view found) {
    return {Code::invalid, fmt::format("expected {}, found \"{}\"", what, found.substr(0, 200))};
}

Result<std::string> canonical_prefix(std::string_view value) {
    if (auto const prefix = parse_prefix(value)) {
        if (prefix->address.is_v4() && prefix->length < 96) return std::unexpected(expected("an IPv6 prefix", value));
        return format_prefix(*prefix);
    }
    if (auto const lenient = parse_prefix(value, true))
        return std::unexpected(expected(
            fmt::format("a prefix without bits behind its length (did you mean {}?)", format_prefix(*lenient)), value));
    return std::unexpected(expected("an address or prefix like 192.0.2.0/24 or 2001:db8::/32", value));
}

Result<std::string> canonical_asn(std::string_view value) {
    auto const digits = value.size() > 2 && equal_ignoring_case(value.substr(0, 2), "AS") ? value.substr(2) : value;
    auto const number = parse_int(digits);
    if (!number || *number < 1 || *number > 0xffff'ffffLL)
        return std::unexpected(expected("an AS number from AS1 to AS4294967295", value));
    return fmt::format("AS{}", *number);
}

/// IDNA 2008 with the mappings of UTS #46, to ASCII.
std::optional<std::string> to_ascii(std::string_view domain) {
    UErrorCode fault = U_ZERO_ERROR;
    static UIDNA const* const idna = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI, &fault);
    if (idna == nullptr || domain.size() > 1024) return std::nullopt;
    char ascii[1024];
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    fault = U_ZERO_ERROR;
    int const size = uidna_nameToASCII_UTF8(idna, domain.data(), static_cast<int>(domain.size()), ascii,
                                            static_cast<int>(sizeof ascii), &info, &fault);
    if (U_FAILURE(fault) || info.errors != 0 || size <= 0 || size >= static_cast<int>(sizeof ascii))
        return std::nullopt;
    return std::string(ascii, static_cast<std::size_t>(size));
}

bool is_host_name(std::string_view domain) {
    if (domain.empty() || domain.size() > greatest_domain) return false;
    for (auto const label : split(domain, '.')) {
        if (label.empty() || label.size() > greatest_label || label.front() == '-' || label.back() == '-') return false;
        for (char const c : label)
            if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_') return false;
    }
    return !parse_int(domain.substr(domain.rfind('.') + 1));  // a last label of digits is (part of) an address
}

Result<std::string> canonical_domain(std::string_view value) {
    auto domain = value;
    if (domain.starts_with("*.")) domain.remove_prefix(2);
    if (domain.ends_with('.')) domain.remove_suffix(1);
    auto lower = lowered(domain);
    if (std::ranges::any_of(lower, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
        auto ascii = is_utf8(lower) ? to_ascii(lower) : std::nullopt;
        if (!ascii) return std::unexpected(expected("a domain name like example.org", value));
        lower = std::move(*ascii);
    }
    if (!is_host_name(lower)) return std::unexpected(expected("a domain name like example.org", value));
    return lower;
}

}  // namespace

std::string_view name_of(OrganisationKind kind) {
    return word_of(organisation_kinds, kind);
}
std::optional<OrganisationKind> organisation_kind(std::string_view name) {
    if (equal_ignoring_case(trimmed(name), "provider")) return OrganisationKind::feed_provider;
    return named<OrganisationKind>(organisation_kinds, name);
}
std::string_view name_of(ResourceKind kind) {
    return word_of(resource_kinds, kind);
}
std::optional<ResourceKind> resource_kind(std::string_view name) {
    return named<ResourceKind>(resource_kinds, name);
}
std::string_view name_of(ContactRole role) {
    return word_of(contact_roles, role);
}
std::optional<ContactRole> contact_role(std::string_view name) {
    return named<ContactRole>(contact_roles, name);
}
std::string_view name_of(Change change) {
    return word_of(change_names, change);
}

Result<std::string> canonical_value(ResourceKind kind, std::string_view value) {
    value = trimmed(value);
    switch (kind) {
        case ResourceKind::prefix:
            return canonical_prefix(value);
        case ResourceKind::asn:
            return canonical_asn(value);
        case ResourceKind::domain:
            return canonical_domain(value);
        case ResourceKind::country: {
            auto const code = uppered(value);
            if (!is_country(code)) return std::unexpected(expected("a country of ISO 3166-1 as two letters", value));
            return code;
        }
    }
    return fail(Code::internal, "no such kind of resource");
}

}  // namespace tocsin::constituency
