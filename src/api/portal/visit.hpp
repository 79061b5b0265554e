#pragma once
#include "access/members.hpp"
#include "api/portal/desk.hpp"
#include "api/router.hpp"
#include "notifications/texts.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// One request of the portal, and the pieces its pages are made of. Private to api.
///
/// Pages are plain HTML: no script, our own style by its hash, forms only to ourselves. Whatever stands on a page that
/// we did not write goes through html_escaped, and between <bdi> so that it keeps its own direction.
namespace tocsin::api::portal {

using Form = std::map<std::string, std::string, std::less<>>;
using Words = notifications::Texts;

/// `name=value&name=value`, taken apart (application/x-www-form-urlencoded). Fields that are no UTF-8 are left out; at
/// most 200 are read.
Form form_of(std::string_view text);

/// Who came, what for, and what it was answered so far.
struct Visit {
    House& house;
    net::HttpRequest const& request;
    std::string path;  ///< "/portal/findings/f-1"
    std::string query_text;
    Form query = {}, form = {};
    Words const* words = nullptr;
    std::optional<access::SignedIn> session = {};
    std::optional<access::Account> account = {};
    std::vector<Desk> desks = {};
    std::size_t chosen = 0;  ///< of `desks`
    std::string anonymous_csrf = {};
    std::string set_cookie = {};
    std::string notice = {}, fault = {};  ///< what stands above the page; text, not HTML

    Doors const& doors() const { return house.doors; }
    Desk const& desk() const { return desks[chosen]; }
    access::Principal const& caller() const { return session->principal; }
    bool is_post() const { return request.method == net::Method::post; }
    bool may(access::Right least) const { return !desks.empty() && desk().may(least); }
    Timestamp now() const { return house.doors.clock->now(); }
    access::Visitor visitor() const { return {request.peer.address, std::string(request.header("user-agent"))}; }

    /// "portal." is put in front of the key; escaped for HTML.
    std::string say(std::string_view key) const;
    std::string say(std::string_view key, Words::Values values) const;
    std::string plain(std::string_view key) const { return std::string(words->get("portal." + std::string(key))); }

    std::string asked(std::string_view name) const;
    std::string sent(std::string_view name) const;
    std::string csrf() const { return session ? session->csrf : anonymous_csrf; }
    /// The address of a page for the same organisation and language; escaped for an attribute.
    std::string address(std::string_view to, std::string_view more = {}) const;
    /// The same, not escaped.
    std::string location(std::string_view to, std::string_view more = {}) const;
    /// What is under "/portal/findings/": "f-1". Empty when the path is that itself.
    std::string_view rest_of(std::string_view prefix) const;
};

using Page = net::HttpResponse;

/// The whole page. `title` and `body`: HTML.
Page page(Visit const& visit, std::string_view title, std::string_view body, int status = 200);
/// To another page of ours, so that a reload does not send the form again. `done`: a key of the text to show there.
Page go_to(Visit const& visit, std::string_view to, std::string_view done = "saved");
/// Without anything that the visitor has no right to know of: the same for what is not there and what is not theirs.
Page not_found(Visit const& visit);
Page not_allowed(Visit const& visit);
/// An error of a room, as a page; Code::not_found and Code::denied as above.
Page failed(Visit const& visit, Error const& error);
/// Notes what went wrong, to be shown above the form that is shown again.
void note_fault(Visit& visit, Error const& error);

// Pieces.

std::string text(std::string_view value);                       ///< <bdi dir="auto">
std::string ltr(std::string_view value, bool is_code = false);  ///< addresses, times, tokens
std::string time_text(Timestamp time);
std::string date_text(Timestamp time);
/// <form method="post"> with the token, for this page or another.
std::string form_head(Visit const& visit, std::string_view to, std::string_view action = {});
struct Field {
    std::string_view name;
    std::string label = {};  ///< HTML
    std::string value = {};
    std::string_view type = "text";
    std::size_t most = 300;
    std::string_view more = {};  ///< further attributes: required, autocomplete="..."
};
std::string field(Field const& field);
struct Choice {
    std::string value;
    std::string label;  ///< HTML
};
std::string choice(std::string_view name, std::string const& label, std::vector<Choice> const& choices,
                   std::string_view chosen);
std::string button(std::string const& label, std::string_view name = {}, std::string_view value = {});
/// A table that a narrow screen shows row by row: `heads` are HTML, cells too.
std::string table(std::string_view caption, std::vector<std::string> const& heads,
                  std::vector<std::vector<std::string>> const& rows);
std::string severity_label(Visit const& visit, std::string_view severity);
std::string state_label(Visit const& visit, events::FindingState state);
std::string place_of(events::Finding const& finding);

// The pages.

Page sign_in_page(Visit& visit);
Page sign_out(Visit& visit);
Page recover_page(Visit& visit);
Page join_page(Visit& visit);
Page confirm_claim_page(Visit& visit);
Page overview_page(Visit& visit);
Page findings_page(Visit& visit);
Page notifications_page(Visit& visit);
Page resources_page(Visit& visit);
Page claims_page(Visit& visit);
Page contacts_page(Visit& visit);
Page settings_page(Visit& visit);
Page account_page(Visit& visit);
Page people_page(Visit& visit);

}  // namespace tocsin::api::portal
