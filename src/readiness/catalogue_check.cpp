#include "readiness/catalogue_check.hpp"

#include "formats/formats.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <set>

namespace tocsin::readiness {
namespace {

using formats::JsonValue;

constexpr std::size_t most_items = 5000, longest_text = 4000;
constexpr std::array<std::string_view, 3> sure_words = {"confirmed", "seen", "to-check"};
constexpr std::array<std::string_view, 4> kind_words = {"services", "maturity", "document", "list"};

/// Reads members and notes what is wrong with them; gives an empty value where it is.
class Reader {
  public:
    explicit Reader(std::vector<CatalogueFault>& faults) : faults_(faults) {}

    void fault(JsonValue at, std::string_view member, std::string expected) {
        if (faults_.size() >= most_catalogue_faults) return;
        auto path = at.path();
        if (!member.empty()) path += (path.empty() ? "" : ".") + std::string(member);
        faults_.push_back({std::move(path), std::move(expected)});
    }

    /// Nothing but these members.
    bool object(JsonValue value, std::initializer_list<std::string_view> known) {
        if (!value.is_object()) {
            fault(value, "", "an object");
            return false;
        }
        for (auto const member : value)
            if (std::ranges::find(known, member.key()) == known.end())
                fault(member, "", fmt::format("no such member; known here: {}", fmt::join(known, ", ")));
        return true;
    }

    std::string text(JsonValue from, std::string_view member, bool may_be_empty = false) {
        auto const value = from[member];
        if (!value.is_text() || (!may_be_empty && trimmed(value.text()).empty())) {
            fault(from, member, may_be_empty ? "a text" : "a text that is not empty");
            return {};
        }
        if (value.text().size() > longest_text) fault(value, "", fmt::format("at most {} bytes", longest_text));
        return std::string(value.text());
    }
    std::string text_if(JsonValue from, std::string_view member) {
        return from[member] ? text(from, member, true) : std::string();
    }

    /// An id: letters, digits, - . _
    std::string id(JsonValue from, std::string_view member) {
        auto read = text(from, member);
        bool const is_good = read.size() <= 64 && std::ranges::all_of(read, [](char c) {
                                 return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                        c == '-' || c == '.' || c == '_';
                             });
        if (!is_good) fault(from, member, "at most 64 letters, digits, '-', '.' or '_'");
        return read;
    }

    std::int64_t number(JsonValue from, std::string_view member, std::int64_t least, std::int64_t most) {
        auto const value = from[member].integer();
        if (!value || *value < least || *value > most) {
            fault(from, member, fmt::format("a whole number from {} to {}", least, most));
            return least;
        }
        return *value;
    }

    bool truth(JsonValue from, std::string_view member) {
        if (!from[member].is_boolean()) fault(from, member, "true or false");
        return from[member].is_true();
    }

    Sure sure(JsonValue from) {
        auto const found = value_of<Sure>(sure_words, from["sure"].text());
        if (!found) fault(from, "sure", "confirmed, seen or to-check");
        return found.value_or(Sure::to_check);
    }

    Texts texts(JsonValue from, std::string_view member) {
        Texts read;
        auto const value = from[member];
        if (!value.is_object()) {
            fault(from, member, "a text in six languages: an object with ar, zh, en, fr, ru, es");
            return read;
        }
        object(value, {"ar", "zh", "en", "fr", "ru", "es"});
        for (std::size_t i = 0; i < languages.size(); ++i) read.in[i] = text(value, languages[i]);
        return read;
    }
    Texts texts_if(JsonValue from, std::string_view member) { return from[member] ? texts(from, member) : Texts(); }

    /// Calls `each` for every value of an array.
    void list(JsonValue from, std::string_view member, bool is_needed, std::function<void(JsonValue)> const& each) {
        auto const value = from[member];
        if (!value && !is_needed) return;
        if (!value.is_array() || (is_needed && value.size() == 0)) {
            fault(from, member, is_needed ? "an array that is not empty" : "an array");
            return;
        }
        if (value.size() > most_items) {
            fault(value, "", fmt::format("at most {} values", most_items));
            return;
        }
        for (auto const one : value) each(one);
    }

    void unique(JsonValue at, std::set<std::string>& seen, std::string const& id) {
        if (!id.empty() && !seen.insert(id).second)
            fault(at, "id", fmt::format("an id that is not used before; \"{}\" is", id));
    }

