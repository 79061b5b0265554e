#include "api/portal/recheck.hpp"

#include <algorithm>
#include <fmt/format.h>

/// Findings: the list, one of them, what the organisation says about it.
namespace tocsin::api::portal {
namespace {

constexpr std::size_t on_a_page = 25;
constexpr std::size_t longest_comment = 2000;
constexpr std::size_t rounds_shown = 10;
constexpr std::string_view list_path = "/portal/findings";

struct Asked {
    events::FindingFilter filter;
    std::string state, severity, words, after, fresh;

    std::string query() const {
        return fmt::format("state={}&severity={}&q={}&new={}", percent_encoded(state), percent_encoded(severity),
                           percent_encoded(words), percent_encoded(fresh));
    }
};

Asked asked_of(Visit const& visit) {
    Asked asked{.filter = {},
                .state = visit.asked("state"),
                .severity = visit.asked("severity"),
                .words = visit.asked("q").substr(0, 200),
                .after = visit.asked("after").substr(0, 500),
                .fresh = visit.asked("new").substr(0, 20)};
    if (auto const state = events::finding_state_named(asked.state)) asked.filter.states = {*state};
    if (!asked.severity.empty()) asked.filter.severities = {lowered(asked.severity)};
    if (auto const from = parse_timestamp(asked.fresh)) asked.filter.first_from = *from;
    asked.filter.text = is_utf8(asked.words) ? asked.words : std::string();
    return asked;
}

std::string filter_form(Visit const& visit, Asked const& asked) {
    std::vector<Choice> states{{"", visit.say("all_states")}};
    for (auto const state : {events::FindingState::open, events::FindingState::repaired, events::FindingState::back,
                             events::FindingState::false_positive})
        states.push_back({std::string(events::name_of(state)), state_label(visit, state)});
    std::vector<Choice> severities{{"", visit.say("all_states")}};
    for (std::string_view const one : {"critical", "high", "medium", "low", "info"})
        severities.push_back({std::string(one), html_escaped(visit.words->get("severity." + std::string(one)))});
    auto out = fmt::format(
        "<form method=\"get\" action=\"{}\" class=\"row panel\" role=\"search\">\n<input type=\"hidden\" "
        "name=\"lang\" value=\"{}\">\n",
        list_path, visit.words->code());
    if (visit.desks.size() > 1)
        out += fmt::format("<input type=\"hidden\" name=\"as\" value=\"{}\">\n", visit.desk().organisation().value);
    out += choice("state", visit.say("state"), states, asked.state);
    out += choice("severity", visit.say("severity"), severities, asked.severity);
    out += field({.name = "q", .label = visit.say("search"), .value = asked.words, .type = "search", .most = 200});
    return out + button(visit.say("filter")) + "</form>\n";
}

std::string name_of_organisation(Visit const& visit, std::int64_t id) {
    auto const owners = visit.doors().constituency->owners();
    return owners ? std::string((*owners)->name_of_organisation({id})) : std::string();
}

std::string list_html(Visit const& visit, Asked const& asked, FindingsRead const& read, std::int64_t total) {
    std::vector<std::string> heads{visit.say("where"), visit.say("what"), visit.say("severity"), visit.say("state"),
                                   visit.say("last_seen")};
    if (visit.desk().sees_below()) heads.push_back(visit.say("organisation"));
    std::vector<std::vector<std::string>> rows;
    for (auto const& finding : read.items) {
        auto const note = notifications::note_for(finding->identifier, finding->type, visit.words->code());
        rows.push_back({fmt::format("<a href=\"{}\"><bdi class=\"place\" dir=\"ltr\">{}</bdi></a>",
                                    visit.address(fmt::format("{}/{}", list_path, percent_encoded(finding->id))),
                                    html_escaped(place_of(*finding))),
                        html_escaped(note.title), severity_label(visit, finding->severity),
                        state_label(visit, finding->state), time_text(finding->last_seen)});
        if (visit.desk().sees_below()) rows.back().push_back(text(name_of_organisation(visit, finding->organisation)));
    }
    auto out = read.items.empty() ? fmt::format("<p>{}</p>\n", visit.say("none"))
                                  : table(visit.say("total", {{"n", std::to_string(total)}}), heads, rows);
    out += "<nav>";
    if (!asked.after.empty())
        out += fmt::format("<a href=\"{}\">{}</a>", visit.address(list_path, asked.query()), visit.say("first_page"));
    if (!read.next.empty())
        out +=
            fmt::format("<a href=\"{}\" rel=\"next\">{}</a>",
                        visit.address(list_path, fmt::format("{}&after={}", asked.query(), percent_encoded(read.next))),
                        visit.say("next_page"));
    return out + fmt::format("<a href=\"{}\">{}</a></nav>\n", visit.address("/portal/findings.csv", asked.query()),
                             visit.say("download"));
}

Page list_page(Visit& visit) {
    auto const asked = asked_of(visit);
    auto read = read_findings(visit.house, visit.desk(), asked.filter, events::FindingOrder::last_seen_down,
                              {.after = asked.after, .limit = on_a_page});
    if (!read) return failed(visit, read.error());
    auto const total = count_findings(visit.house, visit.desk(), asked.filter);
    if (!total) return failed(visit, total.error());
    if (visit.request.method == net::Method::get)
        if (auto const noted = record_page(visit.house, visit.desk(), read->items, "portal findings"); !noted)
            return failed(visit, noted.error());
    return page(visit, visit.say("findings"), filter_form(visit, asked) + list_html(visit, asked, *read, *total));
}

/// One line of what happened.
struct Line {
    Timestamp at;
    std::string what;  ///< HTML
};

std::string history_html(Visit const& visit, FindingRead const& read) {
    std::vector<Line> lines{{read.finding->first_seen, visit.say("history_first")}};
    auto const from = read.rounds.size() > rounds_shown ? read.rounds.size() - rounds_shown : 0;
    for (std::size_t i = from; i < read.rounds.size(); ++i)
        if (read.rounds[i] > read.finding->first_seen) lines.push_back({read.rounds[i], visit.say("history_seen")});
    if (read.finding->repaired && !events::is_repair_by_recheck(*read.finding, read.said))
        lines.push_back({*read.finding->repaired, visit.say("history_repaired")});
    for (auto const& statement : read.said) {
        if (events::is_by_recheck(statement)) {
            lines.push_back(
                {statement.at, visit.say(statement.saying == events::Saying::repaired ? "history_check_closed"
                                                                                      : "history_check_open")});
            continue;
        }
        auto const is_ruling = statement.by_team;
        auto what = is_ruling
                        ? visit.say(statement.saying == events::Saying::reopened ? "history_reopened" : "history_ruled")
                        : html_escaped(visit.words->get(fmt::format("page.{}", events::name_of(statement.saying))));
        if (!statement.by.empty()) what = text(statement.by) + ": " + what;
        if (!statement.text.empty()) what += "<br>" + text(statement.text);
        lines.push_back({statement.at, std::move(what)});
    }
    std::ranges::sort(lines, {}, &Line::at);
    auto out = fmt::format("<h2>{}</h2>\n<ul class=\"plain\">\n", visit.say("history"));
    for (auto const& line : lines) out += fmt::format("<li>{} {}</li>\n", time_text(line.at), line.what);
    return out + "</ul>\n";
}

std::string answer_form(Visit const& visit, std::string_view id) {
    auto out =
        fmt::format("<h2>{}</h2>\n{}<fieldset>\n<legend class=\"soft\">{}</legend>\n<div class=\"choices\">\n",
                    visit.say("answer_title"), form_head(visit, fmt::format("{}/{}", list_path, percent_encoded(id))),
                    visit.say("answer_title"));
    for (std::string_view const said : {"seen", "repaired", "not_ours", "false_positive"})
        out += fmt::format("<label><input type=\"radio\" name=\"said\" value=\"{}\" required> {}</label>\n", said,
                           html_escaped(visit.words->get("page." + std::string(said))));
    return out + "</div>\n</fieldset>\n" +
           field({.name = "text",
                  .label = html_escaped(visit.words->get("page.comment")),
                  .most = longest_comment,
                  .more = "autocomplete=\"off\""}) +
           button(html_escaped(visit.words->get("page.send"))) + "</form>\n";
}

std::string facts_html(Visit const& visit, events::Finding const& finding) {
    auto const& comma = visit.words->comma();
    auto out = fmt::format(
        "<p><bdi class=\"place\" dir=\"ltr\">{}</bdi></p>\n<p>{}{}{}</p>\n<p class=\"soft\">{} {}{}"
        "{} {}{}{}</p>\n",
        html_escaped(place_of(finding)), severity_label(visit, finding.severity), comma,
        state_label(visit, finding.state), visit.say("first_seen"), time_text(finding.first_seen), comma,
        visit.say("last_seen"), time_text(finding.last_seen), comma,
        html_escaped(visit.words->plural("times", finding.times)));
    out += fmt::format("<p class=\"soft\">{}{}{}</p>\n", ltr(finding.identifier, true), comma, ltr(finding.feed));
    if (visit.desk().sees_below())
        out += fmt::format("<p>{}: {}</p>\n", visit.say("organisation"),
                           text(name_of_organisation(visit, finding.organisation)));
    return out;
}

/// Only where looking again is on, and permitted or for this organisation to permit: else nothing is said of it.
std::string recheck_html(Visit const& visit, events::Finding const& finding) {
    auto const rechecks = rechecks_of(visit);
    auto const plan = rechecks.plan(finding);
    if (plan && plan->refusal == "no_permission")
        return fmt::format("<p>{} <a href=\"{}\">{}</a></p>\n", visit.say("recheck_needs"),
                           visit.address("/portal/recheck"), visit.say("recheck_permissions"));
    if (!plan || !plan->refusal.empty()) return {};
    auto const last = rechecks.of_finding(finding.id, 5);
    bool const waits = last && std::ranges::any_of(*last, [&](auto const& one) {
                           return one.state != events::RecheckState::done && one.not_before <= visit.now();
                       });
    auto const is_unclear = last && !last->empty() && last->front().verdict == events::Verdict::unclear;
    auto out = fmt::format("<section class=\"panel\">\n<h2>{}</h2>\n<p>{}</p>\n", visit.say("recheck_title"),
                           visit.say(waits ? "recheck_waits" : "recheck_text"));
    if (!waits && is_unclear)
        out += fmt::format("<p>{} {}</p>\n", time_text(last->front().ended.value_or(last->front().asked)),
                           visit.say("recheck_unclear"));
    if (!waits)
        out += form_head(visit, fmt::format("{}/{}", list_path, percent_encoded(finding.id)), "recheck") +
               button(visit.say("recheck_button")) + "</form>\n";
    return out + "</section>\n";
}

std::string records_html(Visit const& visit, FindingRead const& read) {
    if (read.events.empty()) return {};
    auto out = fmt::format("<details>\n<summary>{}</summary>\n", visit.say("records"));
    for (std::size_t i = 0; i < std::min<std::size_t>(read.events.size(), 5); ++i)
        out += fmt::format("<p>{}</p>\n<pre dir=\"ltr\">{}</pre>\n", time_text(read.events[i]->time),
                           html_escaped(read.events[i]->fields.substr(0, 4000)));
    return out + "</details>\n";
}

/// By the organisation it is about, and by nobody who only looks down on it.
bool may_answer(Visit const& visit, events::Finding const& finding) {
    return visit.may(access::Right::editor) && finding.organisation == visit.desk().organisation().value;
}

Status record_one(Visit const& visit, FindingRead const& read) {
    return visit.doors().ledger->write([&](store::Transaction& tx) -> Status {
        CHECK(gate::Gate::record(tx, visit.caller(), visit.now(), read.finding, "portal"));
        return gate::Gate::record(tx, visit.caller(), visit.now(), read.events, "portal finding",
                                  json_string(read.finding->id), "portal");
    });
}

Page one_page(Visit& visit, FindingRead const& read, int status = 200) {
    auto const& finding = *read.finding;
    auto const note = notifications::note_for(finding.identifier, finding.type, visit.words->code());
    auto const& words = Words::of(note.language);
    auto body = facts_html(visit, finding);
    body += fmt::format("<section class=\"panel\">\n<h2>{}</h2>\n<div lang=\"{}\" dir=\"{}\">{}</div>\n</section>\n",
                        visit.say("repair"), words.code(), words.direction(), note.html);
    if (may_answer(visit, finding)) body += answer_form(visit, finding.id) + recheck_html(visit, finding);
    body += history_html(visit, read) + records_html(visit, read);
    body += fmt::format("<p><a href=\"{}\">{}</a></p>\n", visit.address(list_path), visit.say("back_to"));
    return page(visit, html_escaped(note.title), body, status);
}

Status say(Visit const& visit, events::Finding const& finding, events::Saying saying) {
    auto const comment = visit.sent("text");
    if (comment.size() > longest_comment * 4) return fail(Code::invalid, visit.words->get("page.too_long").data());
    CHECK(visit.doors().events->say(
        {.findings = {finding.id}, .saying = saying, .by_team = false, .by = visit.desk().name(), .text = comment}));
    auto const details = fmt::format(R"({{"said":"{}"}})", events::name_of(saying));
    return visit.doors().ledger->write([&](store::Transaction& tx) -> Status {
        CHECK(access::audit(tx, visit.caller(), visit.now(),
                            {.what = "finding.said", .kind = "finding", .id = finding.id, .details = details}));
        return {};
    });
}

Page take_answer(Visit& visit, FindingRead const& read) {
    auto const saying = events::saying_named(visit.sent("said"));
    bool const is_one_of_theirs =
        saying && (*saying == events::Saying::seen || *saying == events::Saying::repaired ||
                   *saying == events::Saying::not_ours || *saying == events::Saying::false_positive);
    if (!is_one_of_theirs) {
        visit.fault = visit.words->get("page.nothing_chosen");
        return one_page(visit, read, 422);
    }
    if (!may_answer(visit, *read.finding)) return not_allowed(visit);
    if (auto const said = say(visit, *read.finding, *saying); !said) {
        note_fault(visit, said.error());
        return one_page(visit, read, 422);
    }
    visit.house.changes.publish("finding", "", "changed", visit.now());
    return go_to(visit, visit.path, "saved");
}

Page take_recheck(Visit& visit, FindingRead const& read) {
    if (!may_answer(visit, *read.finding)) return not_allowed(visit);
    auto const asked = rechecks_of(visit).request(*read.finding, events::RecheckCause::owner, visit.caller());
    if (!asked) return failed(visit, asked.error());
    return go_to(visit, visit.path, "done");
}

}  // namespace

Page findings_page(Visit& visit) {
    auto const id = visit.rest_of("/portal/findings/");
    if (id.empty() && visit.is_post()) return not_found(visit);
    if (visit.path == "/portal/findings.csv") {
        auto file = findings_file(visit.house, visit.desk(), asked_of(visit).filter, visit.query_text);
        return file ? std::move(*file) : failed(visit, file.error());
    }
    if (id.empty()) return list_page(visit);
    auto const read = read_finding(visit.house, visit.desk(), id);
    if (!read) return failed(visit, read.error());
    if (visit.is_post())
        return visit.sent("action") == "recheck" ? take_recheck(visit, *read) : take_answer(visit, *read);
    if (visit.request.method == net::Method::get)
        if (auto const noted = record_one(visit, *read); !noted) return failed(visit, noted.error());
    return one_page(visit, *read);
}

}  // namespace tocsin::api::portal
