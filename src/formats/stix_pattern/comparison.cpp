#include "formats/stix_pattern/comparison.hpp"

#include "formats/stix_pattern/lexer.hpp"

#include <compare>
#include <limits>
#include <type_traits>
#include <utility>

namespace tocsin::formats::stix_pattern {
namespace {

/// What a call of PCRE2 counts: most return after a few hundred of its own steps.
constexpr std::uint64_t regex_call_steps = 500;

/// One byte for each character, if all are below U+0100 (section 9.6.1).
std::optional<std::string> as_bytes(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c < 0x80) {
            out.push_back(text[i]);
        } else if (c <= 0xc3 && i + 1 < text.size()) {
            out.push_back(static_cast<char>((c & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f)));
        } else {
            return std::nullopt;
        }
    }
    return out;
}

/// The other way: every byte as the character of its number.
std::string as_text(std::string_view bytes) {
    std::string out;
    for (char const byte : bytes) {
        auto const c = static_cast<unsigned char>(byte);
        if (c < 0x80) {
            out.push_back(byte);
        } else {
            out.push_back(static_cast<char>(0xc0 | c >> 6));
            out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
        }
    }
    return out;
}

using Order = std::optional<std::partial_ordering>;  ///< nothing: unlike types

template <class T>
constexpr bool is_number = (std::is_integral_v<T> || std::is_floating_point_v<T>) && !std::is_same_v<T, bool>;

/// Exact for every pair of 64-bit integers and doubles: both fit the mantissa of the wider type or are compared so that
/// what does not fit can't be equal.
std::partial_ordering order_of_numbers(auto a, auto b) {
    if constexpr (std::is_integral_v<decltype(a)> && std::is_integral_v<decltype(b)>) {
        return std::cmp_less(a, b)    ? std::partial_ordering::less
               : std::cmp_equal(a, b) ? std::partial_ordering::equivalent
                                      : std::partial_ordering::greater;
    } else {
        static_assert(std::numeric_limits<long double>::digits >= 64);
        return static_cast<long double>(a) <=> static_cast<long double>(b);
    }
}

/// Code points order as their UTF-8 does, byte by byte.
std::partial_ordering order_of_texts(std::string_view a, std::string_view b) {
    return a <=> b;
}

Order order_with_bytes(std::string_view text, std::string_view bytes, bool text_first) {
    auto const own = as_bytes(text);
    if (!own) return std::nullopt;
    return text_first ? order_of_texts(*own, bytes) : order_of_texts(bytes, *own);
}

struct Ordering {
    template <class V, class C>
    Order operator()(V const& value, C const& constant) const {
        if constexpr (std::is_same_v<V, bool> && std::is_same_v<C, bool>) {
            return value <=> constant;
        } else if constexpr (is_number<V> && is_number<C>) {
            return order_of_numbers(value, constant);
        } else if constexpr (std::is_same_v<V, std::string_view> && std::is_same_v<C, std::string>) {
            return order_of_texts(value, constant);
        } else if constexpr (std::is_same_v<V, std::string_view> && std::is_same_v<C, Bytes>) {
            return order_with_bytes(value, constant.bytes, true);
        } else if constexpr (std::is_same_v<V, Bytes> && std::is_same_v<C, std::string>) {
            return order_with_bytes(constant, value.bytes, false);
        } else if constexpr (std::is_same_v<V, Bytes> && std::is_same_v<C, Bytes>) {
            return order_of_texts(value.bytes, constant.bytes);
        } else if constexpr (std::is_same_v<V, std::string_view> && std::is_same_v<C, Timestamp>) {
            auto const time = strict_timestamp(value);
            return time ? Order(*time <=> constant) : std::nullopt;
        } else {
            return std::nullopt;
        }
    }
};

Order order_of(Value const& value, Constant const& constant) {
    return std::visit(Ordering{}, value, constant);
}

bool is_equal(Value const& value, Constant const& constant) {
    auto const order = order_of(value, constant);
    return order && *order == std::partial_ordering::equivalent;
}

bool is_within(IpPrefix const& inner, IpPrefix const& outer) {
    auto const is_v4 = [](IpPrefix const& prefix) { return prefix.address.is_v4() && prefix.length >= 96; };
    return is_v4(inner) == is_v4(outer) && inner.length >= outer.length && outer.contains(inner.address);
}

std::size_t character_length(std::string_view text, std::size_t at) {
    std::size_t length = 1;
    while (at + length < text.size() && (static_cast<unsigned char>(text[at + length]) & 0xc0) == 0x80) ++length;
    return length;
}

}  // namespace

