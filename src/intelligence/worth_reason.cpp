#include "intelligence/worth_reason.hpp"

#include "base/base.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tocsin::intelligence {
namespace {

/// {a}, {b} and {c} are the values.
constexpr std::array texts = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"confidence", "its confidence is {a}"},
    {"confidence_unsaid", "nobody says how confident they are: {a}"},
    {"opinion", "an opinion of {a}: {b}"},
    {"seen", "it was seen on {a}"},
    {"below", "at {a} or less it is not matched"},
    {"valid_until", "its author says: valid until {a}"},
    {"lasts", "what lasts longest of it is of the kind {a}: {b} days from {c}"},
    {"partly", "some of its values are of kinds that events do not tell"},
    {"never.unreadable", "it can't be read: {a}"},
    {"never.kinds", "events tell nothing of the kind {a}"},
    {"never.several",
     "it asks for more than one observation (AND, FOLLOWEDBY or REPEATS between brackets), and events "
     "are looked at one by one"},
    {"never.pattern", "it can't be compared: {a}"},
    {"never.no_value", "it asks for no value by which it could be found"},
    {"never.common",
     "it can't be without values of kinds that events do not tell, or that are too common to look for: "
     "{a}"},
});

}  // namespace

std::string english(WorthReason const& reason) {
    auto const known =
        std::ranges::find(texts, std::string_view(reason.code), [](auto const& one) { return one.first; });
    TOCSIN_ASSERT(known != texts.end());
    std::string out;
    auto rest = known->second;
    for (auto at = rest.find('{'); at != std::string_view::npos; at = rest.find('{')) {
        out += rest.substr(0, at);
        auto const place = static_cast<std::size_t>(rest[at + 1] - 'a');
        if (place < reason.values.size()) out += reason.values[place];
        rest.remove_prefix(at + 3);
    }
    return out.append(rest);
}

std::vector<std::string_view> worth_reason_codes() {
    std::vector<std::string_view> codes;
    for (auto const& [code, text] : texts) codes.push_back(code);
    return codes;
}

}  // namespace tocsin::intelligence
