#pragma once
#include "formats/json_tree.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the elements of MISP's core format say, and how to write them.
///
/// Source: draft-dulaunoy-misp-core-format section 2. MISP writes numbers as texts and truths as texts or numbers in
/// many places: all are read. What an element says beyond this stays in `value`, byte for byte.
namespace tocsin::formats::misp {

struct Organisation {
    std::string_view uuid, name;
};
struct Tag {
    std::string_view name;
    bool is_local = false;  ///< not meant to leave the instance
};
/// Levels of distribution (section 2.2.1.12).
enum class Distribution : std::uint8_t { organisation, community, connected, all, sharing_group, inherit };

struct Sighting {
    enum class Kind : std::uint8_t { seen, false_positive, expired };
    std::string_view uuid, source;
    Kind kind = Kind::seen;
    std::optional<Timestamp> at;
    Organisation organisation;
    JsonValue value;
};
struct Attribute {
    std::string_view uuid, type, category, text, comment, relation;  ///< `text`: its `value`
    bool to_ids = false, is_deleted = false;
    std::optional<Timestamp> timestamp, first_seen, last_seen;
    Distribution distribution = Distribution::inherit;
    Organisation sharing_group;
    std::vector<Tag> tags;
    JsonValue sightings, proposals;
    JsonValue value;
};
struct ObjectReference {
    std::string_view uuid, target, verb, comment;
    bool is_deleted = false;
    std::optional<Timestamp> timestamp;
};
struct Object {
    std::string_view uuid, name, meta_category, description, comment;
    bool is_deleted = false;
    std::optional<Timestamp> timestamp, first_seen, last_seen;
    Distribution distribution = Distribution::inherit;
    Organisation sharing_group;
    JsonValue attributes;
    std::vector<ObjectReference> references;
    JsonValue value;
};
struct Report {
    std::string_view uuid, name, content;
    bool is_deleted = false;
    std::optional<Timestamp> timestamp;
    Distribution distribution = Distribution::inherit;
    Organisation sharing_group;
    JsonValue value;
};
struct Event {
    std::string_view uuid, info, date;
    bool is_published = false;
    std::optional<Timestamp> timestamp, publish_timestamp;
    Distribution distribution = Distribution::community;
    Organisation sharing_group, owner, creator;  ///< `Org`, `Orgc`
    std::vector<Tag> tags;
    JsonValue value;
};

/// They take what is there and leave empty what is not. What they give points into the tree.
Attribute attribute_of(JsonValue value);
Object object_of(JsonValue value);
Report report_of(JsonValue value);
Event event_of_head(JsonValue value);
Sighting sighting_of(JsonValue value);
/// Seconds since 1970 as a text or a number; of `first_seen` and `last_seen` also RFC 3339.
std::optional<Timestamp> time_of(JsonValue value);

/// The members of an object without the named ones and without braces: `"a":1,"b":2`.
std::string members_without(JsonTree const& tree, JsonValue object, std::span<std::string_view const> names);

/// Fields of an attribute that is made new. Empty ones are left out.
struct AttributeFields {
    std::string_view uuid, type, category, text, comment;
    bool to_ids = false, is_deleted = false;
    Timestamp timestamp;
    std::span<std::string const> tags = {};
    std::string_view sightings = {};  ///< JSON of the list
};
std::string attribute_json(AttributeFields const& fields);
/// `[{"name":"tlp:green"},...]`
std::string tags_json(std::span<std::string const> names);

/// An event's elements, as JSON each.
struct EventParts {
    std::vector<std::string> attributes, objects, proposals, reports;
};
/// `{"Event":{...}}`: the head with its elements where its lists stand; lists it lacks come behind when they are not
/// empty. Errors: those of JsonTree for the head.
Result<std::string> event_json(std::string_view head, EventParts const& parts);

}  // namespace tocsin::formats::misp
