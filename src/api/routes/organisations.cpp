#include "api/export.hpp"
#include "api/filters.hpp"
#include "api/render_directory.hpp"
#include "api/render_events.hpp"

#include <algorithm>
#include <fmt/format.h>

/// Organisations: list, one with everything linked to it, changes, export.
namespace tocsin::api {

namespace {

using constituency::OrganisationId;

Result<constituency::OrganisationQuery> query_of(Call const& call) {
    constituency::OrganisationQuery query;
    query.text = call.query("q").value_or("");
    query.kinds = call.query_list("kind");
    query.sectors = call.query_list("sector");
    for (auto const& country : call.query_list("country")) query.countries.push_back(uppered(country));
    query.parent = OrganisationId{call.query_number("parent").value_or(0)};
    query.after = call.after();
    query.limit = call.limit();
    return query;
}

struct Extras {
    std::map<std::int64_t, std::int64_t> open;
    std::map<std::int64_t, Timestamp> notified;

    static Result<Extras> of(Call const& call) {
        Extras extras;
        TRY(extras.open, open_findings(call));
        TRY(extras.notified, last_notified(call));
        return extras;
    }
    OrganisationExtras about(OrganisationId id) const {
        auto const found = open.find(id.value);
        auto const sent = notified.find(id.value);
        return {found == open.end() ? 0 : found->second,
                sent == notified.end() ? std::nullopt : std::optional(sent->second)};
    }
};

/// The directory knows no findings, so this order is made here, of all that match; the cursor is a place in it.
Reply by_open_findings(Call const& call, constituency::OrganisationQuery query, Extras const& extras) {
    auto const start = static_cast<std::size_t>(std::max<std::int64_t>(0, parse_int(call.after()).value_or(0)));
    std::vector<constituency::Organisation> all;
    query.after.clear();
    query.limit = 1000;
    do {
        TRY(auto page, call.doors().constituency->directory().organisations(query));
        std::ranges::move(page.items, std::back_inserter(all));
        query.after = std::move(page.next);
    } while (!query.after.empty());
    auto const rank = [&](constituency::Organisation const& one) {
        return std::pair(-extras.about(one.id).open_findings, one.id.value);
    };
    std::ranges::sort(all, {}, rank);
    auto const end = std::min(all.size(), start + call.limit());
    auto const shown = std::span(all).subspan(std::min(start, all.size()), end - std::min(start, end));
    return page_of(cleared(call, std::vector(shown.begin(), shown.end())), end < all.size() ? std::to_string(end) : "",
                   [&](JsonWriter& json, gate::Cleared<constituency::Organisation> const& one) {
                       put(json, one, extras.about(one->id));
                   });
}

Reply organisations_list(Call& call) {
    TRY(auto query, query_of(call));
    TRY(auto const extras, Extras::of(call));
    auto const sort = call.query("sort").value_or("name");
    if (sort == "-open_findings") return by_open_findings(call, std::move(query), extras);
    query.sort = sort;
    TRY(auto page, call.doors().constituency->directory().organisations(query));
    return page_of(cleared(call, std::move(page.items)), page.next,
                   [&](JsonWriter& json, gate::Cleared<constituency::Organisation> const& one) {
                       put(json, one, extras.about(one->id));
                   });
}

Reply organisations_count(Call& call) {
    TRY(auto const query, query_of(call));
    TRY(auto const count, call.doors().constituency->directory().count(query));
    return count_of(count);
}

Reply one(Call const& call, constituency::Organisation const& organisation, int status = 200) {
    TRY(auto const extras, Extras::of(call));
    TRY(auto const shown, cleared(call, organisation));
    JsonWriter json;
    put(json, shown, extras.about(shown->id));
    return json_answer(std::move(json), status);
}

Result<constituency::OrganisationDraft> draft_of(Call const& call) {
    constituency::OrganisationDraft draft;
    draft.name = call.text_or("name", "");
    auto const kind = constituency::organisation_kind(call.text_or("kind", "constituent"));
    if (!kind) return fail(Code::invalid, "kind: expected a kind of organisation");
    draft.kind = *kind;
    draft.sector = call.text_or("sector", "");
    draft.country = call.text_or("country", "");
    draft.language = call.text_or("language", "");
    draft.parent = OrganisationId{call.number("parent").value_or(0)};
    draft.note = call.text_or("note", "");
    draft.do_not_contact = call.flag("do_not_contact").value_or(false);
    return draft;
}

Reply organisations_create(Call& call) {
    TRY(auto const draft, draft_of(call));
    TRY(auto const made, call.doors().constituency->directory().add(draft, call.caller));
    call.changed("directory", std::to_string(made.id.value), "added");
    return one(call, made, 201);
}

Reply organisations_change(Call& call) {
    TRY(auto const draft, draft_of(call));
    TRY(auto const changed,
        call.doors().constituency->directory().change(OrganisationId{call.path_id()}, draft,
                                                      call.number("version").value_or(0), call.caller));
    call.changed("directory", call.path("id"), "changed");
    return one(call, changed);
}

Reply organisations_remove(Call& call) {
    CHECK(call.doors().constituency->directory().remove(OrganisationId{call.path_id()}, 0, call.caller));
    call.changed("directory", call.path("id"), "removed");
    return nothing();
}

/// Findings of one organisation in figures.
struct Summary {
    std::int64_t open = 0, repaired = 0, back = 0;
    std::map<std::string, std::int64_t> by_class;
    std::map<std::int32_t, std::int64_t> by_day;
    std::vector<double> repair_days;
};

Result<Summary> summary_of(Call const& call, OrganisationId id) {
    auto const now = call.now();
    auto const season = now - std::chrono::days(90);
    Summary summary;
    events::FindingFilter filter;
    filter.organisations = {id.value};
    CHECK(call.doors().events->scan(scope_of(call), filter, [&](events::Finding const& finding) {
        switch (finding.state) {
            case events::FindingState::back:
                ++summary.back;
                [[fallthrough]];
            case events::FindingState::open:
                ++summary.open;
                ++summary.by_class[finding.type];
                break;
            case events::FindingState::repaired:
                if (!finding.repaired || *finding.repaired < season) break;
                ++summary.repaired;
                summary.repair_days.push_back(static_cast<double>((*finding.repaired - finding.first_seen).count()) /
                                              86'400e6);
                break;
            case events::FindingState::false_positive:
                break;
        }
        if (finding.first_seen >= now - std::chrono::days(30)) ++summary.by_day[finding.first_seen.day()];
        return true;
    }));
    return summary;
}

void put_summary(JsonWriter& json, Summary& summary) {
    json.key("findings")
        .object()
        .field("open", summary.open)
        .field("repaired", summary.repaired)
        .field("back", summary.back)
        .key("by_class")
        .array();
    for (auto const& [name, count] : summary.by_class) json.object().field("class", name).field("count", count).end();
    json.end().key("by_day").array();
    for (auto const& [day, count] : summary.by_day)
        json.object().field("at", Timestamp::from_day(day)).field("count", count).end();
    json.end().key("median_repair_days");
    if (summary.repair_days.empty()) {
        json.null();
    } else {
        auto const middle = summary.repair_days.begin() + static_cast<std::ptrdiff_t>(summary.repair_days.size() / 2);
        std::ranges::nth_element(summary.repair_days, middle);
        json.value(*middle);
    }
    json.end();
}

Status put_linked(JsonWriter& json, Call const& call, OrganisationId id) {
    auto& directory = call.doors().constituency->directory();
    constituency::ResourceQuery of_resources;
    of_resources.organisation = id;
    of_resources.limit = 500;
    constituency::ContactQuery of_contacts;
    of_contacts.organisation = id;
    of_contacts.limit = 500;
    TRY(auto const children, directory.children(id));
    TRY(auto resources, directory.resources(of_resources));
    TRY(auto contacts, directory.contacts(of_contacts));
    json.key("children").array();
    for (auto const& child : children) json.object().field("id", child.id.value).field("name", child.name).end();
    json.end().key("resources").array();
    for (auto const& resource : cleared(call, std::move(resources.items))) put(json, resource);
    json.end().key("contacts").array();
    for (auto const& contact : cleared(call, std::move(contacts.items))) put(json, contact);
    json.end();
    return {};
}

Status put_notifications(JsonWriter& json, Call const& call, OrganisationId id) {
    notifications::Filter filter;
    filter.organisations = {id.value};
    TRY(auto const page, call.doors().notifications->list(filter, 20));
    json.key("notifications").array();
    for (auto const& notification : page.items) {
        json.object()
            .field("id", notification.id.value)
            .field("state", notifications::name_of(notification.state))
            .field("at", notification.sent.value_or(notification.created))
            .field("subject", notification.subject)
            .end();
    }
    json.end();
    return {};
}

Status put_timeline(JsonWriter& json, Call const& call, OrganisationId id) {
    TRY(auto const history, call.doors().constituency->directory().history("organisation", id.value, 50));
    TRY(auto const names, Names::of(call));
    json.key("timeline").array();
    for (auto const& entry : history) {
        json.object()
            .field("at", entry.at)
            .field("what", entry.change == constituency::Change::add ? "created" : "changed")
            .field_or_null("who", entry.by.user != 0 ? names.account(std::to_string(entry.by.user)) : entry.by.who)
            .field_or_null("before", entry.before)
            .field_or_null("after", entry.after)
            .end();
    }
    json.end();
    return {};
}

Reply organisations_get(Call& call) {
    OrganisationId const id{call.path_id()};
    TRY(auto stored, call.doors().constituency->directory().organisation(id));
    TRY(auto const organisation, cleared(call, std::move(stored)));
    TRY(auto const extras, Extras::of(call));
    TRY(auto summary, summary_of(call, id));
    JsonWriter json;
    json.object().key("organisation");
    put(json, organisation, extras.about(id));
    CHECK(put_linked(json, call, id));
    put_summary(json, summary);
    CHECK(put_notifications(json, call, id));
    CHECK(put_timeline(json, call, id));
    json.end();
    return json_answer(std::move(json));
}

Reply organisations_export(Call& call) {
    TRY(auto const query, query_of(call));
    auto const is_csv = call.query("format").value_or("json") == "csv";
    auto& directory = call.doors().constituency->directory();
    std::vector<constituency::ExportRow> rows;
    auto const wanted = constituency::import_kind(call.query("what").value_or("organisations"))
                            .value_or(constituency::ImportKind::organisations);
    for (auto const kind : {constituency::ImportKind::organisations, constituency::ImportKind::resources,
                            constituency::ImportKind::contacts}) {
        if (is_csv && kind != wanted) continue;
        TRY(auto some, constituency::export_rows(directory, kind, query));
        std::ranges::move(some, std::back_inserter(rows));
    }
    auto const who = gate::Recipient::team(call.caller);
    TRY(auto const exported, call.doors().gate->clear(DirectoryExport{std::move(rows)}, who));
    CHECK(call.doors().ledger->write(
        [&](store::Transaction& tx) { return gate::Gate::record(tx, call.caller, call.now(), exported, "export"); }));
    net::HttpResponse response;
    response.body =
        is_csv ? constituency::rows_as_csv(exported->rows, wanted) : constituency::rows_as_json(exported->rows);
    response.set("content-type", is_csv ? "text/csv; charset=utf-8" : "application/json");
    response.set("content-disposition",
                 fmt::format("attachment; filename=\"{}.{}\"", is_csv ? constituency::name_of(wanted) : "directory",
                             is_csv ? "csv" : "json"));
    return response;
}

}  // namespace

void routes_organisations(Router& router) {
    router.answer("organisations_list", organisations_list);
    router.answer("organisations_count", organisations_count);
    router.answer("organisations_create", organisations_create);
    router.answer("organisations_get", organisations_get);
    router.answer("organisations_change", organisations_change);
    router.answer("organisations_remove", organisations_remove);
    router.answer("organisations_export", organisations_export);
}

}  // namespace tocsin::api
