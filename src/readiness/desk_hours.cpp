#include "readiness/desk_hours.hpp"

#include "formats/formats.hpp"

#include <array>
#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

constexpr std::array<std::string_view, 7> day_names = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::array<std::string_view, 3> when_names = {"in-hours", "out-of-hours", "any"};
constexpr unsigned every_day = 0b111'1111;
constexpr int minutes_a_day = 1440;

std::optional<unsigned> day_named(std::string_view name) {
    for (unsigned day = 0; day < day_names.size(); ++day)
        if (day_names[day] == name) return day;
    return std::nullopt;
}

std::optional<unsigned> days_of(std::string_view text) {
    unsigned days = 0;
    for (auto const part : split(text, ',')) {
        auto const dash = part.find('-');
        auto const first = day_named(part.substr(0, dash));
        auto const last = dash == std::string_view::npos ? first : day_named(part.substr(dash + 1));
        if (!first || !last) return std::nullopt;
        for (unsigned day = *first;; day = (day + 1) % 7) {
            days |= 1U << day;
            if (day == *last) break;
        }
    }
    return days;
}

std::optional<int> minute_of(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    auto const hour = parse_int(text.substr(0, 2)), minute = parse_int(text.substr(3));
    if (!hour || !minute || *hour < 0 || *hour > 24 || *minute < 0 || *minute > 59) return std::nullopt;
    auto const all = static_cast<int>(*hour * 60 + *minute);
    return all <= minutes_a_day ? std::optional(all) : std::nullopt;
}

/// 0 for Monday; 1970-01-01 was a Thursday.
unsigned weekday(Timestamp local) {
    return static_cast<unsigned>(((local.day() + 3) % 7 + 7) % 7);
}

int minute_of_day(Timestamp local) {
    return static_cast<int>((local.seconds() - Timestamp::from_day(local.day()).seconds()) / 60);
}

bool holds_local(DeskHours const& hours, Timestamp local) {
    auto const minute = minute_of_day(local);
    return (hours.days >> weekday(local) & 1U) != 0 && minute >= hours.from && minute < hours.until;
}

}  // namespace

std::string_view name_of(ReachWhen when) {
    return word_of(when_names, when);
}
std::optional<ReachWhen> reach_when_named(std::string_view name) {
    return value_of<ReachWhen>(when_names, name);
}

Result<DeskHours> parse_desk_hours(std::string_view zone, std::string_view text) {
    if (zone.size() > 64 || !formats::TimeZone::named(zone))
        return fail(Code::invalid, fmt::format("time_zone: expected an IANA name as Africa/Nairobi, found {}",
                                               json_string(zone.substr(0, 64))));
    DeskHours hours{.zone = std::string(zone)};
    auto const words = lowered(trimmed(text));
    if (words == "always") {
        hours.days = every_day;
        hours.from = 0;
        hours.until = minutes_a_day;
        return hours;
    }
    auto const space = words.find(' ');
    auto const days = days_of(std::string_view(words).substr(0, space));
    auto const span = space == std::string::npos ? std::string_view() : trimmed(std::string_view(words).substr(space));
    auto const from = minute_of(span.substr(0, std::min<std::size_t>(5, span.size())));
    auto const until = span.size() == 11 && span[5] == '-' ? minute_of(span.substr(6)) : std::nullopt;
    if (!days || !from || !until || *from >= *until)
        return fail(Code::invalid, fmt::format("hours: expected days and times as \"mon-fri 09:00-17:00\", or always; "
                                               "found {}",
                                               json_string(text.substr(0, 64))));
    hours.days = *days;
    hours.from = *from;
    hours.until = *until;
    return hours;
}

std::string text_of(DeskHours const& hours) {
    if (hours.days == every_day && hours.from == 0 && hours.until == minutes_a_day) return "always";
    std::string days;
    for (unsigned day = 0; day < day_names.size(); ++day)
        if ((hours.days >> day & 1U) != 0) days += (days.empty() ? "" : ",") + std::string(day_names[day]);
    return fmt::format("{} {:02}:{:02}-{:02}:{:02}", days, hours.from / 60, hours.from % 60, hours.until / 60,
                       hours.until % 60);
}

Timestamp local_time(std::string_view zone, Timestamp moment) {
    auto const known = formats::TimeZone::named(zone);
    if (!known) return moment;
    auto local = moment;
    for (int i = 0; i < 3; ++i) {
        auto const off = moment - known->moment_of(local);
        if (off.count() == 0) break;
        local = local + off;
    }
    return local;
}

bool holds(DeskHours const& hours, Timestamp moment) {
    return holds_local(hours, local_time(hours.zone, moment));
}

Timestamp moment_within(DeskHours const& hours, ReachWhen when, Timestamp not_before, std::uint64_t seed) {
    auto const zone = formats::TimeZone::named(hours.zone);
    auto const first = local_time(hours.zone, not_before);
    Random random(seed);
    for (int day = 0; day < 15; ++day) {
        auto const midnight = Timestamp::from_day(first.day() + day);
        // Sixty throws: one of them falls into any hours of an hour and more, but for a chance in ten.
        for (int i = 0; i < 60; ++i) {
            auto const minute = static_cast<int>(random.below(minutes_a_day));
            auto const local = midnight + std::chrono::minutes(minute);
            if (when != ReachWhen::any && holds_local(hours, local) != (when == ReachWhen::office)) continue;
            auto const moment = zone ? zone->moment_of(local) : local;
            if (moment >= not_before) return moment;
        }
    }
    return not_before;
}

}  // namespace tocsin::readiness
