#include "events/intake.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace tocsin::events {
namespace {

constexpr auto tell_every = std::chrono::milliseconds(500);
constexpr std::size_t max_slices = 2000;
constexpr std::size_t rejected_overhead = 200;

/// A report being read. Shared by its chunks.
struct OpenReport {
    Work work;
    std::optional<ReportReader> reader;
    std::optional<std::int32_t> round;  ///< set by the committer's thread with the first batch
};

struct Item {
    std::shared_ptr<OpenReport> report;
    EncodedBatch batch;
    std::vector<RejectedRow> rejected;
    std::int64_t covered = 0;
    std::uint64_t matched_with = UINT64_MAX;
    bool end = false;
    std::optional<Error> error;

    std::size_t bytes() const {
        auto all = batch.bytes();
        for (auto const& row : rejected) all += row.raw.size() + row.reason.size() + rejected_overhead;
        return all;
    }
};

struct Task {
    std::uint64_t number = 0;
    std::shared_ptr<OpenReport> report;
    std::optional<Chunk> chunk;  ///< none: the report's end
    std::optional<Error> error;
};

/// Cuts reports into numbered tasks; one thread at a time.
class Source {
  public:
    Source(std::function<Result<std::optional<Work>>()> const& next, FeedCatalogue const& catalogue)
        : next_(next), catalogue_(catalogue) {}

    /// Nothing when there is no more. Errors: `next`'s.
    Result<std::optional<Task>> task() {
        if (!report_) {
            TRY(auto work, next_());
            if (!work) return std::optional<Task>();
            report_ = std::make_shared<OpenReport>();
            report_->work = *std::move(work);
            auto opened = open_report(std::move(report_->work.source), report_->work.open, catalogue_);
            if (!opened) return ended(opened.error());
            report_->reader.emplace(*std::move(opened));
            report_->round = report_->work.round;
            if (report_->work.covered > 0)
                if (auto skipped = report_->reader->skip_to(static_cast<std::uint64_t>(report_->work.covered) + 1);
                    !skipped)
                    return ended(skipped.error());
        }
        auto chunk = report_->reader->next();
        if (!chunk) return ended(chunk.error());
        if (!*chunk) return ended(std::nullopt);
        return Task{count_++, report_, *std::move(chunk), std::nullopt};
    }

  private:
    std::optional<Task> ended(std::optional<Error> error) {
        return Task{count_++, std::exchange(report_, nullptr), std::nullopt, std::move(error)};
    }
    std::function<Result<std::optional<Work>>()> const& next_;
    FeedCatalogue const& catalogue_;
    std::shared_ptr<OpenReport> report_;
    std::uint64_t count_ = 0;
};

/// Where workers and committer meet: finished items by number, bounded by rows and by bytes. The item that the
/// committer waits for was taken before all that wait, so that it always comes.
class Meeting {
  public:
    Meeting(Source& source, std::size_t max_rows, std::size_t max_bytes)
        : source_(source), max_rows_(max_rows), max_bytes_(max_bytes) {}

    /// For a worker: the next task once there is room. Nothing: go home.
    std::optional<Task> take() {
        std::lock_guard const reading(reading_);
        {
            std::unique_lock lock(mutex_);
            room_.wait(lock, [&] { return closed_ || (waiting_rows_ < max_rows_ && waiting_bytes_ < max_bytes_); });
            if (closed_ || all_taken_) return std::nullopt;
            waiting_rows_ += EventBatch::capacity;  // until it is known how many there are
        }
        auto task = source_.task();
        std::lock_guard const lock(mutex_);
        if (!task) error_ = task.error();
        if (!task || !*task) {
            all_taken_ = true;
            waiting_rows_ -= EventBatch::capacity;
            ready_.notify_all();
            return std::nullopt;
        }
        ++taken_;
        return std::move(**task);
    }

    void give(std::uint64_t number, Item item) {
        std::lock_guard const lock(mutex_);
        waiting_bytes_ += item.bytes();
        items_.emplace(number, std::move(item));
        if (number == expected_) ready_.notify_one();
    }

    enum class Came { item, end, nothing_yet };
    /// For the committer: the next item in order, waiting at most `patience`.
    Came next(Item& into, std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        auto const is_ready = [&] { return items_.contains(expected_) || (all_taken_ && expected_ == taken_); };
        if (!ready_.wait_for(lock, patience, is_ready)) return Came::nothing_yet;
        auto const found = items_.find(expected_);
        if (found == items_.end()) return Came::end;
        into = std::move(found->second);
        items_.erase(found);
        ++expected_;
        waiting_rows_ -= EventBatch::capacity;
        waiting_bytes_ -= into.bytes();
        room_.notify_one();
        return Came::item;
    }

