#include "api/portal/desk.hpp"

#include "api/export.hpp"
#include "api/finding_csv.hpp"
#include "base/csv_row.hpp"
#include "events/recheck.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace tocsin::api::portal {
namespace {

constexpr std::size_t page_of_file = 1000;

std::unexpected<Error> no_desk() {
    return fail(Code::not_found, "there is no such organisation");
}

/// What the disclosure log and the gate want to know of a warning that was sent.
gate::Particulars particulars_of(notifications::Notification const& notification) {
    gate::Particulars thing{.kind = "notification", .id = std::to_string(notification.id.value)};
    thing.marking = {gate::parse_tlp(notification.tlp).value_or(gate::Tlp::red)};
    thing.concerns = {constituency::OrganisationId{notification.organisation}};
    return thing;
}

/// Takes out every word that holds this. Whoever has a warning's link can answer by it: here an answer needs a right.
std::string without_word(std::string text, std::string_view part) {
    for (auto at = text.find(part); at != std::string::npos && !part.empty(); at = text.find(part)) {
        auto const before = text.find_last_of(" \n", at);
        auto const start = before == std::string::npos ? 0 : before + 1;
        auto const end = std::min(text.find_first_of(" \n", at), text.size());
        text.erase(start, end - start);
    }
    return text;
}

bool is_for(House const& house, Desk const& desk, notifications::Notification const& notification) {
    return notification.organisation == desk.organisation().value && notification.state == notifications::State::sent &&
           house.doors.gate->explain(particulars_of(notification), desk.recipient()).allowed;
}

boost::json::object object_of(std::string_view text) {
    boost::system::error_code error;
    auto value = boost::json::parse(text, error);
    return !error && value.is_object() ? value.get_object() : boost::json::object();
}

std::string cell_of(boost::json::object const& fields, std::string_view name) {
    auto const* value = fields.if_contains(name);
    if (!value) return {};
    return value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value);
}

}  // namespace

Result<std::vector<Desk>> Desk::all_of(House const& house, access::Principal const& caller) {
    std::vector<Desk> desks;
    if (!caller.is_constituent()) return desks;
    for (auto const& membership : caller.memberships) {
        auto const organisation = house.doors.constituency->directory().organisation({membership.organisation});
        if (!organisation && organisation.error().code == Code::not_found) continue;
        if (!organisation) return std::unexpected(organisation.error());
        desks.push_back(Desk(caller, membership, gate::Recipient::constituent(organisation->id, organisation->name)));
    }
    return desks;
}

Result<Desk> Desk::of(House const& house, access::Principal const& caller, std::string_view wanted) {
    TRY(auto desks, all_of(house, caller));
    auto const number = parse_int(wanted);
    for (auto& desk : desks)
        if (wanted.empty() || desk.organisation().value == number) return std::move(desk);
    return no_desk();
}

events::Scope Desk::scope(House const& house) const {
    return house.doors.gate->scope<events::StoredEvent>(recipient_);
}

Result<FindingsRead> read_findings(House const& house, Desk const& desk, events::FindingFilter filter,
                                   events::FindingOrder order, events::PageRequest const& page) {
    TRY(auto found, house.doors.events->findings(desk.scope(house), desk.within(std::move(filter)), order, page));
    return FindingsRead{std::move(house.doors.gate->sift(std::move(found.items), desk.recipient()).cleared),
                        std::move(found.next)};
}

Result<EventsRead> read_events(House const& house, Desk const& desk, events::EventFilter filter,
                               events::EventOrder order, events::PageRequest const& page) {
    TRY(auto found, house.doors.events->search(desk.scope(house), desk.within(std::move(filter)), order, page));
    return EventsRead{std::move(house.doors.gate->sift(std::move(found.items), desk.recipient()).cleared),
                      std::move(found.next)};
}

Result<std::int64_t> count_findings(House const& house, Desk const& desk, events::FindingFilter filter) {
    return house.doors.events->count(desk.scope(house), desk.within(std::move(filter)));
}

Result<FindingRead> read_finding(House const& house, Desk const& desk, std::string_view id) {
    auto const nothing = [] { return fail(Code::not_found, "there is no such finding"); };
    events::FindingFilter only;
    only.ids = {std::string(id)};
    TRY(auto const seen, count_findings(house, desk, only));
    if (seen == 0) return nothing();
    TRY(auto detail, house.doors.events->finding_detail(desk.scope(house), id));
    auto finding = house.doors.gate->clear(std::move(detail.finding), desk.recipient());
    if (!finding) return nothing();
    FindingRead read{.finding = std::move(*finding), .said = {}, .rounds = std::move(detail.rounds), .events = {}};
    for (auto& statement : detail.statements) {
        bool const is_ruling = statement.by_team && (statement.saying == events::Saying::false_positive ||
                                                     statement.saying == events::Saying::reopened);
        bool const is_look = events::is_by_recheck(statement);
        if (statement.by_team && !is_ruling && !is_look) continue;
        if (statement.by_team) statement.text.clear();
        if (is_ruling) statement.by.clear();
        read.said.push_back(std::move(statement));
    }
    if (!desk.sees_below())
        std::erase_if(detail.events, [&](auto const& one) { return one.organisation != desk.organisation().value; });
    read.events = std::move(house.doors.gate->sift(std::move(detail.events), desk.recipient()).cleared);
    return read;
}

