#pragma once
#include "notifications/attached.hpp"
#include "notifications/channels/channel.hpp"
#include "notifications/notification_store.hpp"
#include "notifications/notifications.hpp"
#include "notifications/owner_link.hpp"
#include "notifications/render.hpp"
#include "notifications/rules.hpp"
#include "notifications/sealing.hpp"
#include "notifications/sender.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

/// The room, opened. Private to the room.
namespace tocsin::notifications {

/// What the findings call a statement of an owner.
events::Saying saying_of(Statement statement);

/// Who of an organisation is written to, in one language.
struct Addressees {
    std::string language;
    std::vector<std::string> now;     ///< contacts of the first role that has any
    std::vector<std::string> others;  ///< tried one by one when these refuse for good
    std::string channel = "mail";     ///< of channels.hpp; what `now` holds is an address, a URL, a number or a name
    std::string way = {};             ///< Sealing::way_to all of `now`: one message never serves both
};

/// Puts a mailbox among the letters to those who read that language and are written to that way. One that is there
/// already gets no second letter: two contacts that share it share the letter.
void add_mailbox(std::vector<Addressees>& letters, std::string const& address, std::string const& language,
                 std::string_view way);

/// Which door of the gate's log a channel is.
std::string_view door_of(std::string_view channel);

/// One warning at the moment it leaves.
struct ReadyToLeave {
    StoredNotification stored;
    gate::Cleared<Digest> digest;
    std::string link;
    Timestamp now;
    ContactChannel channel;
    std::string secret;
    /// Points into this one.
    Dispatch dispatch(Settings const& settings) const;
};

struct Notifications::Impl {
    store::Ledger& ledger;
    store::DataDirectory const& directory;
    access::Secrets const& secrets;
    constituency::Constituency& constituency;
    gate::Gate const& gate;
    Findings findings;
    Clock const& clock;
    Settings settings;
    OwnerLinks links;
    std::unique_ptr<Sealing> sealing = {};
    std::unique_ptr<Sender> sender = {};
    Rules rules{*this};
    SharesWith shares_with = {};
    Attacher attacher{settings, gate, shares_with};

    std::mutex plan_mutex = {};  ///< one plan at a time

    std::mutex listener_mutex = {};
    std::function<void(NotificationId)> listener = {};
    void changed(NotificationId id);

    std::mutex news_mutex = {};  ///< guards the two below
    std::condition_variable_any news_came = {};
    std::optional<std::chrono::steady_clock::time_point> last_news = {};
    std::jthread planner = {};
    void plan_when_settled(std::stop_token const& stop);
    Status finish_campaigns();

    // planner.cpp
    Result<Plan> plan(access::Principal const& by, PlanRequest const& request);

    // addressees.cpp
    /// Empty `now`: nobody, for `reason`. `recipient` is whose contacts they are.
    struct Contacts {
        constituency::OrganisationId recipient;
        std::vector<Addressees> groups;
        std::string reason;
    };
    Result<Contacts> contacts_of(constituency::OrganisationId organisation);
    Result<constituency::OrganisationId> owner_of_contacts(NotificationId id, std::int64_t organisation) const;
    Result<std::vector<std::string>> others_of(constituency::Recipients const& recipients);
    /// Why nothing is sent to an address: somebody does not want it, or mail to it bounces.
    Result<std::optional<std::string>> why_not_to(std::string_view address);
    Result<std::optional<std::string>> comes_back(std::string_view address);
    /// The first channel besides mail that somebody of the organisation has. A letter only if `may_be_paper`.
    Result<std::optional<Addressees>> by_other_channel(constituency::OrganisationId organisation, bool may_be_paper);
    /// By the one that a rule names (webhook, chat, sms, letter), if somebody has it.
    Result<std::optional<Addressees>> by_channel(constituency::OrganisationId organisation, std::string_view wanted);
    Result<std::vector<constituency::Contact>> willing_contacts(constituency::OrganisationId organisation);

    // channels/channels.cpp
    Result<ReadyToLeave> ready_to_leave(NotificationId id) const;
    Status find_channel(ReadyToLeave& ready) const;
    Result<net::SmtpOutcome> send_by_channel(NotificationId id, std::string_view channel,
                                             std::function<Status()> const& before_end,
                                             std::function<bool()> const& stops) const;

    /// A stored notification as the gate wants to see it again.
    static Digest digest_of(StoredNotification const& stored, Content const& content, std::size_t most = SIZE_MAX);
    Result<gate::Cleared<Digest>> cleared(StoredNotification const& stored, Content const& content,
                                          std::size_t most = SIZE_MAX) const;
    /// The envelope's sender: where bounces go.
    Result<std::string> return_path(NotificationId id) const;
    /// What its mail carries: as it was planned, where that still stands.
    struct Carried {
        AttachedPlan plan;
        Attachments planned;
        bool has_changed() const { return !plan.formats.empty() && plan.formats != planned; }
    };
    Result<Carried> carried(NotificationId id, gate::Cleared<Digest> const& digest) const;
    /// For the team: the files of its mail as it would leave now.
    Result<std::vector<File>> files_of(StoredNotification const& stored, Content const& content) const;
    Status record_short(NotificationId id, Carried const& carried) const;
    /// The message in clear, and what belongs to it.
    struct Mail {
        StoredNotification stored;
        net::MailMessage message;
        Carried carried;
    };
    Result<Mail> mail_of(NotificationId id, std::vector<std::string> const& to) const;
    /// As it leaves now: the bytes that were sealed for an attempt before, if it goes to the same. Errors:
    /// Code::conflict when it must not leave.
    Result<std::string> parcel(NotificationId id, std::vector<std::string> const& to) const;
    void remove_from_outbox(NotificationId id) const;
    std::string url_of(std::string_view token) const { return settings.public_url + "/o/" + std::string(token); }

    /// The same change to each, in one transaction with its audit entries.
    /// Requests a minute: of one link, and of one address with links that are no good.
    RateLimit link_limit{120};
    RateLimit stranger_limit{60};

    using Step = std::function<Result<bool>(store::Transaction& tx, StoredNotification const& stored)>;
    Result<std::int64_t> change(access::Principal const& by, std::span<NotificationId const> ids, std::string_view act,
                                std::string_view reason, Step const& step);
};

}  // namespace tocsin::notifications
