#include "events/clearance.hpp"

#include <fmt/format.h>

namespace tocsin {

gate::Tlp events::marking_of(std::string_view tlp) {
    auto const read = gate::parse_tlp(tlp.empty() ? "AMBER" : tlp);
    return read ? *read : gate::Tlp::red;
}

namespace gate {
namespace {

Particulars particulars(Particulars about, std::string id, std::string_view tlp, events::OrganisationNumber of) {
    about.id = std::move(id);
    about.marking.tlp = events::marking_of(tlp);
    if (of != 0) about.concerns = {OrganisationId{of}};
    return about;
}

}  // namespace

Particulars About<events::StoredEvent>::kind() {
    return {.kind = "event"};
}
Particulars About<events::StoredEvent>::of(events::StoredEvent const& event) {
    return particulars(kind(), fmt::format("e-{:x}", event.id), event.tlp, event.organisation);
}

Particulars About<events::Finding>::kind() {
    return {.kind = "finding"};
}
Particulars About<events::Finding>::of(events::Finding const& finding) {
    return particulars(kind(), finding.id, finding.tlp, finding.organisation);
}

Particulars About<events::Report>::kind() {
    return {.kind = "report"};
}
Particulars About<events::Report>::of(events::Report const& report) {
    return particulars(kind(), std::to_string(report.id), report.tlp.empty() ? "RED" : report.tlp, 0);
}

}  // namespace gate
}  // namespace tocsin
