#pragma once
#include "events/engine.hpp"
#include "events/sources.hpp"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tocsin::events {

/// What the fetcher speaks to. All outlive it.
struct MailUnsealer;

struct FetcherDoors {
    Sources* sources = nullptr;
    /// Takes a report durably in: Events::accept.
    std::function<Result<Report>(std::function<Result<std::string_view>()> const& read, std::string_view name,
                                 std::string_view feed)>
        accept = {};
    /// Who signed the mail that a report came in: Events::signed_by.
    std::function<Status(std::int64_t report, std::string_view signature)> signed_by = {};
    /// A feed's definition. Errors: Code::not_found.
    std::function<Result<std::shared_ptr<FeedDefinition const>>(std::string_view feed)> feed = {};
    std::shared_ptr<MailUnsealer const> unsealer = {};  ///< opens encrypted mails; may be empty
    std::filesystem::path directory = {};               ///< for what is half fetched; made when needed
    Clock const* clock = &system_clock();
};

struct FetcherLimits {
    int messages = 500, reports = 2000;                    ///< of one run; what is beyond waits for the next one
    std::chrono::seconds time{900};                        ///< of one run
    std::chrono::seconds first_wait{60}, last_wait{3600};  ///< after failures: doubled each time
    std::chrono::seconds last_stream_wait{300};            ///< the same of a stream
    std::chrono::seconds quiet_time{30};                   ///< a server that sends next to nothing is given up
    int tries = 3;                                         ///< of one fetch that breaks off, when it got on
};

struct FetchOptions {
    bool is_dry = false;      ///< changes nothing, here or there; says what would be fetched
    bool from_start = false;  ///< as if it were the first run; what is here is recognised
    bool listens = false;     ///< to a stream: until it is cancelled or broken
    std::function<bool()> is_cancelled = [] { return false; };
    std::function<void()> on_progress = {};  ///< told every few seconds while a stream brings something
    access::Principal by = access::server_principal();
};

struct FetchReport {
    std::int64_t taken = 0, known = 0, failed = 0;
    std::uint64_t bytes = 0;          ///< that came
    bool is_unfinished = false;       ///< a limit was reached; the next run goes on
    std::vector<SourceItem> items{};  ///< what came; dry: what would come
    std::string remark = {};          ///< "not changed since ..."
};

/// Fetches reports.
///
/// How far a source came is written strictly after what came is durable in the spool and the ledger, so a kill at any
/// moment repeats at most one thing, which is recognised by its bytes: nothing is lost, nothing comes twice. What broke
/// off is resumed where the server can. A failure puts the next run off, doubled each time, never sooner than the
/// server asks for; runs are spread by up to a tenth of their interval.
///
/// A stream (stomp, amqp, kafka) is listened to all the time; each report's messages are acknowledged after it is
/// durable.
///
/// Safe from any thread. A source is run by one at a time.
class Fetcher {
  public:
    explicit Fetcher(FetcherDoors doors, FetcherLimits limits = {});
    ~Fetcher();

    /// Errors: the way's, each also kept in the course; Code::conflict when it is being run.
    Result<FetchReport> run(Source const& source, FetchOptions const& options);

    /// Runs what is due and listens to streams, on threads of its own, until stop().
    void start();
    /// Ends what is under way within about a second; nothing of it is lost.
    void stop();
    /// Sources were added or changed.
    void changed();

    /// Told after runs that brought or failed something, from their thread; set before start.
    std::function<void(SourceId)> on_change;

  private:
    class Claim;
    std::chrono::seconds wait_after(Source const& source, std::int64_t failures) const;
    std::uint64_t wakes();
    void work(std::stop_token const& stop);
    class Listener;
    void supervise(std::stop_token const& stop);
    void listen(std::stop_token const& stop, Source const& source);
    bool is_outdated(Source const& source, std::uint64_t& seen);
    bool run_next(std::stop_token const& stop);
    void wait(std::stop_token const& stop, std::chrono::milliseconds longest, std::uint64_t before);

    FetcherDoors doors_;
    FetcherLimits limits_;
    std::mutex mutex_;  ///< guards busy_ and wakes_
    std::set<SourceId> busy_;
    std::uint64_t wakes_ = 0;
    std::condition_variable_any woken_;
    std::vector<std::jthread> threads_;
};

}  // namespace tocsin::events
