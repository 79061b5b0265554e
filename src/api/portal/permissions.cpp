#include "api/portal/recheck.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

/// The organisation's own permissions for looking again: its managers give them, its editors take them back.
namespace tocsin::api::portal {
namespace {

constexpr std::string_view here = "/portal/recheck";
constexpr std::size_t most_networks = 100;
constexpr std::size_t longest_function = 70;
constexpr auto usual_life = std::chrono::days(365);

std::string lines_of(std::vector<IpPrefix> const& networks, std::string_view between) {
    std::vector<std::string> texts;
    for (auto const& one : networks) texts.push_back(format_prefix(one));
    return fmt::format("{}", fmt::join(texts, between));
}

/// What the register gives to the organisation now.
Result<std::vector<IpPrefix>> own_networks(Visit const& visit) {
    constituency::ResourceQuery query;
    query.organisation = visit.desk().organisation();
    query.kind = constituency::ResourceKind::prefix;
    query.limit = most_networks;
    TRY(auto const read, visit.doors().constituency->directory().resources(query));
    TRY(auto const owners, visit.doors().constituency->owners());
    std::vector<IpPrefix> networks;
    for (auto const& one : read.items)
        if (auto const network = parse_prefix(one.value);
            network && owners->owner_of({.address = network->first()}).organisation == query.organisation)
            networks.push_back(*network);
    return networks;
}

std::string_view standing_of(events::Permission const& one, Timestamp now) {
    if (one.withdrawn) return "recheck_withdrawn";
    if (one.is_in_force(now)) return "recheck_in_force";
    return now < one.ends ? "recheck_later" : "recheck_over";
}

std::string take_back_form(Visit const& visit, events::Permission const& one) {
    return form_head(visit, here, "withdraw") +
           fmt::format("<input type=\"hidden\" name=\"permission\" value=\"{}\">\n", one.id.value) +
           button(visit.say("recheck_take_back")) + "</form>\n";
}

std::string list_html(Visit const& visit, std::vector<events::Permission> const& permissions) {
    if (permissions.empty()) return fmt::format("<p>{}</p>\n", visit.say("recheck_nothing"));
    std::vector<std::vector<std::string>> rows;
    for (auto const& one : permissions) {
        auto const can_end = !one.withdrawn && visit.now() < one.ends && visit.may(access::Right::editor);
        rows.push_back({ltr(lines_of(one.networks, ", ")), text(one.given_by), ltr(date_text(one.given)),
                        ltr(date_text(one.ends)),
                        visit.say(standing_of(one, visit.now())) + (can_end ? take_back_form(visit, one) : "")});
    }
    return table(visit.say("recheck_permissions"),
                 {visit.say("recheck_networks"), visit.say("recheck_given_by"), visit.say("recheck_given"),
                  visit.say("recheck_until"), visit.say("standing")},
                 rows);
}

std::string agreement(Visit const& visit) {
    return visit.words->fill("portal.recheck_agree",
                             {{"organisation", visit.desk().name()}, {"team", visit.house.options.team}});
}

Result<std::string> give_form(Visit const& visit) {
    TRY(auto const own, own_networks(visit));
    auto const networks = visit.is_post() ? visit.sent("networks") : lines_of(own, "\n");
    auto const until = visit.is_post() ? visit.sent("until") : date_text(visit.now() + usual_life);
    return fmt::format("<section class=\"panel\">\n<h2>{}</h2>\n{}", visit.say("recheck_give"),
                       form_head(visit, here, "give")) +
           fmt::format(
               "<label><span class=\"label\">{}</span><textarea name=\"networks\" rows=\"4\" maxlength=\"5000\" "
               "dir=\"ltr\" required>{}</textarea></label>\n",
               visit.say("recheck_own_networks"), html_escaped(networks)) +
           field({.name = "function",
                  .label = visit.say("recheck_function"),
                  .value = visit.sent("function"),
                  .most = longest_function,
                  .more = "required"}) +
           field({.name = "until",
                  .label = visit.say("expires"),
                  .value = until,
                  .type = "date",
                  .most = 10,
                  .more = "required"}) +
           fmt::format("<label><input type=\"checkbox\" name=\"agreed\" value=\"yes\" required> {}</label>\n",
                       html_escaped(agreement(visit))) +
           button(visit.say("recheck_give_button")) + "</form>\n</section>\n";
}

Result<std::string> whole(Visit const& visit) {
    auto const rechecks = rechecks_of(visit);
    TRY(auto const settings, rechecks.settings());
    TRY(auto const permissions, rechecks.permissions(visit.desk().organisation()));
    auto const team = visit.house.options.team;
    auto body = fmt::format("<p>{}</p>\n", visit.say("recheck_about", {{"team", team}}));
    if (!settings.is_on) body += fmt::format("<p>{}</p>\n", visit.say("recheck_is_off", {{"team", team}}));
    body += list_html(visit, permissions);
    if (!visit.may(access::Right::manager))
        return body + fmt::format("<p class=\"soft\">{}</p>\n", visit.say("recheck_rights"));
    if (!settings.is_on) return body;
    TRY(auto const form, give_form(visit));
    return body + form;
}

Page shown(Visit const& visit) {
    auto const body = whole(visit);
    if (!body) return failed(visit, body.error());
    return page(visit, visit.say("recheck_permissions"), *body, visit.fault.empty() ? 200 : 422);
}

Result<events::PermissionDraft> draft_of(Visit const& visit) {
    auto const function = visit.sent("function");
    if (function.empty() || function.size() > longest_function * 4 || !is_utf8(function))
        return fail(Code::invalid, visit.plain("recheck_function"));
    if (visit.sent("agreed") != "yes") return fail(Code::invalid, visit.plain("recheck_not_agreed"));
    auto const& known = *visit.account;
    auto const& name = known.full_name.empty() ? known.name : known.full_name;
    events::PermissionDraft draft{.organisation = visit.desk().organisation(),
                                  .networks = {},
                                  .given_by = fmt::format("{}, {}", name, function),
                                  .given = visit.now(),
                                  .ends = {},
                                  .evidence = fmt::format("given in the portal by the account {}, who agreed ({}): {}",
                                                          visit.caller().who, visit.words->code(), agreement(visit))};
    for (auto const line : split(visit.sent("networks"), '\n')) {
        auto const value = trimmed(line);
        if (value.empty()) continue;
        auto const network = parse_prefix(value);
        if (!network)
            return fail(Code::invalid, fmt::format("networks: expected networks such as 192.0.2.0/24, found \"{}\"",
                                                   value.size() > 60 ? "a long line" : value));
        draft.networks.push_back(*network);
    }
    TRY(draft.ends, parse_timestamp(visit.sent("until")));
    return draft;
}

Page done(Visit& visit) {
    visit.house.changes.publish("settings", "", "changed", visit.now());
    return go_to(visit, here, "saved");
}

Page give(Visit& visit) {
    if (!visit.may(access::Right::manager)) return not_allowed(visit);
    auto rechecks = rechecks_of(visit);
    auto const settings = rechecks.settings();
    if (!settings) return failed(visit, settings.error());
    if (!settings->is_on) return not_found(visit);
    auto const draft = draft_of(visit);
    auto const made = draft ? rechecks.permit(*draft, visit.caller()) : std::unexpected(draft.error());
    if (made) return done(visit);
    note_fault(visit, made.error());
    return shown(visit);
}

Page take_back(Visit& visit) {
    auto rechecks = rechecks_of(visit);
    events::PermissionId const id{parse_int(visit.sent("permission")).value_or(0)};
    auto const own = rechecks.permissions(visit.desk().organisation());
    if (!own) return failed(visit, own.error());
    if (std::ranges::find(*own, id, &events::Permission::id) == own->end()) return not_found(visit);
    auto const withdrawn = rechecks.withdraw(id, "in the portal", visit.caller());
    return withdrawn ? done(visit) : failed(visit, withdrawn.error());
}

}  // namespace

events::Rechecks rechecks_of(Visit const& visit) {
    auto const& doors = visit.doors();
    return events::Rechecks({.ledger = *doors.ledger,
                             .constituency = *doors.constituency,
                             .gate = *doors.gate,
                             .events = *doors.events,
                             .clock = *doors.clock});
}

Result<bool> has_recheck(Visit const& visit) {
    auto const rechecks = rechecks_of(visit);
    TRY(auto const settings, rechecks.settings());
    if (settings.is_on) return true;
    TRY(auto const permissions, rechecks.permissions(visit.desk().organisation()));
    return !permissions.empty();
}

Page permissions_page(Visit& visit) {
    if (!visit.is_post()) return shown(visit);
    return visit.sent("action") == "withdraw" ? take_back(visit) : give(visit);
}

}  // namespace tocsin::api::portal
