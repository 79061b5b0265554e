#include "formats/stix/marking.hpp"

#include "base/base.hpp"
#include "formats/stix/identifier.hpp"

#include <array>

namespace tocsin::formats::stix {
namespace {

constexpr std::string_view prefix = "marking-definition--";

struct Fixed {
    std::string_view id;
    std::optional<TlpLevel> tlp;
    std::optional<PapLevel> pap;
    int tlp_version = 0;
};

constexpr std::array fixed_markings{
    Fixed{"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", TlpLevel::clear, {}, 1},
    Fixed{"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", TlpLevel::green, {}, 1},
    Fixed{"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", TlpLevel::amber, {}, 1},
    Fixed{"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", TlpLevel::red, {}, 1},
    Fixed{"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", TlpLevel::clear, {}, 2},
    Fixed{"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", TlpLevel::green, {}, 2},
    Fixed{"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", TlpLevel::amber, {}, 2},
    Fixed{"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", TlpLevel::amber_strict, {}, 2},
    Fixed{"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", TlpLevel::red, {}, 2},
    Fixed{"marking-definition--ad15a0cd-55b6-4588-a14c-a66105329b92", {}, PapLevel::clear},
    Fixed{"marking-definition--c43594d1-4b11-4c59-93ab-1c9b14d53ce9", {}, PapLevel::green},
    Fixed{"marking-definition--60f8932b-e51e-4458-b265-a2e8be9a80ab", {}, PapLevel::amber},
    Fixed{"marking-definition--740d36e5-7714-4c30-961a-3ae632ceee0e", {}, PapLevel::red},
    Fixed{"marking-definition--a3bea94c-b469-41dc-9cfe-d6e7daba7730", {}, PapLevel::clear},  // "white", of old
};

/// The levels as they are met: any case, with or without "TLP:", TLP 1.0's "white", MISP's separators.
std::string level_word(std::string_view text, std::string_view protocol) {
    auto word = lowered(trimmed(text));
    if (word.starts_with(protocol)) word.erase(0, protocol.size());
    for (char& c : word)
        if (c == '_' || c == '-' || c == ' ') c = '+';
    return word == "white" ? "clear" : word;
}

std::optional<TlpLevel> tlp_of(std::string_view text) {
    auto const word = level_word(text, "tlp:");
    for (auto const level : {TlpLevel::clear, TlpLevel::green, TlpLevel::amber, TlpLevel::amber_strict, TlpLevel::red})
        if (name_of(level) == word) return level;
    return std::nullopt;
}

std::optional<PapLevel> pap_of(std::string_view text) {
    auto const word = level_word(text, "pap:");
    for (auto const level : {PapLevel::clear, PapLevel::green, PapLevel::amber, PapLevel::red})
        if (name_of(level) == word) return level;
    return std::nullopt;
}

bool begins(std::string_view text, std::string_view with) {
    return equal_ignoring_case(text.substr(0, with.size()), with);
}

}  // namespace

std::string_view name_of(TlpLevel level) {
    switch (level) {
        case TlpLevel::clear:
            return "clear";
        case TlpLevel::green:
            return "green";
        case TlpLevel::amber:
            return "amber";
        case TlpLevel::amber_strict:
            return "amber+strict";
        case TlpLevel::red:
            return "red";
    }
    return "";
}

std::string_view name_of(PapLevel level) {
    switch (level) {
        case PapLevel::clear:
            return "clear";
        case PapLevel::green:
            return "green";
        case PapLevel::amber:
            return "amber";
        case PapLevel::red:
            return "red";
    }
    return "";
}

std::optional<MarkingMeaning> meaning_of_marking_id(std::string_view id) {
    if (!id.starts_with(prefix)) return std::nullopt;
    auto const uuid = parse_uuid(id.substr(prefix.size()));  // of either case
    if (!uuid) return std::nullopt;
    static auto const uuids = [] {
        std::array<Uuid, fixed_markings.size()> all;
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = *parse_uuid(fixed_markings[i].id.substr(prefix.size()));
        return all;
    }();
    for (std::size_t i = 0; i < uuids.size(); ++i)
        if (uuids[i] == *uuid) return MarkingMeaning{fixed_markings[i].tlp, fixed_markings[i].pap, {}};
    return std::nullopt;
}

MarkingMeaning meaning_of_marking(JsonValue definition) {
    if (auto const fixed = meaning_of_marking_id(definition["id"].text())) return *fixed;
    MarkingMeaning meaning;
    auto const inner = definition["definition"];
    if (auto const tlp = inner["tlp"]; tlp.is_text()) meaning.tlp = tlp_of(tlp.text());
    meaning.statement = inner["statement"].text();
    for (auto const extension : definition["extensions"]) {
        if (auto const tlp = extension["tlp_2_0"]; tlp.is_text() && !meaning.tlp) meaning.tlp = tlp_of(tlp.text());
        if (auto const pap = extension["pap"]; pap.is_text() && !meaning.pap) meaning.pap = pap_of(pap.text());
    }
    for (auto const text : {definition["name"].text(), meaning.statement}) {
        if (!meaning.tlp && begins(text, "tlp:")) meaning.tlp = tlp_of(text);
        if (!meaning.pap && begins(text, "pap:")) meaning.pap = pap_of(text);
    }
    return meaning;
}

std::string_view tlp1_marking_id(TlpLevel level) {
    if (level == TlpLevel::amber_strict) level = TlpLevel::red;
    for (auto const& fixed : fixed_markings)
        if (fixed.tlp_version == 1 && fixed.tlp == level) return fixed.id;
    return {};
}

std::string_view tlp2_marking_id(TlpLevel level) {
    for (auto const& fixed : fixed_markings)
        if (fixed.tlp_version == 2 && fixed.tlp == level) return fixed.id;
    return {};
}

std::string_view pap_marking_id(PapLevel level) {
    for (auto const& fixed : fixed_markings)
        if (fixed.pap == level) return fixed.id;
    return {};
}

}  // namespace tocsin::formats::stix