    void close() {
        std::lock_guard const lock(mutex_);
        closed_ = true;
        room_.notify_all();
    }
    std::optional<Error> error() {
        std::lock_guard const lock(mutex_);
        return error_;
    }

  private:
    Source& source_;
    std::size_t max_rows_, max_bytes_;
    std::mutex reading_;  // one worker reads at a time
    std::mutex mutex_;    // guards all below
    std::condition_variable room_, ready_;
    std::map<std::uint64_t, Item> items_;
    std::size_t waiting_rows_ = 0, waiting_bytes_ = 0;
    std::uint64_t taken_ = 0, expected_ = 0;
    bool all_taken_ = false, closed_ = false;
    std::optional<Error> error_;
};

Item read(Task task, Encoder& encoder, IntakeOptions const& options, HashSecret const& secret) {
    Item item;
    item.report = task.report;
    if (!task.chunk) {
        item.end = true;
        item.error = std::move(task.error);
        return item;
    }
    auto& reader = *task.report->reader;
    item.covered = static_cast<std::int64_t>(task.chunk->first_record + task.chunk->ends.size()) - 1;
    auto parsed = parse(*std::move(task.chunk), reader.plan());
    item.rejected = std::move(parsed.rejected);
    auto const surroundings = options.surroundings ? options.surroundings() : nullptr;
    auto const& report = task.report->work.report;
    item.batch =
        encoder.encode(parsed.batch, surroundings.get(),
                       {.report = report.id, .received = report.received, .feed = &reader.feed(), .secret = &secret});
    if (options.matcher && !parsed.batch.empty())
        item.matched_with = options.matcher->match(
            parsed.batch,
            {.report = report.id, .feed = reader.feed().id, .received = report.received, .tlp = reader.feed().tlp});
    return item;
}

double progress_of(Work const& work) {
    if (work.report.bytes <= 0 || !work.bytes_read) return 0;
    return std::min(1.0, static_cast<double>(work.bytes_read->load()) / static_cast<double>(work.report.bytes));
}

/// Puts items into the segment being collected.
class Collector {
  public:
    explicit Collector(Segment& segment) : segment_(segment) {}

    void add(Item item) {
        auto& slice = slice_of(*item.report);
        auto const& work = item.report->work;
        if (item.end) {
            slice.done = true;
            slice.progress = 1;
            if (item.error) slice.error = item.error->message;
            if (!work.replayed_ids.empty()) finish_replay(slice, work);
            return;
        }
        slice.covered = item.covered;
        slice.progress = progress_of(work);
        slice.newest = std::max(slice.newest, item.batch.newest);
        if (item.batch.head) item.batch.head->round = slice.round;
        for (auto& row : item.rejected) {
            segment_.bytes += row.raw.size() + row.reason.size() + rejected_overhead;
            ++slice.added.rejected;
            slice.rejected.push_back(std::move(row));
        }
        segment_.rows += item.batch.rows.size();
        segment_.bytes += item.batch.bytes();
        segment_.matched_with = std::min(segment_.matched_with, item.matched_with);
        if (!item.batch.rows.empty()) segment_.parts.push_back({std::move(item.batch), segment_.slices.size() - 1});
    }

  private:
    store_sql::Slice& slice_of(OpenReport& report) {
        auto const id = report.work.report.id;
        if (!segment_.slices.empty() && segment_.slices.back().report == id) return segment_.slices.back();
        auto& slice = segment_.slices.emplace_back();
        slice.report = id;
        slice.covered = report.work.covered;
        if (report.reader) {
            auto const& feed = report.reader->feed();
            slice.feed = feed.id;
            slice.header = report.reader->header();
            slice.round_seconds = std::max<std::int64_t>(1, feed.round_every.count());
            slice.repaired_after = std::max(1, feed.repaired_after);
            slice.tlp = tlp_rank(feed.tlp);
        }
        slice.is_replay = !report.work.replayed_ids.empty();
        return slice;
    }
    /// Rows that are rejected again stay as they were kept; the others are no longer rejected.
    static void finish_replay(store_sql::Slice& slice, Work const& work) {
        std::vector<bool> bad(work.replayed_ids.size());
        for (auto const& row : slice.rejected)
            if (row.record >= 1 && row.record <= bad.size()) bad[static_cast<std::size_t>(row.record) - 1] = true;
        for (std::size_t i = 0; i < bad.size(); ++i)
            if (!bad[i]) slice.replayed.push_back(work.replayed_ids[i]);
        slice.rejected.clear();
        slice.added.rejected = 0;
    }

