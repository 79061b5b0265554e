#include "sharing/mappings/misp.hpp"

#include "sharing/mappings/misp_context.hpp"
#include "sharing/mappings/misp_values.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

namespace tocsin::sharing::misp {
namespace {

namespace wire = formats::misp;
namespace stix = formats::stix;
using formats::JsonTree;
using formats::JsonValue;
using wire::Distribution;
using Kind = wire::EventItem::Kind;

constexpr std::size_t most_refs = 100'000;      ///< that a report names
constexpr std::size_t most_targets = 200'000;   ///< elements that references of the event can be resolved to
constexpr std::size_t most_sent_once = 10'000;  ///< organisations and markings remembered

/// "Network activity" as "network-activity" (STIX 2.1 section 10.11 wants phases so).
std::string hyphened(std::string_view words, std::string_view otherwise) {
    std::string out;
    for (char const c : lowered(words)) {
        bool const is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_plain) out += c;
        if (!is_plain && !out.empty() && out.back() != '-') out += '-';
    }
    while (out.ends_with('-')) out.pop_back();
    return out.empty() ? std::string(otherwise) : out;
}

std::string name_of_kind(Kind kind) {
    switch (kind) {
        case Kind::attribute:
            return "attribute";
        case Kind::object:
            return "object";
        case Kind::proposal:
            return "proposal";
        case Kind::report:
            return "report";
        case Kind::end:
            return "event";
        case Kind::fault:
            break;
    }
    return "fault";
}

void add_refs(JsonWriter& json, std::string_view name, std::vector<std::string> const& refs) {
    json.key(name).array();
    for (auto const& ref : refs) json.value(ref);
    json.end();
}

/// Of what an element of MISP tells within itself, so that the way back does not tell it twice.
std::string part_extension() {
    return fmt::format(R"({{"{}":{{"extension_type":"property-extension","kind":"part"}}}})", misp_extension_id);
}

std::string inside(JsonWriter&& json) {
    json.end();
    auto text = std::move(json).text();
    return text.substr(1, text.size() - 2);
}

}  // namespace

class Converter::State {
  public:
    void begin(EventContext context) {
        context_ = std::move(context);
        refs_.clear();
        targets_.clear();
        pending_.clear();
    }
    Status add(Kind kind, std::string_view json, std::vector<std::string>& objects);
    Status finish(std::string_view head, std::vector<std::string>& objects);

  private:
    /// What an element's objects have in common.
    struct Frame {
        std::string id;
        Timestamp at;
        std::vector<std::string> labels, markings;
        bool is_deleted = false;
        std::string extension;
    };
    /// What an attribute becomes.
    struct Form {
        TypedValue value;
        std::string_view rule;
        std::string pattern;
        std::string_view type;
    };
    struct Pending {
        std::string source, target, id, verb;
        Timestamp at;
        std::vector<std::string> markings;
    };

    std::string attribute(JsonTree const& tree, wire::Attribute const& attribute, std::string_view object_uuid,
                          Levels const& above, std::vector<std::string> const& group, Kind kind);
    static Form form_of(wire::Attribute const& attribute, Kind kind);
    Frame frame_of_attribute(wire::Attribute const& attribute, std::string_view type, Levels levels,
                             std::vector<std::string> const& group_refs);
    std::string indicator(wire::Attribute const& attribute, Form const& form, Frame const& frame) const;
    std::string vulnerability(wire::Attribute const& attribute, TypedValue const& value, Frame const& frame) const;
    void object(JsonTree const& tree, wire::Object const& object);
    void report(JsonTree const& tree, wire::Report const& report);
    void sightings(wire::Attribute const& attribute, Frame const& frame);
    std::string observed(wire::Attribute const& attribute, TypedValue const& value, Frame const& frame);
    std::string note(Frame const& frame, std::string_view abstract, std::string_view content,
                     std::string_view external_references = {});
    std::string external_links(JsonValue head) const;
    void relationships(std::vector<std::string>& objects);

