#pragma once
#include "notifications/contact_checks.hpp"

#include <set>
#include <utility>

/// The table of letters that ask a contact whether it is still right. Private to the room.
namespace tocsin::notifications::check_tables {

struct StoredCheck {
    ContactCheck check;
    std::string link, boot;
};
struct CheckVerdict {
    CheckState state = CheckState::queued;
    std::optional<Timestamp> sent = {};
    Timestamp next_attempt = {};
    std::string error = {};
};

/// Contacts and ends of their time that were asked about.
Result<std::set<std::pair<std::int64_t, Timestamp>>> asked(store::Transaction& tx, Timestamp from);
/// None: it was asked about in the meantime.
Result<std::optional<ContactCheckId>> put(store::Transaction& tx, ContactCheck const& check, std::string_view link);
Result<std::optional<StoredCheck>> one(store::Transaction& tx, ContactCheckId id);
Result<std::optional<StoredCheck>> by_link(store::Transaction& tx, std::string_view link);
Result<std::vector<StoredCheck>> sending(store::Transaction& tx);
Result<std::vector<ContactCheck>> newest(store::Transaction& tx, std::size_t limit);
Result<std::optional<StoredCheck>> claim(store::Transaction& tx, Timestamp now, std::string_view boot);
Status set_address(store::Transaction& tx, ContactCheckId id, std::string_view address);
Status conclude(store::Transaction& tx, ContactCheckId id, int attempt, CheckVerdict const& verdict);
Status confirmed(store::Transaction& tx, ContactCheckId id, Timestamp now);
/// Names of the letters to an address; its place is taken by "erased", and what waits is not sent.
Result<std::vector<std::string>> erase(store::Transaction& tx, std::string_view address);

}  // namespace tocsin::notifications::check_tables