    std::vector<Source> sources(JsonValue from, bool is_needed) {
        std::vector<Source> read;
        list(from, "sources", is_needed, [&](JsonValue one) {
            if (!object(one, {"about", "address", "sure"})) return;
            Source source{.about = text(one, "about"), .address = text(one, "address"), .sure = sure(one)};
            if (!source.address.starts_with("https://") && !source.address.starts_with("http://"))
                fault(one, "address", "an address that starts with https://");
            read.push_back(std::move(source));
        });
        return read;
    }

  private:
    std::vector<CatalogueFault>& faults_;
};

void read_scales(Reader& reader, JsonValue root, Framework& into) {
    std::set<std::string> seen;
    reader.list(root, "scales", false, [&](JsonValue one) {
        if (!reader.object(one, {"id", "name", "sure", "levels"})) return;
        Scale scale{
            .id = reader.id(one, "id"), .name = reader.texts(one, "name"), .sure = reader.sure(one), .levels = {}};
        reader.unique(one, seen, scale.id);
        reader.list(one, "levels", true, [&](JsonValue level) {
            if (!reader.object(level, {"value", "name"})) return;
            Level read{.value = {}, .name = reader.texts(level, "name")};
            if (!level["value"].is_null()) read.value = reader.number(level, "value", 0, 100);
            if (scale.has(read.value)) reader.fault(level, "value", "a value that no other level of the scale has");
            scale.levels.push_back(std::move(read));
        });
        into.scales.push_back(std::move(scale));
    });
}

void read_choices(Reader& reader, JsonValue root, Framework& into) {
    std::set<std::string> seen;
    reader.list(root, "recommendations", false, [&](JsonValue one) {
        if (!reader.object(one, {"id", "order", "name", "gist"})) return;
        into.recommendations.push_back({.id = reader.id(one, "id"),
                                        .order = reader.number(one, "order", 0, 100),
                                        .name = reader.texts(one, "name"),
                                        .gist = reader.texts(one, "gist")});
        reader.unique(one, seen, into.recommendations.back().id);
    });
    seen.clear();
    reader.list(root, "assignments", false, [&](JsonValue one) {
        if (!reader.object(one, {"id", "name", "scale"})) return;
        Assignment read{.id = reader.id(one, "id"), .name = reader.texts(one, "name"), .scale = {}};
        if (one["scale"] && !one["scale"].is_null()) read.scale = reader.text(one, "scale", true);
        reader.unique(one, seen, read.id);
        if (!read.scale.empty() && !into.scale(read.scale))
            reader.fault(one, "scale", fmt::format("the id of a scale; there is no \"{}\"", read.scale));
        into.assignments.push_back(std::move(read));
    });
}

Item read_item(Reader& reader, JsonValue one) {
    Item item{.id = reader.id(one, "id"),
              .group = reader.text(one, "group"),
              .parent = reader.text_if(one, "parent"),
              .key = reader.text_if(one, "key"),
              .name = reader.texts(one, "name"),
              .description = reader.texts(one, "description"),
              .proof = reader.texts_if(one, "proof"),
              .scale = reader.text_if(one, "scale"),
              .sure = reader.sure(one),
              .names_before = {}};
    if (auto const before = one["names_before"]) {
        if (!before.is_object()) reader.fault(one, "names_before", "an object of names by version");
        for (auto const name : before) item.names_before[std::string(name.key())] = std::string(name.text());
    }
    return item;
}

void read_items(Reader& reader, JsonValue root, Framework& into) {
    std::set<std::string> seen, groups;
    reader.list(root, "groups", true, [&](JsonValue one) {
        if (!reader.object(one, {"id", "name", "sure"})) return;
        into.groups.push_back(
            {.id = reader.id(one, "id"), .name = reader.texts(one, "name"), .sure = reader.sure(one)});
        reader.unique(one, groups, into.groups.back().id);
    });
    std::vector<JsonValue> places;
    reader.list(root, "items", true, [&](JsonValue one) {
        if (!reader.object(
                one, {"id", "group", "parent", "key", "name", "description", "proof", "scale", "sure", "names_before"}))
            return;
        auto item = read_item(reader, one);
        reader.unique(one, seen, item.id);
        if (!item.group.empty() && !groups.contains(item.group))
            reader.fault(one, "group", fmt::format("the id of a group; there is no \"{}\"", item.group));
        if (!item.scale.empty() && !into.scale(item.scale))
            reader.fault(one, "scale", fmt::format("the id of a scale; there is no \"{}\"", item.scale));
        into.items.push_back(std::move(item));
        places.push_back(one);
    });
    for (std::size_t i = 0; i < into.items.size(); ++i) {
        auto const& parent = into.items[i].parent;
        if (!parent.empty() && (parent == into.items[i].id || !seen.contains(parent)))
            reader.fault(places[i], "parent", fmt::format("the id of another item; found \"{}\"", parent));
    }
}

Framework read_framework(Reader& reader, JsonValue root) {
    Framework read;
    reader.object(root, {"schema", "id", "version", "kind", "title", "publisher", "published", "licence", "sources",
                         "note", "scales", "recommendations", "assignments", "groups", "items"});
    read.id = reader.id(root, "id");
    read.version = reader.id(root, "version");
    auto const kind = value_of<FrameworkKind>(kind_words, root["kind"].text());
    if (!kind) reader.fault(root, "kind", "services, maturity, document or list");
    read.kind = kind.value_or(FrameworkKind::list);
    read.title = reader.texts(root, "title");
    read.publisher = reader.text(root, "publisher");
    read.published = reader.text(root, "published", true);
    read.licence = reader.text(root, "licence");
    read.sources = reader.sources(root, true);
    read.note = reader.texts_if(root, "note");
    read_scales(reader, root, read);
    read_choices(reader, root, read);
    read_items(reader, root, read);
    return read;
}

Crosswalk read_crosswalk(Reader& reader, JsonValue root) {
    reader.object(root, {"schema", "from", "to", "made_by", "sure", "note", "pairs"});
    Crosswalk read{.from = reader.id(root, "from"),
                   .to = reader.id(root, "to"),
                   .made_by = reader.text(root, "made_by"),
                   .sure = reader.sure(root),
                   .note = reader.texts_if(root, "note"),
                   .pairs = {}};
    std::set<std::pair<std::string, std::string>> seen;
    reader.list(root, "pairs", true, [&](JsonValue one) {
        std::vector<std::string> two;
        for (auto const end : one) two.emplace_back(end.text());
        if (!one.is_array() || two.size() != 2 || two[0].empty() || two[1].empty())
            return reader.fault(one, "", "two ids of items");
        if (!seen.insert({two[0], two[1]}).second) return reader.fault(one, "", "a pair that is not there twice");
        read.pairs.emplace_back(two[0], two[1]);
    });
    return read;
}

Profile read_profile(Reader& reader, JsonValue root) {
    reader.object(root, {"schema", "id", "framework", "title", "publisher", "sources", "note", "levels"});
    Profile read{.id = reader.id(root, "id"),
                 .framework = reader.id(root, "framework"),
                 .title = reader.texts(root, "title"),
                 .note = reader.texts_if(root, "note"),
                 .publisher = reader.text(root, "publisher"),
                 .sources = reader.sources(root, false),
                 .levels = {}};
    if (!root["levels"].is_object()) reader.fault(root, "levels", "an object of levels by item, may be empty");
    for (auto const level : root["levels"]) {
        auto const value = level.integer();
        if (!value || *value < 0 || *value > 100) reader.fault(level, "", "a whole number from 0 to 100");
        read.levels[std::string(level.key())] = value.value_or(0);
    }
    return read;
}

Countries read_countries(Reader& reader, JsonValue root) {
    Countries read;
    reader.object(root, {"schema", "sources", "note", "regions", "countries"});
    read.sources = reader.sources(root, true);
    std::set<std::string> regions, codes;
    reader.list(root, "regions", true, [&](JsonValue one) {
        if (!reader.object(one, {"id", "name", "sure"})) return;
        read.regions.push_back({.id = reader.id(one, "id"), .name = reader.texts(one, "name")});
        reader.unique(one, regions, read.regions.back().id);
    });
    reader.list(root, "countries", true, [&](JsonValue one) {
        if (!reader.object(one, {"iso2", "iso3", "m49", "region", "ldc", "lldc", "sids", "name", "sure"})) return;
        Country country{.iso2 = reader.id(one, "iso2"),
                        .iso3 = reader.id(one, "iso3"),
                        .m49 = reader.id(one, "m49"),
                        .region = reader.id(one, "region"),
                        .ldc = reader.truth(one, "ldc"),
                        .lldc = reader.truth(one, "lldc"),
                        .sids = reader.truth(one, "sids"),
                        .name = reader.texts(one, "name")};
        if (country.iso2.size() != 2) reader.fault(one, "iso2", "two letters");
        if (country.iso3.size() != 3) reader.fault(one, "iso3", "three letters");
        if (!codes.insert(country.iso2).second) reader.fault(one, "iso2", "a country that is not there twice");
        if (!regions.contains(country.region)) reader.fault(one, "region", "the id of a region");
        read.countries.push_back(std::move(country));
    });
    return read;
}

Suggestion read_suggestion(Reader& reader, JsonValue one, Proposals const& proposals) {
    reader.object(one, {"recommendation", "assignment", "wanted", "why"});
    Suggestion read{.recommendation = reader.id(one, "recommendation"),
                    .assignment = reader.id(one, "assignment"),
                    .wanted = {},
                    .why = reader.text(one, "why")};
    if (one["wanted"] && !one["wanted"].is_null()) read.wanted = reader.number(one, "wanted", 0, 100);
    if (!read.why.empty() && !proposals.reasons.contains(read.why))
        reader.fault(one, "why", fmt::format("a key of reasons; there is no \"{}\"", read.why));
    return read;
}

Proposals read_proposals(Reader& reader, JsonValue root) {
    Proposals read;
    reader.object(root, {"schema", "framework", "made_by", "note", "teams", "reasons", "items"});
    read.framework = reader.id(root, "framework");
    read.made_by = reader.text(root, "made_by");
    std::set<std::string> teams, items;
    reader.list(root, "teams", true, [&](JsonValue one) {
        if (!reader.object(one, {"id", "people", "title", "note"})) return;
        TeamShape team{.id = reader.id(one, "id"),
                       .people = 0,
                       .title = reader.texts(one, "title"),
                       .note = reader.texts_if(one, "note")};
        if (one["people"] && !one["people"].is_null()) team.people = reader.number(one, "people", 0, 10'000);
        reader.unique(one, teams, team.id);
        read.teams.push_back(std::move(team));
    });
    if (!root["reasons"].is_object()) reader.fault(root, "reasons", "an object of texts by key");
    for (auto const reason : root["reasons"])
        read.reasons[std::string(reason.key())] = reader.texts(root["reasons"], reason.key());
    reader.list(root, "items", true, [&](JsonValue one) {
        if (!one.is_object()) return reader.fault(one, "", "an object");
        Proposals::Line line{.item = reader.id(one, "item"), .by_team = {}};
        if (!items.insert(line.item).second) reader.fault(one, "item", "an item that is not there twice");
        for (auto const member : one) {
            if (member.key() == "item") continue;
            if (!teams.contains(std::string(member.key())))
                reader.fault(member, "", "the id of a team");
            else
                line.by_team[std::string(member.key())] = read_suggestion(reader, member, read);
        }
        read.items.push_back(std::move(line));
    });
    return read;
}

}  // namespace

CatalogueFile read_catalogue(std::string_view json) {
    CatalogueFile file;
    formats::JsonTree tree;
    auto const parsed =
        tree.parse(json, {.bytes = largest_catalogue, .depth = deepest_catalogue, .values = std::size_t{1} << 20});
    if (!parsed) {
        file.faults.push_back({"", parsed.error().message});
        return file;
    }
    auto const root = tree.root();
    Reader reader(file.faults);
    auto const schema = root["schema"].text();
    if (schema == "tocsin/framework-1") {
        auto read = read_framework(reader, root);
        read.json = std::string(json);
        file.content = std::move(read);
    } else if (schema == "tocsin/crosswalk-1") {
        file.content = read_crosswalk(reader, root);
    } else if (schema == "tocsin/profile-1") {
        file.content = read_profile(reader, root);
    } else if (schema == "tocsin/countries-1") {
        file.content = read_countries(reader, root);
    } else if (schema == "tocsin/proposals-1") {
        file.content = read_proposals(reader, root);
    } else {
        file.faults.push_back({"schema",
                               "tocsin/framework-1, tocsin/crosswalk-1, tocsin/profile-1, tocsin/countries-1 or "
                               "tocsin/proposals-1"});
    }
    if (!file.faults.empty()) file.content = std::monostate();
    return file;
}

}  // namespace tocsin::readiness
