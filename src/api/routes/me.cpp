#include "api/render.hpp"
#include "api/router.hpp"

/// My account: profile, password, second factor.
namespace tocsin::api {

namespace {

/// A key has no account of its own.
Status need_account(Call const& call) {
    if (call.caller.account) return {};
    return fail(Code::denied, "this is about an account; a key has none");
}

Reply me_get(Call& call) {
    CHECK(need_account(call));
    TRY(auto const account, call.doors().access->account(call.caller.account));
    JsonWriter json;
    put(json, account);
    return json_answer(std::move(json));
}

Reply me_change(Call& call) {
    CHECK(need_account(call));
    access::AccountChange change;
    change.full_name = call.text("full_name");
    change.email = call.text("email");
    if (auto const* email = call.body.get_object().if_contains("email"); email && email->is_null()) change.email = "";
    change.language = call.text("language");
    change.theme = call.text("theme");
    TRY(auto const account, call.doors().access->change_account(call.caller, call.caller.account, change));
    JsonWriter json;
    put(json, account);
    return json_answer(std::move(json));
}

Reply me_password(Call& call) {
    CHECK(need_account(call));
    CHECK(call.doors().access->change_own_password(call.caller, call.text_or("old", ""), call.text_or("new", "")));
    return nothing();
}

Reply me_totp_enrol(Call& call) {
    CHECK(need_account(call));
    TRY(auto const enrolment, call.doors().access->enrol_totp(call.caller));
    JsonWriter json;
    json.object().field("secret", enrolment.secret).field("uri", enrolment.uri).end();
    return json_answer(std::move(json));
}

Reply me_totp_confirm(Call& call) {
    CHECK(need_account(call));
    TRY(auto const codes, call.doors().access->confirm_totp(call.caller, call.text_or("code", "")));
    JsonWriter json;
    json.object().key("codes").array();
    for (auto const& code : codes) json.value(code);
    json.end().end();
    return json_answer(std::move(json));
}

Reply me_totp_disable(Call& call) {
    CHECK(need_account(call));
    CHECK(call.doors().access->disable_totp(call.caller, call.text_or("password", "")));
    return nothing();
}

}  // namespace

void routes_me(Router& router) {
    router.answer("me_get", me_get);
    router.answer("me_change", me_change);
    router.answer("me_password", me_password);
    router.answer("me_totp_enrol", me_totp_enrol);
    router.answer("me_totp_confirm", me_totp_confirm);
    router.answer("me_totp_disable", me_totp_disable);
}

}  // namespace tocsin::api
