#include "formats/extract/extract.hpp"

#include "base/base.hpp"
#include "formats/extract/embedded_rules.hpp"
#include "formats/extract/lexis.hpp"
#include "formats/extract/refang.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace tocsin::formats {
namespace {

constexpr std::size_t longest_word = 300;  ///< of letters, digits, dots and hyphens; longer ones are none of ours
constexpr std::size_t longest_url = 4096;
constexpr std::size_t longest_label = 63, longest_local_part = 64, longest_host = 253;

/// A stretch of the refanged text.
struct Span {
    std::size_t begin = 0, end = 0;
};

bool is_local_part(char c) {
    return is_alnum(c) || std::string_view(".!#$%&'*+/=?^_`{|}~-").contains(c);
}

class Scanner {
  public:
    Scanner(std::string_view text, ExtractOptions const& options)
        : text_(text),
          options_(options),
          rules_(embedded_rules(text, options)),
          refanged_(text, ranges_of(rules_)),
          plain_(refanged_.text()) {}

    Extraction run() {
        for (std::size_t at = 0; at < plain_.size();) {
            if (peek(at) == ':' && peek(at + 1) == ':' && !is_alnum(before(at)) && before(at) != ':')
                if (auto const end = ipv6(at)) {
                    at = end;
                    continue;
                }
            auto const end = word_end(at);
            at = end == at ? at + 1 : std::max(word({at, end}), at + 1);
        }
        out_.rules = std::move(rules_);
        return std::move(out_);
    }

  private:
    static std::vector<TextRange> ranges_of(std::vector<EmbeddedRule> const& rules) {
        std::vector<TextRange> ranges;
        for (auto const& rule : rules) ranges.push_back({rule.offset, rule.offset + rule.length});
        return ranges;
    }
    char peek(std::size_t at) const { return at < plain_.size() ? plain_[at] : '\0'; }
    char before(std::size_t at) const { return at > 0 ? plain_[at - 1] : '\0'; }
    std::string_view view(Span span) const {
        return std::string_view(plain_).substr(span.begin, span.end - span.begin);
    }

    std::size_t word_end(std::size_t at) const;
    std::size_t word(Span span);
    std::size_t simple(Span span, std::size_t end);
    std::size_t dotted(Span span, std::size_t end);

    std::size_t ipv4(Span span);
    std::size_t ipv6(std::size_t at);
    std::size_t mac(std::size_t at);
    std::size_t ssdeep(Span span);
    std::size_t email(Span span);
    std::size_t url(Span scheme);
    std::size_t url_without_scheme(Span host, std::size_t path);
    std::size_t url_end(std::size_t at, std::size_t from) const;
    std::size_t registry_key(Span hive);
    std::size_t as_number(Span span);
    std::size_t port_behind(std::size_t at, std::uint16_t& port) const;
    bool is_url_host(std::string_view authority) const;
    bool is_host(std::string_view name, bool any_suffix = false) const;
    bool is_version(Span span) const;
    bool looks_like_code(Span span) const;

    bool add(ObservableKind kind, std::string value, Span span, std::uint16_t port = 0);
    void add_attack_id(Span span);
    std::string context_of(std::size_t offset, std::size_t length) const;

