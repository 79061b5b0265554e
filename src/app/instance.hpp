#pragma once
#include "access/access.hpp"
#include "app/config.hpp"
#include "constituency/constituency.hpp"
#include "gate/gate.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <mutex>

namespace tocsin::events {
class Events;
class FeedCatalogue;
class Fetcher;
class Sources;
}  // namespace tocsin::events
namespace tocsin::intelligence {
class Intelligence;
class KnownGood;
struct SweepTotals;
}  // namespace tocsin::intelligence
namespace tocsin::notifications {
class ContactChecks;
class Inbox;
class Letters;
class Notifications;
}  // namespace tocsin::notifications
namespace tocsin::readiness {
struct Readiness;
}
namespace tocsin::reports {
struct Rooms;
}
namespace tocsin::sharing {
class Collections;
class Exchange;
class Peers;
class Recalls;
class Remotes;
}  // namespace tocsin::sharing

namespace tocsin::app {

/// An open data directory: the rooms, wired. One per process. Rooms that are costly to open are opened when first asked
/// for. Who uses a room includes its door: this header only names the upper ones, so that a change of one is not a
/// change of all.
class Instance {
  public:
    /// The clock is the machine's but for the demonstration, which lives through two weeks in seconds; it must outlive
    /// the instance. Errors: Code::unavailable when another process owns the directory.
    static Result<std::unique_ptr<Instance>> open(Config config, Clock const& clock = system_clock());
    ~Instance();

    Config const& config() const { return config_; }
    store::DataDirectory const& directory() const { return directory_; }
    store::Ledger& ledger() { return *ledger_; }
    Clock const& clock() const { return clock_; }
    access::Access& access() { return *access_; }
    constituency::Constituency& constituency() { return *constituency_; }
    gate::SharingGroups& sharing_groups() { return *groups_; }
    /// Knows who is above whom and who is in which group as it is at each question.
    gate::Gate const& gate() const { return *gate_; }
    /// The feeds known: built in, and those of the feeds folder. Safe from any thread.
    Result<std::shared_ptr<events::FeedCatalogue const>> catalogue();
    /// The events, opened when first asked for. Safe from any thread.
    /// Errors: those of Events::open.
    Result<events::Events*> events();
    events::Sources& sources() { return *sources_; }
    /// Fetches reports, opened when first asked for. Safe from any thread.
    Result<events::Fetcher*> fetcher();
    /// The notifications, opened when first asked for. Safe from any thread.
    /// Errors: those of Notifications::open.
    Result<notifications::Notifications*> notifications();
    /// What comes back by mail (notifications/inbox.hpp), opened when first asked for. Safe from any thread.
    Result<notifications::Inbox*> inbox();
    /// Single letters of other rooms, opened when first asked for. Safe from any thread.
    Result<notifications::Letters*> letters();
    /// Asks contacts whether they are still right, opened when first asked for. Safe from any thread.
    Result<notifications::ContactChecks*> contact_checks();
    /// The intelligence, opened when first asked for. Safe from any thread.
    Result<intelligence::Intelligence*> intelligence();
    /// The program's lists of known-good values and those of the data directory, read when first asked for. Safe from
    /// any thread. With `documentation` false the invented world's addresses and names count as any other; the first
    /// asker decides.
    Result<intelligence::KnownGood const*> known_good(bool documentation = true);
    /// Compares new indicators with the archive and makes events of fresh matches. Called after commits of events and
    /// imports; cheap when there is nothing.
    Result<intelligence::SweepTotals> match(std::function<bool()> const& is_cancelled = {});
    sharing::Peers& peers() { return *peers_; }
    Result<sharing::Collections*> collections();
    sharing::Remotes& remotes() { return *remotes_; }
    /// Polls and pushes, opened when first asked for. Safe from any thread.
    Result<sharing::Exchange*> exchange();
    /// Takes back what was shared. Opened when first asked for. Safe from any thread.
    Result<sharing::Recalls*> recalls();
    /// Frameworks, assessments, evidence, roadmap and register, opened when first asked for. Safe from any thread.
    Result<readiness::Readiness*> readiness();
    /// All rooms that reports are made from, opened.
    Result<reports::Rooms> report_rooms();
    /// Called after each commit of events, from the ingest thread; set before `events` is first asked for.
    std::function<void()> on_events_committed;
    /// After each commit of an import, from its thread; set before `intelligence` is first asked for.
    std::function<void()> on_intelligence_committed;

  private:
    Instance(Config config, Clock const& clock, store::DataDirectory directory, std::unique_ptr<store::Ledger> ledger);
    Status open_constituency();

    Config config_;
    Clock const& clock_;
    store::DataDirectory directory_;
    std::unique_ptr<store::Ledger> ledger_;
    std::unique_ptr<access::Access> access_;
    std::unique_ptr<constituency::Constituency> constituency_;
    std::unique_ptr<gate::SharingGroups> groups_;
    std::unique_ptr<gate::Gate> gate_;
    std::mutex catalogue_mutex_;  ///< guards catalogue_
    std::shared_ptr<events::FeedCatalogue const> catalogue_;
    std::unique_ptr<sharing::Peers> peers_;
    std::unique_ptr<sharing::Remotes> remotes_;
    std::mutex intelligence_mutex_;  ///< guards intelligence_, known_good_, collections_, exchange_ and recalls_
    std::unique_ptr<intelligence::Intelligence> intelligence_;
    std::unique_ptr<intelligence::KnownGood const> known_good_;
    std::unique_ptr<sharing::Collections> collections_;
    std::unique_ptr<sharing::Exchange> exchange_;
    std::unique_ptr<sharing::Recalls> recalls_;
    std::mutex matching_mutex_;  ///< one at a time
    std::mutex events_mutex_;    ///< guards events_
    std::unique_ptr<events::Events> events_;
    std::mutex fetcher_mutex_;  ///< guards fetcher_
    std::unique_ptr<events::Sources> sources_;
    std::unique_ptr<events::Fetcher> fetcher_;
    std::mutex readiness_mutex_;  ///< guards readiness_
    std::unique_ptr<readiness::Readiness> readiness_;
    std::mutex notifications_mutex_;  ///< guards notifications_
    std::unique_ptr<notifications::Notifications> notifications_;
    std::unique_ptr<notifications::Inbox> inbox_;                   ///< guarded by notifications_mutex_
    std::unique_ptr<notifications::Letters> letters_;               ///< guarded by notifications_mutex_
    std::unique_ptr<notifications::ContactChecks> contact_checks_;  ///< guarded by notifications_mutex_
};

}  // namespace tocsin::app
