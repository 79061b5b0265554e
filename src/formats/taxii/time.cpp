#include "formats/taxii/time.hpp"

#include <algorithm>

namespace tocsin::formats::taxii {
namespace {

constexpr std::size_t without_fraction = std::string_view("2026-11-26T10:00:00").size();
constexpr std::size_t most_digits = 30;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

std::string format_time(Timestamp time) {
    auto text = format_timestamp(Timestamp::from_seconds(time.seconds()));
    text.pop_back();
    return fmt::format("{}.{:06}Z", text, time.micros - time.seconds() * 1'000'000);
}

std::optional<TimeText> parse_time(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00T00:00:00";
    if (text.size() <= without_fraction || text.back() != 'Z') return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == '0' ? !is_digit(text[i]) : text[i] != shape[i]) return std::nullopt;
    auto fraction = text.substr(without_fraction, text.size() - without_fraction - 1);
    TimeText result;
    if (!fraction.empty()) {
        if (fraction.size() < 2 || fraction.size() > most_digits || fraction.front() != '.') return std::nullopt;
        fraction.remove_prefix(1);
        if (!std::ranges::all_of(fraction, is_digit)) return std::nullopt;
        std::int64_t scale = 100'000;
        for (char const c : fraction.substr(0, 6)) {
            result.time.micros += (c - '0') * scale;
            scale /= 10;
        }
    }
    char whole[without_fraction + 1];
    text.copy(whole, without_fraction);
    whole[without_fraction] = 'Z';
    auto const seconds = parse_timestamp({whole, sizeof whole});
    if (!seconds) return std::nullopt;
    result.time.micros += seconds->micros;
    result.is_exact = fraction.size() == 6;
    return result;
}

}  // namespace tocsin::formats::taxii
