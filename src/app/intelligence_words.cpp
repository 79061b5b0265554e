#include "app/intelligence_words.hpp"

#include "app/instance.hpp"

namespace tocsin::app {

std::vector<Option> object_filter_options() {
    return {{"--type", "TYPE", "only objects of this STIX type (may be repeated)", "", false, true},
            {"--label", "LABEL", "only with this label", "", false, true},
            {"--value", "VALUE", "about this address, name, URL or hash"},
            {"--network", "NETWORK", "about addresses within it, or networks that hold it"},
            {"--under", "DOMAIN", "about this domain and all below it"},
            {"--prefix", "TEXT", "about a URL, hash or text that begins so"},
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
    static constexpr std::pair<std::string_view, Is> ways[] = {
        {"--value", Is::equal}, {"--network", Is::network}, {"--under", Is::under}, {"--prefix", Is::prefix}};
    for (auto const& [option, is] : ways) {
        if (!call.has(option)) continue;
        if (filter.value) return fail(Code::invalid, "give one of --value, --network, --under, --prefix");
        filter.value = intelligence::ValueQuery{is, {}, call.get(option)};
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

gate::Recipient command_recipient() {
    return gate::Recipient::team(access::command_principal());
}

void append_json(JsonWriter& json, gate::Cleared<intelligence::Object> const& object) {
    json.object()
        .field("id", object->id)
        .field("type", object->type)
        .field("added", object->added)
        .field("version", object->version)
        .field("marking", gate::label_of(object.marking()))
        .field("is_last", object->is_last)
        .field("is_revoked", object->is_revoked)
        .field("source", object->source)
        .key("object")
        .raw(object->json)
        .end();
}

std::string line_of(gate::Cleared<intelligence::Object> const& object) {
    return fmt::format("{:<18} {}  {}{}", gate::label_of(object.marking()), format_timestamp(object->version),
                       object->id, object->is_revoked ? "  revoked" : "");
}

}  // namespace tocsin::app