    std::string_view text_;
    ExtractOptions const& options_;
    std::vector<EmbeddedRule> rules_;
    Refanged refanged_;
    std::string const& plain_;
    Extraction out_;
    std::unordered_map<std::string, std::size_t> seen_;
    std::unordered_map<std::string, std::size_t> attack_ids_;
    std::size_t alternative_ = 0;  // where a host may follow a slash: "a.example/b.example" are two
};

/// Letters, digits, '.', '-', '_' that stand together; ASCII and a script written without spaces part.
std::size_t Scanner::word_end(std::size_t at) const {
    bool ascii = false, ideograph = false;
    while (at < plain_.size()) {
        char const c = plain_[at];
        if (is_alnum(c) || c == '-' || c == '_') {
            if (ideograph && is_alnum(c)) break;
            ascii = is_alnum(c);
            ideograph = false;
            ++at;
        } else if (c == '.') {
            ascii = ideograph = false;
            ++at;
        } else if ((c & 0x80) != 0) {
            auto const letter = letter_at(plain_, at);
            if (letter.size == 0 || (ascii && letter.is_ideograph)) break;
            ideograph = letter.is_ideograph;
            ascii = false;
            at += letter.size;
        } else {
            break;
        }
    }
    return at;
}

/// Says where reading goes on.
std::size_t Scanner::word(Span span) {
    auto const end = span.end;
    char const next = peek(end);
    if (next == '@')
        if (auto const behind = email(span)) return behind;
    if (next == ':') {
        if (plain_.compare(end, 3, "://") == 0) {
            if (auto const behind = url(span)) return behind;
            return end + 3;
        }
        if (auto const behind = mac(span.begin)) return behind;
        if (auto const behind = ipv6(span.begin)) return behind;
        if (auto const behind = ssdeep(span)) return behind;
    }
    if (next == '\\' || (next == ':' && peek(end + 1) == '\\'))
        if (auto const behind = registry_key(span)) return behind;
    constexpr std::string_view edges = ".-_";
    while (span.begin < span.end && edges.contains(plain_[span.begin])) ++span.begin;
    while (span.begin < span.end && edges.contains(plain_[span.end - 1])) --span.end;
    if (span.begin == span.end || span.end - span.begin > longest_word) return end;
    return std::max(end, simple(span, end));
}

/// A word by itself, without the dots and hyphens at its ends.
std::size_t Scanner::simple(Span span, std::size_t end) {
    auto const text = view(span);
    bool const has_dot = text.contains('.');
    bool const has_digit = std::ranges::any_of(text, is_digit);
    if (text == "AS" || text == "ASN") return std::max(end, as_number(span));
    if (!has_dot && !has_digit) return end;
    if (has_digit) {
        if (auto const kind = hash_kind_of(text)) {
            add(*kind, std::string(text), span);
            return end;
        }
        if (is_cve(text)) {
            add(ObservableKind::vulnerability, std::string(text), span);
            return end;
        }
        if (is_attack_id(text)) {
            add_attack_id(span);
            return end;
        }
        if (is_as_number(text)) {
            add(ObservableKind::asn, std::string(text.substr(text[2] == 'N' ? 3 : 2)), span);
            return end;
        }
        if (is_mac_with_hyphens(text)) {
            add(ObservableKind::mac, std::string(text), span);
            return end;
        }
        if (is_tlsh(text)) {
            add(ObservableKind::tlsh, std::string(text), span);
            return end;
        }
        if (!has_dot && is_bitcoin_address(text)) {
            add(ObservableKind::cryptocurrency_address, std::string(text), span);
            return end;
        }
    }
    if (!has_dot) return end;
    if (auto const behind = ipv4(span)) return behind;
    return dotted(span, end);
}

/// A host, or the name of a file.
std::size_t Scanner::dotted(Span span, std::size_t end) {
    auto const text = view(span);
    bool const defanged = refanged_.is_defanged(span.begin, span.end);
    char const previous = before(span.begin);
    auto const look = defanged ? FileLook::none : file_look_of(text);
    bool const in_path = previous == '\\';
    bool const two_parts = std::ranges::count(text, '.') == 1;
    bool const address_follows = peek(span.end) == '/' || peek(span.end) == ':';
    bool const script = look == FileLook::maybe && two_parts && !address_follows && !text.ends_with(".com") &&
                        !text.ends_with(".app") && !text.ends_with(".one");
    if (look == FileLook::sure || (look == FileLook::maybe && in_path) || script) {
        add(ObservableKind::file_name, std::string(text), span);
        return end;
    }
    bool const behind_slash = previous == '/' && before(span.begin - 1) != '/' && span.begin != alternative_;
    if (in_path || (!defanged && (behind_slash || looks_like_code(span))) || !is_host(text)) return end;
    std::uint16_t port = 0;
    auto const behind = port_behind(span.end, port);
    if (span.end == end && peek(behind) == '/')
        if (auto const url = url_without_scheme(span, behind)) return url;
    add(ObservableKind::domain, std::string(text), {span.begin, behind}, port);
    if (peek(behind) == '/') alternative_ = behind + 1;
    return std::max(end, behind);
}

std::size_t Scanner::ipv4(Span span) {
    auto const text = view(span);
    auto const is_address = [](std::string_view part) {
        auto const address = parse_ip(part);
        return address && address->is_v4() && part.contains('.') && !part.contains(':');
    };
    if (auto const hyphen = text.find('-'); hyphen != std::string_view::npos) {
        auto const first = text.substr(0, hyphen), last = text.substr(hyphen + 1);
        if (!is_address(first) || !is_address(last)) return 0;
        add(ObservableKind::ip, std::string(first), {span.begin, span.begin + hyphen});
        add(ObservableKind::ip, std::string(last), {span.begin + hyphen + 1, span.end});
        return span.end;
    }
    if (!is_address(text)) return 0;
    if (peek(span.end) == '/' && is_digit(peek(span.end + 1))) {
        auto end = span.end + 1;
        while (end - span.end <= 3 && is_digit(peek(end))) ++end;
        auto const bits = std::string_view(plain_).substr(span.end + 1, end - span.end - 1);
        char const next = peek(end);
        bool const ends = !is_alnum(next) && next != '/' && next != '_' && (next != '.' || !is_alnum(peek(end + 1)));
        if (ends && bits.size() <= 2 && *parse_int(bits) <= 32) {
            add(ObservableKind::ip, std::string(text) + "/" + std::string(bits), {span.begin, end});
            return end;
        }
    }
    std::uint16_t port = 0;
    auto const behind = port_behind(span.end, port);
    if (peek(behind) == '/')
        if (auto const url = url_without_scheme(span, behind)) return url;
    if (port == 0 && is_version(span)) return span.end;
    add(ObservableKind::ip, std::string(text), {span.begin, behind}, port);
    return behind;
}

/// Behind ":8080", or `at` when there is no port.
std::size_t Scanner::port_behind(std::size_t at, std::uint16_t& port) const {
    if (peek(at) != ':' || !is_digit(peek(at + 1))) return at;
    auto end = at + 1;
    while (end - at <= 6 && is_digit(peek(end))) ++end;
    auto const number = parse_int(std::string_view(plain_).substr(at + 1, end - at - 1));
    if (!number || *number < 1 || *number > 65535 || is_alnum(peek(end))) return at;
    port = static_cast<std::uint16_t>(*number);
    return end;
}

std::size_t Scanner::ipv6(std::size_t at) {
    constexpr std::size_t longest = 45;
    auto end = at;
    while (end < plain_.size() && end - at <= longest &&
           (is_hex_digit(plain_[end]) || plain_[end] == ':' || plain_[end] == '.'))
        ++end;
    if (is_alnum(peek(end)) || peek(end) == '_') return 0;
    while (end > at &&
           (plain_[end - 1] == '.' || (plain_[end - 1] == ':' && !(end - at >= 2 && plain_[end - 2] == ':'))))
        --end;
    auto const text = view({at, end});
    if (text.size() < 3 || std::ranges::count(text, ':') < 2 || std::ranges::none_of(text, is_digit)) return 0;
    auto const address = parse_ip(text);
    auto const groups = split(text, ':');
    bool const pairs = std::ranges::all_of(groups, [](auto group) { return group.size() == 2; });  // an EUI-64
    if (!address || pairs) return 0;
    auto value = std::string(text);
    auto stop = end;
    if (peek(end) == '/' && is_digit(peek(end + 1))) {
        auto digits = end + 1;
        while (digits - end <= 3 && is_digit(peek(digits))) ++digits;
        auto const bits = parse_int(std::string_view(plain_).substr(end + 1, digits - end - 1));
        if (bits && *bits <= 128 && !is_alnum(peek(digits))) {
            value += "/" + std::to_string(*bits);
            stop = digits;
        }
    }
    return add(ObservableKind::ip, std::move(value), {at, stop}) ? stop : 0;
}

/// Six pairs with colons, and no seventh.
std::size_t Scanner::mac(std::size_t at) {
    constexpr std::size_t size = 17;
    if (at + size > plain_.size()) return 0;
    for (std::size_t i = 0; i < size; ++i)
        if (i % 3 == 2 ? plain_[at + i] != ':' : !is_hex_digit(plain_[at + i])) return 0;
    char const next = peek(at + size);
    if (is_alnum(next) || next == ':' || before(at) == ':') return 0;
    add(ObservableKind::mac, plain_.substr(at, size), {at, at + size});
    return at + size;
}

/// BLOCK:HASH:HASH, the block size three times a power of two.
std::size_t Scanner::ssdeep(Span span) {
    auto const digits = view(span);
    auto const block = digits.size() <= 10 ? parse_int(digits) : std::nullopt;
    if (!block || *block % 3 != 0 || *block <= 0 || ((*block / 3) & (*block / 3 - 1)) != 0) return 0;
    constexpr std::size_t longest = 64, shortest = 6;
    auto const part = [&](std::size_t from) {
        auto end = from;
        while (end - from <= longest && (is_alnum(peek(end)) || peek(end) == '+' || peek(end) == '/')) ++end;
        return end;
    };
    auto const first = part(span.end + 1);
    if (peek(first) != ':' || first - span.end - 1 < shortest || first - span.end - 1 > longest) return 0;
    auto const second = part(first + 1);
    if (second - first - 1 < 3 || second - first - 1 > longest) return 0;
    add(ObservableKind::ssdeep, plain_.substr(span.begin, second - span.begin), {span.begin, second});
    return second;
}

std::size_t Scanner::email(Span span) {
    auto begin = span.end;
    while (begin > 0 && span.end - begin < longest_local_part && is_local_part(plain_[begin - 1])) --begin;
    while (begin < span.end && !is_alnum(plain_[begin]) && plain_[begin] != '_') ++begin;
    auto const host = span.end + 1;
    auto end = word_end(host);
    while (end > host && !is_alnum(plain_[end - 1]) && (plain_[end - 1] & 0x80) == 0) --end;
    if (begin == span.end || end - host > longest_host || !is_host(view({host, end}))) return 0;
    auto const local = view({begin, span.end});
    if (local.contains("..") || local.ends_with('.')) return 0;
    return add(ObservableKind::email, plain_.substr(begin, end - begin), {begin, end}) ? end : 0;
}

/// Whether a name is one of the DNS: labels as they are in use, a top-level label of letters, a listed suffix.
bool Scanner::is_host(std::string_view name, bool any_suffix) const {
    if (name.empty() || name.size() > longest_host || !name.contains('.')) return false;
    auto const host = normalised_domain(name);
    if (!host || host->size() > longest_host) return false;
    std::string_view top;
    for (auto const label : split(*host, '.')) {
        if (label.empty() || label.size() > longest_label || label.front() == '-' || label.back() == '-') return false;
        if (!std::ranges::all_of(label, [](char c) { return is_alnum(c) || c == '-' || c == '_'; })) return false;
        top = label;
    }
    bool const letters = top.size() >= 2 && std::ranges::none_of(top, [](char c) { return is_digit(c) || c == '_'; });
    if (!letters && !top.starts_with("xn--")) return false;
    if (top == "onion") return true;  // RFC 7686
    return any_suffix || !options_.has_public_suffix || options_.has_public_suffix(*host);
}

/// "System.IO", "Main.java(": a capital in the last part and small letters elsewhere, or a call.
bool Scanner::looks_like_code(Span span) const {
    auto const text = view(span);
    if (peek(span.end) == '(') return true;
    auto const top = text.substr(text.rfind('.') + 1);
    auto const is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    auto const is_small = [](char c) { return c >= 'a' && c <= 'z'; };
    return std::ranges::any_of(top, is_capital) && std::ranges::any_of(text, is_small);
}

bool Scanner::is_version(Span span) const {
    if (refanged_.is_defanged(span.begin, span.end)) return false;
    constexpr std::size_t look_back = 16;
    auto const from = span.begin > look_back ? span.begin - look_back : 0;
    auto const words = lowered(view({from, span.begin}));
    auto const end = words.find_last_not_of(" :=\t");
    if (end == std::string::npos) return false;
    auto const last = std::string_view(words).substr(0, end + 1);
    constexpr std::array<std::string_view, 6> names = {"version", "ver.", " ver", "build", "firmware", "release"};
    return std::ranges::any_of(names, [&](auto name) { return last.ends_with(name); }) || last == "v" ||
           last.ends_with(" v");
}

std::size_t Scanner::as_number(Span span) {
    auto at = span.end;
    while (at - span.end < 3 && (peek(at) == ' ' || peek(at) == ':' || peek(at) == '#')) ++at;
    auto end = at;
    while (end - at <= 10 && is_digit(peek(end))) ++end;
    auto const digits = view({at, end});
    if (at == span.end || is_alnum(peek(end)) || !is_as_number("AS" + std::string(digits))) return 0;
    add(ObservableKind::asn, std::string(digits), {span.begin, end});
    return end;
}

/// Where a URL that begins at `from` ends; `at` is behind what is known to belong to it.
std::size_t Scanner::url_end(std::size_t at, std::size_t from) const {
    bool const quoted = before(from) == '\'';
    auto const authority_end = std::min(plain_.find_first_of("/?#", at), plain_.size());
    int round = 0, square = 0;
    auto end = at;
    for (; end < plain_.size() && end - from <= longest_url; ++end) {
        char const c = plain_[end];
        auto const byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7f || std::string_view("<>\"`{}|\\^").contains(c) || (c == '\'' && quoted)) break;
        if (c == ',' && plain_.compare(end + 1, 4, "http") == 0) break;
        if (byte >= 0x80) {
            auto const letter = letter_at(plain_, end);
            if (letter.size == 0 || (letter.is_ideograph && end >= authority_end)) break;
            end += letter.size - 1;
        }
        if (c == '(') ++round;
        if (c == ')' && --round < 0) break;
        if (c == '[') ++square;
        if (c == ']' && --square < 0) break;
    }
    auto const is_trailing = [&](char c) {
        return std::string_view(".,;:!?'*_").contains(c) || (c == '(' && round > 0) || (c == '[' && square > 0);
    };
    while (end > at && is_trailing(plain_[end - 1])) --end;
    return end;
}