    Frame frame_of(std::string_view type, std::string_view uuid, std::optional<Timestamp> at, JsonValue value) const;
    std::string extension(JsonTree const& tree, JsonValue value, Kind kind, std::string_view object_uuid,
                          std::span<std::string_view const> without) const;
    static stix::Common common(Frame const& frame, EventContext const& context, std::string_view links = {}) {
        return {.id = frame.id,
                .created = frame.at,
                .created_by_ref = context.creator_id,
                .is_revoked = frame.is_deleted,
                .labels = frame.labels,
                .object_marking_refs = frame.markings,
                .external_references = links,
                .extensions = frame.extension};
    }
    Levels levels() const { return {context_.tlp, context_.pap}; }
    std::string identity(wire::Organisation const& organisation);
    void group(wire::Organisation const& group);
    bool is_new(std::string const& id) {
        if (sent_.size() > most_sent_once) sent_.clear();
        return sent_.insert(id).second;
    }
    void put(std::string id, std::string json) {
        if (refs_.size() < most_refs) refs_.push_back(std::move(id));
        made_.push_back(std::move(json));
    }
    void target(std::string_view uuid, std::string const& id) {
        if (targets_.size() < most_targets && !uuid.empty()) targets_.emplace(uuid, id);
    }

    EventContext context_;
    JsonTree tree_;
    std::vector<std::string> refs_, made_;
    std::unordered_map<std::string, std::string> targets_;
    std::vector<Pending> pending_;
    std::unordered_set<std::string> sent_;
};

Status Converter::State::add(Kind kind, std::string_view json, std::vector<std::string>& objects) {
    CHECK(tree_.parse(json));
    made_.clear();
    switch (kind) {
        case Kind::attribute:
        case Kind::proposal: {
            auto const one = wire::attribute_of(tree_.root());
            if (one.type.empty() && !one.is_deleted && kind == Kind::attribute)
                return fail(Code::invalid, "type: expected the type of the attribute");
            attribute(tree_, one, {}, levels(), {}, kind);
            break;
        }
        case Kind::object:
            object(tree_, wire::object_of(tree_.root()));
            break;
        case Kind::report:
            report(tree_, wire::report_of(tree_.root()));
            break;
        case Kind::end:
        case Kind::fault:
            return fail(Code::internal, "an element was expected");
    }
    std::ranges::move(made_, std::back_inserter(objects));
    return {};
}

Converter::State::Frame Converter::State::frame_of(std::string_view type, std::string_view uuid,
                                                   std::optional<Timestamp> at, JsonValue value) const {
    Frame frame;
    auto const otherwise = uuid.empty() ? fmt::format("{}|{}|{}", context_.uuid, type, value.raw()) : std::string();
    frame.id = id_of(type, uuid, otherwise);
    frame.at = at.value_or(context_.timestamp);
    frame.markings = context_.marking_refs;
    return frame;
}

std::string Converter::State::extension(JsonTree const& tree, JsonValue value, Kind kind, std::string_view object_uuid,
                                        std::span<std::string_view const> without) const {
    JsonWriter json;
    json.object().key(misp_extension_id).object().field("extension_type", "property-extension");
    json.field("kind", name_of_kind(kind)).field("event", context_.uuid);
    json.field_unless_empty("object", object_uuid);
    json.key("element").raw("{" + wire::members_without(tree, value, without) + "}").end().end();
    return std::move(json).text();
}

