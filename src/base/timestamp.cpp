#include "base/timestamp.hpp"

#include <charconv>
#include <fmt/format.h>
#include <iterator>

namespace tocsin {
namespace {

/// A cursor over the text; every step says whether it fit.
struct Cursor {
    std::string_view rest;

    bool digits(int count, int& out) {
        if (rest.size() < static_cast<std::size_t>(count)) return false;
        int value = 0;
        for (int i = 0; i < count; ++i) {
            char const c = rest[static_cast<std::size_t>(i)];
            if (c < '0' || c > '9') return false;
            value = value * 10 + (c - '0');
        }
        rest.remove_prefix(static_cast<std::size_t>(count));
        out = value;
        return true;
    }
    bool skip(char c) {
        if (rest.empty() || rest.front() != c) return false;
        rest.remove_prefix(1);
        return true;
    }
};

bool read_zone(Cursor& at, int& offset_minutes) {
    offset_minutes = 0;
    if (at.rest.empty() || at.skip('Z') || at.skip('z')) return at.rest.empty();
    if (at.skip(' ') && at.rest.empty()) return true;
    if (at.rest == "UTC" || at.rest == "GMT") return true;
    bool const minus = !at.rest.empty() && at.rest.front() == '-';
    if (!at.skip('+') && !at.skip('-')) return false;
    int hours = 0, minutes = 0;
    if (!at.digits(2, hours)) return false;
    at.skip(':');
    if (!at.rest.empty() && !at.digits(2, minutes)) return false;
    if (hours > 23 || minutes > 59 || !at.rest.empty()) return false;
    offset_minutes = (hours * 60 + minutes) * (minus ? -1 : 1);
    return true;
}

bool read_fraction(Cursor& at, std::int64_t& micros) {
    if (!at.skip('.') && !at.skip(',')) return true;
    std::int64_t unit = 100'000;
    bool any = false;
    while (!at.rest.empty() && at.rest.front() >= '0' && at.rest.front() <= '9') {
        micros += unit * (at.rest.front() - '0');
        unit /= 10;
        at.rest.remove_prefix(1);
        any = true;
    }
    return any;
}

std::unexpected<Error> no_time(std::string_view text) {
    return fail(Code::invalid,
                fmt::format("\"{}\" is not a time; expected like 2026-11-23T10:00:00Z", text.substr(0, 64)));
}

bool read_date(Cursor& at, std::chrono::sys_days& out) {
    int y = 0, m = 0, d = 0;
    if (!at.digits(4, y) || !at.skip('-') || !at.digits(2, m) || !at.skip('-') || !at.digits(2, d)) return false;
    std::chrono::year_month_day const date{std::chrono::year{y}, std::chrono::month{static_cast<unsigned>(m)},
                                           std::chrono::day{static_cast<unsigned>(d)}};
    if (!date.ok() || y == 0) return false;
    out = date;
    return true;
}

}  // namespace

Result<Timestamp> parse_timestamp(std::string_view text) {
    Cursor at{text};
    std::chrono::sys_days date;
    if (!read_date(at, date)) return no_time(text);
    std::int64_t micros = std::int64_t{date.time_since_epoch().count()} * 86'400'000'000;
    if (at.rest.empty()) return Timestamp{micros};
    if (!at.skip('T') && !at.skip('t') && !at.skip(' ')) return no_time(text);
    int hour = 0, minute = 0, second = 0, offset = 0;
    std::int64_t fraction = 0;
    if (!at.digits(2, hour) || !at.skip(':') || !at.digits(2, minute)) return no_time(text);
    if (at.skip(':') && (!at.digits(2, second) || !read_fraction(at, fraction))) return no_time(text);
    if (hour > 23 || minute > 59 || second > 60 || !read_zone(at, offset)) return no_time(text);
    micros += ((hour * 60 + minute - offset) * 60LL + second) * 1'000'000 + fraction;
    return Timestamp{micros};
}

void append_timestamp(std::string& out, Timestamp time) {
    auto const day = time.day();
    std::chrono::year_month_day const date{std::chrono::sys_days{std::chrono::days{day}}};
    std::int64_t const within = time.micros - std::int64_t{day} * 86'400'000'000;
    auto const seconds = within / 1'000'000;
    auto fraction = within % 1'000'000;
    fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), seconds / 3600,
                   seconds / 60 % 60, seconds % 60);
    if (fraction != 0) {
        fmt::format_to(std::back_inserter(out), ".{:06}", fraction);
        while (out.back() == '0') out.pop_back();
    }
    out.push_back('Z');
}

std::string format_timestamp(Timestamp time) {
    std::string out;
    append_timestamp(out, time);
    return out;
}

std::string format_date(Timestamp time) {
    return format_timestamp(time).substr(0, 10);
}

Result<Timestamp> parse_date(std::string_view text) {
    Cursor at{text};
    std::chrono::sys_days date;
    if (!read_date(at, date) || !at.rest.empty())
        return fail(Code::invalid, fmt::format("\"{}\" is not a date; expected like 2026-11-23", text.substr(0, 64)));
    return Timestamp::from_day(static_cast<std::int32_t>(date.time_since_epoch().count()));
}

Result<std::chrono::seconds> parse_duration(std::string_view text) {
    std::int64_t count = 0;
    auto const [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    std::string_view const unit = text.substr(static_cast<std::size_t>(end - text.data()));
    std::int64_t const factor = unit == "s"   ? 1
                                : unit == "m" ? 60
                                : unit == "h" ? 3600
                                : unit == "d" ? 86'400
                                : unit == "w" ? 604'800
                                              : 0;
    if (fault != std::errc{} || factor == 0 || count < 0 || count > 1'000'000'000)
        return fail(Code::invalid,
                    fmt::format("\"{}\" is not a duration; expected like 90s, 15m, 36h, 7d", text.substr(0, 64)));
    return std::chrono::seconds(count * factor);
}

std::string format_duration(std::chrono::seconds duration) {
    auto const s = duration.count();
    if (s != 0 && s % 86'400 == 0) return fmt::format("{}d", s / 86'400);
    if (s != 0 && s % 3600 == 0) return fmt::format("{}h", s / 3600);
    if (s != 0 && s % 60 == 0) return fmt::format("{}m", s / 60);
    return fmt::format("{}s", s);
}

Clock const& system_clock() {
    class System final : public Clock {
        Timestamp now() const override {
            return {std::chrono::duration_cast<std::chrono::microseconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count()};
        }
    };
    static System const clock;
    return clock;
}

}  // namespace tocsin