bool Scanner::is_url_host(std::string_view authority) const {
    if (auto const user = authority.rfind('@'); user != std::string_view::npos) authority.remove_prefix(user + 1);
    if (authority.starts_with('[')) {
        auto const close = authority.find(']');
        auto const address = close == std::string_view::npos ? std::nullopt : parse_ip(authority.substr(1, close - 1));
        return address && !address->is_v4();
    }
    auto const host = authority.substr(0, authority.find(':'));
    auto const port = authority.substr(std::min(host.size() + 1, authority.size()));
    if (!std::ranges::all_of(port, is_digit) || port.size() > 5) return false;
    auto const address = parse_ip(host);
    return address ? address->is_v4() : is_host(host);
}

std::size_t Scanner::url(Span scheme) {
    constexpr std::array<std::string_view, 15> schemes = {"ftp",   "ftps", "git",  "gopher", "http",
                                                          "https", "iiop", "ldap", "ldaps",  "rmi",
                                                          "sftp",  "smb",  "svn",  "ws",     "wss"};
    static_assert(std::ranges::is_sorted(schemes));
    if (scheme.end - scheme.begin > longest_word) return 0;
    auto name = lowered(view(scheme));
    if (!std::ranges::binary_search(schemes, std::string_view(name))) {
        auto const word = name.find_last_not_of("abcdefghijklmnopqrstuvwxyz");  // "-https"
        if (word == std::string::npos || is_alnum(name[word])) return 0;
        scheme.begin += word + 1;
        name.erase(0, word + 1);
        if (!std::ranges::binary_search(schemes, std::string_view(name))) return 0;
    }
    auto const host = scheme.end + 3;
    auto const end = url_end(host, scheme.begin);
    if (end - scheme.begin > longest_url) {
        ++out_.left_out;
        return end;
    }
    auto const rest = view({host, end});
    if (!is_url_host(rest.substr(0, rest.find_first_of("/?#")))) return 0;
    return add(ObservableKind::url, name + "://" + std::string(rest), {scheme.begin, end}) ? end : 0;
}

