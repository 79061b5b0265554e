#include "api/render_intelligence.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::api {

namespace {

constexpr std::size_t most_values = 50, most_references = 200, most_title = 200;

/// Cut between characters.
std::string cut(std::string_view text, std::size_t most) {
    auto const line = text.substr(0, text.find('\n'));
    if (line.size() <= most) return std::string(line);
    auto end = most;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
    return std::string(line.substr(0, end)) + "…";
}

std::string_view type_in(std::string_view id) {
    return id.substr(0, id.find("--"));
}

std::string title_of(formats::JsonValue root) {
    auto const type = root["type"].text();
    if (type == "relationship")
        return fmt::format("{} {} {}", type_in(root["source_ref"].text()), root["relationship_type"].text(),
                           type_in(root["target_ref"].text()));
    if (type == "opinion" && !root["explanation"].text().empty())
        return cut(fmt::format("{}: {}", root["opinion"].text(), root["explanation"].text()), most_title);
    if (type == "autonomous-system" && root["name"].text().empty()) return fmt::format("AS{}", root["number"].raw());
    for (auto const name :
         {"name", "value", "abstract", "content", "opinion", "path", "key", "account_login", "user_id", "display_name",
          "subject", "serial_number", "command_line", "pattern", "sighting_of_ref"})
        if (auto const text = trimmed(root[name].text()); !text.empty()) return cut(text, most_title);
    for (auto const hash : root["hashes"]) return cut(hash.text(), most_title);
    if (auto const tlp = root["definition"]["tlp"].text(); !tlp.empty()) return "TLP:" + uppered(tlp);
    return cut(root["definition"]["statement"].text(), most_title);
}

void put_marking(JsonWriter& json, gate::Marking const& marking) {
    json.field("tlp", gate::label_of(marking.tlp));
    json.field_or_null("pap", marking.pap ? gate::label_of(*marking.pap) : std::string_view());
}

void put_labels(JsonWriter& json, formats::JsonValue root) {
    json.key("labels").array();
    for (auto const label : root["labels"])
        if (label.is_text()) json.value(label.text());
    json.end();
}

void put_known_good(JsonWriter& json, std::string_view object_json, intelligence::KnownGood const* lists) {
    json.key("known_good").array();
    std::vector<std::string_view> named;
    if (lists != nullptr)
        for (auto const& value : values_of(object_json))
            for (auto const list : lists->lists_with(value))
                if (std::ranges::find(named, list) == named.end()) named.push_back(list);
    for (auto const list : named) json.value(list);
    json.end();
}

}  // namespace

gate::Recipient asker_of(Call const& call) {
    return gate::Recipient::team(call.caller);
}

std::string title_of(std::string_view object_json) {
    formats::JsonTree tree;
    return tree.parse(object_json) ? title_of(tree.root()) : std::string();
}

std::vector<formats::Observable> values_of(std::string_view object_json) {
    formats::stix::Decoder decoder({.read_pattern = [](std::string_view text, std::vector<formats::Observable>& found) {
        auto const pattern = formats::stix_pattern::parse(text);
        if (!pattern) return;
        for (auto& atom : formats::stix_pattern::atoms(*pattern).atoms) found.push_back(std::move(atom.observable));
    }});
    std::vector<formats::Observable> values;
    auto const view = decoder.read(object_json);
    if (!view) return values;
    for (auto const& found : (*view)->observables) {
        if (found.kind == formats::ObservableKind::other || values.size() >= most_values) continue;
        auto value = formats::normalised({found.kind, std::string(found.text)});
        if (value && std::ranges::find(values, *value) == values.end()) values.push_back(*std::move(value));
    }
    return values;
}

std::vector<ReferenceTo> references_of(std::string_view object_json) {
    formats::stix::Decoder decoder;
    std::vector<ReferenceTo> references;
    auto const view = decoder.read(object_json);
    if (!view) return references;
    for (auto const& one : (*view)->references) {
        if (one.property == "created_by_ref" || one.property == "object_marking_refs" ||
            one.property == "marking_ref" || references.size() >= most_references)
            continue;
        if (std::ranges::find(references, one.target, &ReferenceTo::target) == references.end())
            references.push_back({std::string(one.property), std::string(one.target)});
    }
    return references;
}

void put(JsonWriter& json, gate::Cleared<intelligence::Object> const& object, Names const& names) {
    formats::JsonTree tree;
    auto const root = tree.parse(object->json) ? tree.root() : formats::JsonValue();
    bool const is_matched = object->live_until.micros != 0 && object->matching != intelligence::Matching::never;
    json.object().field("id", object->id).field("type", object->type).field("title", title_of(root));
    put_marking(json, object.marking());
    json.field("added", object->added)
        .field("version", object->version)
        .field("is_last", object->is_last)
        .field("is_revoked", object->is_revoked)
        .field_or_null("confidence", object->confidence < 0 ? std::nullopt : std::optional(object->confidence))
        .field_or_null("live_until", is_matched ? std::optional(object->live_until) : std::nullopt);
    put_labels(json, root);
    put_known_good(json, object->json, names.known_good());
    json.field("source", object->source)
        .reference("originator", object->terms.originator.value, names.organisation(object->terms.originator.value))
        .end();
}

void put(JsonWriter& json, Call const& call, gate::Cleared<intelligence::Match> const& match, Names const& names) {
    json.object()
        .field("id", match->id)
        .field("state", intelligence::name_of(match->state))
        .field("observed", match->observed)
        .field("subject", match->subject)
        .field("side", match->side)
        .field("kind", formats::name_of(match->kind))
        .field("value", match->value)
        .field("feed", match->feed)
        .field_or_null("report", match->report == 0 ? std::nullopt : std::optional(match->report))
        .key("indicator");
    if (auto const indicator = call.doors().gate->clear(match->indicator, match.recipient())) {
        put(json, *indicator, names);
    } else {
        json.null();
    }
    json.end();
}

std::string called(Names const& names, std::string_view who) {
    constexpr std::string_view account = "account:";
    return who.starts_with(account) ? names.account(who.substr(account.size())) : std::string(who);
}

std::string recipient_name(Names const& names, std::string_view reference) {
    for (std::string_view const kind : {"peer:", "organisation:"})
        if (reference.starts_with(kind))
            return names.organisation(parse_int(reference.substr(kind.size())).value_or(0));
    constexpr std::string_view team = "team:";
    if (reference.starts_with(team)) return called(names, reference.substr(team.size()));
    return std::string(reference);
}

}  // namespace tocsin::api
