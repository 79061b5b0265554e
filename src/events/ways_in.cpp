#include "events/engine_impl.hpp"
#include "events/mail_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tocsin::events {
namespace {

constexpr std::size_t rows_of_a_segment = 245'760;  ///< two of DuckDB's row groups
constexpr std::size_t replayed_at_once = 2000;

class CountedFile final : public formats::ByteSource {
  public:
    CountedFile(int file, std::string name, std::shared_ptr<std::atomic<std::int64_t>> count)
        : file_(file), name_(std::move(name)), count_(std::move(count)) {}
    CountedFile(CountedFile const&) = delete;
    ~CountedFile() override { ::close(file_); }

    Result<std::size_t> read(std::span<char> into) override {
        while (true) {
            auto const got = ::read(file_, into.data(), into.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return fail(Code::io, fmt::format("reading {}: {}", name_, std::strerror(errno)));
            if (count_) *count_ += got;
            return static_cast<std::size_t>(got);
        }
    }

  private:
    int file_;
    std::string name_;
    std::shared_ptr<std::atomic<std::int64_t>> count_;
};

}  // namespace

Result<std::unique_ptr<formats::ByteSource>> counted_file(std::filesystem::path const& file,
                                                          std::shared_ptr<std::atomic<std::int64_t>> const& count) {
    int const number = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (number < 0)
        return fail(errno == ENOENT ? Code::not_found : Code::io,
                    fmt::format("opening {}: {}", file.string(), std::strerror(errno)));
    ::posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL);
    return std::unique_ptr<formats::ByteSource>(std::make_unique<CountedFile>(number, file.string(), count));
}

IntakeOptions Events::Impl::intake_options() const {
    auto const processors = std::max(1U, std::min(4U, std::thread::hardware_concurrency()));
    return {
        .catalogue = options.catalogue,
        .surroundings = options.surroundings,
        .matcher = options.matcher,
        .workers = options.workers != 0 ? options.workers : processors,
        .segment_rows = options.segment_rows > 0 ? static_cast<std::size_t>(options.segment_rows) : rows_of_a_segment,
        .segment_bytes = options.memory_mb * (std::size_t{1} << 20) / 4};
}

Status Events::Impl::recognise(std::filesystem::path const& file, std::string_view feed,
                               std::shared_ptr<FeedDefinition const> const& mapping, Report& report) const {
    TRY(auto source, counted_file(file, nullptr));
    OpenOptions open;
    open.name = report.name;
    open.feed = feed;
    open.mapping = mapping;
    TRY(auto const reader, open_report(std::move(source), open, *options.catalogue));
    report.date = reader.report_date();
    report.feed = reader.feed().id;
    report.tlp = reader.feed().tlp;
    return {};
}

// Accepting

void Events::Impl::wake() {
    std::lock_guard const lock(worker_mutex);
    has_work = true;
    worker_wakes.notify_one();
}

Result<Report> Events::Impl::accept(std::function<Result<std::string_view>()> const& read, std::string_view name,
                                    std::string_view feed, ReportOrigin origin, std::string_view fault) {
    Report report;
    report.feed = feed;
    if (!feed.empty()) {
        TRY(auto const known, options.catalogue->find(feed));
        report.tlp = known->tlp;
    }
    TRY(auto const entry, spool.write(read));
    report.name = name;
    report.sha256 = entry.sha256;
    report.bytes = entry.bytes;
    report.received = now();
    report.origin = origin;
    auto const known = fault.empty() ? recognise(spool.path(entry.name), feed, nullptr, report)
                                     : Status(fail(Code::invalid, std::string(fault)));
    if (!known) {
        report.state = ReportState::failed;
        report.error = known.error().message;
        report.finished = report.received;
    }
    auto written = ledger.write([&](store::Transaction& transaction) -> Result<std::int64_t> {
        if (report.state != ReportState::failed) {
            TRY(auto const like, store_sql::report_like(transaction, report.sha256, report.feed));
            if (like) {
                report.state = ReportState::redelivered;
                report.redelivery_of = like->report.id;
                report.tlp = like->report.tlp;
                report.finished = report.received;
            }
        }
        bool const keeps = report.state == ReportState::accepted;
        return store_sql::add_report(transaction, report, keeps ? std::string_view(entry.name) : std::string_view());
    });
    if (!written || report.state != ReportState::accepted) spool.remove(entry.name);
    if (!written) return std::unexpected(written.error());
    report.id = *written;
    if (report.state == ReportState::accepted) wake();
    return report;
}