/// "evil.example:8080/gate.php"; not "one.example/two.example", and not "example.com/" alone.
std::size_t Scanner::url_without_scheme(Span host, std::size_t path) {
    auto const end = url_end(path, host.begin);
    if (end <= path + 1 || end - host.begin > longest_url) return 0;
    auto const rest = view({path + 1, end});
    auto const is_other_host = !rest.contains('/') && file_look_of(rest) == FileLook::none && is_host(rest);
    if (is_other_host || parse_ip(rest.substr(0, rest.find('/')))) return 0;
    return add(ObservableKind::url, "http://" + std::string(view({host.begin, end})), {host.begin, end}) ? end : 0;
}

/// HKLM\SOFTWARE\..., the spaces within a part allowed as far as another part follows on the line.
std::size_t Scanner::registry_key(Span hive) {
    constexpr std::array<std::string_view, 10> hives = {"HKCC",
                                                        "HKCR",
                                                        "HKCU",
                                                        "HKEY_CLASSES_ROOT",
                                                        "HKEY_CURRENT_CONFIG",
                                                        "HKEY_CURRENT_USER",
                                                        "HKEY_LOCAL_MACHINE",
                                                        "HKEY_USERS",
                                                        "HKLM",
                                                        "HKU"};
    constexpr std::array<std::string_view, 6> spaced = {
        "Windows NT",      "Internet Explorer",  "Image File Execution Options",
        "Session Manager", "User Shell Folders", "Active Setup"};
    auto const name = uppered(view({hive.begin, std::min(hive.end, hive.begin + 32)}));
    if (!std::ranges::binary_search(hives, std::string_view(name))) return 0;
    constexpr std::size_t longest_part = 255, longest_key = 1024, most_words = 5;
    std::string key = name;
    auto at = hive.end + (peek(hive.end) == ':' ? 1U : 0U);
    auto end = hive.end;
    while (peek(at) == '\\' && end - hive.begin < longest_key) {
        while (peek(at) == '\\') ++at;
        auto stop = at;
        while (stop < plain_.size() && stop - at < longest_part && static_cast<unsigned char>(plain_[stop]) >= 0x20 &&
               !std::string_view("\\\"'|<>`,;*?").contains(plain_[stop]))
            ++stop;
        auto part = view({at, stop});
        bool const more = peek(stop) == '\\' && !part.contains(':') &&
                          static_cast<std::size_t>(std::ranges::count(part, ' ')) < most_words;
        if (!more) {
            auto size = std::min(part.find(' '), part.size());
            for (auto const words : spaced)
                if (equal_ignoring_case(part.substr(0, words.size()), words)) size = words.size();
            part = part.substr(0, size);
            while (!part.empty() && std::string_view(".,:;)]}!").contains(part.back())) part.remove_suffix(1);
        }
        if (part.empty()) break;
        key += '\\';
        key += part;
        end = at + part.size();
        at = end;
        if (!more) break;
    }
    if (key.size() == name.size()) return 0;
    return add(ObservableKind::registry_key, std::move(key), {hive.begin, end}) ? end : 0;
}

