#include "formats/misp/elements.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::formats::misp {
namespace {

std::optional<std::int64_t> number_of(JsonValue value) {
    return value.is_text() ? parse_int(value.text()) : value.integer();
}

bool truth_of(JsonValue value) {
    return value.is_true() || number_of(value) == 1 || equal_ignoring_case(value.text(), "true");
}

Distribution distribution_of(JsonValue value, Distribution otherwise) {
    auto const number = number_of(value["distribution"]);
    if (!number || *number < 0 || *number > 5) return otherwise;
    return static_cast<Distribution>(*number);
}

Organisation organisation_of(JsonValue value) {
    return {value["uuid"].text(), value["name"].text()};
}

/// A sharing group is told whole, by its uuid alone, or by the instance's own number, which says nothing outside.
Organisation sharing_group_of(JsonValue value) {
    auto group = organisation_of(value["SharingGroup"]);
    if (group.uuid.empty()) group.uuid = value["sharing_group_uuid"].text();
    return group;
}

std::vector<Tag> tags_of(JsonValue value) {
    std::vector<Tag> tags;
    for (auto const one : value["Tag"])
        if (auto const name = one["name"].text(); !name.empty()) tags.push_back({name, truth_of(one["local"])});
    return tags;
}

}  // namespace

std::optional<Timestamp> time_of(JsonValue value) {
    constexpr std::int64_t latest = 253'402'300'799;  // the end of the year 9999
    if (auto const seconds = number_of(value)) {
        if (*seconds <= 0 || *seconds > latest) return std::nullopt;
        return Timestamp::from_seconds(*seconds);
    }
    if (!value.is_text()) return std::nullopt;
    auto const time = parse_timestamp(value.text());
    return time ? std::optional(*time) : std::nullopt;
}

Attribute attribute_of(JsonValue value) {
    return {.uuid = value["uuid"].text(),
            .type = value["type"].text(),
            .category = value["category"].text(),
            .text = value["value"].is_text() ? value["value"].text() : value["value"].raw(),
            .comment = value["comment"].text(),
            .relation = value["object_relation"].text(),
            .to_ids = truth_of(value["to_ids"]),
            .is_deleted = truth_of(value["deleted"]),
            .timestamp = time_of(value["timestamp"]),
            .first_seen = time_of(value["first_seen"]),
            .last_seen = time_of(value["last_seen"]),
            .distribution = distribution_of(value, Distribution::inherit),
            .sharing_group = sharing_group_of(value),
            .tags = tags_of(value),
            .sightings = value["Sighting"],
            .proposals = value["ShadowAttribute"],
            .value = value};
}

Object object_of(JsonValue value) {
    Object object{.uuid = value["uuid"].text(),
                  .name = value["name"].text(),
                  .meta_category = value["meta-category"].text(),
                  .description = value["description"].text(),
                  .comment = value["comment"].text(),
                  .is_deleted = truth_of(value["deleted"]),
                  .timestamp = time_of(value["timestamp"]),
                  .first_seen = time_of(value["first_seen"]),
                  .last_seen = time_of(value["last_seen"]),
                  .distribution = distribution_of(value, Distribution::inherit),
                  .sharing_group = sharing_group_of(value),
                  .attributes = value["Attribute"],
                  .references = {},
                  .value = value};
    for (auto const one : value["ObjectReference"])
        object.references.push_back({.uuid = one["uuid"].text(),
                                     .target = one["referenced_uuid"].text(),
                                     .verb = one["relationship_type"].text(),
                                     .comment = one["comment"].text(),
                                     .is_deleted = truth_of(one["deleted"]),
                                     .timestamp = time_of(one["timestamp"])});
    return object;
}

Report report_of(JsonValue value) {
    return {.uuid = value["uuid"].text(),
            .name = value["name"].text(),
            .content = value["content"].text(),
            .is_deleted = truth_of(value["deleted"]),
            .timestamp = time_of(value["timestamp"]),
            .distribution = distribution_of(value, Distribution::inherit),
            .sharing_group = sharing_group_of(value),
            .value = value};
}

Event event_of_head(JsonValue value) {
    return {.uuid = value["uuid"].text(),
            .info = value["info"].text(),
            .date = value["date"].text(),
            .is_published = truth_of(value["published"]),
            .timestamp = time_of(value["timestamp"]),
            .publish_timestamp = time_of(value["publish_timestamp"]),
            .distribution = distribution_of(value, Distribution::community),
            .sharing_group = sharing_group_of(value),
            .owner = organisation_of(value["Org"]),
            .creator = organisation_of(value["Orgc"]),
            .tags = tags_of(value),
            .value = value};
}

Sighting sighting_of(JsonValue value) {
    auto const kind = number_of(value["type"]).value_or(0);
    return {.uuid = value["uuid"].text(),
            .source = value["source"].text(),
            .kind = kind == 1   ? Sighting::Kind::false_positive
                    : kind == 2 ? Sighting::Kind::expired
                                : Sighting::Kind::seen,
            .at = time_of(value["date_sighting"]),
            .organisation = organisation_of(value["Organisation"]),
            .value = value};
}

std::string members_without(JsonTree const& tree, JsonValue object, std::span<std::string_view const> names) {
    std::string members;
    for (auto const member : object) {
        if (std::ranges::find(names, member.key()) != names.end()) continue;
        if (!members.empty()) members += ',';
        auto const& node = tree[member.node()];
        members += tree.json().substr(node.start, node.end - node.start);
    }
    return members;
}

std::string tags_json(std::span<std::string const> names) {
    JsonWriter json;
    json.array();
    for (auto const& name : names) json.object().field("name", name).end();
    json.end();
    return std::move(json).text();
}

std::string attribute_json(AttributeFields const& fields) {
    JsonWriter json;
    json.object()
        .field("uuid", fields.uuid)
        .field("type", fields.type)
        .field("category", fields.category)
        .field("to_ids", fields.to_ids)
        .field("distribution", "5")
        .field("timestamp", std::to_string(fields.timestamp.seconds()))
        .field("comment", fields.comment)
        .field("deleted", fields.is_deleted)
        .field("value", fields.text);
    if (!fields.tags.empty()) json.key("Tag").raw(tags_json(fields.tags));
    if (!fields.sightings.empty()) json.key("Sighting").raw(fields.sightings);
    json.end();
    return std::move(json).text();
}

Result<std::string> event_json(std::string_view head, EventParts const& parts) {
    JsonTree tree;
    CHECK(tree.parse(head));
    std::array<std::pair<std::string_view, std::vector<std::string> const*>, 4> const lists{
        {{"Attribute", &parts.attributes},
         {"Object", &parts.objects},
         {"ShadowAttribute", &parts.proposals},
         {"EventReport", &parts.reports}}};
    std::string out = "{\"Event\":{";
    auto const separate = [&] {
        if (out.back() != '{') out += ',';
    };
    auto const put = [&](std::string_view name, std::vector<std::string> const& elements) {
        separate();
        fmt::format_to(std::back_inserter(out), "\"{}\":[{}]", name, fmt::join(elements, ","));
    };
    for (auto const member : tree.root()) {
        auto const list = std::ranges::find(lists, member.key(), [](auto const& one) { return one.first; });
        if (list != lists.end() && (member.is_array() || !list->second->empty())) {
            put(list->first, *list->second);
            continue;
        }
        separate();
        auto const& node = tree[member.node()];
        out += head.substr(node.start, node.end - node.start);
    }
    for (auto const& [name, elements] : lists)
        if (!tree.root()[name] && !elements->empty()) put(name, *elements);
    return out + "}}";
}

}  // namespace tocsin::formats::misp
