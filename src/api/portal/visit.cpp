#include "api/portal/visit.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::api::portal {
namespace {

constexpr std::size_t most_fields = 200;

std::string const& style() {
    static std::string const css = [] {
        std::string text;
        for (std::string_view const path : {"texts/owner/style.css", "texts/portal/style.css"})
            text += embedded::find(path).value_or("");
        return text;
    }();
    return css;
}

/// Only our own style, told by its hash, and forms only to ourselves.
std::string const& content_policy() {
    static std::string const policy = fmt::format(
        "default-src 'none'; style-src 'sha256-{}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        to_base64(access::sha256(style())));
    return policy;
}

void guard(Visit const& visit, net::HttpResponse& response) {
    response.set("content-security-policy", content_policy());
    response.set("referrer-policy", "no-referrer");
    response.set("x-robots-tag", "noindex, nofollow");
    response.set("cache-control", "no-store");
    if (!visit.set_cookie.empty()) response.set("set-cookie", visit.set_cookie);
}

struct Room {
    std::string_view key, path;
};
constexpr Room rooms[] = {{"overview", "/portal"},
                          {"findings", "/portal/findings"},
                          {"notifications", "/portal/notifications"},
                          {"resources", "/portal/resources"},
                          {"contacts", "/portal/contacts"},
                          {"settings", "/portal/settings"},
                          {"people", "/portal/people"},
                          {"account", "/portal/account"}};

std::string languages_of(Visit const& visit) {
    auto out = fmt::format("<nav class=\"languages\" aria-label=\"{}\">", visit.say("language"));
    for (std::string_view const code : {"en", "fr", "es", "ru", "ar", "zh"}) {
        if (code == visit.words->code()) continue;
        auto const to = visit.is_post() ? std::string("/portal") : visit.path;
        out += fmt::format("<a href=\"{}?lang={}{}\" lang=\"{}\">{}</a>", html_escaped(to), code,
                           visit.desks.size() > 1 ? fmt::format("&amp;as={}", visit.desk().organisation().value) : "",
                           code, html_escaped(Words::of(code).get("language")));
    }
    return out + "</nav>\n";
}

std::string desks_of(Visit const& visit) {
    if (visit.desks.empty()) return {};
    auto out = fmt::format("<p class=\"soft\">{}: <strong>{}</strong></p>\n", visit.say("acting_for"),
                           text(visit.desk().name()));
    if (visit.desks.size() < 2) return out;
    out += fmt::format("<nav aria-label=\"{}\">", visit.say("switch"));
    for (auto const& desk : visit.desks)
        if (desk.organisation() != visit.desk().organisation())
            out += fmt::format("<a href=\"/portal?as={}&amp;lang={}\">{}</a>", desk.organisation().value,
                               visit.words->code(), text(desk.name()));
    return out + "</nav>\n";
}

std::string head_of(Visit const& visit) {
    auto out =
        fmt::format("<a class=\"skip\" href=\"#content\">{}</a>\n<header>\n<p><strong>{}</strong></p>\n{}",
                    visit.say("skip"), visit.say("of_team", {{"team", visit.house.options.team}}), languages_of(visit));
    if (!visit.session) return out + "</header>\n";
    out += desks_of(visit) + fmt::format("<nav class=\"rooms\" aria-label=\"{}\">\n", visit.say("title"));
    for (auto const& room : rooms) {
        if (room.key == "people" && !visit.may(access::Right::manager)) continue;
        auto const is_here = visit.path == room.path || (room.path != "/portal" && visit.path.starts_with(room.path));
        out += fmt::format("<a href=\"{}\"{}>{}</a>\n", visit.address(room.path),
                           is_here ? " aria-current=\"page\"" : "", visit.say(room.key));
    }
    return out + "</nav>\n</header>\n";
}

std::string foot_of(Visit const& visit) {
    if (!visit.session || !visit.account) return {};
    return fmt::format("<footer>\n{}{}</form>\n<p class=\"soft\">{}</p>\n</footer>\n",
                       form_head(visit, "/portal/sign-out"), button(visit.say("sign_out")), text(visit.account->name));
}

}  // namespace

Form form_of(std::string_view text) {
    Form form;
    if (text.empty()) return form;
    for (auto const part : split(text, '&')) {
        if (form.size() >= most_fields) break;
        auto const equals = part.find('=');
        auto const name = percent_decoded(part.substr(0, equals), true);
        auto const value =
            percent_decoded(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
        if (name && value && is_utf8(*name) && is_utf8(*value)) form.insert_or_assign(*name, *value);
    }
    return form;
}

std::string Visit::say(std::string_view key) const {
    return html_escaped(words->get("portal." + std::string(key)));
}
std::string Visit::say(std::string_view key, Words::Values values) const {
    return html_escaped(words->fill("portal." + std::string(key), values));
}

std::string Visit::asked(std::string_view name) const {
    auto const found = query.find(name);
    return found == query.end() ? std::string() : std::string(trimmed(found->second));
}
std::string Visit::sent(std::string_view name) const {
    auto const found = form.find(name);
    return found == form.end() ? std::string() : std::string(trimmed(found->second));
}

std::string Visit::location(std::string_view to, std::string_view more) const {
    auto out = fmt::format("{}?lang={}", to, words->code());
    if (desks.size() > 1) out += fmt::format("&as={}", desk().organisation().value);
    if (!more.empty()) out += fmt::format("&{}", more);
    return out;
}
std::string Visit::address(std::string_view to, std::string_view more) const {
    return html_escaped(location(to, more));
}

std::string_view Visit::rest_of(std::string_view prefix) const {
    auto const whole = std::string_view(path);
    return whole.starts_with(prefix) ? whole.substr(prefix.size()) : std::string_view();
}

Page page(Visit const& visit, std::string_view title, std::string_view body, int status) {
    std::string messages;
    if (!visit.notice.empty())
        messages += fmt::format("<p class=\"note\" role=\"status\">{}</p>\n", html_escaped(visit.notice));
    if (!visit.fault.empty())
        messages += fmt::format("<p class=\"fault\" role=\"alert\">{}</p>\n", html_escaped(visit.fault));
    net::HttpResponse response;
    response.status = status;
    response.body = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n<title>{} · "
        "{}</title>\n<style>{}</style>\n</head>\n<body>\n{}<main id=\"content\">\n<h1>{}</h1>\n{}{}</main>\n{}</body>\n"
        "</html>\n",
        visit.words->code(), visit.words->direction(), title, visit.say("title"), style(), head_of(visit), title,
        messages, body, foot_of(visit));
    response.set("content-type", "text/html; charset=utf-8");
    guard(visit, response);
    return response;
}

Page go_to(Visit const& visit, std::string_view to, std::string_view done) {
    net::HttpResponse response;
    response.status = 303;
    response.set("location", visit.location(to, done.empty() ? std::string() : fmt::format("done={}", done)));
    guard(visit, response);
    return response;
}

Page not_found(Visit const& visit) {
    return page(visit, visit.say("failed"), fmt::format("<p>{}</p>\n", visit.say("not_found")), 404);
}

Page not_allowed(Visit const& visit) {
    return page(visit, visit.say("failed"), fmt::format("<p>{}</p>\n", visit.say("not_allowed")), 403);
}

Page failed(Visit const& visit, Error const& error) {
    if (error.code == Code::not_found) return not_found(visit);
    if (error.code == Code::denied) return not_allowed(visit);
    bool const is_theirs = error.code == Code::invalid || error.code == Code::conflict || error.code == Code::limit;
    if (!is_theirs) log::error("the portal: {}", error.message);
    auto const words = is_theirs ? fmt::format("<p lang=\"en\" dir=\"ltr\">{}</p>\n", html_escaped(error.message))
                                 : fmt::format("<p>{}</p>\n", visit.say("server_failed"));
    return page(visit, visit.say("failed"), words, is_theirs ? 422 : 503);
}

void note_fault(Visit& visit, Error const& error) {
    bool const is_theirs = error.code != Code::io && error.code != Code::internal;
    if (!is_theirs) log::error("the portal: {}", error.message);
    visit.fault = fmt::format("{}: {}", visit.plain("failed"),
                              is_theirs ? visit.words->isolated(error.message) : visit.plain("server_failed"));
}

std::string text(std::string_view value) {
    return fmt::format("<bdi dir=\"auto\">{}</bdi>", html_escaped(value));
}
std::string ltr(std::string_view value, bool is_code) {
    return is_code ? fmt::format("<code dir=\"ltr\">{}</code>", html_escaped(value))
                   : fmt::format("<bdi dir=\"ltr\">{}</bdi>", html_escaped(value));
}
std::string time_text(Timestamp time) {
    auto const whole = format_timestamp(time);
    return ltr(fmt::format("{} {} UTC", whole.substr(0, 10), whole.substr(11, 5)));
}
std::string date_text(Timestamp time) {
    return format_timestamp(time).substr(0, 10);
}

std::string form_head(Visit const& visit, std::string_view to, std::string_view action) {
    auto out = fmt::format(
        "<form method=\"post\" action=\"{}\" accept-charset=\"utf-8\">\n<input type=\"hidden\" name=\"csrf\" "
        "value=\"{}\">\n",
        visit.address(to), html_escaped(visit.csrf()));
    if (!action.empty()) out += fmt::format("<input type=\"hidden\" name=\"action\" value=\"{}\">\n", action);
    return out;
}

std::string field(Field const& field) {
    auto const is_plain = field.type == "text";
    return fmt::format(
        "<label><span class=\"label\">{}</span><input type=\"{}\" name=\"{}\" value=\"{}\" maxlength=\"{}\"{}{}{}>"
        "</label>\n",
        field.label, field.type, field.name, html_escaped(field.value), field.most,
        is_plain ? " dir=\"auto\"" : " dir=\"ltr\"", field.more.empty() ? "" : " ", field.more);
}

std::string choice(std::string_view name, std::string const& label, std::vector<Choice> const& choices,
                   std::string_view chosen) {
    auto out = fmt::format("<label><span class=\"label\">{}</span><select name=\"{}\">", label, name);
    for (auto const& one : choices)
        out += fmt::format("<option value=\"{}\"{}>{}</option>", html_escaped(one.value),
                           one.value == chosen ? " selected" : "", one.label);
    return out + "</select></label>\n";
}

std::string button(std::string const& label, std::string_view name, std::string_view value) {
    if (name.empty()) return fmt::format("<p><button type=\"submit\">{}</button></p>\n", label);
    return fmt::format("<p><button type=\"submit\" name=\"{}\" value=\"{}\">{}</button></p>\n", name,
                       html_escaped(value), label);
}

std::string table(std::string_view caption, std::vector<std::string> const& heads,
                  std::vector<std::vector<std::string>> const& rows) {
    auto out = fmt::format("<table>\n<caption class=\"soft\">{}</caption>\n<thead><tr>", caption);
    for (auto const& head : heads) out += fmt::format("<th scope=\"col\">{}</th>", head);
    out += "</tr></thead>\n<tbody>\n";
    for (auto const& row : rows) {
        out += "<tr>";
        for (std::size_t i = 0; i < row.size(); ++i)
            out += fmt::format("<td><span class=\"head\" aria-hidden=\"true\">{}</span> {}</td>", heads[i], row[i]);
        out += "</tr>\n";
    }
    return out + "</tbody>\n</table>\n";
}

std::string severity_label(Visit const& visit, std::string_view severity) {
    static constexpr std::string_view known[] = {"critical", "high", "medium", "low", "info"};
    auto const is_known = std::ranges::find(known, severity) != std::end(known);
    auto const key = is_known ? std::string(severity) : std::string("none");
    return fmt::format("<span class=\"severity {}\">{}</span>", key, html_escaped(visit.words->get("severity." + key)));
}

std::string state_label(Visit const& visit, events::FindingState state) {
    return visit.say(fmt::format("state_{}", events::name_of(state)));
}

std::string place_of(events::Finding const& finding) {
    auto place = finding.address ? format_ip(*finding.address) : std::string();
    if (finding.port)
        place += fmt::format("{}{}", finding.transport.empty() ? " " : " " + finding.transport + "/", *finding.port);
    for (auto const& more : {finding.domain, finding.url, finding.account})
        if (!more.empty()) place += (place.empty() ? "" : " ") + more;
    return place;
}

}  // namespace tocsin::api::portal
