#include "api/render.hpp"
#include "api/router.hpp"

#include <fmt/format.h>

/// Set-up, signing in and out, my sessions.
namespace tocsin::api {

namespace {

std::string cookie(Call const& call, std::string_view token, bool is_end) {
    return fmt::format("tocsin_session={}; Path=/; HttpOnly; SameSite=Strict{}{}", token,
                       call.request.peer.is_tls ? "; Secure" : "", is_end ? "; Max-Age=0" : "");
}

Reply who_am_i(Call const& call, access::Principal const& principal, std::string_view csrf,
               std::optional<Timestamp> expires) {
    JsonWriter json;
    json.object().key("user");
    if (principal.account) {
        TRY(auto const account, call.doors().access->account(principal.account));
        put(json, account);
    } else {
        access::Account of_key;
        of_key.name = principal.name;
        of_key.full_name = principal.name;
        of_key.role = principal.role;
        of_key.created = call.house.started;
        put(json, of_key);
    }
    json.field("via", principal.via == access::Via::key ? "key" : "session")
        .field_or_null("csrf", csrf)
        .field_or_null("expires", expires)
        .end();
    return json_answer(std::move(json));
}

Reply welcome(Call const& call, access::NewSession const& session) {
    TRY(auto response, who_am_i(call, session.principal, session.csrf, session.expires));
    response.set("set-cookie", cookie(call, session.token, false));
    return response;
}

net::HttpResponse wait(std::chrono::seconds time) {
    auto response =
        problem({429, "too-many", "Too many attempts", fmt::format("wait {} seconds and try again", time.count())});
    response.set("retry-after", std::to_string(std::max<std::int64_t>(1, time.count())));
    return response;
}

/// The console is the team's; whoever is warned has pages of their own, with a session of their own.
Reply to_the_portal(Call const& call, access::Principal const& principal) {
    CHECK(call.doors().access->end_session(principal, principal.account, principal.session));
    return problem({403, "portal", "Not allowed", "this account is a constituent's: sign in at /portal"});
}

Reply sign_in(Call& call, access::Credentials const& credentials) {
    TRY(auto const log_in, call.doors().access->log_in(credentials, call.visitor()));
    switch (log_in.outcome) {
        case access::LogInOutcome::welcome:
            if (log_in.session.principal.is_constituent()) return to_the_portal(call, log_in.session.principal);
            return welcome(call, log_in.session);
        case access::LogInOutcome::refused:
            return problem({401, "unauthenticated", "Not signed in", "name, password or code is wrong"});
        case access::LogInOutcome::code_required:
            return problem({401, "code-required", "A code is needed", "enter the six digits of your second factor"});
        case access::LogInOutcome::locked:
            return wait(log_in.retry_after);
    }
    return problem({401, "unauthenticated", "Not signed in", "name, password or code is wrong"});
}

Reply setup_state(Call& call) {
    TRY(auto const accounts, call.doors().access->accounts());
    JsonWriter json;
    json.object()
        .field("needed", accounts.empty())
        .field("demonstration", call.house.options.is_demonstration)
        .field_or_null("team", call.house.options.team)
        .field("version", call.house.options.version)
        .end();
    return json_answer(std::move(json));
}

Reply setup_create(Call& call) {
    access::NewAccount account{.name = call.text_or("name", ""),
                               .password = call.text_or("password", ""),
                               .role = access::Role::administrator,
                               .full_name = call.text_or("full_name", ""),
                               .email = call.text_or("email", ""),
                               .language = call.text_or("language", "en")};
    TRY(auto const made, call.doors().access->add_first_account(call.text_or("code", ""), account, call.visitor()));
    call.changed("user", std::to_string(made.id.value), "added");
    return sign_in(call, {account.name, account.password, ""});
}

Reply session_login(Call& call) {
    return sign_in(call, {call.text_or("name", ""), call.text_or("password", ""), call.text_or("code", "")});
}

Reply session_get(Call& call) {
    if (!call.session) return who_am_i(call, call.caller, "", std::nullopt);
    return who_am_i(call, call.caller, call.session->csrf, call.session->expires);
}

Reply session_logout(Call& call) {
    if (call.session) {
        CHECK(call.doors().access->end_session(call.caller, call.caller.account, call.caller.session));
        call.house.changes.close_for(call.caller.session);
    }
    auto response = nothing();
    response.set("set-cookie", cookie(call, "", true));
    return response;
}

Reply session_list(Call& call) {
    std::vector<access::Session> sessions;
    if (call.caller.account) {
        TRY(sessions, call.doors().access->sessions(call.caller.account));
    }
    return list_of(sessions, [&](JsonWriter& json, access::Session const& session) {
        json.object()
            .field("id", session.id)
            .field("current", session.id == call.caller.session)
            .field("created", session.created)
            .field("last_seen", session.last_seen)
            .field("expires", session.expires)
            .field("address", session.address)
            .field("agent", session.agent)
            .end();
    });
}

Reply session_revoke(Call& call) {
    CHECK(call.doors().access->end_session(call.caller, call.caller.account, call.path("id")));
    call.house.changes.close_for(call.path("id"));
    return nothing();
}

Reply session_recover(Call& call) {
    CHECK(call.doors().access->recover(call.text_or("name", ""), call.text_or("code", ""), call.text_or("password", ""),
                                       call.visitor()));
    return nothing();
}

}  // namespace

void routes_session(Router& router) {
    router.answer("setup_state", setup_state);
    router.answer("setup_create", setup_create);
    router.answer("session_login", session_login);
    router.answer("session_get", session_get);
    router.answer("session_logout", session_logout);
    router.answer("session_list", session_list);
    router.answer("session_revoke", session_revoke);
    router.answer("session_recover", session_recover);
}

}  // namespace tocsin::api
