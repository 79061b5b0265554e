#pragma once
#include "base/result.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

/// A moment, UTC, in microseconds since 1970-01-01T00:00:00Z. Years 1 to 9999.
struct Timestamp {
    std::int64_t micros = 0;

    friend auto operator<=>(Timestamp, Timestamp) = default;
    friend Timestamp operator+(Timestamp t, std::chrono::microseconds d) { return {t.micros + d.count()}; }
    friend Timestamp operator-(Timestamp t, std::chrono::microseconds d) { return {t.micros - d.count()}; }
    friend std::chrono::microseconds operator-(Timestamp a, Timestamp b) {
        return std::chrono::microseconds(a.micros - b.micros);
    }

    static Timestamp from_seconds(std::int64_t seconds) { return {seconds * 1'000'000}; }
    std::int64_t seconds() const { return micros >= 0 ? micros / 1'000'000 : (micros - 999'999) / 1'000'000; }
    /// Days since 1970-01-01, as used for rounds and partitions.
    std::int32_t day() const {
        auto const s = seconds();
        return static_cast<std::int32_t>(s >= 0 ? s / 86'400 : (s - 86'399) / 86'400);
    }
    static Timestamp from_day(std::int32_t day) { return from_seconds(std::int64_t{day} * 86'400); }
};

/// Parses RFC 3339 (section 5.6) and its common relaxations: a space for "T", no zone (taken as UTC), "UTC", no
/// seconds, date only. Errors: Code::invalid, naming the text. No locale, no allocation on success.
Result<Timestamp> parse_timestamp(std::string_view text);

/// "2026-11-23T10:00:00Z", with ".123456" (no trailing zeros) only when there is a fraction.
std::string format_timestamp(Timestamp time);
void append_timestamp(std::string& out, Timestamp time);

/// "2026-11-23".
std::string format_date(Timestamp time);
Result<Timestamp> parse_date(std::string_view text);

/// "90s", "15m", "36h", "7d", "2w". Errors: Code::invalid.
Result<std::chrono::seconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::seconds duration);

/// The clock is a parameter everywhere, so that a scenario replays.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
};

/// The machine's clock. Safe from any thread.
Clock const& system_clock();

/// A clock that stands where it was put.
class FixedClock final : public Clock {
  public:
    explicit FixedClock(Timestamp time) : time_(time) {}
    Timestamp now() const override { return time_; }
    void set(Timestamp time) { time_ = time; }

  private:
    Timestamp time_;
};

}  // namespace tocsin
