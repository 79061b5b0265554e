#include "intelligence/value_key.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

using formats::Observable;
using formats::ObservableKind;

constexpr std::size_t longest_text = 200;
constexpr std::uint8_t whole_address = 128;
constexpr int shortest_v4 = 8, shortest_v6 = 16;  ///< networks wider than that hold everything and nothing

bool is_hash(ObservableKind kind) {
    switch (kind) {
        case ObservableKind::md5:
        case ObservableKind::sha1:
        case ObservableKind::sha224:
        case ObservableKind::sha256:
        case ObservableKind::sha384:
        case ObservableKind::sha512:
        case ObservableKind::sha3_256:
        case ObservableKind::sha3_512:
        case ObservableKind::imphash:
        case ObservableKind::certificate_md5:
        case ObservableKind::certificate_sha1:
        case ObservableKind::certificate_sha256:
        case ObservableKind::certificate_sha512:
            return true;
        default:
            return false;
    }
}

void append_big_endian(std::string& out, std::uint64_t word) {
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(word >> shift & 0xff);
}

/// FNV-1a of what a long text has behind its first bytes.
std::string cut(std::string_view text) {
    if (text.size() <= longest_text) return std::string(text);
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325ULL;
    for (char const c : text.substr(longest_text)) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3ULL;
    std::string key(text.substr(0, longest_text));
    append_big_endian(key, hash);
    return key;
}

std::string email_key(std::string_view email) {
    auto const at = email.rfind('@');
    return cut(domain_key(email.substr(at + 1)) + "@" + std::string(email.substr(0, at)));
}

