#include "api/portal/visit.hpp"

#include <fmt/format.h>

/// My account: name, language, password, second factor.
namespace tocsin::api::portal {
namespace {

constexpr std::string_view here = "/portal/account";

std::string profile_form(Visit const& visit) {
    std::vector<Choice> languages;
    for (std::string_view const code : {"en", "fr", "es", "ru", "ar", "zh"})
        languages.push_back({std::string(code), html_escaped(Words::of(code).get("language"))});
    return fmt::format("<h2>{}</h2>\n{}", visit.say("profile"), form_head(visit, here, "profile")) +
           field({.name = "full_name", .label = visit.say("full_name"), .value = visit.account->full_name}) +
           field({.name = "email",
                  .label = visit.say("email"),
                  .value = visit.account->email,
                  .type = "email",
                  .most = 254}) +
           choice("language", visit.say("language"), languages, visit.account->language) + button(visit.say("save")) +
           "</form>\n";
}

std::string password_form(Visit const& visit) {
    return fmt::format("<h2>{}</h2>\n{}", visit.say("change_password"), form_head(visit, here, "password")) +
           field({.name = "old",
                  .label = visit.say("old_password"),
                  .type = "password",
                  .most = 1024,
                  .more = "required autocomplete=\"current-password\""}) +
           field({.name = "new",
                  .label = visit.say("new_password"),
                  .type = "password",
                  .most = 1024,
                  .more = "required minlength=\"12\" autocomplete=\"new-password\""}) +
           button(visit.say("change_password")) + "</form>\n";
}

std::string totp_html(Visit const& visit) {
    auto out = fmt::format("<h2>{}</h2>\n<p>{}</p>\n", visit.say("totp_title"),
                           visit.say(visit.account->has_totp ? "totp_on" : "totp_off"));
    if (!visit.account->has_totp)
        return out + form_head(visit, here, "totp_begin") + button(visit.say("totp_begin")) + "</form>\n";
    return out + form_head(visit, here, "totp_end") +
           field({.name = "old",
                  .label = visit.say("old_password"),
                  .type = "password",
                  .most = 1024,
                  .more = "required autocomplete=\"current-password\""}) +
           button(visit.say("totp_end")) + "</form>\n";
}

Page show(Visit const& visit, std::string const& first = {}) {
    return page(visit, visit.say("account"), first + profile_form(visit) + password_form(visit) + totp_html(visit),
                visit.fault.empty() ? 200 : 422);
}

std::string confirm_form(Visit const& visit) {
    return form_head(visit, here, "totp_confirm") +
           field({.name = "code",
                  .label = visit.say("totp_code"),
                  .most = 10,
                  .more = "required inputmode=\"numeric\" autocomplete=\"one-time-code\""}) +
           button(visit.say("totp_begin")) + "</form>\n";
}

Page begin_totp(Visit& visit) {
    auto const made = visit.doors().access->enrol_totp(visit.caller());
    if (!made) {
        note_fault(visit, made.error());
        return show(visit);
    }
    return show(visit, fmt::format("<section class=\"panel\">\n<p>{}</p>\n<p class=\"once\" dir=\"ltr\">{}</p>\n{}"
                                   "</section>\n",
                                   visit.say("totp_secret"), html_escaped(made->secret), confirm_form(visit)));
}

Page confirm_totp(Visit& visit) {
    auto const codes = visit.doors().access->confirm_totp(visit.caller(), visit.sent("code"));
    if (!codes) {
        note_fault(visit, codes.error());
        return show(visit, "<section class=\"panel\">\n" + confirm_form(visit) + "</section>\n");
    }
    visit.account->has_totp = true;
    auto list = fmt::format("<section class=\"panel\">\n<p>{}</p>\n<ul class=\"plain\">\n", visit.say("totp_codes"));
    for (auto const& code : *codes) list += fmt::format("<li>{}</li>\n", ltr(code, true));
    return show(visit, list + "</ul>\n</section>\n");
}

}  // namespace

Page account_page(Visit& visit) {
    if (!visit.is_post()) return show(visit);
    auto& access = *visit.doors().access;
    auto const action = visit.sent("action");
    if (action == "totp_begin") return begin_totp(visit);
    if (action == "totp_confirm") return confirm_totp(visit);
    Status done = fail(Code::invalid, "action: expected one of the page's");
    if (action == "profile") {
        access::AccountChange const change{
            .full_name = visit.sent("full_name"), .email = visit.sent("email"), .language = visit.sent("language")};
        auto const changed = access.change_account(visit.caller(), visit.caller().account, change);
        if (changed) visit.words = &Words::of(changed->language);
        done = changed ? Status() : std::unexpected(changed.error());
    }
    if (action == "password") done = access.change_own_password(visit.caller(), visit.form["old"], visit.form["new"]);
    if (action == "totp_end") done = access.disable_totp(visit.caller(), visit.form["old"]);
    if (done) return go_to(visit, here, "saved");
    if (done.error().code == Code::denied) {  // a wrong password is said here, it is no question of rights
        visit.fault = fmt::format("{}: {}", visit.plain("failed"), visit.words->isolated(done.error().message));
        return show(visit);
    }
    note_fault(visit, done.error());
    return show(visit);
}

}  // namespace tocsin::api::portal
