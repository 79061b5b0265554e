#include "readiness/register.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

constexpr std::array<std::string_view, 3> says_words = {"yes", "no", "planned"};
constexpr std::array<std::string_view, 5> picture_words = {"unknown", "claimed", "denied", "planned", "contradicting"};

constexpr std::pair<std::string_view, double Weights::*> weight_table[] = {
    {"unknown", &Weights::unknown}, {"denied", &Weights::denied},
    {"planned", &Weights::planned}, {"contradicting", &Weights::contradicting},
    {"claimed", &Weights::claimed}, {"ldc", &Weights::ldc},
    {"lldc", &Weights::lldc},       {"sids", &Weights::sids},
};

double weight_of(Picture picture, Weights const& weights) {
    switch (picture) {
        case Picture::unknown:
            return weights.unknown;
        case Picture::claimed:
            return weights.claimed;
        case Picture::denied:
            return weights.denied;
        case Picture::planned:
            return weights.planned;
        case Picture::contradicting:
            return weights.contradicting;
    }
    return 0;
}

}  // namespace

std::string_view name_of(Says says) {
    return word_of(says_words, says);
}
std::optional<Says> says_named(std::string_view name) {
    return value_of<Says>(says_words, name);
}
std::string_view name_of(Picture picture) {
    return word_of(picture_words, picture);
}

Picture picture_of(std::span<Claim const> claims) {
    auto const says = [&](Says what) {
        return std::ranges::any_of(claims, [&](Claim const& claim) { return claim.says == what; });
    };
    if (says(Says::yes)) return says(Says::no) ? Picture::contradicting : Picture::claimed;
    if (says(Says::no)) return Picture::denied;
    return says(Says::planned) ? Picture::planned : Picture::unknown;
}

Status set_weights(Weights& weights, std::string_view text) {
    for (auto const part : split(text, ',')) {
        if (trimmed(part).empty()) continue;
        auto const sign = part.find('=');
        auto const name = trimmed(part.substr(0, sign));
        auto const found = std::ranges::find(weight_table, name, [](auto const& one) { return one.first; });
        auto const value = sign == std::string_view::npos ? std::nullopt : parse_double(trimmed(part.substr(sign + 1)));
        if (found == std::end(weight_table) || !value || *value < 0 || *value > 100)
            return fail(Code::invalid, fmt::format("weight: expected unknown, denied, planned, contradicting, claimed, "
                                                   "ldc, lldc or sids and a number from 0 to 100, as ldc=2; found "
                                                   "\"{}\"",
                                                   part));
        weights.*(found->second) = *value;
    }
    return {};
}

void append(JsonWriter& json, Weights const& weights) {
    json.object();
    for (auto const& [name, member] : weight_table) json.field(name, weights.*member);
    json.end();
}

double need_of(Entry const& entry, Weights const& weights) {
    return weight_of(entry.picture, weights) + (entry.ldc ? weights.ldc : 0) + (entry.lldc ? weights.lldc : 0) +
           (entry.sids ? weights.sids : 0);
}

Gaps gaps_of(std::vector<Entry> entries, Weights const& weights) {
    Gaps gaps{.weights = weights, .groups = {}, .entries = std::move(entries)};
    auto const count = [&](std::string_view kind, std::string const& id, Picture picture) {
        auto found = std::ranges::find_if(gaps.groups,
                                          [&](GroupGap const& group) { return group.kind == kind && group.id == id; });
        if (found == gaps.groups.end())
            found = gaps.groups.insert(gaps.groups.end(), {.kind = std::string(kind), .id = id});
        ++found->entries;
        ++found->pictures[picture];
    };
    for (auto& entry : gaps.entries) {
        entry.need = need_of(entry, weights);
        count("group", entry.group, entry.picture);
        if (entry.ldc) count("ldc", "", entry.picture);
        if (entry.lldc) count("lldc", "", entry.picture);
        if (entry.sids) count("sids", "", entry.picture);
    }
    std::ranges::sort(gaps.groups, {}, [](GroupGap const& group) { return std::pair(group.kind, group.id); });
    std::ranges::sort(gaps.entries, [](Entry const& a, Entry const& b) {
        return a.need != b.need ? a.need > b.need : a.code < b.code;
    });
    return gaps;
}

void append(JsonWriter& json, GroupGap const& gap) {
    json.object().field("kind", gap.kind).field("id", gap.id).field("entries", gap.entries);
    for (std::size_t i = 0; i < picture_words.size(); ++i) {
        auto const found = gap.pictures.find(static_cast<Picture>(i));
        json.field(picture_words[i], found == gap.pictures.end() ? std::int64_t{0} : found->second);
    }
    json.end();
}

void append(JsonWriter& json, Gaps const& gaps) {
    json.object().key("weights");
    append(json, gaps.weights);
    json.key("groups").array();
    for (auto const& group : gaps.groups) append(json, group);
    json.end().key("items").array();
    for (auto const& entry : gaps.entries) append(json, entry);
    json.end().end();
}

void append(JsonWriter& json, RegisterHead const& head) {
    json.object()
        .field("id", head.id)
        .field("title", head.title)
        .field("kind", head.kind)
        .field("entries", head.entries)
        .field("claims", head.claims)
        .end();
}

void append(JsonWriter& json, Claim const& claim) {
    json.object()
        .field("id", claim.id.value)
        .field("register", claim.register_id)
        .field("subject", claim.subject)
        .field("says", name_of(claim.says))
        .field("team", claim.team)
        .field("claimant", claim.claimant)
        .field("source", claim.source)
        .field("date", claim.date)
        .field("maturity", claim.maturity)
        .field("note", claim.note)
        .field("added", claim.added)
        .field("added_by", claim.added_by)
        .end();
}

void append(JsonWriter& json, Entry const& entry) {
    json.object().field("code", entry.code).key("name");
    append(json, entry.name);
    json.field("group", entry.group)
        .field("ldc", entry.ldc)
        .field("lldc", entry.lldc)
        .field("sids", entry.sids)
        .field("picture", name_of(entry.picture))
        .field("need", entry.need)
        .key("claims")
        .array();
    for (auto const& claim : entry.claims) append(json, claim);
    json.end().end();
}

}  // namespace tocsin::readiness
