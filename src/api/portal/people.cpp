#include "api/portal/letters.hpp"
#include "api/portal/visit.hpp"

#include <fmt/format.h>

/// People of the organisation, invitations, keys for its programs. For its managers.
namespace tocsin::api::portal {
namespace {

constexpr std::string_view here = "/portal/people";

access::Members members_of(Visit const& visit) {
    return access::Members(*visit.doors().access);
}

std::vector<Choice> rights(Visit const& visit) {
    std::vector<Choice> all;
    for (auto const right : {access::Right::reader, access::Right::editor, access::Right::manager})
        all.push_back(
            {std::string(access::name_of(right)), visit.say(fmt::format("right_{}", access::name_of(right)))});
    return all;
}

std::string below_box(Visit const& visit, bool is_on) {
    if (!visit.desk().sees_below()) return {};
    return fmt::format("<label><input type=\"checkbox\" name=\"below\" value=\"yes\"{}> {}</label>\n",
                       is_on ? " checked" : "", visit.say("below"));
}

Result<std::string> people_html(Visit const& visit) {
    TRY(auto const all, members_of(visit).of(visit.desk().organisation().value));
    auto out = fmt::format("<h2>{}</h2>\n<ul class=\"plain\">\n", visit.say("members"));
    for (auto const& one : all) {
        out += fmt::format("<li><p><strong>{}</strong> {}</p>\n", text(one.name), text(one.full_name));
        auto const id = fmt::format("<input type=\"hidden\" name=\"who\" value=\"{}\">\n", one.account.value);
        out += fmt::format("{}{}{}{}{}</form>\n{}{}{}</form></li>\n",
                           replaced(form_head(visit, here, "set"), "<form ", "<form class=\"row\" "), id,
                           choice("right", visit.say("right"), rights(visit), access::name_of(one.membership.right)),
                           below_box(visit, one.membership.sees_below), button(visit.say("save")),
                           form_head(visit, here, "remove"), id, button(visit.say("remove")));
    }
    return out + "</ul>\n";
}

Result<std::string> invitations_html(Visit const& visit) {
    TRY(auto const all, members_of(visit).invitations(visit.desk().organisation().value));
    std::string open;
    for (auto const& one : all) {
        if (one.state != access::InvitationState::open) continue;
        open += fmt::format("<li>{} {} {} {}<input type=\"hidden\" name=\"which\" value=\"{}\">{}</form></li>\n",
                            text(one.email), visit.say(fmt::format("right_{}", access::name_of(one.membership.right))),
                            time_text(one.expires), form_head(visit, here, "withdraw"), one.id.value,
                            button(visit.say("withdraw")));
    }
    auto out = fmt::format("<section class=\"panel\">\n<h2>{}</h2>\n{}", visit.say("invite"),
                           form_head(visit, here, "invite"));
    out += field({.name = "email", .label = visit.say("email"), .type = "email", .most = 254});
    out += choice("right", visit.say("right"), rights(visit), "reader") + below_box(visit, false) +
           button(visit.say("invite")) + "</form>\n";
    if (!open.empty())
        out += fmt::format("<h3>{}</h3>\n<ul class=\"plain\">\n{}</ul>\n", visit.say("invite_open"), open);
    return out + "</section>\n";
}

Result<std::string> keys_html(Visit const& visit) {
    TRY(auto const all, members_of(visit).keys(visit.desk().organisation().value));
    auto out = fmt::format("<h2>{}</h2>\n<p>{}</p>\n<ul class=\"plain\">\n", visit.say("keys"), visit.say("keys_text"));
    for (auto const& key : all) {
        if (key.revoked) continue;
        out += fmt::format(
            "<li>{} <span class=\"soft\">{} {}</span> {}<input type=\"hidden\" name=\"which\" "
            "value=\"{}\">{}</form></li>\n",
            text(key.name), visit.say("last_used"), key.last_used ? time_text(*key.last_used) : "–",
            form_head(visit, here, "key_revoke"), key.id.value, button(visit.say("key_revoke")));
    }
    return out + "</ul>\n" + form_head(visit, here, "key_add") +
           field({.name = "name", .label = visit.say("key_name"), .most = 200, .more = "required"}) +
           below_box(visit, false) + button(visit.say("key_add")) + "</form>\n";
}

/// `first`: what is shown once, above the rest.
Page show(Visit const& visit, std::string const& first = {}) {
    auto const people = people_html(visit);
    if (!people) return failed(visit, people.error());
    auto const invitations = invitations_html(visit);
    if (!invitations) return failed(visit, invitations.error());
    auto const keys = keys_html(visit);
    if (!keys) return failed(visit, keys.error());
    return page(visit, visit.say("people"), first + *people + *invitations + *keys, visit.fault.empty() ? 200 : 422);
}

Result<access::Membership> membership_of(Visit const& visit) {
    access::Membership membership{.organisation = visit.desk().organisation().value};
    TRY(membership.right, access::parse_right(visit.sent("right")));
    membership.sees_below = visit.sent("below") == "yes";
    return membership;
}

std::string once(std::string const& label, std::string_view secret) {
    return fmt::format("<section class=\"panel\">\n<p>{}</p>\n<p class=\"once\" dir=\"ltr\">{}</p>\n", label,
                       html_escaped(secret));
}

Result<std::string> invite(Visit const& visit) {
    TRY(auto const membership, membership_of(visit));
    access::NewInvitation const wanted{
        .membership = membership, .email = visit.sent("email"), .language = std::string(visit.words->code())};
    TRY(auto const made, members_of(visit).invite(visit.caller(), wanted));
    auto const link = fmt::format("{}/portal/join/{}", base_of(visit.house), made.token);
    auto out = once(visit.say("invite_text", {{"date", date_text(made.expires)}}), link);
    if (!wanted.email.empty()) {
        auto const sent = send_letter(
            visit.house,
            {.to = wanted.email,
             .subject = visit.words->fill("portal.mail_invite_subject", {{"team", visit.house.options.team}}),
             .text = visit.words->fill("portal.mail_invite_text", {{"team", visit.house.options.team},
                                                                   {"organisation", visit.desk().name()},
                                                                   {"date", date_text(made.expires)}}),
             .link = link,
             .organisation = visit.desk().organisation()},
            *visit.words);
        if (sent) out += fmt::format("<p>{}</p>\n", visit.say("invite_mailed", {{"email", wanted.email}}));
        if (!sent) log::warning("the portal's invitation by mail: {}", sent.error().message);
    }
    return out + "</section>\n";
}

Result<std::string> add_key(Visit const& visit) {
    access::Membership const membership{.organisation = visit.desk().organisation().value,
                                        .sees_below = visit.sent("below") == "yes"};
    TRY(auto const made, members_of(visit).add_key(visit.caller(), membership, visit.sent("name"), {}));
    return once(visit.say("key_made"), made.key) + "</section>\n";
}

Status change(Visit const& visit, std::string_view action) {
    auto members = members_of(visit);
    auto const organisation = visit.desk().organisation().value;
    auto const who = parse_int(visit.sent("who")).value_or(0);
    auto const which = parse_int(visit.sent("which")).value_or(0);
    if (action == "set") {
        TRY(auto const membership, membership_of(visit));
        return members.set(visit.caller(), {who}, membership);
    }
    if (action == "remove") return members.remove(visit.caller(), {who}, organisation);
    if (action == "withdraw") return members.withdraw(visit.caller(), {which}, organisation);
    if (action == "key_revoke") return members.revoke_key(visit.caller(), organisation, {which});
    return fail(Code::invalid, "action: expected one of the page's");
}

}  // namespace

Page people_page(Visit& visit) {
    if (!visit.may(access::Right::manager)) return not_allowed(visit);
    if (!visit.is_post()) return show(visit);
    auto const action = visit.sent("action");
    if (action == "invite" || action == "key_add") {
        auto const made = action == "invite" ? invite(visit) : add_key(visit);
        if (made) return show(visit, *made);
        note_fault(visit, made.error());
        return show(visit);
    }
    auto const done = change(visit, action);
    if (done) return go_to(visit, here, "saved");
    note_fault(visit, done.error());
    return show(visit);
}

}  // namespace tocsin::api::portal