std::string Converter::State::attribute(JsonTree const& tree, wire::Attribute const& attribute,
                                        std::string_view object_uuid, Levels const& above,
                                        std::vector<std::string> const& group_refs, Kind kind) {
    auto const form = form_of(attribute, kind);
    auto frame = frame_of_attribute(attribute, form.type, above, group_refs);
    bool const has_description =
        (form.type == "indicator" || form.type == "vulnerability") && !attribute.comment.empty();
    std::array<std::string_view, 1> const described{"comment"};
    frame.extension =
        extension(tree, attribute.value, kind, object_uuid,
                  has_description ? std::span<std::string_view const>(described) : std::span<std::string_view const>());
    std::string json;
    if (form.type == "indicator") {
        json = indicator(attribute, form, frame);
    } else if (form.type == "vulnerability") {
        json = vulnerability(attribute, form.value, frame);
    } else if (form.type == "observed-data") {
        json = observed(attribute, form.value, frame);
    } else {
        bool const is_proposal = kind == Kind::proposal;
        auto const abstract =
            fmt::format("{}{}: {}", is_proposal ? "proposal, " : "", attribute.category, attribute.type);
        auto const links = attribute.type == "link" && !attribute.text.empty()
                               ? fmt::format(R"([{{"source_name":"misp","url":{}}}])", json_string(attribute.text))
                               : std::string();
        json = note(frame, abstract, attribute.text, links);
    }
    target(attribute.uuid, frame.id);
    put(frame.id, std::move(json));
    if (kind != Kind::proposal) sightings(attribute, frame);
    return frame.id;
}

Converter::State::Form Converter::State::form_of(wire::Attribute const& attribute, Kind kind) {
    Form form{.value = values_of(attribute.type, attribute.text),
              .rule = rule_language_of(attribute.type),
              .pattern = {},
              .type = "note"};
    if (kind == Kind::proposal) return form;
    form.pattern = form.rule.empty() ? pattern_of(form.value) : std::string(attribute.text);
    if (attribute.to_ids && !form.pattern.empty()) {
        form.type = "indicator";
    } else if (attribute.type == "vulnerability" && !form.value.values.empty()) {
        form.type = "vulnerability";
    } else if (!form.value.values.empty() && !observable_json(form.value.values.front()).empty()) {
        form.type = "observed-data";
    }
    return form;
}

Converter::State::Frame Converter::State::frame_of_attribute(wire::Attribute const& attribute, std::string_view type,
                                                             Levels levels,
                                                             std::vector<std::string> const& group_refs) {
    auto frame = frame_of(type, attribute.uuid, attribute.timestamp, attribute.value);
    read_tags(attribute.tags, levels, frame.labels);
    read_distribution(attribute.distribution, levels);
    bool const is_for_group = attribute.distribution == Distribution::sharing_group;
    if (is_for_group) group(attribute.sharing_group);
    frame.markings = refs_of(levels, is_for_group ? attribute.sharing_group : wire::Organisation());
    std::array<std::vector<std::string> const*, 2> const outer{&context_.marking_refs, &group_refs};
    for (auto const* const refs : outer)
        for (auto const& ref : *refs)
            if (!stix::meaning_of_marking_id(ref) && std::ranges::find(frame.markings, ref) == frame.markings.end())
                frame.markings.push_back(ref);
    frame.is_deleted = attribute.is_deleted;
    return frame;
}

std::string Converter::State::indicator(wire::Attribute const& attribute, Form const& form, Frame const& frame) const {
    stix::IndicatorFields const fields{.name = attribute.text.size() <= 200 ? attribute.text : std::string_view(),
                                       .description = attribute.comment,
                                       .pattern = form.pattern,
                                       .pattern_type = form.rule.empty() ? std::string_view("stix") : form.rule,
                                       .valid_from = attribute.first_seen.value_or(frame.at)};
    auto json = stix::indicator_json(common(frame, context_), fields);
    auto const phases = fmt::format(R"(,"kill_chain_phases":[{{"kill_chain_name":"misp-category","phase_name":"{}"}}])",
                                    hyphened(attribute.category, "other"));
    json.insert(json.size() - 1, phases);
    return json;
}

std::string Converter::State::vulnerability(wire::Attribute const& attribute, TypedValue const& value,
                                            Frame const& frame) const {
    auto const& name = value.values.front().value;
    JsonWriter members;
    members.object().field("name", name).field_unless_empty("description", attribute.comment);
    auto const links = fmt::format(R"([{{"source_name":"cve","external_id":{}}}])", json_string(name));
    return stix::object_json("vulnerability", common(frame, context_, links), inside(std::move(members)));
}

