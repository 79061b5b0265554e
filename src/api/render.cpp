#include "api/render.hpp"

namespace tocsin::api {

void put_text_or_null(JsonWriter& json, std::string_view name, std::string_view text) {
    json.key(name);
    if (text.empty()) {
        json.null();
    } else {
        json.value(text);
    }
}

void put_reference(JsonWriter& json, std::string_view name, std::int64_t id, std::string_view called) {
    json.key(name);
    if (id == 0) {
        json.null();
    } else {
        json.object().field("id", id).field("name", called).end();
    }
}

void put_thing(JsonWriter& json, std::string_view name, std::string_view kind, std::string_view id) {
    json.key(name).object().field("kind", kind).field("id", id).end();
}

void put(JsonWriter& json, access::Account const& account) {
    json.object().field("id", account.id.value).field("name", account.name).field("full_name", account.full_name);
    put_text_or_null(json, "email", account.email);
    json.field("role", access::name_of(account.role))
        .field("language", account.language)
        .field("theme", account.theme)
        .field("totp", account.has_totp)
        .field("disabled", account.is_disabled);
    put_or_null(json, "locked_until", account.locked_until);
    json.field("created", account.created);
    put_or_null(json, "last_seen", account.last_seen);
    json.end();
}

void put_account_reference(JsonWriter& json, std::string_view name, access::AccountId id, std::string_view called) {
    put_reference(json, name, id.value, called);
}

net::HttpResponse count_of(std::int64_t count) {
    JsonWriter json;
    json.object().field("count", count).end();
    net::HttpResponse response;
    response.set("content-type", "application/json");
    response.body = std::move(json).text();
    return response;
}

}  // namespace tocsin::api
