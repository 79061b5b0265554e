#include "intelligence/archive_sieve.hpp"

#include <algorithm>

namespace tocsin::intelligence {
namespace {

using formats::ObservableKind;

constexpr std::uint64_t hash_start = 0xcbf2'9ce4'8422'2325ULL;

/// FNV-1a, letters of either case alike.
std::uint64_t hashed(std::uint64_t hash, char c) {
    auto const byte = static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return (hash ^ byte) * 0x100'0000'01b3ULL;
}
std::size_t place_in_bits(std::uint64_t hash) {
    return static_cast<std::size_t>(hash >> 46);
}
std::size_t place_of(std::string_view text) {
    auto hash = hash_start;
    for (char const c : text) hash = hashed(hash, c);
    return place_in_bits(hash);
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct NamePlace {
    std::size_t place;
    bool is_ascii;
};
/// Where the last two labels of a name stand: "example.com" of "www.example.com.". Read from the end, once.
NamePlace place_of_name(std::string_view name) {
    auto at = name.size();
    if (at > 0 && name[at - 1] == '.') --at;
    auto hash = hash_start;
    unsigned char all = 0;
    for (int dots = 0; at > 0; --at) {
        char const c = name[at - 1];
        if (c == '.' && ++dots == 2) break;
        all |= static_cast<unsigned char>(c);
        hash = hashed(hash, c);
    }
    return {place_in_bits(hash), all < 0x80};
}

/// The last two labels of a domain_key ("com.example.www."), as a name.
std::string last_two_labels_of_key(std::string_view key) {
    auto const first = key.find('.');
    auto const second = first == std::string_view::npos ? first : key.find('.', first + 1);
    if (second == std::string_view::npos) return std::string(key.substr(0, first));
    return std::string(key.substr(first + 1, second - first - 1)) + "." + std::string(key.substr(0, first));
}

/// The host of a URL as it is written; empty where that can't be said quickly.
std::string_view host_of(std::string_view url) {
    auto const scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#\\"));
    if (auto const user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
    if (url.starts_with('[') || !is_ascii(url) || url.find('%') != std::string_view::npos) return {};
    return url.substr(0, url.find(':'));
}

/// Behind the closing quote of the text that begins at `from`.
std::size_t behind_text(std::string_view json, std::size_t from) {
    auto end = json.find('"', from + 1);
    while (end != std::string_view::npos && json[end - 1] == '\\') {
        std::size_t slashes = 1;
        while (json[end - 1 - slashes] == '\\') ++slashes;
        if (slashes % 2 == 0) break;
        end = json.find('"', end + 1);
    }
    return end == std::string_view::npos ? json.size() : end + 1;
}

/// Behind a value that is no text.
std::size_t behind_value(std::string_view json, std::size_t at) {
    for (int depth = 0; at < json.size(); ++at) {
        char const c = json[at];
        if (c == '"') at = behind_text(json, at) - 1;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        if (c == ',' && depth == 0) break;
    }
    return at;
}

/// Calls `each(name, value)` for the texts of `"name":"value",...` until it says true; says whether it did.
template <class F>
bool any_text(std::string_view members, F&& each) {
    std::size_t at = 0;
    while (at + 2 < members.size()) {
        auto const name_end = behind_text(members, at);
        auto const start = name_end + 1;  // behind the colon
        if (start >= members.size()) return false;
        auto const name = members.substr(at + 1, name_end - at - 2);
        bool const is_text = members[start] == '"';
        auto const end = is_text ? behind_text(members, start) : behind_value(members, start);
        if (is_text && each(name, members.substr(start + 1, end - start - 2))) return true;
        at = end + 1;  // behind the comma
    }
    return false;
}

}  // namespace

void ArchiveSieve::add(LiveValue const& value, ValueKey const& key) {
    static int const domain = index_kind(ObservableKind::domain), url = index_kind(ObservableKind::url),
                     email = index_kind(ObservableKind::email), address = index_kind(ObservableKind::ip);
    values_.push_back(value);
    if (key.kind == address) return;
    if (key.kind == domain) {
        wants_names_ = true;
        names_->set(place_of_name(last_two_labels_of_key(key.key)).place);
    } else if (key.kind == url) {
        wants_urls_ = true;
        hosts_->set(place_of(host_of(key.key)));
    } else if (key.kind == email) {
        wants_accounts_ = true;
    } else {
        wants_hashes_ = true;
        texts_->set(place_of(to_hex(key.key)));
    }
}

bool ArchiveSieve::has_address(IpAddress address) const {
    if (address.is_none()) return false;
    for (auto const length : tiers_->lengths) {
        bool is_there = false;
        for (auto const& tier : tiers_->tiers)
            tier->find_one(address_fingerprint(length == 128 ? address : masked(address, length), length),
                           [&](std::uint32_t) { is_there = true; });
        if (is_there) return true;
    }
    return false;
}

bool ArchiveSieve::has_name(std::string_view name) const {
    if (name.empty()) return false;
    auto const last = place_of_name(name);
    return names_->test(last.place) || !last.is_ascii;
}

bool ArchiveSieve::has_url(std::string_view url) const {
    if (url.empty()) return false;
    auto const host = host_of(url);
    return host.empty() || hosts_->test(place_of(host));
}

bool ArchiveSieve::has_other(std::string_view members) const {
    return any_text(members, [&](std::string_view name, std::string_view value) {
        if (name.starts_with("malware.hash.")) return wants_hashes_ && texts_->test(place_of(value));
        if (name.ends_with(".account")) return wants_accounts_;
        if (!name.starts_with("destination.")) return false;
        name.remove_prefix(12);
        if (name == "url") return wants_urls_ && has_url(value);
        return wants_names_ && (name == "fqdn" || name == "reverse_dns") && has_name(value);
    });
}

void ArchiveSieve::pick(events::SweptEvents const& events, std::vector<std::uint32_t>& wanted) const {
    bool const has_addresses = events.source_high != nullptr && !tiers_->lengths.empty();
    bool const has_others = !events.others.empty();
    bool const has_texts = wants_texts() && !events.fqdn.empty();
    std::string_view last_base;
    bool is_base_wanted = false;
    for (std::uint32_t row = 0; row < events.size; ++row) {
        bool is_wanted = (has_addresses && (has_address(events.source(row)) || has_address(events.destination(row)))) ||
                         (has_others && has_other(events.others[row]));
        if (!is_wanted && has_texts) {
            if (events.others_of_report[row].data() != last_base.data()) {
                last_base = events.others_of_report[row];
                is_base_wanted = has_other(last_base);
            }
            is_wanted = is_base_wanted ||
                        (wants_names_ && (has_name(events.fqdn[row]) || has_name(events.reverse_dns[row]))) ||
                        (wants_urls_ && has_url(events.url[row]));
        }
        if (is_wanted) wanted.push_back(row);
    }
}

}  // namespace tocsin::intelligence