std::string Converter::State::observed(wire::Attribute const& attribute, TypedValue const& value, Frame const& frame) {
    std::vector<std::string> refs;
    for (auto const& one : value.values) {
        auto json = observable_json(one);
        if (json.empty()) continue;
        auto const at = json.find("\"id\":\"") + 6;
        auto id = json.substr(at, json.find('"', at) - at);
        // A value is marked as strictly as where it stands is: another event may say it to more.
        if (is_new(id)) {
            if (!frame.markings.empty()) {
                JsonWriter markings;
                markings.object();
                add_refs(markings, "object_marking_refs", frame.markings);
                json.insert(json.size() - 1, "," + inside(std::move(markings)));
            }
            put(id, std::move(json));
        }
        refs.push_back(std::move(id));
    }
    auto const first = attribute.first_seen.value_or(frame.at);
    JsonWriter members;
    members.object().field("first_observed", stix::time_text(first));
    members.field("last_observed", stix::time_text(std::max(first, attribute.last_seen.value_or(first))));
    members.field("number_observed", 1);
    add_refs(members, "object_refs", refs);
    return stix::object_json("observed-data", common(frame, context_), inside(std::move(members)));
}

std::string Converter::State::note(Frame const& frame, std::string_view abstract, std::string_view content,
                                   std::string_view external_references) {
    JsonWriter members;
    members.object().field("abstract", abstract).field("content", content.empty() ? "-" : content);
    add_refs(members, "object_refs", {context_.event_id});
    return stix::object_json("note", common(frame, context_, external_references), inside(std::move(members)));
}

void Converter::State::sightings(wire::Attribute const& attribute, Frame const& frame) {
    for (auto const element : attribute.sightings) {
        auto const one = wire::sighting_of(element);
        if (one.kind == wire::Sighting::Kind::expired) continue;  // stays with its attribute
        bool const is_seen = one.kind == wire::Sighting::Kind::seen;
        auto made = frame_of(is_seen ? "sighting" : "opinion", one.uuid, one.at, one.value);
        made.markings = frame.markings;
        made.extension = part_extension();
        auto const who = identity(one.organisation);
        if (is_seen) {
            std::vector<std::string> where;
            if (!who.empty()) where.push_back(who);
            stix::SightingFields const fields{.sighting_of_ref = frame.id,
                                              .description = one.source,
                                              .first_seen = made.at,
                                              .last_seen = made.at,
                                              .count = 1,
                                              .where_sighted_refs = where};
            put(made.id, stix::sighting_json(common(made, context_), fields));
            continue;
        }
        JsonWriter members;
        members.object().field("explanation", "false positive").field("opinion", "strongly-disagree");
        add_refs(members, "object_refs", {frame.id});
        put(made.id, stix::object_json("opinion", common(made, context_), inside(std::move(members))));
    }
}

