#include "access/access.hpp"
#include "api/render.hpp"
#include "api/router.hpp"

#include <boost/json/serialize.hpp>

/// Settings of the server.
namespace tocsin::api {

namespace {

Reply settings_get(Call& call) {
    std::vector<Setting> settings;
    if (call.doors().settings) settings = call.doors().settings();
    return list_of(settings, [](JsonWriter& json, Setting const& setting) {
        json.object()
            .field("key", setting.key)
            .key("value")
            .raw(setting.value)
            .key("default")
            .raw(setting.standard)
            .field("kind", setting.kind);
        if (!setting.choices.empty()) {
            json.key("choices").array();
            for (auto const& choice : setting.choices) json.value(choice);
            json.end();
        }
        json.field("from", setting.from)
            .field("description", setting.description)
            .field("fixed", setting.is_fixed)
            .field("restart", setting.needs_restart)
            .end();
    });
}

Reply settings_change(Call& call) {
    if (!call.doors().change_settings) return fail(Code::unavailable, "settings can't be changed in this server");
    std::vector<std::pair<std::string, std::string>> changes;
    JsonWriter keys;
    keys.object().key("keys").array();
    for (auto const& change : call.body.as_object()) {
        changes.emplace_back(change.key(), boost::json::serialize(change.value()));
        keys.value(std::string_view(change.key()));
    }
    keys.end().end();
    CHECK(call.doors().change_settings(changes));
    CHECK(call.doors().ledger->write([&](store::Transaction& tx) {
        return access::audit(tx, call.caller, call.now(),
                             {.what = "setting.change",
                              .kind = "setting",
                              .id = changes.size() == 1 ? changes.front().first : "",
                              .details = keys.text()});
    }));
    call.changed("settings", "", "changed");
    return settings_get(call);
}

}  // namespace

void routes_settings(Router& router) {
    router.answer("settings_get", settings_get);
    router.answer("settings_change", settings_change);
}

}  // namespace tocsin::api