bool Scanner::add(ObservableKind kind, std::string value, Span span, std::uint16_t port) {
    auto observable = is_utf8(value) ? normalised({kind, std::move(value)}) : std::nullopt;
    if (!observable) return false;
    bool const defanged = refanged_.is_defanged(span.begin, span.end);
    auto key = std::string(1, static_cast<char>(kind)) + observable->value;
    if (auto const known = seen_.find(key); known != seen_.end()) {
        auto& found = out_.found[known->second];
        ++found.count;
        found.is_defanged = found.is_defanged || defanged;
        return true;
    }
    if (out_.found.size() >= options_.found) {
        ++out_.left_out;
        return true;
    }
    auto const offset = refanged_.original(span.begin);
    auto const length = refanged_.original(span.end) - offset;
    seen_.emplace(std::move(key), out_.found.size());
    out_.found.push_back({.observable = *std::move(observable),
                          .offset = offset,
                          .length = length,
                          .as_written = std::string(text_.substr(offset, length)),
                          .context = context_of(offset, length),
                          .count = 1,
                          .port = port,
                          .is_defanged = defanged});
    return true;
}

void Scanner::add_attack_id(Span span) {
    auto const [place, is_new] = attack_ids_.emplace(std::string(view(span)), out_.attack_ids.size());
    if (is_new)
        out_.attack_ids.push_back({place->first, refanged_.original(span.begin), 1});
    else
        ++out_.attack_ids[place->second].count;
}

