#include "notifications/rules/rule.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace tocsin::notifications;

/// Whatever a rule file holds: it is read, or every fault says what was expected.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const parsed = rules::parse_rules(text);
    for (auto const& fault : parsed.faults)
        if (english(fault.expected).empty()) __builtin_trap();
    for (auto const& rule : parsed.set.rules) {
        (void)english(rule.when.words());
        (void)english(rule.then.words());
    }
    (void)rules::parse_condition(text);
    return 0;
}
