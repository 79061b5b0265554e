#include "formats/time_zone.hpp"

#include <string>
#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

namespace tocsin::formats {

struct TimeZone::State {
    std::unique_ptr<icu::BasicTimeZone const> zone;
};

std::optional<TimeZone> TimeZone::named(std::string_view name) {
    if (name.empty() || name.size() > 64) return std::nullopt;
    auto const wanted =
        icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<std::int32_t>(name.size())));
    std::unique_ptr<icu::TimeZone> found(icu::TimeZone::createTimeZone(wanted));
    if (!found || *found == icu::TimeZone::getUnknown()) return std::nullopt;
    auto const* const basic = dynamic_cast<icu::BasicTimeZone const*>(found.get());
    if (basic == nullptr) return std::nullopt;
    static_cast<void>(found.release());
    auto state = std::make_shared<State>();
    state->zone.reset(basic);
    TimeZone made;
    made.state_ = std::move(state);
    return made;
}

Timestamp TimeZone::moment_of(Timestamp local) const {
    UErrorCode fault = U_ZERO_ERROR;
    std::int32_t raw = 0, saving = 0;
    state_->zone->getOffsetFromLocal(static_cast<double>(local.micros) / 1000.0, UCAL_TZ_LOCAL_FORMER,
                                     UCAL_TZ_LOCAL_FORMER, raw, saving, fault);
    if (U_FAILURE(fault)) return local;
    return Timestamp{local.micros - (std::int64_t{raw} + saving) * 1000};
}

}  // namespace tocsin::formats
