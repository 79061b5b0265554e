#include "events/parsers/values.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tocsin::events {
namespace {

constexpr auto months = std::to_array<std::string_view>(
    {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"});

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// A cursor over a time in any notation; every step says whether it fit.
struct TimeCursor {
    std::string_view rest;
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset_minutes = 0;
    std::int64_t micros = 0;
    bool has_zone = false;

    bool number(int least, int most, int& into) {
        int value = 0, digits = 0;
        while (digits < most && !rest.empty() && is_digit(rest.front())) {
            value = value * 10 + (rest.front() - '0');
            rest.remove_prefix(1);
            ++digits;
        }
        into = value;
        return digits >= least;
    }
    bool literal(char c) {
        if (rest.empty() || rest.front() != c) return false;
        rest.remove_prefix(1);
        return true;
    }
    bool spaces() {
        bool any = false;
        while (literal(' ')) any = true;
        return any;
    }
    bool month_name() {
        auto const name = lowered(rest.substr(0, 3));
        auto const* const found = std::ranges::find(months, std::string_view(name));
        if (found == months.end()) return false;
        month = static_cast<int>(found - months.begin()) + 1;
        rest.remove_prefix(3);
        return true;
    }
    bool clock() {
        return number(2, 2, hour) && literal(':') && number(2, 2, minute) && literal(':') && number(2, 2, second);
    }
    bool zone() {
        has_zone = !rest.empty();
        if (rest == "Z" || rest == "GMT" || rest == "UTC" || rest.empty()) {
            rest = {};
            return true;
        }
        bool const minus = rest.front() == '-';
        int hours = 0, minutes = 0;
        if ((!literal('+') && !literal('-')) || !number(2, 2, hours)) return false;
        literal(':');
        if (!number(2, 2, minutes) || !rest.empty() || hours > 23 || minutes > 59) return false;
        offset_minutes = (hours * 60 + minutes) * (minus ? -1 : 1);
        return true;
    }
    bool fraction() {
        auto const before = rest.size();
        int digits = 0;
        if (!number(1, 6, digits)) return false;
        micros = digits;
        for (auto count = before - rest.size(); count < 6; ++count) micros *= 10;
        return true;
    }
    /// A year of two digits, as RFC 9110 section 5.6.7 leaves it to the reader.
    void short_year() { year += year < 70 ? 2000 : 1900; }

    std::optional<Timestamp> moment() const {
        std::chrono::year_month_day const date{std::chrono::year{year},
                                               std::chrono::month{static_cast<unsigned>(month)},
                                               std::chrono::day{static_cast<unsigned>(day)}};
        if (!date.ok() || year < 1 || year > 9999 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
        auto const days = std::int64_t{std::chrono::sys_days(date).time_since_epoch().count()};
        auto const seconds = days * 86'400 + hour * 3600 + minute * 60 + second - offset_minutes * 60;
        return Timestamp{seconds * 1'000'000 + micros};
    }
};

/// "04 Jul 2024 01:02:03 GMT" and "04-Jul-24 01:02:03 GMT".
std::optional<Timestamp> parse_day_first(std::string_view text) {
    TimeCursor at{stripped(text)};
    if (!at.number(1, 2, at.day) || (!at.literal('-') && !at.spaces())) return std::nullopt;
    if (!at.month_name() || (!at.literal('-') && !at.spaces())) return std::nullopt;
    auto const before = at.rest.size();
    if (!at.number(2, 4, at.year)) return std::nullopt;
    if (before - at.rest.size() == 2) at.short_year();
    if (!at.spaces() || !at.clock()) return std::nullopt;
    at.spaces();
    return at.zone() ? at.moment() : std::nullopt;
}

/// "Jul  4 01:02:03 2024", perhaps with " GMT" behind: asctime and certificates.
std::optional<Timestamp> parse_month_first(std::string_view text) {
    TimeCursor at{stripped(text)};
    if (!at.month_name() || !at.spaces() || !at.number(1, 2, at.day) || !at.spaces()) return std::nullopt;
    if (!at.clock() || !at.spaces() || !at.number(4, 4, at.year)) return std::nullopt;
    at.spaces();
    return at.zone() ? at.moment() : std::nullopt;
}

Timestamp in_zone(Timestamp local, TimeContext const& context) {
    return context.zone != nullptr ? context.zone->moment_of(local) : local;
}

/// Whether a time in a usual spelling ends with its zone.
bool tells_zone(std::string_view text) {
    auto const colon = text.find(':');
    if (text.empty() || colon == std::string_view::npos) return false;
    auto const rest = text.substr(colon);
    return text.ends_with('Z') || text.ends_with("GMT") || text.ends_with("UTC") || rest.contains('+') ||
           rest.contains('-');
}

/// What one % of a format stands for.
bool take_directive(char directive, TimeCursor& at) {
    switch (directive) {
        case 'Y':
            return at.number(4, 4, at.year);
        case 'y':
            if (!at.number(2, 2, at.year)) return false;
            at.short_year();
            return true;
        case 'm':
            return at.number(1, 2, at.month);
        case 'b':
            return at.month_name();
        case 'd':
            return at.number(1, 2, at.day);
        case 'H':
            return at.number(1, 2, at.hour);
        case 'M':
            return at.number(1, 2, at.minute);
        case 'S':
            return at.number(1, 2, at.second);
        case 'f':
            return at.fraction();
        case 'z':
            return at.zone();
        default:
            return at.literal(directive);
    }
}

/// True when the text is all that the format says; a blank is any number of them.
bool follow(std::string_view format, TimeCursor& at) {
    for (std::size_t i = 0; i < format.size(); ++i) {
        bool const directive = format[i] == '%' && i + 1 < format.size();
        bool const fits = directive          ? take_directive(format[++i], at)
                          : format[i] == ' ' ? at.spaces()
                                             : at.literal(format[i]);
        if (!fits) return false;
    }
    return at.rest.empty();
}

std::optional<Timestamp> by_format(std::string_view format, std::string_view text, TimeContext const& context) {
    TimeCursor at{text};
    if (!follow(format, at)) return std::nullopt;
    bool const has_year = format.contains("%Y") || format.contains("%y");
    if (has_year || at.month == 0) {
        auto const time = at.moment();
        return time && !at.has_zone ? in_zone(*time, context) : time;
    }
    auto const latest = context.latest.micros + 86'400'000'000;
    std::chrono::year_month_day const day{std::chrono::sys_days(std::chrono::days(context.latest.day()))};
    for (int back = -1; back < 8; ++back) {
        at.year = static_cast<int>(day.year()) - back;
        auto time = at.moment();
        if (time && !at.has_zone) time = in_zone(*time, context);
        if (time && time->micros <= latest) return time;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Timestamp> parse_epoch(std::string_view text) {
    text = stripped(text);
    auto const point = text.find('.');
    auto const whole = parse_int(text.substr(0, point));
    constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999
    if (!whole || *whole < 0 || *whole > last_second * 1'000'000) return std::nullopt;
    if (point != std::string_view::npos) {
        auto const number = parse_real(text);
        return number && *whole <= last_second ? std::optional(Timestamp{std::llround(*number * 1e6)}) : std::nullopt;
    }
    if (*whole < 100'000'000'000) return Timestamp::from_seconds(*whole);
    return *whole < 100'000'000'000'000 ? Timestamp{*whole * 1000} : Timestamp{*whole};
}

std::optional<Timestamp> parse_loose_time(std::string_view text) {
    text = stripped(text);
    if (text.empty() || text.size() > 64) return std::nullopt;
    if (is_digit(text.front())) {
        if (auto const time = parse_timestamp(text)) return *time;
        return parse_day_first(text);
    }
    if (!is_letter(text.front())) return std::nullopt;
    if (auto const comma = text.find(','); comma != std::string_view::npos)
        return parse_day_first(text.substr(comma + 1));
    if (auto const time = parse_month_first(text)) return time;
    auto const space = text.find(' ');
    return space == std::string_view::npos ? std::nullopt : parse_month_first(text.substr(space));
}

std::optional<Timestamp> parse_time_by(std::string_view format, std::string_view text) {
    TimeCursor at{stripped(text)};
    return follow(format, at) ? at.moment() : std::nullopt;
}

std::optional<Timestamp> parse_moment(std::span<std::string const> formats, std::string_view text,
                                      TimeContext const& context) {
    text = stripped(text);
    for (auto const& format : formats) {
        if (format == "%s") {
            if (auto const time = parse_epoch(text)) return time;
            continue;
        }
        if (format == "any") {
            if (auto const time = parse_loose_time(text)) return tells_zone(text) ? time : in_zone(*time, context);
            if (auto const time = by_format("%b %d %H:%M:%S", text, context)) return time;
            continue;
        }
        if (auto const time = by_format(format, text, context)) return time;
    }
    return std::nullopt;
}

std::optional<Timestamp> TimeReader::read(std::string_view text) {
    auto const two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
    auto const digits = [&](std::size_t at) { return is_digit(text[at]) && is_digit(text[at + 1]); };
    bool const usual = text.size() == 19 && text[13] == ':' && text[16] == ':' &&
                       (text[10] == ' ' || text[10] == 'T') && digits(11) && digits(14) && digits(17);
    if (usual && std::memcmp(text.data(), date_.data(), date_.size()) == 0) {
        int const hour = two(11), minute = two(14), second = two(17);
        if (hour < 24 && minute < 60 && second < 60)
            return Timestamp{day_micros_ + (std::int64_t{hour} * 3600 + minute * 60 + second) * 1'000'000};
    }
    auto const time = parse_timestamp(stripped(text));
    if (!time) return std::nullopt;
    if (usual && two(17) < 60) {
        text.copy(date_.data(), date_.size());
        day_micros_ = Timestamp::from_day(time->day()).micros;
    }
    return *time;
}

}  // namespace tocsin::events