void Converter::State::object(JsonTree const& tree, wire::Object const& object) {
    auto frame = frame_of("grouping", object.uuid, object.timestamp, object.value);
    auto levels = this->levels();
    read_distribution(object.distribution, levels);
    bool const is_for_group = object.distribution == Distribution::sharing_group;
    if (is_for_group) group(object.sharing_group);
    frame.markings = refs_of(levels, is_for_group ? object.sharing_group : wire::Organisation());
    for (auto const& ref : context_.marking_refs)
        if (!stix::meaning_of_marking_id(ref)) frame.markings.push_back(ref);
    frame.is_deleted = object.is_deleted;
    auto const uuid = frame.id.substr(frame.id.find("--") + 2);
    std::vector<std::string> refs;
    for (auto const one : object.attributes)
        refs.push_back(attribute(tree, wire::attribute_of(one), uuid, levels, frame.markings, Kind::attribute));
    if (refs.empty()) refs.push_back(context_.event_id);
    std::array<std::string_view, 1> const listed{"Attribute"};
    frame.extension = extension(tree, object.value, Kind::object, uuid, listed);
    if (object.attributes.is_array()) {
        bool const is_empty = frame.extension.ends_with("{}}}");
        frame.extension.insert(frame.extension.size() - 3, is_empty ? R"("Attribute":[])" : R"(,"Attribute":[])");
    }
    JsonWriter members;
    members.object().field("name", object.name.empty() ? "object" : object.name);
    members.field_unless_empty("description", object.comment.empty() ? object.description : object.comment);
    members.field("context", "misp-object");
    add_refs(members, "object_refs", refs);
    target(object.uuid, frame.id);
    put(frame.id, stix::object_json("grouping", common(frame, context_), inside(std::move(members))));
    for (auto const& reference : object.references) {
        if (reference.is_deleted || reference.target.empty() || pending_.size() >= most_targets) continue;
        auto made = frame_of("relationship", reference.uuid, reference.timestamp, object.value);
        if (reference.uuid.empty())
            made.id = id_of("relationship", "", frame.id + std::string(reference.verb) + std::string(reference.target));
        pending_.push_back({frame.id, std::string(reference.target), made.id, hyphened(reference.verb, "related-to"),
                            made.at, frame.markings});
    }
}

void Converter::State::report(JsonTree const& tree, wire::Report const& report) {
    auto frame = frame_of("note", report.uuid, report.timestamp, report.value);
    auto levels = this->levels();
    read_distribution(report.distribution, levels);
    bool const is_for_group = report.distribution == Distribution::sharing_group;
    if (is_for_group) group(report.sharing_group);
    frame.markings = refs_of(levels, is_for_group ? report.sharing_group : wire::Organisation());
    frame.is_deleted = report.is_deleted;
    std::array<std::string_view, 1> const told{"content"};
    frame.extension = extension(
        tree, report.value, Kind::report, {},
        report.content.empty() ? std::span<std::string_view const>() : std::span<std::string_view const>(told));
    target(report.uuid, frame.id);
    put(frame.id, note(frame, report.name, report.content));
}

std::string Converter::State::identity(wire::Organisation const& organisation) {
    if (organisation.uuid.empty() && organisation.name.empty()) return {};
    auto id = id_of("identity", organisation.uuid, organisation.name);
    if (is_new(id))
        made_.push_back(stix::identity_json({.id = id, .created = timeless},
                                            {.name = organisation.name.empty() ? "unnamed" : organisation.name}));
    return id;
}

void Converter::State::group(wire::Organisation const& group) {
    if (group.uuid.empty()) return;
    auto const id = id_of("marking-definition", group.uuid, "");
    if (is_new(id))
        made_.push_back(stix::statement_marking_json(id, timeless, {}, fmt::format("Sharing group: {}", group.name)));
}

/// Techniques of ATT&CK that its galaxies name.
std::string Converter::State::external_links(JsonValue head) const {
    JsonWriter json;
    json.array();
    std::size_t count = 0;
    for (auto const galaxy : head["Galaxy"]) {
        if (!galaxy["type"].text().starts_with("mitre-")) continue;
        for (auto const cluster : galaxy["GalaxyCluster"]) {
            auto const ids = cluster["meta"]["external_id"];
            auto const id = ids.is_text() ? ids.text() : ids.size() > 0 ? (*ids.begin()).text() : std::string_view();
            if (id.empty() || ++count > 1000) continue;
            json.object().field("source_name", "mitre-attack").field("external_id", id).end();
        }
    }
    json.end();
    return count == 0 ? std::string() : std::move(json).text();
}

