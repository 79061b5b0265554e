#define PCRE2_CODE_UNIT_WIDTH 8
#include "formats/stix_pattern/regular_expression.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>
#include <pcre2.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

namespace tocsin::formats::stix_pattern {
namespace {

constexpr std::uint32_t heap_kibibytes = 16 << 10;

struct Freed {
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

std::string words_of(int fault) {
    std::array<unsigned char, 256> buffer{};
    auto const length = pcre2_get_error_message(fault, buffer.data(), buffer.size());
    return length < 0 ? "unknown fault" : std::string(reinterpret_cast<char const*>(buffer.data()));
}

}  // namespace

Result<RegularExpression> RegularExpression::compile(std::string_view expression, Subject subject) {
    // No \C: it could cut a character in two. No change of the encoding from inside the expression.
    auto const options = subject == Subject::text ? PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C
                                                  : PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
    int fault = 0;
    PCRE2_SIZE at = 0;
    auto* const code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                                     static_cast<std::uint32_t>(options), &fault, &at, nullptr);
    if (code == nullptr)
        return fail(Code::invalid, fmt::format("the regular expression {} is wrong at its byte {}: {}",
                                               json_string(expression.substr(0, 200)), at, words_of(fault)));
    RegularExpression made;
    made.code_ = std::shared_ptr<void const>(
        code, [](void const* held) { pcre2_code_free(const_cast<pcre2_code*>(static_cast<pcre2_code const*>(held))); });
    return made;
}

Result<bool> RegularExpression::matches(std::string_view subject, std::uint32_t steps) const {
    auto const* const code = static_cast<pcre2_code const*>(code_.get());
    std::unique_ptr<pcre2_match_context, Freed> const context(pcre2_match_context_create(nullptr));
    std::unique_ptr<pcre2_match_data, Freed> const data(pcre2_match_data_create(1, nullptr));
    if (!context || !data) return fail(Code::limit, "no memory for a regular expression");
    pcre2_set_match_limit(context.get(), steps);
    pcre2_set_depth_limit(context.get(), steps);
    pcre2_set_heap_limit(context.get(), heap_kibibytes);
    auto const found = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0,
                                   PCRE2_NO_UTF_CHECK, data.get(), context.get());
    if (found >= 0) return true;
    if (found == PCRE2_ERROR_NOMATCH) return false;
    return fail(Code::limit, "a regular expression of the pattern takes too long on a value: " + words_of(found));
}

std::string nfc(std::string_view text) {
    if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
        return std::string(text);
    UErrorCode fault = U_ZERO_ERROR;
    auto const* const form = icu::Normalizer2::getNFCInstance(fault);
    if (U_FAILURE(fault) || text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        return std::string(text);
    std::string out;
    icu::StringByteSink<std::string> sink(&out);
    form->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr, fault);
    return U_SUCCESS(fault) ? out : std::string(text);
}

}  // namespace tocsin::formats::stix_pattern
