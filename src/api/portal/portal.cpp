#include "api/portal/portal.hpp"

#include "api/portal/recheck.hpp"
#include "api/portal/visit.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::api {
namespace {

using namespace portal;

constexpr std::string_view session_cookie = "tocsin_portal";
constexpr std::string_view form_cookie = "tocsin_portal_form";
constexpr std::size_t form_bytes = 18;
constexpr std::size_t form_letters = 24;  // of base64url

/// Pages under /portal/ that a visitor needs no session for.
constexpr std::string_view open_to_all[] = {"/portal/sign-in", "/portal/recover"};
constexpr std::string_view open_by_token[] = {"/portal/join/", "/portal/confirm/"};

bool is_open(std::string_view path) {
    return std::ranges::find(open_to_all, path) != std::end(open_to_all) ||
           std::ranges::any_of(open_by_token, [&](auto prefix) { return path.starts_with(prefix); });
}

std::string_view preferred_language(net::HttpRequest const& request) {
    for (auto const part : split(request.header("accept-language"), ',')) {
        auto const code = lowered(trimmed(part).substr(0, 2));
        if (Words::has(code)) return Words::of(code).code();
    }
    return "en";
}

struct Way {
    std::string_view path;  ///< ends in "/": that and what is under it
    Page (*page)(Visit&);
};
constexpr Way ways[] = {{"/portal", overview_page},
                        {"/portal/sign-in", sign_in_page},
                        {"/portal/sign-out", sign_out},
                        {"/portal/recover", recover_page},
                        {"/portal/join/", join_page},
                        {"/portal/confirm/", confirm_claim_page},
                        {"/portal/findings", findings_page},
                        {"/portal/findings.csv", findings_page},
                        {"/portal/findings/", findings_page},
                        {"/portal/notifications", notifications_page},
                        {"/portal/notifications/", notifications_page},
                        {"/portal/resources", resources_page},
                        {"/portal/claims", claims_page},
                        {"/portal/claims/", claims_page},
                        {"/portal/contacts", contacts_page},
                        {"/portal/contacts/", contacts_page},
                        {"/portal/recheck", permissions_page},
                        {"/portal/settings", settings_page},
                        {"/portal/account", account_page},
                        {"/portal/people", people_page}};

/// Where a visitor comes in.
class Reception {
  public:
    Reception(House& house, net::HttpRequest const& request)
        : visit_{.house = house, .request = request, .path = {}, .query_text = {}} {}

    Page answer() {
        take_target();
        if (auto const entered = enter(); !entered) return failed(visit_, entered.error());
        choose_language();
        if (visit_.request.method != net::Method::post && !net::is_safe(visit_.request.method)) return refuse(405);
        if (visit_.is_post() && !is_ours()) return refuse(403);
        if (!visit_.session && !is_open(visit_.path)) return to_sign_in();
        if (visit_.session && visit_.desks.empty() && visit_.path != "/portal/sign-out" && !is_open(visit_.path))
            return page(
                visit_, visit_.say("failed"),
                fmt::format("<p>{}</p>\n", visit_.say("no_organisation", {{"team", visit_.house.options.team}})));
        if (auto const done = visit_.asked("done"); done == "saved" || done == "done" || done == "recover_done")
            visit_.notice = visit_.plain(done);
        for (auto const& way : ways) {
            auto const is_it = way.path.ends_with('/')
                                   ? visit_.path.starts_with(way.path) && visit_.path.size() > way.path.size()
                                   : visit_.path == way.path;
            if (is_it) return way.page(visit_);
        }
        return not_found(visit_);
    }

  private:
    void take_target() {
        auto const target = std::string_view(visit_.request.target);
        auto const mark = target.find('?');
        visit_.path = percent_decoded(target.substr(0, mark)).value_or("");
        bool const is_plain = is_utf8(visit_.path) && std::ranges::none_of(visit_.path, [](char c) {
                                  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                              });
        if (!is_plain) visit_.path = "/portal/-";  // it stands in answers: nothing but plain text goes further
        if (visit_.path.size() > 1 && visit_.path.ends_with('/')) visit_.path.pop_back();
        if (mark != std::string_view::npos) visit_.query_text = target.substr(mark + 1);
        visit_.query = form_of(visit_.query_text);
        if (visit_.is_post()) visit_.form = form_of(visit_.request.body);
        visit_.words = &Words::of("en");
    }

    Status enter() {
        auto& access = *visit_.doors().access;
        if (auto const token = visit_.request.cookie(session_cookie); !token.empty()) {
            TRY(visit_.session, access.session_of(token, visit_.visitor()));
            if (visit_.session && !visit_.session->principal.is_constituent()) visit_.session.reset();
        }
        if (!visit_.session) {
            keep_form_cookie();
            return {};
        }
        TRY(visit_.account, access.account(visit_.session->principal.account));
        TRY(visit_.desks, Desk::all_of(visit_.house, visit_.session->principal));
        auto const wanted = parse_int(visit_.asked("as")).value_or(0);
        for (std::size_t i = 0; i < visit_.desks.size(); ++i)
            if (visit_.desks[i].organisation().value == wanted) visit_.chosen = i;
        return {};
    }

    /// A form without a session is tied to the browser that asked for it: the token is made from a cookie which only
    /// our own pages can read back.
    void keep_form_cookie() {
        std::string value(visit_.request.cookie(form_cookie));
        if (value.size() != form_letters) {
            value = to_base64url(secret_bytes(form_bytes));
            visit_.set_cookie = fmt::format("{}={}; Path=/portal; HttpOnly; SameSite=Strict{}", form_cookie, value,
                                            visit_.request.peer.is_tls ? "; Secure" : "");
        }
        visit_.anonymous_csrf = to_base64url(visit_.doors().access->secrets().mac("portal-form", value));
    }

    void choose_language() {
        auto const asked = visit_.asked("lang");
        auto const standard =
            visit_.account ? std::string_view(visit_.account->language) : preferred_language(visit_.request);
        visit_.words = &Words::of(Words::has(asked) ? std::string_view(asked) : standard);
    }

    bool is_ours() const {
        auto const site = visit_.request.header("sec-fetch-site");
        auto const is_foreign = !site.empty() && site != "same-origin" && site != "none";
        return !is_foreign && visit_.request.content_type() == "application/x-www-form-urlencoded" &&
               access::equal_in_constant_time(visit_.csrf(), visit_.sent("csrf"));
    }

    Page refuse(int status) {
        return page(visit_, visit_.say("failed"), fmt::format("<p>{}</p>\n", visit_.say("csrf")), status);
    }

    Page to_sign_in() {
        auto const next = visit_.is_post() ? std::string("/portal") : visit_.path;
        net::HttpResponse response;
        response.status = 303;
        response.set("location",
                     fmt::format("/portal/sign-in?lang={}&next={}", visit_.words->code(), percent_encoded(next)));
        response.set("cache-control", "no-store");
        if (!visit_.set_cookie.empty()) response.set("set-cookie", visit_.set_cookie);
        return response;
    }

    Visit visit_;
};

}  // namespace

net::HttpResponse Portal::answer(net::HttpRequest const& request) {
    auto response = Reception(house_, request).answer();
    if (response.status >= 500) log::warning("the portal answered {}", response.status);
    return response;
}

bool Portal::is_knock(net::HttpRequest const& request) {
    auto const path = std::string_view(request.target).substr(0, request.target.find('?'));
    return request.method == net::Method::post && is_open(path);
}

}  // namespace tocsin::api