void Converter::State::relationships(std::vector<std::string>& objects) {
    for (auto const& one : pending_) {
        auto const found = targets_.find(one.target);
        if (found == targets_.end()) continue;  // of another event; it stays with its object
        Frame frame;
        frame.id = one.id;
        frame.at = one.at;
        frame.markings = one.markings;
        frame.extension = part_extension();
        objects.push_back(stix::relationship_json(
            common(frame, context_),
            {.relationship_type = one.verb, .source_ref = one.source, .target_ref = found->second}));
        if (refs_.size() < most_refs) refs_.push_back(one.id);
    }
}

Status Converter::State::finish(std::string_view head, std::vector<std::string>& objects) {
    CHECK(tree_.parse(head));
    made_.clear();
    auto const event = wire::event_of_head(tree_.root());
    if (is_new(std::string(misp_extension_id))) {
        objects.push_back(stix::identity_json({.id = definition_author, .created = timeless}, {.name = "Tocsin"}));
        objects.push_back(stix::object_json(
            "extension-definition", {.id = misp_extension_id, .created = timeless, .created_by_ref = definition_author},
            R"("name":"MISP element","description":"What an element of a MISP event says that STIX has no place for.",)"
            R"("schema":"https://datatracker.ietf.org/doc/draft-dulaunoy-misp-core-format/",)"
            R"("version":"1.0.0","extension_types":["property-extension"])"));
    }
    identity(event.creator);
    if (event.distribution == Distribution::sharing_group) group(event.sharing_group);
    relationships(objects);
    Frame frame;
    frame.id = context_.event_id;
    frame.at = context_.timestamp;
    frame.markings = context_.marking_refs;
    Levels levels;
    read_tags(event.tags, levels, frame.labels);
    std::array<std::string_view, 1> const named{"info"};
    frame.extension =
        extension(tree_, tree_.root(), Kind::end, {},
                  event.info.empty() ? std::span<std::string_view const>() : std::span<std::string_view const>(named));
    if (refs_.empty()) refs_.push_back(context_.creator_id);
    JsonWriter members;
    members.object().field("name", event.info.empty() ? "event " + context_.uuid : std::string(event.info));
    if (event.is_published) {
        members.field("published", stix::time_text(event.publish_timestamp.value_or(frame.at)));
    } else {
        members.field("context", "suspicious-activity");
    }
    add_refs(members, "object_refs", refs_);
    auto const links = external_links(tree_.root());
    made_.push_back(stix::object_json(event.is_published ? "report" : "grouping", common(frame, context_, links),
                                      inside(std::move(members))));
    std::ranges::move(made_, std::back_inserter(objects));
    return {};
}

Converter::Converter() : state_(std::make_unique<State>()) {}
Converter::~Converter() = default;
void Converter::begin(EventContext context) {
    state_->begin(std::move(context));
}
Status Converter::add(Kind kind, std::string_view json, std::vector<std::string>& objects) {
    return state_->add(kind, json, objects);
}
Status Converter::finish(std::string_view head, std::vector<std::string>& objects) {
    return state_->finish(head, objects);
}

Result<std::vector<std::string>> objects_of(std::string_view events) {
    std::vector<EventContext> contexts;
    formats::MemorySource first{std::string(events)}, second{std::string(events)};
    wire::EventReader heads(first), elements(second);
    while (true) {
        TRY(auto const item, heads.next());
        if (!item) break;
        if (item->kind != Kind::end) continue;
        TRY(auto context, context_of(item->json));
        contexts.push_back(std::move(context));
    }
    std::vector<std::string> objects;
    Converter converter;
    std::size_t at = 0;
    if (!contexts.empty()) converter.begin(contexts[0]);
    while (true) {
        TRY(auto const item, elements.next());
        if (!item) return objects;
        if (item->kind == Kind::fault) return fail(Code::invalid, fmt::format("line {}: {}", item->line, item->fault));
        if (item->kind != Kind::end) {
            CHECK(converter.add(item->kind, item->json, objects));
            continue;
        }
        CHECK(converter.finish(item->json, objects));
        if (++at < contexts.size()) converter.begin(contexts[at]);
    }
}

}  // namespace tocsin::sharing::misp
