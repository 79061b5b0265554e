#pragma once
#include "notifications/sealing.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::notifications {

/// A key for mail whose time is over, or nearly.
struct KeyEnd {
    net::SealKind kind = net::SealKind::openpgp;
    std::string fingerprint = {};
    Timestamp at = {};                     ///< when it ends, or ended
    constituency::ContactId contact = {};  ///< none: it is ours
    constituency::OrganisationId organisation = {};
    std::string organisation_name = {}, email = {};  ///< of a contact's
};

/// Knows when the keys for mail end, ours and those of contacts. GnuPG is asked once for each key, not for each
/// question. Safe from any thread.
class KeyWatch {
  public:
    KeyWatch(store::Ledger& ledger, constituency::Constituency& constituency, Clock const& clock,
             std::filesystem::path data)
        : constituency_(constituency), clock_(clock), keys_(ledger, clock, std::move(data)) {}

    /// Reads what it does not know yet. Costs next to nothing when neither the directory nor our keys have changed,
    /// else some 30 ms for each new key. `is_stopping` breaks it off; the rest is read next time.
    Status look(std::function<bool()> const& is_stopping = {});
    /// Those that end within `within` from now, and those that have ended; the soonest first. Knows what the last
    /// look() found.
    std::vector<KeyEnd> ending(std::chrono::seconds within) const;

  private:
    Status look_at_ours();
    Result<bool> look_at_contacts(std::function<bool()> const& is_stopping);

    constituency::Constituency& constituency_;
    Clock const& clock_;
    MailKeys keys_;
    std::mutex looking_;                                  ///< one look at a time
    std::optional<std::uint64_t> generation_;             ///< of the directory, when all of it was read; by looking_
    std::string seen_ours_;                               ///< by looking_
    std::map<std::string, std::optional<KeyEnd>> known_;  ///< by key as given; none: it never ends; by looking_
    mutable std::mutex mutex_;                            ///< guards all below
    std::vector<KeyEnd> ours_, theirs_;
};

}  // namespace tocsin::notifications