Result<bool> is_like(std::string_view text, std::string_view pattern, Steps& steps) {
    // Greedy: only the last % met ever needs to take more, so the worst case is the product of the lengths.
    std::size_t t = 0, p = 0, star = std::string_view::npos, taken = 0;
    std::uint64_t work = 0;
    while (t < text.size()) {
        if (++work == 4096) {
            CHECK(steps.charge(work));
            work = 0;
        }
        if (p < pattern.size() && pattern[p] == '%') {
            star = p++;
            taken = t;
        } else if (p < pattern.size() && pattern[p] == '_') {
            ++p;
            t += character_length(text, t);
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            taken += character_length(text, taken);
            t = taken;
        } else {
            return false;
        }
    }
    CHECK(steps.charge(work));
    while (p < pattern.size() && pattern[p] == '%') ++p;
    return p == pattern.size();
}

Result<ReadyComparison> ReadyComparison::make(Comparison const& comparison) {
    ReadyComparison ready;
    ready.source_ = &comparison;
    auto const* const text =
        comparison.constants.empty() ? nullptr : std::get_if<std::string>(&comparison.constants.front());
    if (text == nullptr) return ready;
    if (comparison.test == Operator::like) ready.pattern_ = nfc(*text);
    if (comparison.test == Operator::is_subset || comparison.test == Operator::is_superset)
        ready.network_ = parse_prefix(*text, true);
    if (comparison.test != Operator::matches) return ready;
    auto const expression = nfc(*text);
    TRY(ready.text_, RegularExpression::compile(expression, RegularExpression::Subject::text));
    if (auto const bytes = as_bytes(expression)) {
        // What is well-formed only as text (\x{100}, \p{L} in UTF mode) matches no bytes.
        auto compiled = RegularExpression::compile(*bytes, RegularExpression::Subject::bytes);
        if (compiled) ready.bytes_ = *std::move(compiled);
    }
    return ready;
}

Result<bool> ReadyComparison::passes(Value const& value, Steps& steps, std::uint32_t regex_steps) const {
    auto const& constants = source_->constants;
    bool const negated = source_->negated;
    switch (source_->test) {
        case Operator::exists:
            return true;
        case Operator::equal:
            return is_equal(value, constants.front()) != negated;
        case Operator::not_equal:
            return is_equal(value, constants.front()) == negated;
        case Operator::in: {
            CHECK(steps.charge(constants.size()));
            bool found = false;
            for (auto const& constant : constants) found |= is_equal(value, constant);
            return found != negated;
        }
        case Operator::greater:
        case Operator::less:
        case Operator::greater_or_equal:
        case Operator::less_or_equal: {
            auto const order = order_of(value, constants.front());
            if (!order) return false;
            bool const is_less = *order == std::partial_ordering::less;
            bool const is_greater = *order == std::partial_ordering::greater;
            bool const holds = source_->test == Operator::greater            ? is_greater
                               : source_->test == Operator::less             ? is_less
                               : source_->test == Operator::greater_or_equal ? !is_less
                                                                             : !is_greater;
            return holds != negated;
        }
        case Operator::like:
        case Operator::matches:
        case Operator::is_subset:
        case Operator::is_superset: {
            TRY(auto const holds, passes_text(value, steps, regex_steps));
            return holds != negated;
        }
    }
    TOCSIN_ASSERT(false);
    return false;
}

Result<bool> ReadyComparison::passes_text(Value const& value, Steps& steps, std::uint32_t regex_steps) const {
    auto const* const text = std::get_if<std::string_view>(&value);
    auto const* const bytes = std::get_if<Bytes>(&value);
    if (text == nullptr && bytes == nullptr) return false;
    auto const size = text != nullptr ? text->size() : bytes->bytes.size();
    CHECK(steps.charge(1 + size / 16));
    switch (source_->test) {
        case Operator::like:
            return is_like(nfc(text != nullptr ? std::string(*text) : as_text(bytes->bytes)), pattern_, steps);
        case Operator::matches:
            CHECK(steps.charge(regex_call_steps));
            if (text != nullptr) return text_->matches(nfc(*text), regex_steps);
            return bytes_ ? bytes_->matches(bytes->bytes, regex_steps) : Result<bool>(false);
        case Operator::is_subset:
        case Operator::is_superset: {
            auto const own = text != nullptr ? parse_prefix(*text, true) : std::nullopt;
            if (!own || !network_) return false;
            return source_->test == Operator::is_subset ? is_within(*own, *network_) : is_within(*network_, *own);
        }
        default:
            break;  // the caller came here for these four
    }
    TOCSIN_ASSERT(false);
    return false;
}

}  // namespace tocsin::formats::stix_pattern
