#include "api/portal/recheck.hpp"
#include "constituency/claims.hpp"

#include <fmt/format.h>

/// What is the organisation's, and the claims that wait.
namespace tocsin::api::portal {
namespace {

constexpr std::size_t on_a_page = 100;

std::string kind_label(Visit const& visit, constituency::ResourceKind kind) {
    return visit.say(fmt::format("kind_{}", constituency::name_of(kind)));
}

Result<std::string> resources_html(Visit const& visit) {
    constituency::ResourceQuery query;
    query.organisation = visit.desk().organisation();
    query.limit = on_a_page;
    query.after = visit.asked("after");
    TRY(auto const read, visit.doors().constituency->directory().resources(query));
    if (read.items.empty()) return fmt::format("<p>{}</p>\n", visit.say("none"));
    std::vector<std::vector<std::string>> rows;
    for (auto const& one : read.items)
        rows.push_back({ltr(one.value), kind_label(visit, one.kind), visit.say(one.verified ? "verified" : "claimed"),
                        text(one.how)});
    auto out = table(visit.say("resources"),
                     {visit.say("resource"), visit.say("kind"), visit.say("standing"), visit.say("evidence")}, rows);
    if (!read.next.empty())
        out += fmt::format("<nav><a href=\"{}\" rel=\"next\">{}</a></nav>\n",
                           visit.address("/portal/resources", "after=" + percent_encoded(read.next)),
                           visit.say("next_page"));
    return out;
}

Result<std::string> claims_html(Visit const& visit) {
    constituency::Claims claims(visit.doors().constituency->directory());
    TRY(auto const list, claims.claims({.organisation = visit.desk().organisation(), .state = {}, .limit = 50}));
    if (list.empty()) return std::string();
    std::vector<std::vector<std::string>> rows;
    for (auto const& claim : list)
        rows.push_back({fmt::format("<a href=\"{}\">{}</a>",
                                    visit.address(fmt::format("/portal/claims/{}", claim.id.value)), ltr(claim.value)),
                        kind_label(visit, claim.kind),
                        visit.say(fmt::format("claim_{}", constituency::name_of(claim.state))),
                        visit.say(fmt::format("proof_{}", constituency::name_of(claim.proof))), text(claim.reason)});
    return table(visit.say("claims"),
                 {visit.say("value"), visit.say("kind"), visit.say("state"), visit.say("proof"), visit.say("reason")},
                 rows);
}

std::string claim_form(Visit const& visit) {
    std::vector<Choice> kinds, ways;
    for (std::string_view const kind : {"prefix", "asn", "domain"})
        kinds.push_back({std::string(kind), visit.say("kind_" + std::string(kind))});
    for (std::string_view const way : {"dns", "security_txt", "rir_mail", "explanation"})
        ways.push_back({std::string(way), visit.say("evidence_" + std::string(way))});
    return fmt::format("<section class=\"panel\">\n<h2>{}</h2>\n<p>{}</p>\n{}", visit.say("claim_new"),
                       visit.say("claim_text"), form_head(visit, "/portal/claims")) +
           choice("kind", visit.say("kind"), kinds, visit.sent("kind")) +
           field({.name = "value", .label = visit.say("value"), .value = visit.sent("value"), .more = "required"}) +
           choice("evidence", visit.say("evidence"), ways, visit.sent("evidence")) +
           fmt::format(
               "<label><span class=\"label\">{}</span><textarea name=\"explanation\" rows=\"4\" "
               "maxlength=\"2000\" dir=\"auto\">{}</textarea></label>\n",
               visit.say("explanation"), html_escaped(visit.sent("explanation"))) +
           button(visit.say("claim_button")) + "</form>\n</section>\n";
}

}  // namespace

Page resources_page(Visit& visit) {
    auto const resources = resources_html(visit);
    if (!resources) return failed(visit, resources.error());
    auto const claims = claims_html(visit);
    if (!claims) return failed(visit, claims.error());
    auto body = *resources;
    if (!claims->empty()) body += fmt::format("<h2>{}</h2>\n{}", visit.say("claims"), *claims);
    auto const recheck = has_recheck(visit);
    if (!recheck) return failed(visit, recheck.error());
    if (*recheck)
        body += fmt::format("<p><a href=\"{}\">{}</a></p>\n", visit.address("/portal/recheck"),
                            visit.say("recheck_permissions"));
    if (visit.may(access::Right::editor)) body += claim_form(visit);
    return page(visit, visit.say("resources"), body, visit.fault.empty() ? 200 : 422);
}

}  // namespace tocsin::api::portal