Result<NotificationsRead> read_notifications(House const& house, Desk const& desk, std::size_t limit,
                                             std::int64_t before) {
    notifications::Filter filter;
    filter.states = {notifications::State::sent};
    filter.organisations = {desk.organisation().value};
    auto const last = before > 0 ? std::optional(notifications::NotificationId{before}) : std::nullopt;
    TRY(auto page, house.doors.notifications->list(filter, limit, last));
    std::erase_if(page.items, [&](auto const& one) { return !is_for(house, desk, one); });
    return NotificationsRead{std::move(page.items), page.next ? page.next->value : 0};
}

Result<notifications::Detail> read_notification(House const& house, Desk const& desk, std::int64_t id) {
    auto const nothing = [] { return fail(Code::not_found, "there is no such notification"); };
    auto detail = house.doors.notifications->show({id});
    if (!detail && detail.error().code == Code::not_found) return nothing();
    if (!detail) return detail;
    if (!is_for(house, desk, detail->notification)) return nothing();
    TRY(auto const link, house.doors.notifications->link_of({id}));
    detail->text = without_word(std::move(detail->text), link);
    detail->html.clear();
    return detail;
}

std::string csv_of(House const& house, std::vector<gate::Cleared<events::Finding>> const& findings, bool with_head) {
    std::string text;
    if (with_head)
        append_csv_row(text, finding_header({"organisation", "first_seen", "last_seen", "times", "returns", "repaired",
                                             "said", "tlp"}));
    auto const owners = house.doors.constituency->owners();
    for (auto const& finding : findings) {
        auto const name = owners ? (*owners)->name_of_organisation({finding->organisation}) : std::string_view();
        auto cells = finding_cells(finding);
        cells.insert(cells.end(),
                     {std::string(name), format_timestamp(finding->first_seen), format_timestamp(finding->last_seen),
                      std::to_string(finding->times), std::to_string(finding->returns),
                      finding->repaired ? format_timestamp(*finding->repaired) : "",
                      std::string(finding->said ? events::name_of(*finding->said) : ""), finding->tlp});
        append_csv_row(text, cells);
    }
    return text;
}

std::string csv_of(std::vector<gate::Cleared<events::StoredEvent>> const& events, bool with_head) {
    static constexpr std::string_view names[] = {"classification.taxonomy",
                                                 "classification.type",
                                                 "classification.identifier",
                                                 "source.ip",
                                                 "source.port",
                                                 "protocol.transport",
                                                 "source.fqdn",
                                                 "source.url",
                                                 "source.asn",
                                                 "malware.name"};
    std::string text;
    if (with_head) text = fmt::format("id,time,feed,finding,{},tlp\r\n", fmt::join(names, ","));
    for (auto const& event : events) {
        std::vector<std::string> cells{fmt::format("e-{:x}", event->id), format_timestamp(event->time), event->feed,
                                       event->finding};
        auto const fields = object_of(event->fields);
        for (auto const name : names) cells.push_back(cell_of(fields, name));
        cells.push_back(event->tlp);
        append_csv_row(text, cells);
    }
    return text;
}

namespace {

/// On record before the first byte leaves; `write` makes the rest.
template <class Filter>
Result<net::HttpResponse> file_of(House const& house, Desk const& desk, Filter const& filter, std::string_view name,
                                  std::string_view query, std::function<Status(net::BodyWriter&)> write) {
    auto const scope = desk.scope(house);
    TRY(auto const extent, house.doors.events->extent(scope, filter));
    CHECK(house.doors.ledger->write([&](store::Transaction& tx) {
        return gate::Gate::record(
            tx, desk.caller(), house.doors.clock->now(), scope,
            {.id = name, .query = query, .count = extent.count, .strictest = extent.strictest, .door = "portal"});
    }));
    return download(name, "text/csv; charset=utf-8", std::move(write));
}

}  // namespace

Result<net::HttpResponse> findings_file(House const& house, Desk const& desk, events::FindingFilter const& asked,
                                        std::string_view query) {
    auto const filter = desk.within(asked);
    return file_of(house, desk, filter, "findings.csv", query, [&house, desk, filter](net::BodyWriter& out) -> Status {
        std::string after;
        bool is_first = true;
        do {
            TRY(auto const page, read_findings(house, desk, filter, events::FindingOrder::last_seen_down,
                                               {.after = after, .limit = page_of_file}));
            CHECK(out.write(csv_of(house, page.items, is_first)));
            is_first = false;
            after = page.next;
        } while (!after.empty());
        return {};
    });
}

Result<net::HttpResponse> events_file(House const& house, Desk const& desk, events::EventFilter const& asked,
                                      std::string_view query) {
    auto const filter = desk.within(asked);
    return file_of(house, desk, filter, "events.csv", query, [&house, desk, filter](net::BodyWriter& out) -> Status {
        std::string after;
        bool is_first = true;
        do {
            TRY(auto const page, read_events(house, desk, filter, events::EventOrder::newest_first,
                                             {.after = after, .limit = page_of_file}));
            CHECK(out.write(csv_of(page.items, is_first)));
            is_first = false;
            after = page.next;
        } while (!after.empty());
        return {};
    });
}

}  // namespace tocsin::api::portal
