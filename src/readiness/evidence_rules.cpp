#include "readiness/evidence_rules.hpp"

namespace tocsin::readiness {
namespace {

constexpr EvidenceRule table[] = {
    {"constituency.register", "sim3:O-2 sim3:T-1 x1060:E-2", 180, "/api/v1/organisations",
     "the register of the constituency and when it was last changed or reviewed"},
    {"constituency.contacts", "sim3:P-13 x1060:I-1", 365, "/api/v1/contacts",
     "contacts of the constituency and when they were last changed"},
    {"feeds.alive", "sim3:T-2 sim3:T-9 sim3:P-5 sim3:P-12 x1060:B-1 x1060:F-3", 7, "/api/v1/feeds",
     "feeds that are configured and when the newest report came"},
    {"intelligence.held", "sim3:T-2 sim3:T-8 sim3:P-12 x1060:F-3 x1060:F-5", 30, "/api/v1/intelligence/sources",
     "intelligence held and when the newest came in"},
    {"findings.time_to_warn", "sim3:O-7 sim3:P-5 sim3:P-15 x1060:B-3 x1060:D-6", 30, "/api/v1/notifications?state=sent",
     "median time from the first sight of a finding to the mail that told its owner"},
    {"findings.time_to_repair", "sim3:O-7 sim3:P-6 x1060:D-4 x1060:D-5", 90, "/api/v1/findings?state=repaired",
     "median time from the first sight of a finding to the round that no longer saw it"},
    {"findings.classified", "sim3:O-8 x1060:A-9 x1060:D-3", 30, "/api/v1/findings/aggregate?by=taxonomy",
     "share of findings that carry a class of the taxonomy in use"},
    {"findings.tracked", "sim3:T-4 x1060:D-2", 30, "/api/v1/findings",
     "findings that are followed from first sight to repair"},
    {"findings.prevented", "sim3:P-4 x1060:E-3", 30, "/api/v1/findings?taxonomy=vulnerable",
     "weaknesses found and told before they became incidents"},
    {"findings.kinds", "sim3:P-7", 90, "/api/v1/findings/aggregate?by=identifier",
     "kinds of findings, each warned about with a text of its own"},
    {"events.kept", "x1060:B-2 x1060:C-3", 30, "/api/v1/events", "events kept for later questions"},
    {"mail.delivered", "sim3:T-3 sim3:P-15 x1060:D-6", 30, "/api/v1/notifications",
     "share of mails that the mail server took"},
    {"owners.answered", "sim3:P-8 sim3:P-13 sim3:T-10 x1060:B-4", 90, "/api/v1/notifications?answered=yes",
     "warnings that an owner answered on the page made for it"},
    {"audit.verified", "sim3:P-11 x1060:A-12 x1060:E-8", 30, "/api/v1/audit/verify",
     "the audit chain, walked through now"},
    {"disclosures.verified", "sim3:P-11 x1060:I-5", 30, "/api/v1/disclosures",
     "what was given to whom under which marking, held against the audit chain now"},
    {"access.roles", "sim3:O-3 x1060:G-11", 180, "/api/v1/users",
     "who may do what: accounts and keys with their roles"},
    {"accounts.two_factor", "sim3:O-11 x1060:E-9", 90, "/api/v1/users", "accounts that sign in with a second factor"},
    {"analysts.active", "sim3:H-2 x1060:A-7", 30, "/api/v1/users",
     "people able to do the work: analysts who were there within 30 days"},
    {"retention.set", "sim3:O-11 sim3:P-11 x1060:B-2", 365, "/api/v1/retention",
     "for how long events are kept, as configured"},
    {"backup.made", "x1060:A-5 x1060:G-11", 30, "/api/v1/audit?what=backup", "the last backup that was made"},
    {"peers.alive", "sim3:O-9 sim3:H-7 sim3:P-17 x1060:I-5", 30, "/api/v1/peers",
     "peers we exchange with and when one was last here"},
    {"services.catalogue", "sim3:O-5", 365, "/api/v1/assessments", "a catalogue of services kept as an assessment"},
    {"assessments.made", "sim3:P-8 x1060:A-11", 365, "/api/v1/assessments",
     "assessments of the team and when one was last changed"},
    {"incidents.handled", "sim3:T-4 sim3:P-6 sim3:P-7 x1060:D-1 x1060:D-2 x1060:D-7", 30, "", "incidents handled"},
    {"drills.held", "sim3:P-1 sim3:P-2 sim3:P-3 sim3:P-9 x1060:E-7", 365, "", "exercises held"},
    {"advisories.published", "sim3:P-4 sim3:P-10 x1060:F-4 x1060:I-6", 90, "", "advisories published"},
    {"reports.delivered", "sim3:P-14 x1060:I-7", 365, "", "reports to those who govern the team"},
    {"reachability.tested", "sim3:T-6 sim3:P-9", 90, "/api/v1/reachability?kind=duty",
     "tests that our own duty desk answered in time, and whether one came out of its hours"},
    {"contacts.reachable", "sim3:P-13 sim3:P-17 x1060:I-1", 180, "/api/v1/reachability",
     "constituents and peers that answered the last test of their address in time"},
    {"training.recorded", "sim3:H-4 sim3:H-5 sim3:H-6 x1060:I-2", 365, "", "people trained"},
};

}  // namespace

std::span<EvidenceRule const> evidence_rules() {
    return table;
}

std::optional<std::int64_t> level_of(Strength strength, Framework const& framework, Item const& item,
                                     std::string_view assignment) {
    auto const at = static_cast<std::size_t>(strength);
    if (framework.scales.empty()) return 1;
    if (framework.id == "sim3") return std::array<std::int64_t, 4>{1, 2, 3, 4}[at];
    if (framework.id != "x1060") return std::nullopt;
    auto const* const scale = framework.scale_for(item, assignment.empty() ? "insourcing" : assignment);
    if (!scale || scale->id != "insource") return std::nullopt;
    return std::array<std::int64_t, 4>{2, 4, 5, 5}[at];
}

}  // namespace tocsin::readiness
