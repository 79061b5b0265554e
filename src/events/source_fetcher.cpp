#include "events/source_fetcher.hpp"

#include "events/engine_impl.hpp"
#include "events/source_run.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

constexpr std::size_t runners = 2;
constexpr std::chrono::milliseconds longest_sleep{15'000}, after_failure{1'000};
constexpr std::chrono::hours longest_asked_wait{24};
constexpr std::chrono::minutes longest_spread{5};
constexpr std::size_t longest_error = 500;
constexpr int most_days = 366;

std::string one_line(std::string_view text) {
    auto line = repaired_utf8(text.substr(0, longest_error));
    std::ranges::replace_if(line, [](char c) { return c >= 0 && c < 0x20; }, ' ');
    return line;
}

/// Between 0 and a tenth of the interval, another one each time.
std::chrono::seconds spread(Source const& source, std::int64_t runs) {
    auto const room = std::min<std::int64_t>(source.every.count() / 10, std::chrono::seconds(longest_spread).count());
    if (room <= 0) return std::chrono::seconds(0);
    Random random(static_cast<std::uint64_t>(source.id.value) * 1'000'003 + static_cast<std::uint64_t>(runs));
    return std::chrono::seconds(random.below(static_cast<std::uint64_t>(room) + 1));
}

Status run_kind(SourceRun& run) {
    switch (run.source.kind) {
        case SourceKind::http:
            return run_http(run);
        case SourceKind::shadowserver:
            return run_shadowserver(run);
        case SourceKind::imap:
            return run_imap(run);
        case SourceKind::stomp:
        case SourceKind::amqp:
        case SourceKind::kafka:
            return run_stream(run);
    }
    return fail(Code::internal, "a source of no kind");
}

}  // namespace

/// A source, while it is run.
class Fetcher::Claim {
  public:
    Claim(Fetcher& fetcher, SourceId id) : fetcher_(fetcher), id_(id) {
        std::lock_guard const lock(fetcher_.mutex_);
        is_ours_ = fetcher_.busy_.insert(id_).second;
    }
    ~Claim() {
        if (!is_ours_) return;
        std::lock_guard const lock(fetcher_.mutex_);
        fetcher_.busy_.erase(id_);
    }
    Claim(Claim const&) = delete;
    bool is_ours() const { return is_ours_; }

  private:
    Fetcher& fetcher_;
    SourceId id_;
    bool is_ours_ = false;
};

Fetcher::Fetcher(FetcherDoors doors, FetcherLimits limits) : doors_(std::move(doors)), limits_(limits) {}
Fetcher::~Fetcher() {
    stop();
}

Status SourceRun::save(std::span<SourceItem const> items) const {
    return options.is_dry ? Status() : doors.sources->save(source.id, course, items);
}

SourceItem& SourceRun::note(SourceItem item) {
    if (!options.is_dry) {
        if (item.outcome == ItemOutcome::taken) {
            ++report.taken;
            ++course.taken;
            course.last_report = doors.clock->now();
        } else if (item.outcome == ItemOutcome::known) {
            ++report.known;
        }
    }
    if (item.outcome == ItemOutcome::failed) {
        ++report.failed;
        course.error = one_line(fmt::format("{}: {}", item.name, item.error));
    }
    return report.items.emplace_back(std::move(item));
}

namespace {

Result<SourceItem> taken(SourceRun& run, std::function<Result<std::string_view>()> const& read, std::string_view item,
                         std::string_view name) {
    TRY(auto const accepted, run.doors.accept(read, name, run.source.feed));
    SourceItem made{.item = std::string(item),
                    .name = std::string(name),
                    .at = run.began,
                    .report = accepted.id,
                    .bytes = accepted.bytes};
    if (accepted.state == ReportState::redelivered) made.outcome = ItemOutcome::known;
    if (accepted.state == ReportState::failed) {
        made.outcome = ItemOutcome::failed;
        made.error = accepted.error;
    }
    return run.note(std::move(made));
}

}  // namespace

Result<SourceItem> SourceRun::take_file(std::filesystem::path const& file, std::string_view item,
                                        std::string_view name) {
    TRY(auto source_file, counted_file(file, nullptr));
    std::string buffer(std::size_t{1} << 18, '\0');
    auto const read = [&]() -> Result<std::string_view> {
        TRY(auto const got, source_file->read(buffer));
        return std::string_view(buffer).substr(0, got);
    };
    return taken(*this, read, item, name);
}

Result<SourceItem> SourceRun::take(std::string_view bytes, std::string_view item, std::string_view name) {
    return taken(
        *this, [&]() -> Result<std::string_view> { return std::exchange(bytes, std::string_view()); }, item, name);
}

std::vector<std::string> SourceRun::days() const {
    auto const today = began.day();
    auto first = today - source.days + 1;
    if (course.last_success) first = std::min(first, std::max(course.last_success->day(), today - 90));
    std::vector<std::int32_t> wanted;
    if (course.back_from && course.back_to)
        for (auto day = course.back_from->day(); day <= std::min(course.back_to->day(), first - 1); ++day)
            wanted.push_back(day);
    for (auto day = first; day <= today; ++day) wanted.push_back(day);
    std::vector<std::string> names;
    for (auto const day : wanted)
        if (names.size() < static_cast<std::size_t>(most_days) * 2)
            names.push_back(format_date(Timestamp::from_day(day)));
    return names;
}

