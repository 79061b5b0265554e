#include "sharing/mappings/misp.hpp"
#include "sharing/mappings/misp_change.hpp"
#include "sharing/mappings/misp_values.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unordered_map>
#include <unordered_set>

namespace tocsin::sharing::misp {
namespace {

namespace wire = formats::misp;
namespace stix = formats::stix;
using formats::JsonTree;
using formats::JsonValue;

/// Gathers the elements of one event.
class Gathering {
  public:
    Status take(std::string_view json);
    Result<MadeEvent> finish(EventOptions const& options);

  private:
    void element(JsonTree const& tree, stix::ObjectView const& object, JsonValue kept);
    void event(stix::ObjectView const& object);
    Result<std::string> head(EventOptions const& options) const;
    void other(stix::ObjectView const& object);
    void attribute(stix::ObjectView const& object, std::string_view type, std::string_view category,
                   std::string_view text, bool to_ids);

    stix::Decoder decoder_{{.read_pattern = [](std::string_view pattern, std::vector<formats::Observable>& found) {
        auto const parsed = formats::stix_pattern::parse(pattern);
        if (!parsed) return;
        auto const reduced = formats::stix_pattern::atoms(*parsed);
        if (reduced.strength != formats::stix_pattern::Reduction::Strength::decisive) return;
        for (auto const& atom : reduced.atoms) found.push_back(atom.observable);
    }}};
    std::string head_, other_head_;  ///< of the MISP event; of the first report or grouping that is none
    std::string creator_uuid_;       ///< of what other_head_ is made of
    std::optional<Timestamp> newest_change_;
    wire::EventParts parts_;
    std::unordered_set<std::string> seen_;                      ///< observables that attributes of MISP stand for
    std::vector<std::string> observables_;                      ///< all that came
    std::vector<std::pair<std::string, std::string>> objects_;  ///< uuid, element
    std::unordered_map<std::string, std::vector<std::string>> attributes_of_;
    MadeEvent made_;
};

/// Puts a member back that the object's own property told.
void restore(std::string& element, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    element.insert(element.size() - 1,
                   fmt::format("{}\"{}\":{}", element.size() > 2 ? "," : "", name, json_string(text)));
}

Status Gathering::take(std::string_view json) {
    TRY(auto const* object, decoder_.read(json));
    auto const kept = object->root["extensions"][misp_extension_id];
    if (kept["element"].is_object()) {
        element(decoder_.tree(), *object, kept);
    } else if (object->object_class == stix::ObjectClass::sco) {
        observables_.emplace_back(json);
    } else if (kept["kind"].text() != "part" && object->type != "identity" &&
               object->object_class != stix::ObjectClass::meta) {
        other(*object);
    }
    return {};
}

void Gathering::element(JsonTree const& tree, stix::ObjectView const& object, JsonValue kept) {
    auto const root = tree.root();
    auto const kind = kept["kind"].text();
    if (object.type == "observed-data")
        for (auto const ref : root["object_refs"]) seen_.emplace(ref.text());
    bool const has_changed = is_changed(object);
    if (has_changed) newest_change_ = std::max(newest_change_.value_or(Timestamp{}), *object.modified.time);
    auto element =
        has_changed ? changed_element(tree, object, kept["element"], kind) : std::string(kept["element"].raw());
    auto const is_told = [&](std::string_view name) { return has_changed || kept["element"][name]; };
    if (kind == "attribute") {
        if (!is_told("comment")) restore(element, "comment", object.description);
        auto const parent = kept["object"].text();
        auto& list = parent.empty() ? parts_.attributes : attributes_of_[std::string(parent)];
        list.push_back(std::move(element));
    } else if (kind == "object") {
        objects_.emplace_back(object.id.substr(std::min(object.id.size(), object.id.find("--") + 2)),
                              std::move(element));
    } else if (kind == "proposal") {
        parts_.proposals.push_back(std::move(element));
    } else if (kind == "report") {
        if (!is_told("content")) restore(element, "content", root["content"].text());
        parts_.reports.push_back(std::move(element));
    } else if (kind == "event" && head_.empty()) {
        if (!is_told("info")) restore(element, "info", object.name);
        head_ = std::move(element);
    } else {
        made_.left_out.emplace_back(object.id);
    }
}

/// A report or grouping that is not of MISP.
void Gathering::event(stix::ObjectView const& object) {
    if (!other_head_.empty() || !object.uuid) {
        made_.left_out.emplace_back(object.id);
        return;
    }
    auto const at = object.version().time.value_or(Timestamp{});
    auto const published = stix::parse_time(object.root["published"].text());
    auto const creator = object.created_by_ref.find("--");
    if (creator != std::string_view::npos) creator_uuid_ = object.created_by_ref.substr(creator + 2);
    auto const uuid = stix::format_uuid(*object.uuid);
    auto const tags = tags_of(object);
    JsonWriter json;
    json.object().field("uuid", uuid).field("info", object.name.empty() ? "unnamed" : object.name);
    json.field("date", format_date(published.value_or(at))).field("timestamp", std::to_string(at.seconds()));
    json.field("published", object.type == "report").field("analysis", "2").field("threat_level_id", "4");
    json.field("distribution", "0").key("Tag").raw(wire::tags_json(tags)).end();
    other_head_ = std::move(json).text();
    if (object.description.empty()) return;
    JsonWriter report;
    report.object().field("uuid", stix::format_uuid(stix::uuid_v5(*object.uuid, "description")));
    report.field("name", "Description").field("content", object.description).field("distribution", "5");
    report.field("timestamp", std::to_string(at.seconds())).field("deleted", object.is_revoked).end();
    parts_.reports.push_back(std::move(report).text());
}

void Gathering::attribute(stix::ObjectView const& object, std::string_view type, std::string_view category,
                          std::string_view text, bool to_ids) {
    auto const uuid = object.uuid ? stix::format_uuid(*object.uuid) : std::string();
    auto const tags = tags_of(object);
    newest_change_ = std::max(newest_change_.value_or(Timestamp{}), object.version().time.value_or(Timestamp{}));
    parts_.attributes.push_back(
        wire::attribute_json({.uuid = uuid,
                              .type = type,
                              .category = category,
                              .text = text,
                              .comment = object.description.empty() ? object.name : object.description,
                              .to_ids = to_ids,
                              .is_deleted = object.is_revoked,
                              .timestamp = object.version().time.value_or(Timestamp{}),
                              .tags = tags}));
}

/// What did not come from MISP.
void Gathering::other(stix::ObjectView const& object) {
    if (object.type == "report" || object.type == "grouping") return event(object);
    bool const is_indicator = object.type == "indicator";
    auto const before = parts_.attributes.size();
    if (is_indicator && object.pattern_type != "stix") {
        if (auto const type = type_of_rule(object.pattern_type); !type.empty())
            attribute(object, type, "Payload delivery", object.pattern, true);
    } else if (is_indicator || object.object_class == stix::ObjectClass::sco || object.type == "vulnerability") {
        for (auto const& value : object.observables)
            if (auto const type = type_of(value.kind); !type.empty() && (is_indicator || value.node != 0))
                attribute(object, type, category_of(value.kind), value.text, is_indicator);
    }
    if (is_indicator && parts_.attributes.size() == before)
        attribute(object, "stix2-pattern", "Payload delivery", object.pattern, true);
    // One UUID names one attribute: further values of a pattern get their own.
    for (std::size_t i = before + 1; i < parts_.attributes.size() && object.uuid; ++i) {
        auto const uuid = stix::format_uuid(*object.uuid);
        auto const made = stix::format_uuid(stix::uuid_v5(*object.uuid, std::to_string(i - before)));
        parts_.attributes[i] = replaced(std::move(parts_.attributes[i]), uuid, made);
    }
    if (parts_.attributes.size() == before) made_.left_out.emplace_back(object.id);
}

Result<MadeEvent> Gathering::finish(EventOptions const& options) {
    for (auto const& json : observables_) {
        TRY(auto const* object, decoder_.read(json));
        if (!seen_.contains(std::string(object->id))) other(*object);
    }
    for (auto& [uuid, element] : objects_) {
        auto const found = attributes_of_.find(uuid);
        constexpr std::string_view empty = "\"Attribute\":[]";
        auto const at = element.rfind(empty);
        if (found != attributes_of_.end() && at != std::string::npos)
            element.insert(at + empty.size() - 1, fmt::format("{}", fmt::join(found->second, ",")));
        if (found != attributes_of_.end()) attributes_of_.erase(found);
        parts_.objects.push_back(std::move(element));
    }
    // Attributes whose object was not among what was given stand for themselves.
    for (auto& [uuid, list] : attributes_of_)
        for (auto& one : list) parts_.attributes.push_back(std::move(one));
    TRY(auto const whole, head(options));
    made_.elements = parts_.attributes.size() + parts_.objects.size() + parts_.reports.size();
    TRY(made_.json, wire::event_json(whole, parts_));
    return std::move(made_);
}

/// Who has the event already takes it again only when its time is later.
Result<std::string> Gathering::head(EventOptions const& options) const {
    JsonWriter creator;
    bool const is_other = head_.empty() && !other_head_.empty() && !creator_uuid_.empty();
    bool const is_named = !is_other || creator_uuid_ == options.creator_uuid;
    creator.object().field("uuid", is_other ? creator_uuid_ : options.creator_uuid);
    creator.field("name", is_named ? options.creator_name : creator_uuid_).end();
    if (head_.empty() && other_head_.empty()) {
        JsonWriter json;
        json.object().field("uuid", options.uuid).field("info", options.info).field("date", format_date(options.at));
        json.field("timestamp", std::to_string(options.at.seconds())).field("published", false);
        json.field("analysis", "0").field("threat_level_id", "4").field("distribution", "0");
        if (!options.tags.empty()) json.key("Tag").raw(wire::tags_json(options.tags));
        json.key("Orgc").raw(creator.text()).end();
        return std::move(json).text();
    }
    auto const& text = head_.empty() ? other_head_ : head_;
    JsonTree tree;
    CHECK(tree.parse(text));
    Members members;
    auto const at = wire::time_of(tree.root()["timestamp"]);
    if (newest_change_ && newest_change_->seconds() > at.value_or(Timestamp{}).seconds())
        members.emplace_back("timestamp", fmt::format("\"{}\"", newest_change_->seconds()));
    if (head_.empty()) members.emplace_back("Orgc", creator.text());
    return members.empty() ? text : with_members(tree, tree.root(), members);
}

}  // namespace

Result<MadeEvent> event_of(std::span<gate::Cleared<intelligence::Object> const> objects, EventOptions const& options) {
    Gathering gathering;
    for (auto const& object : objects) CHECK(gathering.take(object->json));
    return gathering.finish(options);
}

}  // namespace tocsin::sharing::misp
