#include "app/intelligence_words.hpp"

#include "app/instance.hpp"
#include "intelligence/intelligence.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {

std::vector<Option> object_filter_options() {
    return {{"--type", "TYPE", "only objects of this STIX type (may be repeated)", "", false, true},
            {"--label", "LABEL", "only with this label", "", false, true},
            {"--value", "VALUE", "about this address, name, URL or hash"},
            {"--network", "NETWORK", "about addresses within it, or networks that hold it"},
            {"--under", "DOMAIN", "about this domain and all below it"},
            {"--prefix", "TEXT", "about a URL, hash or text that begins so"},
            {"--near", "TLSH", "about a file whose TLSH digest is near this one"},
            {"--distance", "N", "of --near: the greatest, inclusive; below 50 files are alike", "50"},
            {"--text", "WORDS", "with all these words; WORD* for a beginning"},
            {"--live", "", "only what is matched now"},
            {"--all-versions", "", "not only the newest version"}};
}

Result<intelligence::ObjectFilter> object_filter(Invocation const& call) {
    using Is = intelligence::ValueQuery::Is;
    intelligence::ObjectFilter filter;
    filter.types = call.all("--type");
    filter.labels = call.all("--label");
    filter.text = call.get("--text");
    static constexpr std::pair<std::string_view, Is> ways[] = {{"--value", Is::equal},
                                                               {"--network", Is::network},
                                                               {"--under", Is::under},
                                                               {"--prefix", Is::prefix},
                                                               {"--near", Is::near}};
    for (auto const& [option, is] : ways) {
        if (!call.has(option)) continue;
        if (filter.value) return fail(Code::invalid, "give one of --value, --network, --under, --prefix, --near");
        filter.value = intelligence::ValueQuery{is, {}, call.get(option)};
    }
    if (filter.value && filter.value->is == Is::near) {
        auto const distance = parse_int(call.get("--distance"));
        if (!distance || *distance < 0 || *distance > 10'000)
            return fail(Code::invalid, "--distance: expected 0 to 10000");
        filter.value->distance = static_cast<int>(*distance);
    }
    if (call.has("--live")) filter.live_at = call.instance->clock().now();
    if (call.has("--all-versions")) filter.versions = intelligence::Versions::all;
    return filter;
}

Result<gate::Recipient> recipient_named(Invocation const& call, std::string_view text) {
    if (text == "public") return gate::Recipient::everyone();
    if (text == "team") {
        auto viewer = access::command_principal();
        viewer.role = access::Role::viewer;
        return gate::Recipient::team(viewer);
    }
    if (text.starts_with("peer:")) {
        TRY(auto const peer, call.instance->peers().find(text.substr(5)));
        return peer.recipient();
    }
    if (text.starts_with("org:")) text.remove_prefix(4);
    TRY(auto const organisation, call.instance->constituency().directory().find_organisation(text));
    return gate::Recipient::constituent(organisation.id, organisation.name);
}

Exit print_objects(Invocation const& call, intelligence::ObjectPage const& page) {
    if (!call.json()) {
        for (auto const& object : page.items) call.print("{}", line_of(object));
        if (!page.next.empty()) call.tell("more: --after {}", page.next);
        return Exit::done;
    }
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& object : page.items) append_json(json, object);
    json.end().key("next");
    page.next.empty() ? json.null() : json.value(page.next);
    json.end();
    call.print("{}", json.text());
    return Exit::done;
}

gate::Recipient command_recipient() {
    return gate::Recipient::team(access::command_principal());
}

void append_json(JsonWriter& json, gate::Cleared<intelligence::Object> const& object) {
    begin_json(json, object).end();
}

JsonWriter& begin_json(JsonWriter& json, gate::Cleared<intelligence::Object> const& object) {
    return json.object()
        .field("id", object->id)
        .field("type", object->type)
        .field("added", object->added)
        .field("version", object->version)
        .field("marking", gate::label_of(object.marking()))
        .field("is_last", object->is_last)
        .field("is_revoked", object->is_revoked)
        .field("source", object->source)
        .key("object")
        .raw(object->json);
}

std::string line_of(gate::Cleared<intelligence::Object> const& object) {
    return fmt::format("{:<18} {}  {}{}", gate::label_of(object.marking()), format_timestamp(object->version),
                       object->id, object->is_revoked ? "  revoked" : "");
}

}  // namespace tocsin::app