/// Doubled with each failure.
std::chrono::seconds Fetcher::wait_after(Source const& source, std::int64_t failures) const {
    auto const shift = std::min<std::int64_t>(failures - 1, 20);
    auto const ceiling = source.is_stream() ? limits_.last_stream_wait : std::max(source.every, limits_.last_wait);
    return std::min(ceiling, std::min(source.every, limits_.first_wait) * (std::int64_t{1} << shift));
}

Result<FetchReport> Fetcher::run(Source const& source, FetchOptions const& options) {
    Claim const claim(*this, source.id);
    if (!claim.is_ours())
        return fail(Code::conflict, source.is_stream()
                                        ? fmt::format("{} is being listened to already", source.name)
                                        : fmt::format("a run of {} is under way; try again later", source.name));
    TRY(auto course, doors_.sources->course(source.id));
    if (options.from_start) {
        course.etag.clear();
        course.modified.reset();
        course.body.clear();
        course.part = {};
        course.uid = 0;
    }
    FetchReport report;
    auto const error_before = std::exchange(course.error, {});
    std::optional<std::chrono::seconds> asked_to_wait;
    auto const go = [&]() -> Status {
        TRY(auto const secret, doors_.sources->secret_of(source));
        SourceRun run{doors_, limits_, source, secret, options, course, report, doors_.clock->now()};
        auto const done = run_kind(run);
        asked_to_wait = run.asked_to_wait;
        return done;
    };
    auto const done = go();
    bool const is_cancelled = options.is_cancelled && options.is_cancelled();
    if (options.is_dry) {
        if (!done) return std::unexpected(done.error());
        return report;
    }
    auto const now = doors_.clock->now();
    course.last_run = now;
    ++course.runs;
    if (done) {
        course.last_success = now;
        course.failures = 0;
        if (report.items.empty()) course.error = error_before;  // what it gives is still what could not be read
        course.due = now + (report.is_unfinished ? std::min(source.every, limits_.first_wait) : source.every) +
                     spread(source, course.runs);
    } else if (!is_cancelled) {
        ++course.failures;
        course.error = one_line(done.error().message);
        course.due = now + std::max(wait_after(source, course.failures),
                                    std::min<std::chrono::seconds>(asked_to_wait.value_or(std::chrono::seconds(0)),
                                                                   longest_asked_wait));
    }
    CHECK(doors_.sources->finish(source.id, course, done.has_value() && !report.is_unfinished));
    if (on_change && (!done || !report.items.empty())) on_change(source.id);
    if (!done) return std::unexpected(done.error());
    return report;
}

void Fetcher::start() {
    for (std::size_t i = 0; i < runners; ++i)
        threads_.emplace_back([this](std::stop_token const& stop) { work(stop); });
    threads_.emplace_back([this](std::stop_token const& stop) { supervise(stop); });
}

void Fetcher::stop() {
    for (auto& thread : threads_) thread.request_stop();
    threads_.clear();
}

void Fetcher::changed() {
    std::lock_guard const lock(mutex_);
    ++wakes_;
    woken_.notify_all();
}

std::uint64_t Fetcher::wakes() {
    std::lock_guard const lock(mutex_);
    return wakes_;
}

void Fetcher::work(std::stop_token const& stop) {
    while (!stop.stop_requested()) {
        auto const before = wakes();
        if (run_next(stop)) continue;
        auto pause = longest_sleep;
        if (auto const next = doors_.sources->next_due(); next && *next) {
            auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(**next - doors_.clock->now());
            pause = std::clamp(left, after_failure, longest_sleep);
        }
        wait(stop, pause, before);
    }
}

void Fetcher::wait(std::stop_token const& stop, std::chrono::milliseconds longest, std::uint64_t before) {
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, stop, longest, [&] { return wakes_ != before; });
}

/// False when nothing is due, or nothing that another does not have in hand.
bool Fetcher::run_next(std::stop_token const& stop) {
    auto const due = doors_.sources->due(doors_.clock->now());
    if (!due) {
        log::error("sources: asking what is due: {}", due.error().message);
        return false;
    }
    for (auto const& source : *due) {
        {
            std::lock_guard const lock(mutex_);
            if (busy_.contains(source.id)) continue;
        }
        FetchOptions options;
        options.is_cancelled = [&stop] { return stop.stop_requested(); };
        auto const report = run(source, options);
        if (!report && report.error().code == Code::conflict) continue;  // somebody was faster
        if (report && report->taken + report->failed > 0)
            log::info("source {}: {} reports taken, {} known, {} failed", source.name, report->taken, report->known,
                      report->failed);
        if (!report && !stop.stop_requested()) {
            log::warning("source {}: {}", source.name, report.error().message);
            wait(stop, after_failure, wakes());
        }
        return true;
    }
    return false;
}

}  // namespace tocsin::events
