#pragma once
#include "constituency/directory.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How an organisation wants to be warned, as its own people said in the portal. The planner of warnings asks here.
namespace tocsin::constituency {

struct NoticeSettings {
    std::string language;                              ///< one of languages(); empty: the contact's, the organisation's
    std::optional<std::chrono::seconds> digest_every;  ///< between two digests, 1 hour to 30 days; none: the team's
    std::string least_severity;                        ///< critical, high, medium, low, info; empty: the team's
    std::string channel;                               ///< mail, webhook or both; empty: as the team does it
    friend bool operator==(NoticeSettings const&, NoticeSettings const&) = default;
};

/// None: it has said nothing, the team's settings hold.
Result<std::optional<NoticeSettings>> notice_settings(store::Ledger& ledger, OrganisationId organisation);
/// Of all that have said something, for a plan.
Result<std::map<OrganisationId, NoticeSettings>> all_notice_settings(store::Ledger& ledger);
/// Errors: Code::invalid naming the field; Code::denied when a constituent is no editor of it.
Status set_notice_settings(Directory& directory, access::Principal const& by, OrganisationId organisation,
                           NoticeSettings const& settings);

/// What is wrong with an organisation's contacts: every one should have a living one for abuse and one for security.
struct ContactReminder {
    enum class What { missing, expired, expiring };
    What what = What::missing;
    ContactRole role = ContactRole::abuse;
    ContactId contact;                 ///< expired and expiring
    std::optional<Timestamp> expires;  ///< expired and expiring
};
std::string_view name_of(ContactReminder::What what);
inline constexpr ContactRole required_roles[] = {ContactRole::abuse, ContactRole::security};
inline constexpr std::chrono::days expiring_within{60};
std::vector<ContactReminder> contact_reminders(std::vector<Contact> const& contacts, Timestamp now);

/// A contact whose time is over, or ends soon: somebody should say whether it is still right.
struct ContactToCheck {
    ContactId contact;
    OrganisationId organisation;
    std::string organisation_name;
    ContactRole role = ContactRole::abuse;
    std::string name, email;
    std::string language;  ///< its own, else the organisation's; may be empty
    Timestamp expires;
    bool do_not_contact = false;  ///< it, or the whole organisation
};
/// Of all organisations, those that expire after `from` and not after `until`; the soonest first.
Result<std::vector<ContactToCheck>> contacts_to_check(store::Ledger& ledger, Timestamp from, Timestamp until,
                                                      std::size_t limit);

/// Errors: Code::denied unless `by` is of the team (an analyst or above) or has that right in the organisation itself.
Status require_right(access::Principal const& by, OrganisationId organisation, access::Right least);

}  // namespace tocsin::constituency
