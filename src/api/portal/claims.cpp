#include "constituency/claims.hpp"

#include "api/portal/claim_check.hpp"
#include "api/portal/visit.hpp"

#include <fmt/format.h>

/// One claim: how to show that it is theirs, looking it up, taking it back; and the page for whom the registry names.
namespace tocsin::api::portal {
namespace {

using constituency::ClaimState;
using constituency::Evidence;
using constituency::ResourceClaim;

constituency::Claims claims_of(Visit const& visit) {
    return constituency::Claims(visit.doors().constituency->directory());
}

Page open_claim(Visit& visit) {
    constituency::NewClaim wanted{.organisation = visit.desk().organisation(),
                                  .kind = {},
                                  .value = visit.sent("value"),
                                  .evidence = {},
                                  .explanation = visit.sent("explanation")};
    auto const kind = constituency::resource_kind(visit.sent("kind"));
    auto const evidence = constituency::evidence_named(visit.sent("evidence"));
    if (!kind || !evidence) return failed(visit, {Code::invalid, "kind, evidence: expected one of the choices"});
    wanted.kind = *kind;
    wanted.evidence = *evidence;
    auto const made = claims_of(visit).open(visit.caller(), wanted);
    if (!made && made.error().code == Code::denied) return not_allowed(visit);
    if (!made) {
        note_fault(visit, made.error());
        return resources_page(visit);
    }
    visit.house.changes.publish("directory", "", "changed", visit.now());
    return go_to(visit, fmt::format("/portal/claims/{}", made->id.value), "saved");
}

Result<std::string> how_to_show(Visit const& visit, ResourceClaim const& claim) {
    auto const with_token = [&](std::string_view key, std::string const& name) {
        return fmt::format("<p>{}</p>\n<p class=\"once\" dir=\"ltr\">{}</p>\n", visit.say(key, {{"name", name}}),
                           html_escaped(claim.token));
    };
    switch (claim.evidence) {
        case Evidence::dns:
            return with_token("claim_dns", record_name(claim));
        case Evidence::security_txt:
            return with_token("claim_security_txt", file_address(claim));
        case Evidence::explanation:
            return fmt::format("<p>{}</p>\n", visit.say("claim_words"));
        case Evidence::rir_mail:
            break;
    }
    TRY(auto const addresses, claims_of(visit).registered_addresses(claim));
    if (addresses.empty()) return fmt::format("<p>{}</p>\n", visit.say("claim_rir_none"));
    std::string names;
    for (auto const& one : addresses)
        names += fmt::format("{}…@{}", names.empty() ? "" : ", ", net::mail_domain(one.email));
    return fmt::format("<p>{}</p>\n", visit.say("claim_rir", {{"addresses", names}}));
}

std::string actions(Visit const& visit, ResourceClaim const& claim) {
    if (claim.state != ClaimState::open || !visit.may(access::Right::editor)) return {};
    std::string out;
    if (claim.evidence == Evidence::dns || claim.evidence == Evidence::security_txt)
        out += form_head(visit, visit.path, "check") + button(visit.say("claim_check")) + "</form>\n";
    if (claim.evidence == Evidence::rir_mail)
        out += form_head(visit, visit.path, "mail") + button(visit.say("claim_mail")) + "</form>\n";
    return out + form_head(visit, visit.path, "withdraw") + button(visit.say("claim_withdraw")) + "</form>\n";
}

Page one_claim(Visit const& visit, ResourceClaim const& claim) {
    auto body =
        fmt::format("<p>{}: <strong>{}</strong></p>\n<p>{}: <strong>{}</strong> {}</p>\n", visit.say("state"),
                    visit.say(fmt::format("claim_{}", constituency::name_of(claim.state))), visit.say("proof"),
                    visit.say(fmt::format("proof_{}", constituency::name_of(claim.proof))), text(claim.proof_text));
    if (!claim.reason.empty()) body += fmt::format("<p>{}: {}</p>\n", visit.say("reason"), text(claim.reason));
    if (!claim.explanation.empty())
        body += fmt::format("<p class=\"soft\">{}: {}</p>\n", visit.say("explanation"), text(claim.explanation));
    if (claim.state == ClaimState::open) {
        auto const how = how_to_show(visit, claim);
        if (!how) return failed(visit, how.error());
        body += *how;
    }
    body += actions(visit, claim);
    body += fmt::format("<p><a href=\"{}\">{}</a></p>\n", visit.address("/portal/resources"), visit.say("back_to"));
    return page(visit, visit.say("claim_title", {{"value", claim.value}}), body, visit.fault.empty() ? 200 : 422);
}

Page act(Visit& visit, ResourceClaim const& claim) {
    if (!visit.may(access::Right::editor)) return not_allowed(visit);
    auto const action = visit.sent("action");
    Status done = fail(Code::invalid, "action: expected check, mail or withdraw");
    if (action == "check") done = check_claim(visit.house, visit.caller(), claim);
    if (action == "mail") done = mail_registered(visit.house, visit.caller(), claim, *visit.words);
    if (action == "withdraw") done = claims_of(visit).withdraw(visit.caller(), claim.organisation, claim.id);
    if (!done) {
        note_fault(visit, done.error());
        return one_claim(visit, claim);
    }
    visit.house.changes.publish("directory", "", "changed", visit.now());
    return go_to(visit, visit.path, "done");
}

}  // namespace

Page claims_page(Visit& visit) {
    auto const rest = visit.rest_of("/portal/claims/");
    if (rest.empty()) return visit.is_post() ? open_claim(visit) : go_to(visit, "/portal/resources", "");
    auto const claim = claims_of(visit).claim_of(visit.desk().organisation(), {parse_int(rest).value_or(0)});
    if (!claim) return failed(visit, claim.error());
    return visit.is_post() ? act(visit, *claim) : one_claim(visit, *claim);
}

Page confirm_claim_page(Visit& visit) {
    auto const claim = claims_of(visit).claim_of_mail(visit.rest_of("/portal/confirm/"));
    if (!claim) return failed(visit, claim.error());
    if (!*claim) return not_found(visit);
    if (visit.is_post()) {
        auto by = access::server_principal();
        by.who = fmt::format("claim-mail:{}", (*claim)->id.value);
        by.name = by.who;
        by.via = access::Via::link;
        by.address = visit.request.peer.address;
        auto const noted = claims_of(visit).note_proof(by, (*claim)->id, constituency::Proof::found,
                                                       "whom the registry names confirmed it by the link of the mail");
        if (!noted) return failed(visit, noted.error());
        visit.house.changes.publish("directory", "", "changed", visit.now());
        return page(visit, visit.say("claim_confirm_title"),
                    fmt::format("<p>{}</p>\n", visit.say("claim_confirm_done")));
    }
    auto const body = fmt::format("<p>{}</p>\n{}{}</form>\n",
                                  visit.say("claim_confirm", {{"organisation", (*claim)->organisation_name},
                                                              {"team", visit.house.options.team},
                                                              {"value", (*claim)->value}}),
                                  form_head(visit, visit.path), button(visit.say("claim_confirm_button")));
    return page(visit, visit.say("claim_confirm_title"), body);
}

}  // namespace tocsin::api::portal
