#pragma once
#include "notifications/courier.hpp"
#include "notifications/notification_store.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

/// Takes what is queued and due, hands it over, and writes down what came of it. Private to the room.
namespace tocsin::notifications {

class Sender {
  public:
    struct Needs {
        store::Ledger* ledger = nullptr;
        Clock const* clock = nullptr;
        Settings const* settings = nullptr;
        std::filesystem::path directory;
        /// The bytes of the whole message, to these addresses.
        std::function<Result<std::string>(NotificationId, std::vector<std::string> const& to)> message;
        /// Sends one by another channel than mail.
        std::function<Result<net::SmtpOutcome>(NotificationId, std::string_view channel,
                                               std::function<Status()> const& before_end,
                                               std::function<bool()> const& stops)>
            by_channel;
        std::function<Result<std::string>(NotificationId)> return_path;  ///< the envelope's sender
        std::function<Result<std::optional<std::string>>(std::string_view address)> is_unwanted;
        std::function<void(NotificationId)> changed;
    };

    static Result<std::unique_ptr<Sender>> open(Needs needs);
    ~Sender();

    /// Sends until nothing is due. Safe beside start().
    Result<SendReport> send_due(std::function<bool()> const& is_stopping);
    void start();
    void stop();
    /// Something was queued.
    void wake();

  private:
    struct Delivery {
        std::optional<net::SmtpOutcome> outcome;
        std::string refused_by_us;  ///< nothing was sent, and why
    };

    Sender(Needs needs, SendJournal journal);
    void work(std::stop_token const& stop);
    Result<SendReport> round(Courier* courier, std::function<bool()> const& is_stopping);
    std::unique_ptr<Courier> new_courier() const;
    bool is_outbox() const { return needs_.settings->smtp.url.empty(); }

    Result<bool> settle();
    Status settle_one(tables::Sending const& sending, JournalEntry const& entry);

    Result<std::vector<Job>> claim();
    Result<net::SmtpOutcome> deliver(Job const& job, Courier* courier, std::function<bool()> const& is_stopping);
    Result<net::SmtpOutcome> deliver_otherwise(Job const& job, std::function<bool()> const& is_stopping);
    Result<net::SmtpOutcome> drop_in_outbox(Job const& job, std::string_view bytes);
    Status conclude(Job const& job, net::SmtpOutcome const& outcome, bool is_stopping, SendReport& report);
    /// It must not leave as it is: a person has to do something first.
    Status hold(Job const& job, std::string const& why, SendReport& report);
    Status give_back(std::span<Job const> jobs, Timestamp not_before, std::string_view why);
    tables::Verdict verdict(Job const& job, net::SmtpOutcome const& outcome);
    void try_others(Job const& job, tables::Verdict& verdict) const;
    Timestamp retry_time(int refusals);
    std::optional<Timestamp> must_wait_for(std::string_view address);
    void finished();

    Needs needs_;
    SendJournal journal_;
    std::string const boot_;
    std::mutex mutex_;  ///< guards everything below
    bool is_settled_ = false;
    bool must_keep_journal_ = false;  ///< it knows of an outcome that the ledger did not take
    std::size_t under_way_ = 0;
    Timestamp paused_until_;
    std::chrono::seconds pause_{5};
    Random random_;
    std::map<std::string, std::deque<Timestamp>, std::less<>> recent_;  ///< by domain, when pacing is on
    std::uint64_t wakes_ = 0;
    std::condition_variable_any woken_;
    std::vector<std::jthread> threads_;
};

}  // namespace tocsin::notifications
