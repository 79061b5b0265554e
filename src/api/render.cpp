#include "api/render.hpp"

namespace tocsin::api {

void put_thing(JsonWriter& json, std::string_view name, std::string_view kind, std::string_view id) {
    json.key(name).object().field("kind", kind).field("id", id).end();
}

void put(JsonWriter& json, access::Account const& account) {
    json.object()
        .field("id", account.id.value)
        .field("name", account.name)
        .field("full_name", account.full_name)
        .field_or_null("email", account.email)
        .field("role", access::name_of(account.role))
        .field("language", account.language)
        .field("theme", account.theme)
        .field("totp", account.has_totp)
        .field("disabled", account.is_disabled)
        .field_or_null("locked_until", account.locked_until)
        .field("created", account.created)
        .field_or_null("last_seen", account.last_seen)
        .end();
}

void put_account_reference(JsonWriter& json, std::string_view name, access::AccountId id, std::string_view called) {
    json.reference(name, id.value, called);
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
