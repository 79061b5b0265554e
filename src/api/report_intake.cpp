#include "api/report_intake.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace tocsin::api {

namespace {

constexpr int most_at_once = 16;
std::atomic<int> at_once{0};

/// One piece at a time is handed over; both sides wait for each other.
class Intake final : public net::BodySink {
  public:
    Intake(events::Events& events, std::string feed, std::string name,
           std::function<net::HttpResponse(Result<events::Report>)> done)
        : done_(std::move(done)), thread_([this, &events, feed = std::move(feed), name = std::move(name)] {
              auto report = events.accept([this] { return next(); }, name, feed, events::ReportOrigin::push);
              std::lock_guard const lock(mutex_);
              report_ = std::move(report);
              changed_.notify_all();
          }) {}

    ~Intake() override {
        {
            std::lock_guard const lock(mutex_);
            broken_ = !ended_;
            changed_.notify_all();
        }
        thread_.join();
        --at_once;
    }

    Status write(std::string_view bytes) override {
        std::unique_lock lock(mutex_);
        piece_ = bytes;
        has_piece_ = true;
        changed_.notify_all();
        wait(lock, [this] { return !has_piece_ || report_; });
        if (report_ && !*report_) return std::unexpected(report_->error());
        return {};
    }

    net::HttpResponse finish() override {
        std::unique_lock lock(mutex_);
        ended_ = true;
        changed_.notify_all();
        wait(lock, [this] { return report_.has_value(); });
        return done_(std::move(*report_));
    }

  private:
    /// What `accept` asks: the piece stays valid until it asks again.
    Result<std::string_view> next() {
        std::unique_lock lock(mutex_);
        has_piece_ = was_given_ ? false : has_piece_;
        was_given_ = false;
        changed_.notify_all();
        wait(lock, [this] { return has_piece_ || ended_ || broken_; });
        if (broken_) return fail(Code::io, "the sender broke off");
        if (!has_piece_) return std::string_view();
        was_given_ = true;
        return piece_;
    }

    template <class Until>
    void wait(std::unique_lock<std::mutex>& lock, Until until) {
        while (!until()) changed_.wait_for(lock, std::chrono::seconds(1));
    }

    std::function<net::HttpResponse(Result<events::Report>)> done_;
    std::mutex mutex_;  // guards everything below; held only to hand over
    std::condition_variable changed_;
    std::string_view piece_;
    bool has_piece_ = false;
    bool was_given_ = false;  ///< the reader has the piece and comes back when it is done with it
    bool ended_ = false;
    bool broken_ = false;
    std::optional<Result<events::Report>> report_;
    std::thread thread_;  ///< last: it uses what stands above
};

}  // namespace

Result<std::unique_ptr<net::BodySink>> take_in_report(events::Events& events, std::string feed, std::string name,
                                                      std::function<net::HttpResponse(Result<events::Report>)> done) {
    if (++at_once > most_at_once) {
        --at_once;
        return fail(Code::unavailable, "as many reports are coming in as the server takes; try again in a few seconds");
    }
    return std::make_unique<Intake>(events, std::move(feed), std::move(name), std::move(done));
}

}  // namespace tocsin::api
