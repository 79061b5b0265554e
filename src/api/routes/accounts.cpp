#include "api/render.hpp"
#include "api/router.hpp"

/// Accounts and keys, for administrators.
namespace tocsin::api {

namespace {

access::AccountId account_id(Call const& call) {
    return {call.path_id()};
}

Reply account_answer(access::Account const& account, int status = 200) {
    JsonWriter json;
    put(json, account);
    return json_answer(std::move(json), status);
}

/// An account that lost its rights hears nothing more; its other sessions' streams end with their next request.
Status end_streams(Call& call, access::AccountId id) {
    TRY(auto const sessions, call.doors().access->sessions(id));
    for (auto const& session : sessions) call.house.changes.close_for(session.id);
    return {};
}

Reply users_list(Call& call) {
    TRY(auto const accounts, call.doors().access->accounts());
    return list_of(accounts, [](JsonWriter& json, access::Account const& account) { put(json, account); });
}

Reply users_create(Call& call) {
    TRY(auto const role, access::parse_role(call.text_or("role", "viewer")));
    TRY(auto const account,
        call.doors().access->add_account(call.caller, {.name = call.text_or("name", ""),
                                                       .password = call.text_or("password", ""),
                                                       .role = role,
                                                       .full_name = call.text_or("full_name", ""),
                                                       .email = call.text_or("email", ""),
                                                       .language = call.text_or("language", "en")}));
    call.changed("user", std::to_string(account.id.value), "added");
    return account_answer(account, 201);
}

Reply users_get(Call& call) {
    TRY(auto const account, call.doors().access->account(account_id(call)));
    return account_answer(account);
}

Reply users_change(Call& call) {
    access::AccountChange change;
    change.full_name = call.text("full_name");
    change.email = call.text("email");
    if (auto const* email = call.body.get_object().if_contains("email"); email && email->is_null()) change.email = "";
    change.language = call.text("language");
    if (auto const role = call.text("role")) {
        TRY(change.role, access::parse_role(*role));
    }
    change.is_disabled = call.flag("disabled");
    if (change.is_disabled.value_or(false) || change.role) CHECK(end_streams(call, account_id(call)));
    TRY(auto account, call.doors().access->change_account(call.caller, account_id(call), change));
    if (auto const password = call.text("password")) {
        CHECK(end_streams(call, account_id(call)));
        CHECK(call.doors().access->set_password(call.caller, account_id(call), *password));
    }
    call.changed("user", call.path("id"), "changed");
    return account_answer(account);
}

Reply users_remove(Call& call) {
    CHECK(end_streams(call, account_id(call)));
    CHECK(call.doors().access->erase_account(call.caller, account_id(call)));
    call.changed("user", call.path("id"), "removed");
    return nothing();
}

Reply users_recovery(Call& call) {
    CHECK(call.doors().access->reset_totp(call.caller, account_id(call)));
    TRY(auto const code, call.doors().access->start_recovery(call.caller, account_id(call)));
    JsonWriter json;
    json.object().field("code", code.code).field("expires", code.expires).end();
    return json_answer(std::move(json), 201);
}

Reply keys_list(Call& call) {
    TRY(auto const keys, call.doors().access->keys());
    return list_of(keys, [](JsonWriter& json, access::Key const& key) {
        json.object()
            .field("id", key.id.value)
            .field("name", key.name)
            .field("role", access::name_of(key.role))
            .key("feeds")
            .array();
        for (auto const& feed : key.feeds) json.value(feed);
        json.end()
            .field("created", key.created)
            .field_or_null("expires", key.expires)
            .field_or_null("last_used", key.last_used)
            .field("revoked", key.revoked.has_value());
        put_account_reference(json, "by", key.made_by, key.made_by_name);
        json.end();
    });
}

Reply keys_create(Call& call) {
    access::NewKey wanted;
    wanted.name = call.text_or("name", "");
    TRY(wanted.role, access::parse_role(call.text_or("role", "viewer")));
    if (auto const expires = call.text("expires")) {
        TRY(wanted.expires, parse_timestamp(*expires));
    }
    if (auto const* feeds = call.member("feeds")) {
        for (auto const& feed : feeds->as_array()) wanted.feeds.emplace_back(feed.as_string());
    }
    TRY(auto const made, call.doors().access->add_key(call.caller, wanted));
    JsonWriter json;
    json.object().field("id", made.id.value).field("key", made.key).end();
    return json_answer(std::move(json), 201);
}

Reply keys_revoke(Call& call) {
    CHECK(call.doors().access->revoke_key(call.caller, {call.path_id()}));
    call.house.changes.close_for("key:" + call.path("id"));
    return nothing();
}

}  // namespace

void routes_accounts(Router& router) {
    router.answer("users_list", users_list);
    router.answer("users_create", users_create);
    router.answer("users_get", users_get);
    router.answer("users_change", users_change);
    router.answer("users_remove", users_remove);
    router.answer("users_recovery", users_recovery);
    router.answer("keys_list", keys_list);
    router.answer("keys_create", keys_create);
    router.answer("keys_revoke", keys_revoke);
}

}  // namespace tocsin::api
