#include "access/members.hpp"

#include "api/portal/letters.hpp"
#include "api/render.hpp"
#include "api/router.hpp"

#include <fmt/format.h>

/// People of constituents, as the team sees and invites them.
namespace tocsin::api {

namespace {

access::Members members_of(Call const& call) {
    return access::Members(*call.doors().access);
}

/// Errors: Code::not_found when there is no such organisation.
Result<constituency::Organisation> organisation_of(Call const& call) {
    return call.doors().constituency->directory().organisation({call.path_id()});
}

void put_right(JsonWriter& json, access::Membership const& membership) {
    json.field("rights", access::name_of(membership.right)).field("below", membership.sees_below);
}

Reply members_list(Call& call) {
    TRY(auto const organisation, organisation_of(call));
    TRY(auto const members, members_of(call).of(organisation.id.value));
    TRY(auto const invitations, members_of(call).invitations(organisation.id.value));
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& one : members) {
        json.object()
            .field("account", one.account.value)
            .field("name", one.name)
            .field("full_name", one.full_name)
            .field_or_null("email", one.email);
        put_right(json, one.membership);
        json.field("totp", one.has_totp)
            .field("disabled", one.is_disabled)
            .field("since", one.since)
            .field_or_null("last_seen", one.last_seen)
            .end();
    }
    json.end().key("invitations").array();
    for (auto const& one : invitations) {
        json.object().field("id", one.id.value);
        put_right(json, one.membership);
        json.field_or_null("email", one.email)
            .field("created", one.created)
            .field("expires", one.expires)
            .field("state", access::name_of(one.state))
            .end();
    }
    json.end().end();
    return json_answer(std::move(json));
}

Reply members_invite(Call& call) {
    TRY(auto const organisation, organisation_of(call));
    access::NewInvitation wanted{.membership = {.organisation = organisation.id.value},
                                 .email = call.text_or("email", ""),
                                 .language = call.text_or("language", "en")};
    TRY(wanted.membership.right, access::parse_right(call.text_or("rights", "reader")));
    wanted.membership.sees_below = call.flag("below").value_or(false);
    bool const by_mail = call.flag("mail").value_or(false);
    if (by_mail && wanted.email.empty()) return fail(Code::invalid, "email: expected an address to send the link to");
    TRY(auto const made, members_of(call).invite(call.caller, wanted));
    auto const link = fmt::format("{}/portal/join/{}", portal::base_of(call.house), made.token);
    auto const& words = notifications::Texts::of(wanted.language);
    auto const date = format_timestamp(made.expires).substr(0, 10);
    Status mailed = fail(Code::unavailable, "not asked for");
    if (by_mail)
        mailed = portal::send_letter(
            call.house,
            {.to = wanted.email,
             .subject = words.fill("portal.mail_invite_subject", {{"team", call.house.options.team}}),
             .text =
                 words.fill("portal.mail_invite_text",
                            {{"team", call.house.options.team}, {"organisation", organisation.name}, {"date", date}}),
             .link = link,
             .organisation = organisation.id},
            words);
    if (by_mail && !mailed) log::warning("an invitation by mail: {}", mailed.error().message);
    call.changed("user", "", "changed");
    JsonWriter json;
    json.object()
        .field("id", made.id.value)
        .field("link", link)
        .field("expires", made.expires)
        .field("mailed", mailed.has_value())
        .end();
    return json_answer(std::move(json), 201);
}

Reply members_withdraw(Call& call) {
    CHECK(members_of(call).withdraw(call.caller, {call.path_id("invitation")}, call.path_id()));
    call.changed("user", "", "changed");
    return nothing();
}

Reply members_remove(Call& call) {
    CHECK(members_of(call).remove(call.caller, {call.path_id("account")}, call.path_id()));
    call.changed("user", call.path("account"), "changed");
    return nothing();
}

}  // namespace

void routes_members(Router& router) {
    router.answer("members_list", members_list);
    router.answer("members_invite", members_invite);
    router.answer("members_withdraw", members_withdraw);
    router.answer("members_remove", members_remove);
}

}  // namespace tocsin::api