/// The line around a place, as far as `context_bytes` reach, whole characters only.
std::string Scanner::context_of(std::size_t offset, std::size_t length) const {
    auto const most = options_.context_bytes;
    auto const room = most > length ? (most - length) / 2 : 0;
    auto begin = offset, end = std::min(offset + std::min(length, most), text_.size());
    while (begin > 0 && offset - begin < room && text_[begin - 1] != '\n') --begin;
    while (end < text_.size() && end - offset < length + room && text_[end] != '\n') ++end;
    while (begin < offset && (text_[begin] & 0xC0) == 0x80) ++begin;
    while (end > offset && end < text_.size() && (text_[end] & 0xC0) == 0x80) --end;
    return repaired_utf8(trimmed(text_.substr(begin, end - begin)));
}

}  // namespace

Extraction extract(std::string_view text, ExtractOptions const& options) {
    auto const read = text.substr(0, options.bytes);
    auto out = Scanner(read, options).run();
    out.bytes_left_out = text.size() - read.size();
    return out;
}

std::optional<Found> recognised(std::string_view value, ExtractOptions const& options) {
    value = trimmed(value);
    constexpr std::size_t longest = 8192;
    if (value.empty() || value.size() > longest) return std::nullopt;
    auto all = extract(value, options);
    if (all.found.size() != 1 || all.found[0].count != 1) return std::nullopt;
    auto& found = all.found[0];
    bool const whole = found.offset == 0 && found.length == value.size();
    return whole ? std::optional(std::move(found)) : std::nullopt;
}

}  // namespace tocsin::formats
