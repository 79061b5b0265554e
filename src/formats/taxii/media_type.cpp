#include "formats/taxii/media_type.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>

namespace tocsin::formats::taxii {
namespace {

/// The text up to a separator that does not stand in quotes; what was taken is gone from `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
    bool is_quoted = false;
    std::size_t at = 0;
    for (; at < rest.size(); ++at) {
        if (is_quoted && rest[at] == '\\' && at + 1 < rest.size()) {
            ++at;
        } else if (rest[at] == '"') {
            is_quoted = !is_quoted;
        } else if (rest[at] == separator && !is_quoted) {
            break;
        }
    }
    auto const part = rest.substr(0, at);
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return trimmed(part);
}

std::string_view unquoted(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
    return text;
}

struct MediaRange {
    std::string_view type;     ///< "application/taxii+json"
    std::string_view version;  ///< empty: none
    std::optional<int> q;      ///< thousandths; nothing when it can't be read
};

/// RFC 9110 section 12.4.2: 0 to 1 with at most three digits behind the point.
std::optional<int> thousandths(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text.front() != '0' && text.front() != '1')) return std::nullopt;
    int value = (text.front() - '0') * 1000;
    if (text.size() == 1) return value;
    if (text[1] != '.') return std::nullopt;
    int scale = 100;
    for (char const c : text.substr(2)) {
        if (c < '0' || c > '9') return std::nullopt;
        value += (c - '0') * scale;
        scale /= 10;
    }
    return value <= 1000 ? std::optional(value) : std::nullopt;
}

MediaRange parse_range(std::string_view text) {
    MediaRange range{.type = next_part(text, ';'), .version = {}, .q = 1000};
    while (!text.empty()) {
        auto value = next_part(text, ';');
        auto const name = next_part(value, '=');
        if (equal_ignoring_case(name, "q")) range.q = thousandths(trimmed(value));
        if (equal_ignoring_case(name, "version")) range.version = unquoted(trimmed(value));
    }
    return range;
}

/// How closely a range names TAXII 2.1; 0 when it does not.
int closeness(MediaRange const& range) {
    auto const is = [&](std::string_view type) { return equal_ignoring_case(range.type, type); };
    if (is("application/taxii+json")) {
        if (range.version.empty()) return 3;
        return range.version == "2.1" ? 4 : 0;
    }
    if (is("application/*")) return 2;
    return range.type == "*/*" ? 1 : 0;
}

}  // namespace

ContentKind kind_of_content(std::string_view content_type) {
    auto const range = parse_range(content_type);
    auto const is = [&](std::string_view type) { return equal_ignoring_case(range.type, type); };
    if (is("application/taxii+json"))
        return range.version.empty() || range.version == "2.1" ? ContentKind::taxii : ContentKind::taxii_other_version;
    if (is("application/vnd.oasis.taxii+json")) return ContentKind::taxii_other_version;
    if (is("application/stix+json") || is("application/vnd.oasis.stix+json")) return ContentKind::stix;
    return is("application/json") ? ContentKind::json : ContentKind::other;
}

bool accepts_taxii(std::string_view accept) {
    if (trimmed(accept).empty()) return true;
    int closest = 0, best = 0;
    while (!accept.empty()) {
        auto const range = parse_range(next_part(accept, ','));
        if (equal_ignoring_case(range.type, "application/json") && range.q.value_or(0) > 0) return true;
        auto const close = closeness(range);
        if (close == 0 || close < closest || !range.q) continue;
        best = close > closest ? *range.q : std::max(best, *range.q);
        closest = close;
    }
    return best > 0;
}

}  // namespace tocsin::formats::taxii
