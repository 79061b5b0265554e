#include "intelligence/intelligence.hpp"

#include "intelligence/impl.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <fmt/format.h>
#include <mutex>
#include <thread>

namespace tocsin::intelligence {
namespace {

constexpr std::size_t batch_objects = 32768;  // each commit writes most pages of the indexes once
constexpr std::size_t batch_bytes = std::size_t{24} << 20;
constexpr std::size_t batches_waiting = 1;

/// Batches on their way from the one who takes objects apart to the one who writes them. Bounded: a slow disk makes the
/// reader wait.
class BatchQueue {
  public:
    /// False when the writer has given up.
    bool push(std::vector<Incoming> batch) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return is_closed_ || batches_.size() < batches_waiting; });
        if (is_closed_) return false;
        batches_.push_back(std::move(batch));
        auto const used = std::exchange(used_, {});
        changed_.notify_all();
        lock.unlock();
        return true;  // `used` is freed here, by the thread that allocated it, while the other one writes
    }
    /// A batch that was written.
    void give_back(std::vector<Incoming> batch) {
        std::lock_guard const lock(mutex_);
        used_.push_back(std::move(batch));
    }
    /// Empty at the end.
    std::vector<Incoming> pop() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return is_closed_ || is_ended_ || !batches_.empty(); });
        if (batches_.empty() || is_closed_) return {};
        auto batch = std::move(batches_.front());
        batches_.pop_front();
        changed_.notify_all();
        return batch;
    }
    void end() { set(is_ended_); }
    void close() { set(is_closed_); }

  private:
    void set(bool& what) {
        std::lock_guard const lock(mutex_);
        what = true;
        changed_.notify_all();
    }
    std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    std::deque<std::vector<Incoming>> batches_;
    std::vector<std::vector<Incoming>> used_;
    bool is_ended_ = false, is_closed_ = false;
};

/// Reads a delivery into batches, on a thread of its own.
class DeliveryReader {
  public:
    DeliveryReader(formats::ByteSource& bytes, ImportRequest const& request, BatchQueue& queue)
        : request_(request), queue_(queue), reader_(bytes) {}

    Status run() {
        std::vector<Incoming> batch;
        std::size_t size = 0;
        while (true) {
            TRY(auto const next, reader_.next());
            if (!next) break;
            batch.push_back(next->fault.empty() ? intake_.take(next->json, next->ordinal) : unreadable(*next));
            size += batch.back().json.size();
            if (batch.size() < batch_objects && size < batch_bytes) continue;
            if (request_.is_cancelled && request_.is_cancelled()) return {};
            if (!queue_.push(std::exchange(batch, {}))) return {};
            size = 0;
        }
        if (!batch.empty()) queue_.push(std::move(batch));
        return {};
    }

  private:
    static Incoming unreadable(formats::stix::BundleItem const& item) {
        Incoming incoming;
        incoming.ordinal = item.ordinal;
        incoming.json = repaired_utf8(item.json);
        incoming.fault = item.fault;
        return incoming;
    }

    ImportRequest const& request_;
    BatchQueue& queue_;
    formats::stix::BundleReader reader_;
    Intake intake_;
};

void add(ImportTotals& totals, ImportTotals const& more) {
    totals.objects += more.objects;
    totals.stored += more.stored;
    totals.known += more.known;
    totals.rejected += more.rejected;
    totals.warned += more.warned;
}

}  // namespace

Intelligence::Intelligence(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Intelligence::~Intelligence() = default;

Result<std::unique_ptr<Intelligence>> Intelligence::open(store::Ledger& ledger, gate::Gate const& gate,
                                                         Options options) {
    auto const index = options.directory / "match.index";
    auto const index_from = options.index_file_from;
    auto impl = std::unique_ptr<Impl>(
        new Impl{.ledger = ledger, .gate = gate, .options = std::move(options), .live = LiveIndex(index, index_from)});
    auto* const it = impl.get();
    CHECK(ledger.read([&](store::Transaction& tx) -> Status {
        CHECK(it->load(tx));
        return it->live.open(tx, it->options.clock->now());
    }));
    if (auto const written = it->tidy_index(); !written)  // it is only made anew again next time
        log::warning("the index of live indicators can't be written: {}", written.error().message);
    auto matcher = std::make_shared<EventMatcher>([it] { return it->live.tiers(); },
                                                  [it](std::vector<Hit> const& hits) -> Status {
                                                      CHECK(it->keep_hits(hits));
                                                      return {};
                                                  },
                                                  [it](std::int64_t segment, std::uint64_t after, std::uint64_t to) {
                                                      return it->ledger.write([&](store::Transaction& tx) {
                                                          return note_sweep(tx, static_cast<std::int64_t>(after),
                                                                            static_cast<std::int64_t>(to), segment);
                                                      });
                                                  });
    it->in_events = std::make_shared<WatchedInEvents>(std::move(matcher), ledger, it->options);
    CHECK(ledger.read([&](store::Transaction& tx) { return it->in_events->reload(tx); }));
    return std::unique_ptr<Intelligence>(new Intelligence(std::move(impl)));
}

std::shared_ptr<events::Matcher> Intelligence::matcher() {
    return impl_->in_events;
}

std::uint64_t Intelligence::live_values() const {
    return impl_->live.count();
}

Result<ImportTotals> Intelligence::import(formats::ByteSource& bytes, ImportRequest const& request,
                                          access::Principal const& by) {
    auto const started = std::chrono::steady_clock::now();
    ImportTotals totals;
    TRY(totals.source, impl_->add_source(request, by));
    BatchQueue queue;
    Status read;
    std::thread reader([&] {
        read = DeliveryReader(bytes, request, queue).run();
        queue.end();
    });
    Status written;
    for (auto batch = queue.pop(); !batch.empty(); batch = queue.pop()) {
        auto const done = impl_->write(batch, request, totals.source);
        if (!done) {
            written = std::unexpected(done.error());
            queue.close();
            break;
        }
        add(totals, *done);
        if (request.each)
            for (auto const& object : batch) request.each(object.id, object.version_text, object.fault);
        if (request.progress) request.progress(totals.objects, 0);
        if (impl_->options.on_commit) impl_->options.on_commit();
        queue.give_back(std::move(batch));
    }
    reader.join();
    CHECK(std::move(written));
    CHECK(std::move(read));
    CHECK(impl_->tidy_index());
    totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return totals;
}

}  // namespace tocsin::intelligence
