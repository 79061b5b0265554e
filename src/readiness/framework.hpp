#pragma once
#include "base/base.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What catalogues hold, as values. The shapes of the files are in docs/readiness.md.
namespace tocsin::readiness {

constexpr std::array<std::string_view, 6> languages = {"ar", "zh", "en", "fr", "ru", "es"};

/// One text in the six languages.
struct Texts {
    std::array<std::string, 6> in = {};  ///< in the order of `languages`

    std::string const& english() const { return in[2]; }
    bool is_empty() const { return in[2].empty(); }
};
/// {"ar": ..., "zh": ...}
void append(JsonWriter& json, Texts const& texts);

/// How sure a fact is: seen in a published source, seen by number and subject, or from own knowledge.
enum class Sure : std::uint8_t { confirmed, seen, to_check };
std::string_view name_of(Sure sure);

struct Source {
    std::string about, address;
    Sure sure = Sure::to_check;
};

struct Level {
    std::optional<std::int64_t> value;  ///< none: it was decided not to
    Texts name;
};
struct Scale {
    std::string id;
    Texts name;
    Sure sure = Sure::to_check;
    std::vector<Level> levels;

    std::int64_t most() const;
    bool has(std::optional<std::int64_t> value) const;
};
struct Recommendation {
    std::string id;
    std::int64_t order = 0;
    Texts name, gist;
};
struct Assignment {
    std::string id;
    Texts name;
    std::string scale;  ///< empty: none
};
struct Group {
    std::string id;
    Texts name;
    Sure sure = Sure::to_check;
};
struct Item {
    std::string id, group;
    std::string parent, key;  ///< empty: none
    Texts name, description, proof;
    std::string scale;
    Sure sure = Sure::to_check;
    std::map<std::string, std::string> names_before;
};

enum class FrameworkKind : std::uint8_t { services, maturity, document, list };
std::string_view name_of(FrameworkKind kind);

struct Framework {
    std::string id, version;
    FrameworkKind kind = FrameworkKind::maturity;
    Texts title, note;
    std::string publisher, published, licence;
    std::vector<Source> sources;
    std::vector<Scale> scales;
    std::vector<Recommendation> recommendations;
    std::vector<Assignment> assignments;
    std::vector<Group> groups;
    std::vector<Item> items;
    bool is_own = false;  ///< from the data directory
    std::string json;     ///< as it was read

    /// "sim3-v2i"
    std::string name() const { return id + "-" + version; }
    Item const* item(std::string_view item_id) const;
    Assignment const* assignment(std::string_view assignment_id) const;
    Recommendation const* recommendation(std::string_view recommendation_id) const;
    Scale const* scale(std::string_view scale_id) const;
    /// By which scale an item is scored: its own, its assignment's, else the first. None: yes (1) or no (0).
    Scale const* scale_for(Item const& item, std::string_view assignment) const;
};

/// Which items of two frameworks speak of the same.
struct Crosswalk {
    std::string from, to;
    std::string made_by;
    Sure sure = Sure::to_check;
    Texts note;
    std::vector<std::pair<std::string, std::string>> pairs;
    bool is_own = false;
};

/// Levels to reach. Empty when the published numbers have not been loaded.
struct Profile {
    std::string id, framework;
    Texts title, note;
    std::string publisher;
    std::vector<Source> sources;
    std::map<std::string, std::int64_t> levels;  ///< by item
    bool is_own = false;
};

struct Region {
    std::string id;
    Texts name;
};
struct Country {
    std::string iso2, iso3, m49, region;
    bool ldc = false, lldc = false, sids = false;
    Texts name;
};
struct Countries {
    std::vector<Source> sources;
    std::vector<Region> regions;
    std::vector<Country> countries;

    Country const* find(std::string_view code) const;  ///< by iso2, iso3, m49 or the English name, case ignored
};

/// What one service could be for a team of some size.
struct Suggestion {
    std::string recommendation, assignment;
    std::optional<std::int64_t> wanted;
    std::string why;  ///< a key of Proposals::reasons
};
struct TeamShape {
    std::string id;
    std::int64_t people = 0;
    Texts title, note;
};
struct Proposals {
    std::string framework, made_by;
    std::vector<TeamShape> teams;
    std::map<std::string, Texts> reasons;
    struct Line {
        std::string item;
        std::map<std::string, Suggestion> by_team;
    };
    std::vector<Line> items;
};

}  // namespace tocsin::readiness
