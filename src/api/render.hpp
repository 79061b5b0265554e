#pragma once
#include "access/access.hpp"
#include "base/base.hpp"
#include "net/net.hpp"

#include <optional>
#include <string_view>
#include <vector>

/// Our values as the contract's schemas. Private to api.
namespace tocsin::api {

/// {"kind", "id"}
void put_thing(JsonWriter& json, std::string_view name, std::string_view kind, std::string_view id);

void put(JsonWriter& json, access::Account const& account);
/// UserRef or null.
void put_account_reference(JsonWriter& json, std::string_view name, access::AccountId id, std::string_view called);

/// A page: writes `{"items": [` each `], "next": cursor or null}`.
template <class Items, class Each>
net::HttpResponse page_of(Items const& items, std::string_view next, Each&& each) {
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& item : items) each(json, item);
    json.end().field_or_null("next", next).end();
    net::HttpResponse response;
    response.set("content-type", "application/json");
    response.body = std::move(json).text();
    return response;
}
/// The same with how many there are in all, exactly, of what the caller may see.
template <class Items, class Each>
net::HttpResponse page_of(Items const& items, std::string_view next, std::int64_t total, Each&& each) {
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& item : items) each(json, item);
    json.end().field_or_null("next", next).field("total", total).end();
    net::HttpResponse response;
    response.set("content-type", "application/json");
    response.body = std::move(json).text();
    return response;
}
/// A short list that has no cursor: `{"items": [...]}`.
template <class Items, class Each>
net::HttpResponse list_of(Items const& items, Each&& each) {
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& item : items) each(json, item);
    json.end().end();
    net::HttpResponse response;
    response.set("content-type", "application/json");
    response.body = std::move(json).text();
    return response;
}
/// {"count": n}
net::HttpResponse count_of(std::int64_t count);

}  // namespace tocsin::api
