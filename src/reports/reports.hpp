#pragma once
/// Reports: what the team did in a time, from the records, for those it answers to. Reads all rooms, changes none.
#include "constituency/constituency.hpp"
#include "events/events.hpp"
#include "intelligence/intelligence.hpp"
#include "notifications/notifications.hpp"
#include "readiness/readiness.hpp"
#include "reports/facts.hpp"
#include "sharing/sharing.hpp"
#include "store/store.hpp"

#include <span>
#include <string>
#include <vector>

namespace tocsin::reports {

std::span<store::Migration const> migrations();

/// The rooms that are read. They must outlive the call.
struct Rooms {
    store::Ledger& ledger;
    gate::Gate const& gate;
    constituency::Constituency& constituency;
    events::Events const& events;
    notifications::Notifications& notifications;
    intelligence::Intelligence const& intelligence;
    sharing::Peers& peers;
    readiness::Readiness& readiness;
};

struct Request {
    Kind kind = Kind::annual;
    Audience audience = Audience::ministry;
    Period period = {};
    Timestamp made = {};  ///< the date it bears; its time of day is not used
    std::string team = {}, address = {}, base = {};
};

/// Counts within what `by` may see, but never more than the audience's marking and TLP:AMBER+STRICT allow to be
/// counted: what is TLP:RED is in no report. The same data and request give the same report.
/// Errors: those of the rooms.
Result<gate::Cleared<Report>> make(Rooms const& rooms, Request const& request, access::Principal const& by);

enum class Format : std::uint8_t { json, csv, markdown, html, pdf, docx };
std::string_view name_of(Format format);  ///< also the ending of a file's name; of markdown "md"
std::optional<Format> format_named(std::string_view name);
std::string_view media_type_of(Format format);

/// The report in one of the six languages (of JSON and CSV the language is not looked at).
/// Errors: Code::invalid for a language without texts; those of the writers.
Result<std::string> render(gate::Cleared<Report> const& report, std::string_view language, Format format);

/// What people wrote, kept by period, section and language; an empty text removes it. Audited.
/// Errors: Code::invalid naming the field.
Status write(store::Ledger& ledger, Clock const& clock, Period const& period, Statement const& draft,
             access::Principal const& by);
/// In the order of sections_to_write().
Result<std::vector<Statement>> statements(store::Transaction& tx, Period const& period);

}  // namespace tocsin::reports
