#pragma once
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"
#include "sharing/peers.hpp"
#include "sharing/remotes.hpp"
#include "sharing/taxii_client.hpp"
#include "store/store.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tocsin::sharing {

/// What the exchange speaks to. All outlive it.
struct ExchangeDoors {
    store::Ledger* ledger = nullptr;
    Peers* peers = nullptr;
    Remotes* remotes = nullptr;
    intelligence::Intelligence* intelligence = nullptr;
    gate::Gate const* gate = nullptr;
    Clock const* clock = &system_clock();
};

/// Of one run. What is beyond waits for the next one.
struct ExchangeLimits {
    std::int64_t pages = 10'000;
    std::int64_t objects = 1'000'000;
    std::uint64_t bytes = std::uint64_t{8} << 30;
    std::chrono::seconds time{300};
    std::chrono::milliseconds status_time{120'000};        ///< waiting for a push to be complete
    std::size_t envelope_bytes = std::size_t{8} << 20;     ///< also when the server takes more
    std::chrono::seconds first_wait{60}, last_wait{3600};  ///< after failures: doubled each time
    TaxiiLimits taxii = {};
};

struct RunOptions {
    bool is_dry = false;      ///< changes nothing, here or there
    bool from_start = false;  ///< as if it were the first run
    std::function<bool()> is_cancelled = [] { return false; };
    access::Principal by = access::server_principal();
};

struct PollReport {
    std::int64_t pages = 0, objects = 0;
    std::int64_t stored = 0, known = 0, rejected = 0;
    bool is_unfinished = false;                      ///< a limit was reached; the next run goes on
    std::map<std::string, std::int64_t> types = {};  ///< dry: what would come
    std::string remarks = {};
};

struct PushReport {
    std::int64_t sent = 0, confirmed = 0, refused = 0;
    std::int64_t theirs = 0;                            ///< came from that peer and are not sent back
    bool is_unfinished = false;                         ///< a limit was reached, or the server is still at it
    std::map<std::string, std::int64_t> types = {};     ///< dry: what would go
    std::map<std::string, std::int64_t> withheld = {};  ///< dry: how many for which of the gate's reasons
    std::int64_t shortened = 0;                         ///< dry: of those that would go, how many lose parts
    std::string remarks = {};
};

/// Polls and pushes.
///
/// A poll asks for what was added since the last one, page by page; how far it came is written strictly after what
/// came, so a kill at any moment repeats at most a page, which is recognised. Once a day the last day is read again,
/// for servers whose clock jumps or that add out of order. A push sends what is new for the peer, cleared by the gate
/// for it and on record before it goes; how far it came moves when the server has confirmed. What came from the peer is
/// not sent back to it. A failure puts the next run off, doubled each time, never sooner than the server asks for.
///
/// Safe from any thread. One way of a remote is run by one at a time.
class Exchange {
  public:
    explicit Exchange(ExchangeDoors doors, ExchangeLimits limits = {});
    ~Exchange();

    /// What the remote's server offers us.
    Result<TaxiiOffer> look(Remote const& remote, std::function<bool()> is_cancelled);
    /// The same for one that is not in the ledger; its url and what concerns the way there are looked at.
    Result<TaxiiOffer> look_at(Remote const& remote, std::string secret, std::function<bool()> is_cancelled);
    /// Errors: the client's, each also kept in the course; Code::conflict when it is being run; Code::invalid when the
    /// remote does not go that way.
    Result<PollReport> poll(Remote const& remote, RunOptions const& options);
    Result<PushReport> push(Remote const& remote, RunOptions const& options);
    /// How many objects the next push would send.
    Result<std::int64_t> waiting(Remote const& remote);

    /// Runs what is due, on threads of its own, until stop().
    void start();
    /// Ends what is under way within about a second; nothing of it is lost.
    void stop();
    /// Remotes were added or changed.
    void changed();

  private:
    class Claim;
    template <class Report, class Work>
    Result<Report> run(Remote const& remote, Way way, RunOptions const& options, Work const& work);
    TaxiiClient client_for(Remote const& remote, std::string secret, std::function<bool()> is_cancelled) const;
    std::chrono::seconds wait_after(Remote const& remote, std::int64_t failures) const;
    std::uint64_t wakes();
    void work(std::stop_token const& stop);
    bool run_next(std::stop_token const& stop);
    void wait(std::stop_token const& stop, std::chrono::milliseconds longest, std::uint64_t before);

    ExchangeDoors doors_;
    ExchangeLimits limits_;
    std::mutex mutex_;  ///< guards busy_ and wakes_
    std::set<std::pair<RemoteId, Way>> busy_;
    std::uint64_t wakes_ = 0;
    std::condition_variable_any woken_;
    std::vector<std::jthread> threads_;
};

}  // namespace tocsin::sharing
