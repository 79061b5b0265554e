#include "notifications/rules/quiet.hpp"

#include "formats/formats.hpp"

#include <fmt/format.h>
#include <unicode/ucal.h>
#include <unicode/uenum.h>

namespace tocsin::notifications::rules {

using std::chrono::minutes;

struct Wall::State {
    formats::TimeZone zone;
};

Wall::Wall(std::string_view zone) {
    if (auto found = formats::TimeZone::named(zone)) state_ = std::make_shared<State const>(State{*std::move(found)});
}

Timestamp Wall::moment_of(Timestamp local) const {
    return state_ ? state_->zone.moment_of(local) : local;
}

Timestamp Wall::local(Timestamp moment) const {
    if (!state_) return moment;
    // A zone tells the moment of a local time; the other way is found by trying what it says close by, twice because
    // the clocks may be changed in between.
    auto local = moment + (moment - moment_of(moment));
    return moment + (local - moment_of(local));
}

std::string zone_of_country(std::string_view country) {
    if (country.size() != 2) return {};
    UErrorCode status = U_ZERO_ERROR;
    auto* const names = ucal_openTimeZoneIDEnumeration(UCAL_ZONE_TYPE_CANONICAL_LOCATION, std::string(country).c_str(),
                                                       nullptr, &status);
    if (U_FAILURE(status)) return {};
    std::string found;
    // Two moments half a year apart: clocks that agree at both are taken for one.
    auto const january = Timestamp::from_seconds(1'767'225'600), july = Timestamp::from_seconds(1'782'864'000);
    std::pair<Timestamp, Timestamp> shown;
    for (std::int32_t length = 0;;) {
        auto const* const name = uenum_next(names, &length, &status);
        if (name == nullptr || U_FAILURE(status)) break;
        Wall const wall(std::string_view(name, static_cast<std::size_t>(length)));
        auto const here = std::pair(wall.local(january), wall.local(july));
        if (found.empty()) {
            found = name;
            shown = here;
        } else if (here != shown) {
            found.clear();
            break;
        }
    }
    uenum_close(names);
    return found;
}

std::optional<Timestamp> end_of_quiet(QuietHours const& quiet, Wall const& wall, Timestamp now) {
    auto const local = wall.local(now);
    auto const midnight = Timestamp::from_day(local.day());
    auto const minute = static_cast<int>((local.seconds() - midnight.seconds()) / 60);
    bool const is_over_midnight = quiet.from > quiet.to;
    bool const is_quiet =
        is_over_midnight ? minute >= quiet.from || minute < quiet.to : minute >= quiet.from && minute < quiet.to;
    if (!is_quiet) return {};
    auto const day = is_over_midnight && minute >= quiet.from ? Timestamp::from_day(local.day() + 1) : midnight;
    return std::max(wall.moment_of(day + minutes(quiet.to)), now);
}

std::string packed(QuietHours const& quiet, std::string_view zone) {
    return fmt::format("{} {}", quiet.text(), zone.empty() ? "UTC" : zone);
}

std::optional<QuietHours> unpacked_quiet(std::string_view text) {
    // "22:00-07:00 Zone"
    if (text.size() < 13 || text[11] != ' ') return {};
    auto const number = [&](std::size_t at) { return static_cast<int>(parse_int(text.substr(at, 2)).value_or(0)); };
    return QuietHours{number(0) * 60 + number(3), number(6) * 60 + number(9), std::string(text.substr(12)), 0};
}

}  // namespace tocsin::notifications::rules