Result<Report> Events::accept(std::function<Result<std::string_view>()> const& read, std::string_view name,
                              std::string_view feed, ReportOrigin origin) {
    return impl_->accept(read, name, feed, origin);
}

Result<Report> Events::accept(std::string_view bytes, std::string_view name, std::string_view feed,
                              ReportOrigin origin) {
    return accept([&]() -> Result<std::string_view> { return std::exchange(bytes, std::string_view()); }, name, feed,
                  origin);
}

Status Events::signed_by(std::int64_t report, std::string_view signature) {
    return impl_->ledger.write([&](store::Transaction& tx) { return store_sql::set_signature(tx, report, signature); });
}

Status Events::Impl::take_dropped(std::filesystem::path const& file) {
    struct stat before{}, after{};
    if (::lstat(file.c_str(), &before) != 0) return {};  // somebody took it away
    auto const reports = reports_in_mail(file, options.unsealer.get());
    if (reports && !reports->empty()) return take_mail(file, *reports);
    TRY(auto source, counted_file(file, nullptr));
    std::string buffer(std::size_t{1} << 18, '\0');
    auto const read = [&]() -> Result<std::string_view> {
        TRY(auto const got, source->read(buffer));
        return std::string_view(buffer).substr(0, got);
    };
    TRY(auto const accepted, accept(read, file.filename().string(), "", ReportOrigin::folder,
                                    reports ? std::string_view() : std::string_view(reports.error().message)));
    if (accepted.state == ReportState::failed) {  // its bytes are kept nowhere else
        log::warning("drop folder: {}: {}; renamed to .failed", file.filename().string(), accepted.error);
        if (::rename(file.c_str(), (file.string() + ".failed").c_str()) == 0) return {};
        return fail(Code::io, fmt::format("can't be renamed: {}", std::strerror(errno)));
    }
    bool const is_same = ::lstat(file.c_str(), &after) == 0 && after.st_ino == before.st_ino &&
                         after.st_size == before.st_size && after.st_mtim.tv_sec == before.st_mtim.tv_sec &&
                         after.st_mtim.tv_nsec == before.st_mtim.tv_nsec;
    if (is_same && ::unlink(file.c_str()) != 0)
        return fail(Code::io, fmt::format("can't be removed: {}; it was taken in", std::strerror(errno)));
    return {};  // what was written meanwhile is offered again when it is closed
}

Status Events::Impl::take_mail(std::filesystem::path const& file, std::vector<MailReport> const& reports) {
    std::size_t failed = 0;
    for (auto const& report : reports) {
        bool given = false;
        auto const read = [&]() -> Result<std::string_view> {
            return std::exchange(given, true) ? std::string_view() : std::string_view(report.bytes);
        };
        TRY(auto const accepted, accept(read, report.name, "", ReportOrigin::folder));
        if (!report.signature.empty())
            CHECK(ledger.write(
                [&](store::Transaction& tx) { return store_sql::set_signature(tx, accepted.id, report.signature); }));
        if (accepted.state != ReportState::failed) continue;
        ++failed;
        log::warning("drop folder: {} in {}: {}", report.name, file.filename().string(), accepted.error);
    }
    // What could not be taken is in the mail alone: it stays beside. What was taken is recognised if it comes again.
    if (failed == 0 ? ::unlink(file.c_str()) == 0 : ::rename(file.c_str(), (file.string() + ".failed").c_str()) == 0)
        return {};
    return fail(Code::io, fmt::format("can't be taken away: {}", std::strerror(errno)));
}

// Working

Status Events::start() {
    auto& it = *impl_;
    it.has_work = true;
    it.worker = std::jthread([&it](std::stop_token const& stop) { it.work_loop(stop); });
    if (!it.options.drop_folder.empty()) {
        TRY(it.drop, DropFolder::watch(it.options.drop_folder,
                                       [&it](std::filesystem::path const& file) { return it.take_dropped(file); }));
    }
    return {};
}

void Events::stop() {
    impl_->drop.reset();
    if (!impl_->worker.joinable()) return;
    impl_->worker.request_stop();
    impl_->wake();
    impl_->worker.join();
}

