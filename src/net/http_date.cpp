#include "net/http_client.hpp"

#include <algorithm>
#include <array>

namespace tocsin::net {
namespace {

constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::chrono::seconds longest_wait = std::chrono::days(7);

/// The words of a date: whatever stands between spaces, commas, hyphens and colons. At most eight are looked at.
std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    std::size_t at = 0;
    while (at < text.size() && words.size() <= 8) {
        auto const start = text.find_first_not_of(" ,-:", at);
        if (start == std::string_view::npos) break;
        at = std::min(text.find_first_of(" ,-:", start), text.size());
        words.push_back(text.substr(start, at - start));
    }
    return words;
}

struct Parts {
    std::string_view day, month, year, hour, minute, second;
};

std::optional<int> number(std::string_view text, std::size_t most_digits) {
    if (text.empty() || text.size() > most_digits || text.front() == '-' || text.front() == '+') return std::nullopt;
    auto const value = parse_int(text);
    if (!value) return std::nullopt;
    return static_cast<int>(*value);
}

/// A year of two digits is the nearest one that HTTP could speak of (RFC 9110 section 5.6.7, without a clock).
std::optional<int> year_of(std::string_view text) {
    if (text.size() != 2 && text.size() != 4) return std::nullopt;
    auto const year = number(text, 4);
    if (!year || text.size() == 4) return year;
    return *year < 70 ? *year + 2000 : *year + 1900;
}

std::optional<Timestamp> moment(Parts const& parts) {
    auto const* const month = std::ranges::find(months, parts.month);
    auto const day = number(parts.day, 2), year = year_of(parts.year);
    auto const hour = number(parts.hour, 2), minute = number(parts.minute, 2), second = number(parts.second, 2);
    if (month == months.end() || !day || !year || !hour || !minute || !second || *second > 60) return std::nullopt;
    auto const time =
        parse_timestamp(fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", *year, month - months.begin() + 1, *day,
                                    *hour, *minute, std::min(*second, 59)));  // a leap second
    if (!time) return std::nullopt;
    return *time;
}

}  // namespace

std::optional<Timestamp> parse_http_date(std::string_view text) {
    auto const words = words_of(trimmed(text));
    if (words.size() == 8 && words[7] == "GMT")
        return moment({words[1], words[2], words[3], words[4], words[5], words[6]});
    if (words.size() == 7) return moment({words[2], words[1], words[6], words[3], words[4], words[5]});
    return std::nullopt;
}

std::string format_http_date(Timestamp time) {
    auto const date = format_date(time);
    auto const month = static_cast<std::size_t>(parse_int(date.substr(5, 2)).value_or(1) - 1);
    auto const weekday = static_cast<std::size_t>(((time.day() + 4) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
    auto const second = time.seconds() - std::int64_t{time.day()} * 86'400;
    return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} GMT", days[weekday], date.substr(8, 2), months[month],
                       date.substr(0, 4), second / 3600, second / 60 % 60, second % 60);
}

std::optional<std::chrono::seconds> retry_after(HttpReply const& reply, Timestamp now) {
    auto const text = trimmed(reply.header("retry-after"));
    if (text.empty()) return std::nullopt;
    std::chrono::seconds wait{0};
    if (std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
        wait = std::chrono::seconds(text.size() > 9 ? longest_wait.count() : *parse_int(text));
    } else {
        auto const until = parse_http_date(text);
        if (!until) return std::nullopt;
        wait = std::chrono::ceil<std::chrono::seconds>(*until - now);
    }
    return std::clamp(wait, std::chrono::seconds(0), longest_wait);
}

}  // namespace tocsin::net
