#include "base/embedded.hpp"
#include "readiness/framework.hpp"
#include "readiness/reach_tables.hpp"
#include "readiness/reach_words.hpp"

#include <fmt/format.h>

/// The page of a test: plain HTML, no script, no cookie. Looking at it counts for nothing; its button does, once.
namespace tocsin::readiness {
namespace {

constexpr std::size_t link_size = 16, mac_size = 16;
constexpr std::string_view purpose = "reachability-link";
constexpr std::chrono::days open_after_deadline{14};  ///< a late answer is worth knowing
constexpr std::string_view style_path = "texts/owner/style.css";

std::string_view style() {
    return embedded::find(style_path).value_or("");
}

/// Only our own style, told by its hash, and forms only to ourselves.
std::string const& content_policy() {
    static auto const policy = fmt::format(
        "default-src 'none'; style-src 'sha256-{}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        to_base64(access::sha256(style())));
    return policy;
}

net::HttpResponse guarded(net::HttpResponse response) {
    response.set("content-security-policy", content_policy());
    response.set("referrer-policy", "no-referrer");
    response.set("x-robots-tag", "noindex, nofollow");
    response.set("x-content-type-options", "nosniff");
    response.set("x-frame-options", "DENY");
    response.set("cache-control", "no-store");
    return response;
}

net::HttpResponse html_page(int status, ReachWords const& words, std::string_view title, std::string_view body) {
    net::HttpResponse response;
    response.status = status;
    response.body = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" "
        "content=\"noindex\">\n<title>{}</title>"
        "\n<style>{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
        words.code(), words.get("direction"), html_escaped(title), style(), body);
    response.set("content-type", "text/html; charset=utf-8");
    return guarded(std::move(response));
}

/// The first language of Accept-Language that we have, or English.
ReachWords const& preferred_words(net::HttpRequest const& request) {
    for (auto const part : split(request.header("accept-language"), ',')) {
        auto const code = lowered(trimmed(part).substr(0, 2));
        if (ReachWords::has(code)) return ReachWords::of(code);
    }
    return ReachWords::of("en");
}

/// Never says whether a link ever was good.
net::HttpResponse gone(net::HttpRequest const& request, int status = 404) {
    auto const& words = preferred_words(request);
    return html_page(status, words, words.get("gone_title"),
                     fmt::format("<h1>{}</h1>\n<p>{}</p>\n", html_escaped(words.get("gone_title")),
                                 html_escaped(words.get("gone"))));
}

std::string time_there(ReachTarget const& target, Timestamp moment) {
    auto const text = format_timestamp(local_time(target.hours.zone, moment));
    return fmt::format("{} {} ({})", text.substr(0, 10), text.substr(11, 5), target.hours.zone);
}

net::HttpResponse test_page(std::string_view path, ReachWords const& words, std::string_view team,
                            ReachTarget const& target, ReachTest const& test) {
    std::string body = "<nav class=\"languages\">";
    for (auto const code : languages)
        if (code != words.code())
            body += fmt::format("<a href=\"{}?lang={}\" lang=\"{}\">{}</a>", path, code, code,
                                html_escaped(ReachWords::of(code).get("language")));
    auto const title = words.fill("page_title", {{"team", team}});
    body += fmt::format("</nav>\n<h1>{}</h1>\n<p>{}</p>\n", html_escaped(title),
                        html_escaped(words.fill("page_about", {{"team", team}, {"name", target.name}})));
    if (test.answered)
        body += fmt::format("<p class=\"note\" role=\"status\">{}</p>\n",
                            html_escaped(words.fill(*test.answered <= test.deadline ? "thanks" : "late",
                                                    {{"time", time_there(target, *test.answered)}})));
    else
        body += fmt::format(
            "<form method=\"post\" action=\"{}?lang={}\"><p><button type=\"submit\" name=\"arrived\" "
            "value=\"yes\">{}</button></p></form>\n",
            path, words.code(), html_escaped(words.get("button")));
    return html_page(200, words, title, body);
}

}  // namespace

std::string Reachability::token(std::string_view link) const {
    return to_base64url(std::string(link) + doors_.secrets->mac(purpose, link).substr(0, mac_size));
}

std::optional<std::string> Reachability::link(std::string_view token) const {
    if (token.size() > 100 || !doors_.secrets) return std::nullopt;
    auto const bytes = from_base64url(token);
    if (!bytes || bytes->size() != link_size + mac_size || to_base64url(*bytes) != token) return std::nullopt;
    auto const link = bytes->substr(0, link_size);
    auto const mac = doors_.secrets->mac(purpose, link).substr(0, mac_size);
    if (!access::equal_in_constant_time(mac, std::string_view(*bytes).substr(link_size))) return std::nullopt;
    return link;
}

Result<std::string> Reachability::link_of(ReachTestId id) {
    TRY(auto const stored, ledger_.read([&](store::Transaction& tx) { return reach_tables::test(tx, id); }));
    return "/r/" + token(stored.link);
}

net::HttpResponse Reachability::page(net::HttpRequest const& request) {
    auto const now = clock_.now();
    auto const mark = request.target.find('?');
    auto const path = request.target.substr(0, mark);
    auto const query =
        mark == std::string::npos ? std::string_view() : std::string_view(request.target).substr(mark + 1);
    auto const known = path.starts_with("/r/") ? link(std::string_view(path).substr(3)) : std::nullopt;
    if (!known) return gone(request);
    auto const found = ledger_.read([&](store::Transaction& tx) { return reach_tables::by_link(tx, *known, now); });
    if (!found) return gone(request, 503);
    if (!*found || (*found)->second.deadline + open_after_deadline < now) return gone(request);
    auto const& [target, test] = **found;
    auto const wanted = query.starts_with("lang=") ? query.substr(5, 2) : std::string_view();
    auto const& words = ReachWords::of(ReachWords::has(wanted) ? wanted : std::string_view(test.language));
    if (request.method == net::Method::post) {
        // A browser that says it was sent here by another site is not believed, though it can't know the token.
        if (request.header("sec-fetch-site") == "cross-site" ||
            request.content_type() != "application/x-www-form-urlencoded")
            return gone(request, 403);
        auto const by = access::link_principal(test.id.value, request.peer.address);
        auto const kept = ledger_.write([&, &answered = test](store::Transaction& tx) -> Result<bool> {
            TRY(auto const is_first, reach_tables::answered(tx, answered.id, now));
            if (is_first)
                CHECK(access::audit(tx, by, now,
                                    {.what = "reachability.answer",
                                     .kind = "reachability",
                                     .id = std::to_string(answered.target.value)}));
            return is_first;
        });
        if (!kept) {
            log::error("the answer to a reachability test: {}", kept.error().message);
            return gone(request, 503);
        }
        net::HttpResponse response;
        response.status = 303;  // a reload does not send it again
        response.set("location", fmt::format("{}?lang={}", path, words.code()));
        return guarded(std::move(response));
    }
    if (!net::is_safe(request.method)) return gone(request, 405);
    if (request.method == net::Method::get && !test.opened) {
        auto const noted = ledger_.write([&, id = test.id](store::Transaction& tx) -> Result<bool> {
            CHECK(reach_tables::opened(tx, id, now));
            return true;
        });
        if (!noted) log::warning("the page of a reachability test: {}", noted.error().message);
    }
    return test_page(path, words, doors_.team, target, test);
}

}  // namespace tocsin::readiness
