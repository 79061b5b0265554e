#include "api/portal/visit.hpp"
#include "constituency/claims.hpp"
#include "constituency/notice_settings.hpp"

#include <fmt/format.h>

/// What is open, what changed, what to look at.
namespace tocsin::api::portal {
namespace {

constexpr auto a_week = std::chrono::days(7);
constexpr std::string_view severities[] = {"critical", "high", "medium", "low", "info"};

std::string number_card(std::string const& to, std::int64_t number, std::string const& label) {
    return fmt::format("<li><a href=\"{}\"><span class=\"number\">{}</span> {}</a></li>\n", to, number, label);
}

/// In one pass over the findings.
Result<std::string> open_cards(Visit const& visit) {
    events::FindingFilter filter;
    filter.states = {events::FindingState::open};
    TRY(auto const counts, visit.doors().events->aggregate(visit.desk().scope(visit.house), visit.desk().within(filter),
                                                           {.by = {"severity"}, .bucket = {}, .limit = 20}));
    std::string out = "<ul class=\"counts\">\n";
    for (auto const severity : severities) {
        std::int64_t count = 0;
        for (auto const& group : counts.groups)
            if (!group.key.empty() && group.key.front() == severity) count += group.count;
        out += number_card(visit.address("/portal/findings", fmt::format("state=open&severity={}", severity)), count,
                           severity_label(visit, severity));
    }
    return out + "</ul>\n";
}

Result<std::string> changed_cards(Visit const& visit) {
    auto const since = visit.now() - a_week;
    events::FindingFilter fresh, repaired, back;
    fresh.first_from = since;
    repaired.repaired_from = since;
    back.states = {events::FindingState::back};
    back.from = since;
    TRY(auto const new_ones, count_findings(visit.house, visit.desk(), fresh));
    TRY(auto const repaired_ones, count_findings(visit.house, visit.desk(), repaired));
    TRY(auto const back_ones, count_findings(visit.house, visit.desk(), back));
    auto const day = date_text(since);
    return "<ul class=\"counts\">\n" +
           number_card(visit.address("/portal/findings", "new=" + day), new_ones, visit.say("new_week")) +
           number_card(visit.address("/portal/findings", "state=repaired"), repaired_ones, visit.say("repaired_week")) +
           number_card(visit.address("/portal/findings", "state=back"), back_ones, visit.say("back_week")) + "</ul>\n";
}

Result<std::string> to_do(Visit const& visit) {
    auto& directory = visit.doors().constituency->directory();
    constituency::ContactQuery query;
    query.organisation = visit.desk().organisation();
    TRY(auto const contacts, directory.contacts(query));
    std::string items;
    for (auto const& reminder : constituency::contact_reminders(contacts.items, visit.now())) {
        auto const role = visit.plain(fmt::format("role_{}", constituency::name_of(reminder.role)));
        auto const key =
            fmt::format("{}_{}", constituency::name_of(reminder.what),
                        reminder.what == constituency::ContactReminder::What::missing ? "role" : "contact");
        auto const said = reminder.expires ? visit.say(key, {{"role", role}, {"date", date_text(*reminder.expires)}})
                                           : visit.say(key, {{"role", role}});
        items += fmt::format("<li>{} <a href=\"{}\">{}</a></li>\n", said, visit.address("/portal/contacts"),
                             visit.say("contacts"));
    }
    TRY(auto const open, constituency::Claims(directory).count(
                             {.organisation = visit.desk().organisation(), .state = constituency::ClaimState::open}));
    if (open > 0)
        items += fmt::format("<li><a href=\"{}\">{}</a></li>\n", visit.address("/portal/resources"),
                             visit.say("open_claims", {{"n", std::to_string(open)}}));
    if (items.empty()) return std::string();
    return fmt::format("<section class=\"panel\">\n<h2>{}</h2>\n<ul class=\"plain\">\n{}</ul>\n</section>\n",
                       visit.say("todo"), items);
}

Result<std::string> last_warnings(Visit const& visit) {
    TRY(auto const read, read_notifications(visit.house, visit.desk(), 3, 0));
    if (read.items.empty()) return fmt::format("<p class=\"soft\">{}</p>\n", visit.say("no_warnings"));
    std::string out = "<ul class=\"plain\">\n";
    for (auto const& one : read.items)
        out += fmt::format("<li>{} <a href=\"{}\">{}</a></li>\n", time_text(one.sent.value_or(one.created)),
                           visit.address(fmt::format("/portal/notifications/{}", one.id.value)), text(one.subject));
    return out + "</ul>\n";
}

Result<std::string> whole(Visit const& visit) {
    TRY(auto const tasks, to_do(visit));
    TRY(auto const open, open_cards(visit));
    TRY(auto const changed, changed_cards(visit));
    TRY(auto const warnings, last_warnings(visit));
    return fmt::format("{}<h2>{}</h2>\n{}<h2>{}</h2>\n{}<h2>{}</h2>\n{}", tasks, visit.say("open_now"), open,
                       visit.say("changed"), changed, visit.say("last_warnings"), warnings);
}

}  // namespace

Page overview_page(Visit& visit) {
    auto const body = whole(visit);
    return body ? page(visit, visit.say("overview"), *body) : failed(visit, body.error());
}

}  // namespace tocsin::api::portal
