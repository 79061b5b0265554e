#pragma once
#include "events/events.hpp"
#include "gate/gate.hpp"
#include "notifications/notifications.hpp"

#include <string>
#include <vector>

/// A digest: what is to be told to somebody, before the gate has looked at it. Private to the room.
namespace tocsin::notifications {

struct Digest {
    gate::OrganisationId organisation;  ///< whose systems it is about
    std::string organisation_name;
    gate::OrganisationId recipient;  ///< whose contacts get it: the same, or one above it
    std::string recipient_name;
    bool is_abroad = false;  ///< the recipient is another country's national CIRT
    std::string message_id;
    std::vector<Line> lines;  ///< most severe first, grouped by identifier

    bool is_to_one_above() const { return organisation != recipient; }
};

/// The stored form of lines, and back. Control characters in values become spaces.
std::string packed(std::vector<Line> const& lines);
std::vector<Line> unpacked(std::string_view text, std::size_t most = SIZE_MAX);

/// A finding as a line of a digest.
Line line_of(events::Finding const& finding, bool is_reminder);

/// Of a line that does not say it: AMBER.
gate::Marking marking_of(Line const& line);
/// 0 for critical ... 4 for info, 5 for none.
int severity_rank(std::string_view severity);
/// The order of a digest: severity, identifier, address, port.
void sort_lines(std::vector<Line>& lines);

/// The columns an owner can use, RFC 4180, no formulas.
std::string csv_of(std::vector<Line> const& lines);
/// "TLP-AMBER_findings_2026-11-23.csv"
std::string csv_name(std::string_view tlp, Timestamp date);
/// "TLP-AMBER_findings_2026-11-23.stix.json" of "findings" and ".stix.json".
std::string file_name(std::string_view tlp, std::string_view what, Timestamp date, std::string_view end);

}  // namespace tocsin::notifications

template <>
struct tocsin::gate::About<tocsin::notifications::Digest> {
    static Particulars of(notifications::Digest const& digest);
    static std::vector<Particulars> parts(notifications::Digest const& digest);
    static notifications::Digest without(notifications::Digest digest, std::span<std::size_t const> gone);
};
