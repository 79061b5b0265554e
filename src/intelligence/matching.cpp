#include "intelligence/matching.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace tocsin::intelligence {
namespace {

using formats::ObservableKind;
using Strength = formats::stix_pattern::Reduction::Strength;

PatternFate never(WorthReason reason, std::vector<formats::Observable> values = {}) {
    PatternFate fate;
    fate.reason = std::move(reason);
    fate.values = std::move(values);
    return fate;
}

std::string kinds_of(std::vector<formats::Observable> const& values) {
    std::set<std::string_view> names;
    for (auto const& value : values) names.insert(formats::name_of(value.kind));
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::string_view name_of(Matching matching) {
    switch (matching) {
        case Matching::by_value:
            return "by_value";
        case Matching::whole:
            return "whole";
        case Matching::never:
            return "never";
    }
    TOCSIN_ASSERT(false);
    return {};
}

std::optional<Matching> matching_named(std::string_view name) {
    for (auto const matching : {Matching::by_value, Matching::whole, Matching::never})
        if (name_of(matching) == name) return matching;
    return {};
}

bool is_in_events(ObservableKind kind) {
    switch (kind) {
        case ObservableKind::ip:
        case ObservableKind::domain:
        case ObservableKind::url:
        case ObservableKind::email:
        case ObservableKind::md5:
        case ObservableKind::sha1:
        case ObservableKind::sha256:
            return true;
        default:
            return false;
    }
}

PatternFate fate_of(std::string_view text) {
    auto const pattern = formats::stix_pattern::parse(text);
    if (!pattern) {
        auto fate = never({"never.unreadable", {pattern.error().message}});
        fate.is_readable = false;
        return fate;
    }
    auto reduced = formats::stix_pattern::atoms(*pattern);
    std::vector<formats::Observable> values;
    bool is_all_in_events = reduced.strength != Strength::none;
    for (auto& atom : reduced.atoms) {
        is_all_in_events = is_all_in_events && is_in_events(atom.observable.kind);
        if (atom.observable.kind != ObservableKind::other) values.push_back(std::move(atom.observable));
    }
    auto keys = values;
    std::erase_if(keys, [](auto const& value) { return !is_in_events(value.kind); });
    if (reduced.strength == Strength::decisive) {
        if (keys.empty()) return never({"never.kinds", {kinds_of(values)}}, std::move(values));
        auto left_out = is_all_in_events ? std::nullopt : std::optional(WorthReason{"partly"});
        return {Matching::by_value, true, std::move(left_out), std::move(values), std::move(keys)};
    }
    if (!formats::stix_pattern::asks_for_one_observation(*pattern)) return never({"never.several"}, std::move(values));
    if (auto const matcher = formats::stix_pattern::Matcher::compile(*pattern); !matcher)
        return never({"never.pattern", {matcher.error().message}}, std::move(values));
    if (reduced.strength == Strength::none) return never({"never.no_value"}, std::move(values));
    if (!is_all_in_events) return never({"never.common", {kinds_of(values)}}, std::move(values));
    return {Matching::whole, true, {}, std::move(values), std::move(keys)};
}

}  // namespace tocsin::intelligence
