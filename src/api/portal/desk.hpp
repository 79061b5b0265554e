#pragma once
#include "access/access.hpp"
#include "api/router.hpp"
#include "constituency/constituency.hpp"
#include "events/events.hpp"
#include "gate/gate.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What somebody of a constituent sees of the house. Private to api.
namespace tocsin::api::portal {

/// Where one of a constituent's people (or keys) works: the organisation it acts for, and how far it looks.
///
/// Everything that is read goes through scope(), which only the gate makes, inside the query; what leaves is cleared
/// for recipient() as well. Without `sees_below` the query asks for the organisation itself and nothing else.
class Desk {
  public:
    /// All of a caller's desks, in the order of their organisations; those whose organisation is gone are left out.
    static Result<std::vector<Desk>> all_of(House const& house, access::Principal const& caller);
    /// The one for `wanted` ("12"), or the first. Errors: Code::not_found when there is none, whatever the reason.
    static Result<Desk> of(House const& house, access::Principal const& caller, std::string_view wanted);

    access::Principal const& caller() const { return caller_; }
    constituency::OrganisationId organisation() const { return recipient_.organisation; }
    std::string const& name() const { return recipient_.name; }
    access::Right right() const { return membership_.right; }
    bool may(access::Right least) const { return membership_.right >= least; }
    bool sees_below() const { return membership_.sees_below; }
    gate::Recipient const& recipient() const { return recipient_; }

    /// The right to read, as of now.
    events::Scope scope(House const& house) const;
    /// Keeps a filter to what this desk looks at. What it asks beyond that finds nothing.
    template <class Filter>
    Filter within(Filter filter) const {
        if (sees_below()) return filter;
        auto const own = organisation().value;
        auto const& asked = filter.organisations;
        bool const is_own = asked.empty() || std::ranges::find(asked, own) != asked.end();
        filter.organisations = {is_own ? own : nobody};
        return filter;
    }

  private:
    static constexpr events::OrganisationNumber nobody = -1;
    Desk(access::Principal caller, access::Membership membership, gate::Recipient recipient)
        : caller_(std::move(caller)), membership_(membership), recipient_(std::move(recipient)) {}

    access::Principal caller_;
    access::Membership membership_;
    gate::Recipient recipient_;
};

/// Reads at a desk: what comes back is cleared for it.

struct FindingsRead {
    std::vector<gate::Cleared<events::Finding>> items;
    std::string next;
};
Result<FindingsRead> read_findings(House const& house, Desk const& desk, events::FindingFilter filter,
                                   events::FindingOrder order, events::PageRequest const& page);
struct EventsRead {
    std::vector<gate::Cleared<events::StoredEvent>> items;
    std::string next;
};
Result<EventsRead> read_events(House const& house, Desk const& desk, events::EventFilter filter,
                               events::EventOrder order, events::PageRequest const& page);
Result<std::int64_t> count_findings(House const& house, Desk const& desk, events::FindingFilter filter);

/// One finding and what may be told of its history. Errors: Code::not_found when it is not the desk's.
struct FindingRead {
    gate::Cleared<events::Finding> finding;
    /// By owners; the team's rulings, and what looking again told (events::is_by_recheck), without the team's words.
    std::vector<events::Statement> said;
    std::vector<Timestamp> rounds;
    std::vector<gate::Cleared<events::StoredEvent>> events;
};
Result<FindingRead> read_finding(House const& house, Desk const& desk, std::string_view id);

/// The organisation's own warnings that were sent, the newest first.
struct NotificationsRead {
    std::vector<notifications::Notification> items;
    std::int64_t next = 0;  ///< 0 on the last page
};
Result<NotificationsRead> read_notifications(House const& house, Desk const& desk, std::size_t limit,
                                             std::int64_t before);
/// Its text without the link of the owner's page. Errors: Code::not_found when it is not the organisation's own, or was
/// not sent.
Result<notifications::Detail> read_notification(House const& house, Desk const& desk, std::int64_t id);

/// Enters a page of things that left in the disclosure log: their ids.
template <gate::Releasable T>
Status record_page(House const& house, Desk const& desk, std::vector<gate::Cleared<T>> const& page, std::string_view id,
                   std::string_view door = "portal") {
    if (page.empty()) return {};
    JsonWriter contents;
    contents.array();
    for (auto const& one : page) contents.value(gate::About<T>::of(*one).id);
    contents.end();
    return house.doors.ledger->write([&](store::Transaction& tx) {
        return gate::Gate::record(tx, desk.caller(), house.doors.clock->now(), page, id, contents.text(), door);
    });
}

/// Files: the same columns for the pages and for the API.
std::string csv_of(House const& house, std::vector<gate::Cleared<events::Finding>> const& findings, bool with_head);
std::string csv_of(std::vector<gate::Cleared<events::StoredEvent>> const& events, bool with_head);
/// All that matches, page by page, on record before its first byte leaves.
Result<net::HttpResponse> findings_file(House const& house, Desk const& desk, events::FindingFilter const& filter,
                                        std::string_view query);
Result<net::HttpResponse> events_file(House const& house, Desk const& desk, events::EventFilter const& filter,
                                      std::string_view query);

}  // namespace tocsin::api::portal
