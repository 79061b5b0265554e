#include "api/portal/letters.hpp"
#include "api/portal/visit.hpp"

#include <fmt/format.h>

/// Signing in and out, a new password, an invitation.
namespace tocsin::api::portal {
namespace {

std::string cookie(Visit const& visit, std::string_view token, bool is_end) {
    return fmt::format("tocsin_portal={}; Path=/portal; HttpOnly; SameSite=Lax{}{}", token,
                       visit.request.peer.is_tls ? "; Secure" : "", is_end ? "; Max-Age=0" : "");
}

/// Only to a page of ours: never a whole address, never "//host".
std::string next_of(Visit const& visit) {
    auto const next = visit.is_post() ? visit.sent("next") : visit.asked("next");
    bool const is_ours = next.starts_with("/portal") && next.find_first_of("\\?#\r\n") == std::string::npos &&
                         next.size() < 200 && !next.starts_with("/portal/sign");
    return is_ours ? next : "/portal";
}

std::string sign_in_form(Visit const& visit) {
    auto form = form_head(visit, "/portal/sign-in");
    form += fmt::format("<input type=\"hidden\" name=\"next\" value=\"{}\">\n", html_escaped(next_of(visit)));
    form += field({.name = "name",
                   .label = visit.say("name"),
                   .value = visit.sent("name"),
                   .most = 64,
                   .more = "required autocomplete=\"username\" autocapitalize=\"none\""});
    form += field({.name = "password",
                   .label = visit.say("password"),
                   .type = "password",
                   .most = 1024,
                   .more = "required autocomplete=\"current-password\""});
    form += field({.name = "code",
                   .label = visit.say("code"),
                   .most = 40,
                   .more = "autocomplete=\"one-time-code\" inputmode=\"numeric\""});
    return form + button(visit.say("sign_in")) + "</form>\n";
}

Page show_sign_in(Visit const& visit, int status = 200) {
    auto const body = fmt::format("<p>{}</p>\n{}<p><a href=\"{}\">{}</a></p>\n<p class=\"soft\">{}</p>\n",
                                  visit.say("welcome", {{"team", visit.house.options.team}}), sign_in_form(visit),
                                  visit.address("/portal/recover"), visit.say("forgot"), visit.say("no_script"));
    return page(visit, visit.say("sign_in"), body, status);
}

Page entered(Visit const& visit, access::NewSession const& session, std::string_view to) {
    auto response = go_to(visit, to, "");
    response.headers.push_back({"set-cookie", cookie(visit, session.token, false)});
    return response;
}

/// Signs in; the outcome is the page.
Page try_in(Visit& visit, access::Credentials const& credentials, std::string_view to) {
    auto const in = visit.doors().access->log_in(credentials, visit.visitor());
    if (!in) return failed(visit, in.error());
    switch (in->outcome) {
        case access::LogInOutcome::welcome:
            if (in->session.principal.is_constituent()) return entered(visit, in->session, to);
            if (auto const ended = visit.doors().access->end_session(
                    in->session.principal, in->session.principal.account, in->session.principal.session);
                !ended)
                return failed(visit, ended.error());
            visit.fault = visit.plain("team_member");
            return show_sign_in(visit, 403);
        case access::LogInOutcome::refused:
            visit.fault = visit.plain("refused");
            return show_sign_in(visit, 401);
        case access::LogInOutcome::code_required:
            visit.fault = visit.plain("code_required");
            return show_sign_in(visit, 401);
        case access::LogInOutcome::locked:
            visit.fault = visit.words->fill("portal.locked", {{"seconds", std::to_string(in->retry_after.count())}});
            return show_sign_in(visit, 429);
    }
    return show_sign_in(visit, 401);
}

Page show_recover(Visit const& visit, int status = 200) {
    auto body = fmt::format("<p>{}</p>\n", visit.say("recover_text", {{"team", visit.house.options.team}}));
    body += form_head(visit, "/portal/recover");
    body += field({.name = "name",
                   .label = visit.say("name"),
                   .value = visit.sent("name"),
                   .most = 64,
                   .more = "required autocomplete=\"username\""});
    body += field({.name = "code", .label = visit.say("recover_code"), .most = 60, .more = "required"});
    body += field({.name = "password",
                   .label = visit.say("new_password"),
                   .type = "password",
                   .most = 1024,
                   .more = "required minlength=\"12\" autocomplete=\"new-password\""});
    body += button(visit.say("save")) + "</form>\n";
    return page(visit, visit.say("recover_title"), body, status);
}

std::string join_form(Visit const& visit) {
    auto out = fmt::format("<h2>{}</h2>\n{}", visit.say("join_new"), form_head(visit, visit.path));
    out += field({.name = "name",
                  .label = visit.say("name"),
                  .value = visit.sent("name"),
                  .most = 64,
                  .more = "required autocomplete=\"username\" autocapitalize=\"none\""});
    out += field({.name = "full_name",
                  .label = visit.say("full_name"),
                  .value = visit.sent("full_name"),
                  .most = 200,
                  .more = "autocomplete=\"name\""});
    out += field({.name = "email",
                  .label = visit.say("email"),
                  .value = visit.sent("email"),
                  .type = "email",
                  .most = 254,
                  .more = "autocomplete=\"email\""});
    out += field({.name = "password",
                  .label = visit.say("new_password"),
                  .type = "password",
                  .most = 1024,
                  .more = "required minlength=\"12\" autocomplete=\"new-password\""});
    return out + button(visit.say("join_button")) +
           fmt::format("</form>\n<p class=\"soft\">{}</p>\n", visit.say("join_have"));
}

}  // namespace

Page sign_in_page(Visit& visit) {
    if (visit.session) return go_to(visit, "/portal", "");
    if (!visit.is_post()) return show_sign_in(visit);
    return try_in(visit, {visit.sent("name"), visit.form["password"], visit.sent("code")}, next_of(visit));
}

Page sign_out(Visit& visit) {
    if (!visit.is_post()) return go_to(visit, "/portal", "");
    auto const& caller = visit.caller();
    if (auto const ended = visit.doors().access->end_session(caller, caller.account, caller.session); !ended)
        return failed(visit, ended.error());
    auto response = go_to(visit, "/portal/sign-in", "");
    response.headers.push_back({"set-cookie", cookie(visit, "", true)});
    return response;
}

Page recover_page(Visit& visit) {
    if (!visit.is_post()) return show_recover(visit);
    auto const done =
        visit.doors().access->recover(visit.sent("name"), visit.sent("code"), visit.form["password"], visit.visitor());
    if (done) return go_to(visit, "/portal/sign-in", "recover_done");
    note_fault(visit, done.error());
    return show_recover(visit, done.error().code == Code::limit ? 429 : 422);
}

Page join_page(Visit& visit) {
    access::Members members(*visit.doors().access);
    auto const token = visit.rest_of("/portal/join/");
    auto const invitation = members.open_invitation(token);
    if (!invitation) return failed(visit, invitation.error());
    auto const organisation =
        *invitation ? visit.doors().constituency->directory().organisation({(*invitation)->membership.organisation})
                    : fail(Code::not_found, "");
    if (!organisation)
        return page(visit, visit.say("join_title"), fmt::format("<p>{}</p>\n", visit.say("join_gone")), 404);
    int status = 200;
    if (visit.is_post() && visit.session) {
        auto const joined = members.join(visit.caller(), token);
        if (!joined) return failed(visit, joined.error());
        return go_to(visit, "/portal", "done");
    }
    if (visit.is_post()) {
        access::NewAccount const wanted{.name = visit.sent("name"),
                                        .password = visit.form["password"],
                                        .full_name = visit.sent("full_name"),
                                        .email = visit.sent("email"),
                                        .language = std::string(visit.words->code())};
        auto const made = members.accept(token, wanted, visit.visitor());
        if (made) {
            visit.house.changes.publish("user", std::to_string(made->id.value), "added", visit.now());
            return try_in(visit, {wanted.name, wanted.password, ""}, "/portal");
        }
        note_fault(visit, made.error());
        status = 422;
    }
    auto body =
        fmt::format("<p>{}</p>\n",
                    visit.say("join_text", {{"team", visit.house.options.team}, {"organisation", organisation->name}}));
    body += visit.session ? form_head(visit, visit.path) + button(visit.say("join_button")) + "</form>\n"
                          : join_form(visit);
    return page(visit, visit.say("join_title"), body, status);
}

}  // namespace tocsin::api::portal