/// The host of a normalised URL: an address without brackets, or a name.
std::string_view host_of(std::string_view url) {
    auto const scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (auto const user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
    if (url.starts_with('[')) return url.substr(1, url.find(']') - 1);
    return url.substr(0, url.rfind(':'));
}

std::optional<ValueKey> host_key(std::string_view host) {
    if (host.empty()) return {};
    if (auto const address = parse_ip(host))
        return ValueKey{index_kind(ObservableKind::ip), address_key(*address, whole_address)};
    return ValueKey{index_kind(ObservableKind::domain), domain_key(host)};
}

std::optional<std::string> own_key(Observable const& observable) {
    auto const& value = observable.value;
    if (observable.kind == ObservableKind::ip) {
        auto const network = parse_prefix(value, true);
        return network ? std::optional(address_key(network->address, network->length)) : std::nullopt;
    }
    if (observable.kind == ObservableKind::domain) return domain_key(value);
    if (observable.kind == ObservableKind::email) return email_key(value);
    if (is_hash(observable.kind)) return from_hex(value);
    return cut(value);
}

/// The next byte string behind all that begin with `prefix`; empty: there is none.
std::string behind(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
    if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

KeyRange beginning_with(int kind, std::string const& prefix) {
    return {kind, prefix, behind(prefix)};
}
KeyRange just(int kind, std::string const& key) {
    return {kind, key, key + '\0'};
}

std::vector<ObservableKind> kinds_asked(ValueQuery const& query) {
    if (query.kind) return {*query.kind};
    auto const all = formats::observable_kinds();
    return {all.begin(), all.end()};
}

std::vector<KeyRange> network_ranges(IpPrefix const& network) {
    int const kind = index_kind(ObservableKind::ip);
    std::vector<KeyRange> ranges{
        {kind, address_key(network.first(), 0), address_key(network.last(), whole_address) + '\0'}};
    int const shortest = network.address.is_v4() ? 96 + shortest_v4 : shortest_v6;
    for (int length = shortest; length < network.length; ++length) {
        auto const bits = static_cast<std::uint8_t>(length);
        ranges.push_back(just(kind, address_key(masked(network.address, bits), bits)));
    }
    return ranges;
}

std::unexpected<Error> not_a(std::string_view what, std::string_view text) {
    return fail(Code::invalid, fmt::format("value: expected {}, found \"{}\"", what, text));
}

std::vector<KeyRange> equal_ranges(ValueQuery const& query) {
    std::vector<KeyRange> ranges;
    for (auto const kind : kinds_asked(query))
        if (auto const value = formats::normalised({kind, query.text}))
            if (auto const key = own_key(*value)) ranges.push_back(just(index_kind(kind), *key));
    return ranges;
}

std::vector<KeyRange> prefix_ranges(ValueQuery const& query) {
    std::vector<KeyRange> ranges;
    auto const text = std::string(trimmed(query.text));
    for (auto const kind : kinds_asked(query)) {
        if (is_hash(kind)) {
            auto const bytes = from_hex(lowered(text.substr(0, text.size() & ~std::size_t{1})));
            if (bytes && !bytes->empty()) ranges.push_back(beginning_with(index_kind(kind), *bytes));
        } else if (kind != ObservableKind::ip && kind != ObservableKind::domain && kind != ObservableKind::email) {
            ranges.push_back(beginning_with(index_kind(kind), text.substr(0, longest_text)));
        }
    }
    return ranges;
}

std::vector<KeyRange> under_ranges(std::string const& domain) {
    auto const key = domain_key(domain);
    std::vector<KeyRange> ranges{beginning_with(index_kind(ObservableKind::domain), key)};
    ranges.push_back(beginning_with(index_kind(ObservableKind::email), key));
    return ranges;
}

}  // namespace

std::optional<ValueQuery::Is> value_comparison_named(std::string_view name) {
    using Is = ValueQuery::Is;
    if (name == "equal") return Is::equal;
    if (name == "prefix") return Is::prefix;
    if (name == "network") return Is::network;
    if (name == "under") return Is::under;
    if (name == "near") return Is::near;
    return {};
}

int index_kind(ObservableKind kind) {
    // Stored numbers: new kinds go to the end of the enumeration.
    static_assert(static_cast<int>(ObservableKind::ip) == 0 && static_cast<int>(ObservableKind::domain) == 3 &&
                  static_cast<int>(ObservableKind::md5) == 8 && static_cast<int>(ObservableKind::tlsh) == 17);
    return static_cast<int>(kind);
}

std::string address_key(IpAddress address, std::uint8_t length) {
    std::string key;
    append_big_endian(key, address.high);
    append_big_endian(key, address.low);
    key += static_cast<char>(length);
    return key;
}

IpPrefix network_of(std::string_view key) {
    TOCSIN_ASSERT(key.size() == 17);
    IpPrefix network;
    for (std::size_t i = 0; i < 8; ++i) {
        network.address.high = network.address.high << 8 | static_cast<unsigned char>(key[i]);
        network.address.low = network.address.low << 8 | static_cast<unsigned char>(key[i + 8]);
    }
    network.length = static_cast<std::uint8_t>(key[16]);
    return network;
}

std::string domain_key(std::string_view domain) {
    std::string key;
    key.reserve(domain.size() + 1);
    while (!domain.empty()) {
        auto const dot = domain.rfind('.');
        key.append(domain.substr(dot + 1)).append(".");  // npos + 1 is the whole
        domain = dot == std::string_view::npos ? std::string_view() : domain.substr(0, dot);
    }
    return key;
}

std::vector<ValueKey> keys_of(Observable const& observable) {
    std::vector<ValueKey> keys;
    auto const own = own_key(observable);
    if (!own) return keys;
    keys.push_back({index_kind(observable.kind), *own});
    if (observable.kind == ObservableKind::url)
        if (auto host = host_key(host_of(observable.value))) keys.push_back(*std::move(host));
    return keys;
}

Result<std::vector<KeyRange>> ranges_of(ValueQuery const& query) {
    std::vector<KeyRange> ranges;
    switch (query.is) {
        case ValueQuery::Is::equal:
            ranges = equal_ranges(query);
            if (ranges.empty() && query.kind) return not_a(formats::name_of(*query.kind), query.text);
            return ranges;
        case ValueQuery::Is::prefix:
            return trimmed(query.text).empty() ? Result<std::vector<KeyRange>>(not_a("some text", query.text))
                                               : prefix_ranges(query);
        case ValueQuery::Is::network: {
            auto const network = parse_prefix(trimmed(query.text), true);
            if (!network) return not_a("an address or a network such as 192.0.2.0/24", query.text);
            return network_ranges(*network);
        }
        case ValueQuery::Is::under: {
            auto const domain = formats::normalised_domain(trimmed(query.text));
            if (!domain) return not_a("a domain such as example.com", query.text);
            return under_ranges(*domain);
        }
        case ValueQuery::Is::near:
            if (!formats::parse_tlsh(trimmed(query.text)))
                return not_a("a TLSH digest of 70 hexadecimal digits, with or without T1", query.text);
            ranges.push_back({index_kind(ObservableKind::tlsh), "", ""});
            return ranges;
    }
    TOCSIN_ASSERT(false);
    return ranges;
}

}  // namespace tocsin::intelligence