    Segment& segment_;
};

/// The round of a report: its date, else the day of its newest event, else when it came.
std::int32_t round_of(OpenReport const& report, std::int64_t newest) {
    auto const& feed = report.reader->feed();
    auto const date = report.reader->report_date();
    auto const time = date         ? *date
                      : newest > 0 ? Timestamp{std::min(newest, report.work.report.received.micros)}
                                   : report.work.report.received;
    return static_cast<std::int32_t>(time.seconds() / std::max<std::int64_t>(1, feed.round_every.count()));
}

}  // namespace

Intake::Intake(Committer& committer, Dictionary& dictionary, IntakeOptions options)
    : committer_(committer), dictionary_(dictionary), options_(std::move(options)) {}

/// What the matcher found is durable before the events are: it may be found twice, never lost.
Status Intake::commit(Segment& segment, std::function<void(store_sql::Slice const&)> const& done) {
    if (options_.matcher) CHECK(options_.matcher->before_commit(committer_.segment() + 1, segment.matched_with));
    return committer_.commit(segment, done);
}

Result<Totals> Intake::run(std::function<Result<std::optional<Work>>()> const& next,
                           std::function<void(Report const&)> const& progress,
                           std::function<bool()> const& is_cancelled,
                           std::function<void(store_sql::Slice const&)> const& committed) {
    Totals totals;
    auto const started = std::chrono::steady_clock::now();
    Source source(next, *options_.catalogue);
    Meeting meeting(source, options_.segment_rows, options_.segment_bytes);
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < std::max(1U, options_.workers); ++i)
        workers.emplace_back([&] {
            Encoder encoder(dictionary_, committer_.secret());
            while (auto task = meeting.take()) {
                auto const number = task->number;
                meeting.give(number, read(*std::move(task), encoder, options_, committer_.secret()));
            }
        });
    Segment segment;
    std::map<std::int64_t, Report> told;
    auto const tell = [&](store_sql::Slice const& slice) {
        totals.events += slice.added.events;
        totals.duplicates += slice.added.duplicates;
        totals.rejected += slice.added.rejected;
        totals.attributed += slice.added.attributed;
        if (slice.done) {
            ++totals.reports;
            if (!slice.error.empty()) ++totals.failed;
        }
        auto& report = told[slice.report];
        report.events += slice.added.events;
        report.duplicates += slice.added.duplicates;
        report.rejected += slice.added.rejected;
        report.attributed += slice.added.attributed;
        report.progress = slice.progress;
        report.error = slice.error;
        report.state =
            slice.done ? (slice.error.empty() ? ReportState::done : ReportState::failed) : ReportState::reading;
        if (committed) committed(slice);
        if (progress) progress(report);
        if (slice.done) told.erase(slice.report);
    };
    Status status;
    auto last_told = started;
    while (status) {
        if (is_cancelled && is_cancelled()) break;
        Item item;
        auto const came = meeting.next(item, tell_every);
        if (came == Meeting::Came::end) break;
        if (came == Meeting::Came::item) {
            auto& open = *item.report;
            if (!open.round && open.reader) open.round = round_of(open, item.batch.newest);
            told.try_emplace(open.work.report.id, open.work.report);
            auto const report_id = open.work.report.id;
            auto const round = open.round.value_or(0);
            auto const now_at = progress_of(open.work);
            Collector collector(segment);
            // the collector opens the slice; the round must be known before rows are bound to it
            if (segment.slices.empty() || segment.slices.back().report != report_id) {
                Item start;
                start.report = item.report;
                start.covered = open.work.covered;
                collector.add(std::move(start));
                segment.slices.back().round = round;
            }
            collector.add(std::move(item));
            if (auto const now = std::chrono::steady_clock::now(); progress && now - last_told >= tell_every) {
                last_told = now;
                auto report = told[report_id];
                report.progress = now_at;
                progress(report);
            }
        }
        if (segment.rows >= options_.segment_rows || segment.bytes >= options_.segment_bytes ||
            segment.slices.size() >= max_slices)
            status = commit(segment, tell);
    }
    meeting.close();
    workers.clear();
    if (status) status = commit(segment, tell);
    CHECK(status);
    if (auto error = meeting.error()) return std::unexpected(*std::move(error));
    totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return totals;
}

}  // namespace tocsin::events