void Events::Impl::work_loop(std::stop_token const& stop) {
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock(worker_mutex);
            worker_wakes.wait_for(lock, std::chrono::seconds(5), [&] { return has_work || stop.stop_requested(); });
            if (!std::exchange(has_work, false)) {
                lock.unlock();
                rest();
                continue;
            }
        }
        if (stop.stop_requested()) return;
        std::lock_guard const lock(intake_mutex);
        if (auto const totals = take_pending([&] { return stop.stop_requested(); }); !totals) {
            log::error("reading reports: {}; trying again in 5 s", totals.error().message);
            std::unique_lock waiting(worker_mutex);
            worker_wakes.wait_for(waiting, std::chrono::seconds(5), [&] { return stop.stop_requested(); });
            has_work = true;
        }
    }
}

void Events::Impl::rest() {
    std::unique_lock const lock(intake_mutex, std::try_to_lock);
    if (!lock) return;
    archive->rest();
    ::malloc_trim(0);
}

Result<Totals> Events::process_pending(std::function<bool()> const& is_cancelled) {
    std::lock_guard const lock(impl_->intake_mutex);
    return impl_->take_pending(is_cancelled);
}

Result<Totals> Events::Impl::take_pending(std::function<bool()> const& is_cancelled) {
    std::int64_t after = 0;
    std::unordered_map<std::int64_t, std::string> spooled;
    auto const next = [&]() -> Result<std::optional<Work>> {
        TRY(auto const some,
            ledger.read([&](store::Transaction& transaction) { return store_sql::pending(transaction, after, 1); }));
        if (some.empty()) return std::optional<Work>();
        auto const& row = some.front();
        after = row.report.id;
        Work work;
        work.report = row.report;
        work.bytes_read = std::make_shared<std::atomic<std::int64_t>>(0);
        work.covered = row.covered;
        work.round = row.round;
        work.open.name = row.report.name;
        work.open.feed = row.report.feed;
        TRY(work.source, counted_file(spool.path(row.spool), work.bytes_read));
        {
            std::lock_guard const lock(received_mutex);
            spooled[row.report.id] = row.spool;
        }
        return std::optional(std::move(work));
    };
    auto const committed = [&](store_sql::Slice const& slice) {
        if (!slice.done) return;
        std::lock_guard const lock(received_mutex);
        spool.remove(spooled[slice.report]);
    };
    Intake intake(*committer, dictionary, intake_options());
    return intake.run(next, {}, is_cancelled, committed);
}

Result<Totals> Events::ingest(std::span<std::filesystem::path const> files, IngestRequest const& request) {
    std::lock_guard const lock(impl_->intake_mutex);
    if (request.mapping || !request.name.empty()) return impl_->read_files(files, request);
    TRY(auto const unpacked,
        UnpackedMails::of(files, impl_->options.directory / "unpacked", impl_->options.unsealer.get()));
    impl_->signatures = unpacked.signatures();
    impl_->unopened = unpacked.unopened();
    return impl_->read_files(unpacked.files(), request);
}

Result<std::optional<Work>> Events::Impl::work_for(std::filesystem::path const& file, IngestRequest const& request,
                                                   Totals& totals) {
    Work work;
    auto& report = work.report;
    report.name = request.name.empty() ? file.filename().string() : request.name;
    report.received = now();
    report.origin = ReportOrigin::command;
    if (auto const known = signatures.find(file); known != signatures.end()) report.signature = known->second;
    auto const failed = [&](Error const& error) -> Result<std::optional<Work>> {
        ++totals.failed;
        report.state = ReportState::failed;
        report.error = error.message;
        if (request.progress) request.progress(report);
        return std::optional<Work>();
    };
    if (auto const fault = unopened.find(file); fault != unopened.end()) return failed({Code::invalid, fault->second});
    if (auto const known = recognise(file, request.feed, request.mapping, report); !known) return failed(known.error());
    auto hash = hash_of_file(file);
    if (!hash) return failed(hash.error());
    report.sha256 = *std::move(hash);
    std::error_code fault;
    report.bytes = static_cast<std::int64_t>(std::filesystem::file_size(file, fault));
    TRY(auto const like, ledger.write([&](store::Transaction& ledger_) -> Result<std::optional<store_sql::ReportRow>> {
        TRY(auto found, store_sql::report_like(ledger_, report.sha256, report.feed));
        if (found && found->report.state == ReportState::done) {
            auto again = report;
            again.state = ReportState::redelivered;
            again.redelivery_of = found->report.id;
            again.tlp = found->report.tlp;
            again.finished = report.received;
            TRY(auto const id, store_sql::add_report(ledger_, again, ""));
            (void)id;
        } else if (!found) {
            TRY(report.id, store_sql::add_report(ledger_, report, ""));
        }
        return found;
    }));
    if (like && like->report.state == ReportState::done) {
        auto const& first = like->report;
        ++totals.reports;
        ++totals.redelivered;
        totals.duplicates += first.events + first.duplicates;
        totals.rejected += first.rejected;
        report.state = ReportState::redelivered;
        report.redelivery_of = first.id;
        if (request.progress) request.progress(report);
        return std::optional<Work>();
    }
    if (like) {  // begun before, and not done: go on behind what was committed
        report = like->report;
        work.covered = like->covered;
        work.round = like->round;
        totals.events += report.events;
        totals.duplicates += report.duplicates;
        totals.rejected += report.rejected;
        totals.attributed += report.attributed;
    }
    work.open.name = report.name;
    work.open.feed = request.mapping ? std::string() : report.feed;
    work.open.mapping = request.mapping;
    work.bytes_read = std::make_shared<std::atomic<std::int64_t>>(0);
    TRY(work.source, counted_file(file, work.bytes_read));
    return std::optional(std::move(work));
}

