#include "formats/stix/builder.hpp"

#include <array>
#include <fmt/format.h>

namespace tocsin::formats::stix {
namespace {

void add_list(JsonWriter& json, std::string_view name, std::span<std::string const> words) {
    if (words.empty()) return;
    json.key(name).array();
    for (auto const& word : words) json.value(word);
    json.end();
}

void add_time(JsonWriter& json, std::string_view name, std::optional<Timestamp> time) {
    if (time) json.field(name, time_text(*time));
}

JsonWriter begin(std::string_view type, Common const& common) {
    JsonWriter json;
    json.object().field("type", type).field("spec_version", "2.1").field("id", common.id);
    json.field_unless_empty("created_by_ref", common.created_by_ref);
    json.field("created", time_text(common.created));
    json.field("modified", time_text(common.modified.value_or(common.created)));
    if (common.is_revoked) json.field("revoked", true);
    add_list(json, "labels", common.labels);
    json.field_if("confidence", common.confidence);
    json.field_unless_empty("lang", common.lang);
    if (!common.external_references.empty()) json.key("external_references").raw(common.external_references);
    add_list(json, "object_marking_refs", common.object_marking_refs);
    if (!common.extensions.empty()) json.key("extensions").raw(common.extensions);
    return json;
}

std::string end(JsonWriter&& json) {
    json.end();
    return std::move(json).text();
}

std::string tlp1_json(TlpLevel level) {
    auto const name = level == TlpLevel::clear ? "white" : name_of(level);
    JsonWriter json;
    json.object().field("type", "marking-definition").field("spec_version", "2.1").field("id", tlp1_marking_id(level));
    json.field("created", "2017-01-20T00:00:00.000Z").field("definition_type", "tlp");
    json.field("name", fmt::format("TLP:{}", uppered(name)));
    json.key("definition").object().field("tlp", name).end();
    return end(std::move(json));
}

/// A marking-definition that says what it means in an extension.
std::string extended_json(std::string_view id, std::string_view name, std::string_view extension,
                          std::string_view property, std::string_view level) {
    JsonWriter json;
    json.object().field("type", "marking-definition").field("spec_version", "2.1").field("id", id);
    json.field("created", "2022-10-01T00:00:00.000Z").field("name", name);
    json.key("extensions").object().key(extension).object();
    json.field("extension_type", "property-extension").field(property, level).end().end();
    return end(std::move(json));
}

/// Written once, kept as long as the program.
template <std::size_t Count, class Level, class Write>
std::array<std::string, Count> all_of(Write&& write) {
    std::array<std::string, Count> texts;
    for (std::size_t i = 0; i < Count; ++i) texts[i] = write(static_cast<Level>(i));
    return texts;
}

constexpr std::size_t tlp_levels = 5, pap_levels = 4;

}  // namespace

std::string time_text(Timestamp time) {
    auto text = format_timestamp(time);
    auto const dot = text.find('.');
    auto const digits = dot == std::string::npos ? 0 : text.size() - dot - 2;
    if (digits >= 3) return text;
    text.pop_back();
    if (digits == 0) text += '.';
    return text.append(3 - digits, '0') + 'Z';
}

std::string indicator_json(Common const& common, IndicatorFields const& fields) {
    auto json = begin("indicator", common);
    json.field_unless_empty("name", fields.name).field_unless_empty("description", fields.description);
    add_list(json, "indicator_types", fields.indicator_types);
    json.field("pattern", fields.pattern).field("pattern_type", fields.pattern_type);
    json.field_unless_empty("pattern_version", fields.pattern_version);
    add_time(json, "valid_from", fields.valid_from);
    add_time(json, "valid_until", fields.valid_until);
    return end(std::move(json));
}

std::string sighting_json(Common const& common, SightingFields const& fields) {
    auto json = begin("sighting", common);
    json.field_unless_empty("description", fields.description);
    add_time(json, "first_seen", fields.first_seen);
    add_time(json, "last_seen", fields.last_seen);
    json.field_if("count", fields.count).field("sighting_of_ref", fields.sighting_of_ref);
    add_list(json, "observed_data_refs", fields.observed_data_refs);
    add_list(json, "where_sighted_refs", fields.where_sighted_refs);
    return end(std::move(json));
}

std::string identity_json(Common const& common, IdentityFields const& fields) {
    auto json = begin("identity", common);
    json.field("name", fields.name).field_unless_empty("description", fields.description);
    json.field_unless_empty("identity_class", fields.identity_class);
    add_list(json, "sectors", fields.sectors);
    json.field_unless_empty("contact_information", fields.contact_information);
    return end(std::move(json));
}

std::string relationship_json(Common const& common, RelationshipFields const& fields) {
    auto json = begin("relationship", common);
    json.field("relationship_type", fields.relationship_type);
    json.field_unless_empty("description", fields.description);
    json.field("source_ref", fields.source_ref).field("target_ref", fields.target_ref);
    add_time(json, "start_time", fields.start_time);
    add_time(json, "stop_time", fields.stop_time);
    return end(std::move(json));
}

std::string object_json(std::string_view type, Common const& common, std::string_view members) {
    auto json = end(begin(type, common));
    if (members.empty()) return json;
    json.pop_back();
    return ((json += ',') += members) += '}';
}

std::string_view tlp1_marking_json(TlpLevel level) {
    static auto const texts = all_of<tlp_levels, TlpLevel>(
        [](TlpLevel each) { return tlp1_json(each == TlpLevel::amber_strict ? TlpLevel::red : each); });
    return texts[static_cast<std::size_t>(level)];
}

std::string_view tlp2_marking_json(TlpLevel level) {
    static auto const texts = all_of<tlp_levels, TlpLevel>([](TlpLevel each) {
        return extended_json(tlp2_marking_id(each), "TLP:" + uppered(name_of(each)), tlp2_extension_id, "tlp_2_0",
                             name_of(each));
    });
    return texts[static_cast<std::size_t>(level)];
}

std::string_view pap_marking_json(PapLevel level) {
    static auto const texts = all_of<pap_levels, PapLevel>([](PapLevel each) {
        return extended_json(pap_marking_id(each), "PAP:" + uppered(name_of(each)), pap_extension_id, "pap",
                             name_of(each));
    });
    return texts[static_cast<std::size_t>(level)];
}

std::string statement_marking_json(std::string_view id, Timestamp created, std::string_view created_by_ref,
                                   std::string_view statement) {
    JsonWriter json;
    json.object().field("type", "marking-definition").field("spec_version", "2.1").field("id", id);
    json.field_unless_empty("created_by_ref", created_by_ref).field("created", time_text(created));
    json.field("definition_type", "statement");
    json.key("definition").object().field("statement", statement).end();
    return end(std::move(json));
}

ContainerWriter ContainerWriter::bundle(std::string_view id) {
    return {R"({"type":"bundle","id":)" + json_string(id), false};
}

ContainerWriter ContainerWriter::envelope() {
    return {"{", true};
}

void ContainerWriter::add(std::string_view object) {
    text_ += has_objects_ ? "," : is_envelope_ ? R"("objects":[)" : R"(,"objects":[)";
    text_ += object;
    has_objects_ = true;
}

void ContainerWriter::finish(bool more, std::string_view next) {
    if (has_objects_) text_ += ']';
    if (is_envelope_ && more) {
        text_ += has_objects_ ? R"(,"more":true)" : R"("more":true)";
        if (!next.empty()) text_ += R"(,"next":)" + json_string(next);
    }
    text_ += '}';
}

}  // namespace tocsin::formats::stix
