#include "formats/detection/writer.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::formats::detection {
namespace {

constexpr std::size_t longest_plain = 200;
constexpr std::uint32_t first_number = 1'000'000'000, numbers = 0x8000'0000U - first_number;

/// Of the product: names made under it are its own.
constexpr stix::Uuid detection_namespace{
    {0x6b, 0x1d, 0x0c, 0x52, 0x8f, 0x3e, 0x4c, 0x5a, 0x9d, 0x27, 0xe0, 0x44, 0xb1, 0x9a, 0x73, 0xc8}};

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_control(char c) {
    return (c >= 0 && c < 0x20) || c == 0x7f;
}

/// How many bytes here are a line end or an invisible control of Unicode: C1 (U+0080 to U+009F), U+200B to U+200F,
/// U+2028 to U+202E, U+2060 to U+2069, U+FEFF.
std::size_t unseen_at(std::string_view text) {
    auto const byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f) return 2;
    if (byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf) return 3;
    if (byte(0) != 0xe2) return 0;
    if (byte(1) == 0x80 && ((byte(2) >= 0x8b && byte(2) <= 0x8f) || (byte(2) >= 0xa8 && byte(2) <= 0xae))) return 3;
    return byte(1) == 0x81 && byte(2) >= 0xa0 && byte(2) <= 0xa9 ? 3 : 0;
}

}  // namespace

std::string plain(std::string_view text) {
    static constexpr std::string_view risky = "\"'`;|\\${}<>";
    auto const source = repaired_utf8(text.substr(0, 4 * longest_plain));
    std::string out;
    for (std::size_t i = 0; i < source.size();) {
        auto const unseen = unseen_at(std::string_view(source).substr(i));
        bool const is_blank = unseen > 0 || is_control(source[i]) || risky.contains(source[i]) || source[i] == ' ';
        if (!is_blank) out += source[i];
        if (is_blank && !out.empty() && out.back() != ' ') out += ' ';
        i += std::max<std::size_t>(unseen, 1);
    }
    if (out.size() > longest_plain) {
        std::size_t end = longest_plain;
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
        out.resize(end);
    }
    return std::string(trimmed(out));
}

bool is_one_line(std::string_view value) {
    if (value.empty() || !is_utf8(value)) return false;
    for (std::size_t i = 0; i < value.size(); ++i)
        if (is_control(value[i]) || unseen_at(value.substr(i)) > 0) return false;
    return true;
}

bool is_host_name(std::string_view name, std::size_t most) {
    if (name.empty() || name.size() > most) return false;
    return std::ranges::all_of(split(name, '.'), [](std::string_view label) {
        return !label.empty() && label.size() <= 63 &&
               std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
    });
}

stix::Uuid stable_uuid(Entry const& entry, std::string_view part) {
    return stix::uuid_v5(detection_namespace, fmt::format("{}\n{}\n{}\n{}", entry.id, name_of(entry.observable.kind),
                                                          entry.observable.value, part));
}

std::uint32_t RuleNumbers::number_of(Entry const& entry, std::string_view part) {
    auto const uuid = stable_uuid(entry, part);
    std::uint32_t hash = 0;
    for (std::size_t i = 0; i < 4; ++i) hash = hash << 8 | uuid.bytes[i];
    std::uint32_t offset = hash % numbers;
    while (!used_.insert(first_number + offset).second) offset = (offset + 1) % numbers;
    return first_number + offset;
}

std::optional<WebAddress> web_address(std::string_view url) {
    auto const scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    if (url.substr(0, scheme) != "http" && url.substr(0, scheme) != "https") return {};
    url.remove_prefix(scheme + 3);
    auto const end = std::min(url.find_first_of("/?#"), url.size());
    auto host = url.substr(0, end);
    if (auto const at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
    host = host.substr(0, host.find(':'));
    if (!is_host_name(host)) return {};
    auto const target = url.substr(end, url.find('#') - end);
    if (url.find('#') < end || !is_one_line(url)) return {};
    return WebAddress{.host = lowered(host),
                      .target = target.starts_with('/') ? std::string(target) : "/" + std::string(target)};
}

std::string rule_content(std::string_view bytes) {
    std::string out;
    bool in_hex = false;
    for (char const c : bytes) {
        bool const is_plain = is_letter_or_digit(c) || std::string_view(".-_/?=&%+~").contains(c);
        if (is_plain && in_hex) out += '|';
        if (!is_plain) {
            out += in_hex ? ' ' : '|';
            out += to_hex({&c, 1});
        } else {
            out += c;
        }
        in_hex = !is_plain;
    }
    if (in_hex) out += '|';
    return out;
}

std::string rule_metadata(Entry const& entry) {
    std::string id = entry.id.substr(0, 200);
    std::erase_if(id, [](char c) { return !is_letter_or_digit(c) && c != '-'; });
    auto metadata = "indicator " + (id.empty() ? "unknown" : id);
    if (entry.confidence >= 0) metadata += fmt::format(", confidence {}", entry.confidence);
    if (entry.valid_until) metadata += ", valid_until " + format_timestamp(*entry.valid_until).substr(0, 10);
    return metadata;
}

std::string title_of(Entry const& entry) {
    auto title = plain(entry.name);
    if (title.empty()) title = plain(entry.observable.value);
    return title.empty() ? "unnamed" : title;
}

}  // namespace tocsin::formats::detection
