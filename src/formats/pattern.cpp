#define PCRE2_CODE_UNIT_WIDTH 8
#include "formats/pattern.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <pcre2.h>

namespace tocsin::formats {
namespace {

constexpr std::size_t longest = 4096;
constexpr std::uint32_t most_groups = 64;
constexpr std::uint32_t most_steps = 100'000;
constexpr std::uint32_t heap_kibibytes = 4 << 10;

struct Freed {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

/// What one thread needs to match; made once, for making it costs more than most matches.
struct Bench {
    std::unique_ptr<pcre2_match_context, Freed> context{pcre2_match_context_create(nullptr)};
    std::unique_ptr<pcre2_match_data, Freed> data{pcre2_match_data_create(most_groups + 1, nullptr)};
    Bench() {
        if (!context) return;
        pcre2_set_match_limit(context.get(), most_steps);
        pcre2_set_depth_limit(context.get(), most_steps);
        pcre2_set_heap_limit(context.get(), heap_kibibytes);
    }
};

std::string words_of(int fault) {
    std::array<unsigned char, 256> buffer{};
    auto const length = pcre2_get_error_message(fault, buffer.data(), buffer.size());
    return length < 0 ? "unknown fault" : std::string(reinterpret_cast<char const*>(buffer.data()));
}

}  // namespace

struct Pattern::State {
    std::unique_ptr<pcre2_code, Freed> code;
    std::vector<std::string> names;
    std::vector<std::size_t> numbers;  ///< of the names
    std::size_t groups = 0;

    void read_names() {
        std::uint32_t count = 0, size = 0;
        PCRE2_SPTR table = nullptr;
        pcre2_pattern_info(code.get(), PCRE2_INFO_NAMECOUNT, &count);
        pcre2_pattern_info(code.get(), PCRE2_INFO_NAMEENTRYSIZE, &size);
        pcre2_pattern_info(code.get(), PCRE2_INFO_NAMETABLE, &table);
        std::vector<std::pair<std::size_t, std::string>> all;
        for (std::uint32_t i = 0; i < count; ++i) {
            auto const* const entry = table + std::size_t{i} * size;
            all.emplace_back(std::size_t{entry[0]} << 8 | entry[1], reinterpret_cast<char const*>(entry + 2));
        }
        std::ranges::sort(all);
        for (auto& [number, name] : all) {
            numbers.push_back(number);
            names.push_back(std::move(name));
        }
    }
};

Result<Pattern> Pattern::compile(std::string_view expression) {
    if (expression.size() > longest)
        return fail(Code::invalid, fmt::format("the regular expression is longer than {} bytes", longest));
    int fault = 0;
    PCRE2_SIZE at = 0;
    auto state = std::make_shared<State>();
    state->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                                    PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &fault, &at, nullptr));
    if (!state->code)
        return fail(Code::invalid,
                    fmt::format("the regular expression is wrong at its byte {}: {}", at, words_of(fault)));
    std::uint32_t groups = 0;
    pcre2_pattern_info(state->code.get(), PCRE2_INFO_CAPTURECOUNT, &groups);
    if (groups > most_groups)
        return fail(Code::invalid, fmt::format("the regular expression has more than {} groups", most_groups));
    state->groups = groups;
    state->read_names();
    Pattern made;
    made.state_ = std::move(state);
    return made;
}

std::vector<std::string> const& Pattern::names() const {
    return state_->names;
}
std::size_t Pattern::groups() const {
    return state_->groups;
}
std::size_t Pattern::number_of(std::size_t name) const {
    return state_->numbers[name];
}

bool Pattern::match(std::string_view text, std::vector<std::string_view>& found) const {
    thread_local Bench const bench;
    found.assign(state_->groups + 1, std::string_view());
    if (!bench.context || !bench.data || !is_utf8(text)) return false;
    auto const count = pcre2_match(state_->code.get(), reinterpret_cast<PCRE2_SPTR>(text.empty() ? "" : text.data()),
                                   text.size(), 0, PCRE2_NO_UTF_CHECK, bench.data.get(), bench.context.get());
    if (count < 0) return false;
    auto const* const ends = pcre2_get_ovector_pointer(bench.data.get());
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
        if (ends[2 * i] != PCRE2_UNSET && ends[2 * i] <= ends[2 * i + 1] && ends[2 * i + 1] <= text.size())
            found[i] = text.substr(ends[2 * i], ends[2 * i + 1] - ends[2 * i]);
    return true;
}

bool Pattern::matches(std::string_view text) const {
    thread_local std::vector<std::string_view> found;
    return match(text, found);
}

}  // namespace tocsin::formats
