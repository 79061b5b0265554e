#pragma once
#include "base/base.hpp"
#include "events/batch.hpp"
#include "events/event.hpp"
#include "events/feed_definition.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Texts of feeds into values. No locale, no allocation on the usual path. Safe from any thread.
namespace tocsin::events {

/// The text as the field's kind wants it (trimmed, in the right case, IDNA, ...), a view into `text` or `arena`.
/// Nothing if it is not valid.
std::optional<std::string_view> checked_text(FieldKind kind, std::size_t greatest_length, std::string_view text,
                                             Arena& arena);
/// True if the number is valid for a port, an AS number, ...
bool is_valid_number(FieldKind kind, std::int64_t number);

/// What a valid value looks like, for messages: "a port from 0 to 65535".
std::string_view expectation(FieldKind kind);
std::string_view expectation(Conversion conversion);

std::optional<bool> parse_truth(std::string_view text);
/// A decimal number, white space and a plus sign allowed.
std::optional<std::int64_t> parse_whole(std::string_view text);
/// Finite.
std::optional<double> parse_real(std::string_view text);
std::optional<Timestamp> parse_epoch(std::string_view text);
/// A moment as found in headers and certificates: RFC 3339, RFC 9110 section 5.6.7 in its three forms,
/// "Jul  4 01:02:03 2024 GMT".
std::optional<Timestamp> parse_loose_time(std::string_view text);
/// What a text of a time leaves open.
struct TimeContext {
    formats::TimeZone const* zone = nullptr;  ///< of a time that tells none; UTC
    Timestamp latest;                         ///< a time without a year is the last such moment before it
};
/// A moment by the first format that fits: of `parse_time_by`, "any" (parse_loose_time, "Oct 11 22:14:15"), or "%s"
/// (parse_epoch).
std::optional<Timestamp> parse_moment(std::span<std::string const> formats, std::string_view text,
                                      TimeContext const& context);
/// By a format of %Y %y %m %b %d %H %M %S %f %z and literal characters.
std::optional<Timestamp> parse_time_by(std::string_view format, std::string_view text);
/// An address that can be a source or a destination: not 0.0.0.0, not ::.
std::optional<IpAddress> parse_real_ip(std::string_view text);
/// The CVE ids of a tag, sorted, each once, joined by semicolons; empty if there are none.
std::string cve_ids(std::string_view tag);
bool is_base64(std::string_view text);

/// Remembers the last date, so that a column of times costs one comparison each for it.
class TimeReader {
  public:
    std::optional<Timestamp> read(std::string_view text);

  private:
    std::array<char, 10> date_{};
    std::int64_t day_micros_ = 0;
};

/// `text`, which must be UTF-8, as a JSON string; faster than the general one.
void append_json_text(std::string& out, std::string_view text);

constexpr bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
inline std::string_view stripped(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace tocsin::events