Result<Totals> Events::Impl::read_files(std::span<std::filesystem::path const> files, IngestRequest const& request) {
    std::size_t at = 0;
    Totals beside;  // what did not go through the intake
    auto const started = std::chrono::steady_clock::now();
    auto const next = [&]() -> Result<std::optional<Work>> {
        while (at < files.size()) {
            TRY(auto work, work_for(files[at++], request, beside));
            if (work) return work;
        }
        return std::optional<Work>();
    };
    CHECK(archive->set_ingesting(true));
    Intake intake(*committer, dictionary, intake_options());
    auto totals = intake.run(next, request.progress, request.is_cancelled);
    (void)archive->set_ingesting(false);
    if (!totals) return totals;
    *totals += beside;
    totals->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return totals;
}

// Rejected rows, read again

Result<Totals> Events::replay(std::string_view feed, std::optional<std::int64_t> report,
                              std::vector<std::int64_t> const& rows) {
    auto& it = *impl_;
    std::lock_guard const lock(it.intake_mutex);
    TRY(auto const reports, it.ledger.read([&](store::Transaction& ledger) {
        return store_sql::reports_with_kept_rows(ledger, feed, report);
    }));
    Totals totals;
    for (auto const id : reports) {
        std::int64_t after = 0;
        while (true) {
            std::vector<store_sql::KeptRow> kept;
            std::optional<store_sql::ReportRow> of;
            CHECK(it.ledger.read([&](store::Transaction& ledger) -> Status {
                TRY(kept, store_sql::kept_rows(ledger, id, after, rows, replayed_at_once));
                TRY(of, store_sql::report(ledger, id));
                return {};
            }));
            if (kept.empty()) break;
            after = kept.back().id;
            TRY(auto const part, it.replay_rows(*of, kept));
            totals += part;
        }
    }
    return totals;
}

Result<Totals> Events::Impl::replay_rows(store_sql::ReportRow const& of, std::vector<store_sql::KeptRow> const& rows) {
    Work work;
    work.report = of.report;
    work.round = of.round;
    work.open.name = of.report.name;
    work.open.feed = of.report.feed;
    work.open.is_cut = true;
    std::string bytes = rows.front().header;
    if (!bytes.empty() && !bytes.ends_with('\n')) bytes += '\n';
    for (auto const& row : rows) {
        work.replayed_ids.push_back(row.id);
        bytes.append(row.raw).append("\n");
    }
    work.source = std::make_unique<formats::MemorySource>(std::move(bytes));
    auto intake_with = intake_options();
    intake_with.segment_rows = std::max<std::size_t>(intake_with.segment_rows, 2 * replayed_at_once);
    intake_with.workers = 1;
    bool given = false;
    std::string error;
    Intake intake(*committer, dictionary, std::move(intake_with));
    TRY(auto totals, intake.run(
                         [&]() -> Result<std::optional<Work>> {
                             if (std::exchange(given, true)) return std::optional<Work>();
                             return std::optional(std::move(work));
                         },
                         {}, {},
                         [&](store_sql::Slice const& slice) {
                             if (!slice.error.empty()) error = slice.error;
                         }));
    if (!error.empty()) return fail(Code::invalid, error);
    totals.rejected = static_cast<std::int64_t>(rows.size()) - totals.events - totals.duplicates;
    return totals;
}

}  // namespace tocsin::events
