#include "sharing/mappings/misp_change.hpp"

#include "sharing/mappings/misp_values.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::sharing::misp {
namespace {

namespace wire = formats::misp;
namespace stix = formats::stix;
using formats::JsonTree;
using formats::JsonValue;

/// Tags that are still meant stay as they came, with their colour and all else; new ones come behind.
std::string tag_list(JsonValue old, std::vector<std::string> const& wanted) {
    JsonWriter json;
    json.array();
    std::vector<std::string> have;
    for (auto const tag : old) {
        auto const is_it = [&](std::string const& name) { return equal_ignoring_case(name, tag["name"].text()); };
        if (std::ranges::none_of(wanted, is_it)) continue;
        json.raw(tag.raw());
        have.push_back(lowered(tag["name"].text()));
    }
    for (auto const& name : wanted)
        if (std::ranges::find(have, lowered(name)) == have.end()) json.object().field("name", name).end();
    json.end();
    return std::move(json).text();
}

/// The value that a pattern says now, and the type of it: the old one where it still fits.
void put_pattern(Members& members, stix::ObjectView const& object, JsonValue element) {
    auto const type = element["type"].text();
    auto const put = [&](std::string_view name, std::string_view text) {
        members.emplace_back(name, json_string(text));
    };
    auto const old = values_of(type, element["value"].text());
    auto const rule = rule_language_of(type);
    if (object.pattern == (rule.empty() ? pattern_of(old) : element["value"].text())) return;
    if (object.pattern_type != "stix") {
        if (auto const wanted = type_of_rule(object.pattern_type); !wanted.empty() && wanted != type)
            put("type", wanted);
        return put("value", object.pattern);
    }
    auto const value = single_value(object.pattern);
    if (!value || type_of(value->kind).empty()) {
        put("type", "stix2-pattern");
        return put("value", object.pattern);
    }
    bool const is_same_kind = !type.contains('|') && !old.values.empty() && old.values.front().kind == value->kind;
    if (!is_same_kind) put("type", type_of(value->kind));
    put("value", value->value);
}

void put_attribute(Members& members, stix::ObjectView const& object, JsonValue element) {
    if (object.type == "indicator") put_pattern(members, object, element);
    auto const said = object.type == "vulnerability" ? object.name
                      : object.type == "note"        ? object.root["content"].text()
                                                     : std::string_view();
    if (!said.empty() && said != "-" && !equal_ignoring_case(said, element["value"].text()))
        members.emplace_back("value", json_string(said));
    if (object.type == "indicator" || object.type == "vulnerability")
        members.emplace_back("comment", json_string(object.description));
    members.emplace_back("Tag", tag_list(element["Tag"], tags_of(object)));
}

void put_event(Members& members, stix::ObjectView const& object, JsonValue element) {
    members.emplace_back("info", json_string(object.name));
    members.emplace_back("Tag", tag_list(element["Tag"], tags_of(object)));
    if (object.is_revoked) members.emplace_back("published", "false");  // MISP does not pass deletions of events on
}

}  // namespace

bool is_changed(stix::ObjectView const& object) {
    return object.created.time && object.modified.time && *object.modified.time > *object.created.time;
}

std::string with_members(JsonTree const& tree, JsonValue element, Members const& members) {
    std::string out = "{";
    auto const put = [&](std::string_view name, std::string_view json) {
        fmt::format_to(std::back_inserter(out), "{}{}:{}", out.size() > 1 ? "," : "", json_string(name), json);
    };
    for (auto const member : element) {
        auto const found = std::ranges::find(members, member.key(), &Members::value_type::first);
        if (found != members.end()) {
            put(found->first, found->second);
            continue;
        }
        auto const& node = tree[member.node()];
        if (out.size() > 1) out += ',';
        out += tree.json().substr(node.start, node.end - node.start);
    }
    for (auto const& [name, json] : members)
        if (!element[name]) put(name, json);
    return out + "}";
}

std::vector<std::string> tags_of(stix::ObjectView const& object) {
    std::vector<std::string> tags;
    for (auto const label : object.labels) tags.emplace_back(label);
    for (auto const ref : object.object_marking_refs) {
        auto const meaning = stix::meaning_of_marking_id(ref);
        if (meaning && meaning->tlp) tags.push_back(fmt::format("tlp:{}", stix::name_of(*meaning->tlp)));
        if (meaning && meaning->pap) tags.push_back("PAP:" + uppered(stix::name_of(*meaning->pap)));
    }
    return tags;
}

std::optional<formats::Observable> single_value(std::string_view pattern) {
    auto const parsed = formats::stix_pattern::parse(pattern);
    if (!parsed) return std::nullopt;
    auto reduced = formats::stix_pattern::atoms(*parsed);
    bool const is_one =
        reduced.strength == formats::stix_pattern::Reduction::Strength::decisive && reduced.atoms.size() == 1;
    return is_one ? formats::normalised(reduced.atoms.front().observable) : std::nullopt;
}

std::string changed_element(JsonTree const& tree, stix::ObjectView const& object, JsonValue element,
                            std::string_view kind) {
    Members members;
    if (kind == "attribute" || kind == "proposal") {
        put_attribute(members, object, element);
    } else if (kind == "object") {
        bool const has_comment = !element["comment"].text().empty() || element["description"].text().empty();
        members.emplace_back(has_comment ? "comment" : "description", json_string(object.description));
    } else if (kind == "report") {
        members.emplace_back("name", json_string(object.root["abstract"].text()));
        members.emplace_back("content", json_string(object.root["content"].text()));
    } else if (kind == "event") {
        put_event(members, object, element);
    }
    if (kind != "event") members.emplace_back("deleted", object.is_revoked ? "true" : "false");
    members.emplace_back("timestamp", fmt::format("\"{}\"", object.version().time.value_or(Timestamp{}).seconds()));
    return with_members(tree, element, members);
}

}  // namespace tocsin::sharing::misp
