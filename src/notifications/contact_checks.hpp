#pragma once
#include "access/access.hpp"
#include "constituency/constituency.hpp"
#include "gate/gate.hpp"
#include "net/net.hpp"
#include "notifications/letters.hpp"
#include "store/store.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Asks contacts whether they are still right, by mail, before their time is over: once for each end of their time, in
/// their language, with a link to a page whose button confirms it.
namespace tocsin::notifications {

struct ContactCheckTag;
using ContactCheckId = Id<ContactCheckTag>;

struct ContactCheckSettings {
    std::chrono::seconds before = std::chrono::days(30);        ///< so long before its time is over a contact is asked
    std::chrono::seconds renewed_for = std::chrono::days(365);  ///< so long it holds once it has confirmed
    std::string team = "Tocsin", team_address = {}, language = "en";
    std::string public_url = {};  ///< stands before "/o/..." and "/portal"
};

enum class CheckState { queued, sending, sent, failed, uncertain };
std::string_view name_of(CheckState state);

/// One letter and what came of it.
struct ContactCheck {
    ContactCheckId id = {};
    constituency::ContactId contact = {};
    constituency::OrganisationId organisation = {};
    std::string organisation_name = {};
    Timestamp expires = {};
    CheckState state = CheckState::queued;
    std::string address = {}, language = {}, message_id = {};
    Timestamp created = {};
    int attempts = 0;
    std::optional<Timestamp> sent = {}, confirmed = {};
    std::string error = {};
};

/// Who would be asked, or is.
struct ContactCheckPlan {
    struct Item {
        constituency::ContactId contact = {};
        std::string organisation_name = {}, address = {}, language = {};
        Timestamp expires = {};
        ContactCheckId check = {};  ///< none in a dry run
        std::string left_out = {};  ///< why nothing is sent; empty: it is
    };
    std::vector<Item> items;
    std::int64_t queued() const;
};
struct ContactChecksSent {
    std::int64_t sent = 0, failed = 0, later = 0, uncertain = 0;
    std::string trouble;  ///< why the mail server can't be used
};

/// Safe from any thread. docs/portal.md.
class ContactChecks {
  public:
    static constexpr std::size_t most_at_once = 200;  ///< letters that one queue() makes

    /// The rooms must outlive it. `letters` has a journal that nobody else uses.
    ContactChecks(store::Ledger& ledger, constituency::Constituency& constituency, gate::Gate const& gate,
                  access::Secrets const& secrets, Clock const& clock, ContactCheckSettings settings,
                  std::unique_ptr<Letters> letters);

    /// Queues a letter to each contact whose time is over within `before`, and that was not asked about it. Left out:
    /// without a mail address, not to be contacted. Who has expired is not written to any more.
    Result<ContactCheckPlan> queue(bool is_dry_run, access::Principal const& by);
    /// Sends what is queued and due. One at a time; a second caller waits.
    Result<ContactChecksSent> send_due(std::function<bool()> const& is_stopping);
    /// Newest first.
    Result<std::vector<ContactCheck>> list(std::size_t limit = 100);

    /// The path of a letter's link, for tests and the team: "/o/check/...".
    Result<std::string> link_of(ContactCheckId id);
    static bool is_mine(std::string_view target) { return target.starts_with("/o/check/"); }
    /// GET, HEAD and POST on /o/check/TOKEN. Looking confirms nothing: scanners look, too. The button does.
    net::HttpResponse page(net::HttpRequest const& request);

  private:
    Result<std::string> objection(constituency::OrganisationId organisation, std::string const& address);
    Status settle();
    Result<Letter> letter_of(ContactCheck const& check, std::string const& link);
    Result<net::SmtpOutcome> deliver(ContactCheck const& check, std::string const& link,
                                     std::function<bool()> const& is_stopping);
    Status confirm(ContactCheck const& check, net::HttpRequest const& request);

    store::Ledger& ledger_;
    constituency::Constituency& constituency_;
    gate::Gate const& gate_;
    access::Secrets const& secrets_;
    Clock const& clock_;
    ContactCheckSettings settings_;
    std::unique_ptr<Letters> letters_;
    std::mutex sending_;  ///< one sender at a time
};

}  // namespace tocsin::notifications
