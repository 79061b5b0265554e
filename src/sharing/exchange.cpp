#include "sharing/exchange.hpp"

#include "sharing/exchange_run.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::sharing {
namespace {

constexpr std::size_t runners = 2;
constexpr std::chrono::milliseconds longest_sleep{15'000}, after_failure{1'000};
constexpr std::chrono::hours longest_asked_wait{24};
constexpr std::size_t longest_error = 500;

std::string lines_of(formats::taxii::Remarks const& remarks) {
    std::string lines;
    for (auto const& remark : remarks.all())
        lines += fmt::format("{}{} ({}): {}", lines.empty() ? "" : "\n", formats::taxii::name_of(remark.what),
                             remark.count, remark.example);
    return lines;
}

}  // namespace

/// One way of a remote, while it is run.
class Exchange::Claim {
  public:
    Claim(Exchange& exchange, RemoteId id, Way way) : exchange_(exchange), what_(id, way) {
        std::lock_guard const lock(exchange_.mutex_);
        is_ours_ = exchange_.busy_.insert(what_).second;
    }
    ~Claim() {
        if (!is_ours_) return;
        std::lock_guard const lock(exchange_.mutex_);
        exchange_.busy_.erase(what_);
    }
    Claim(Claim const&) = delete;
    bool is_ours() const { return is_ours_; }

  private:
    Exchange& exchange_;
    std::pair<RemoteId, Way> what_;
    bool is_ours_ = false;
};

Exchange::Exchange(ExchangeDoors doors, ExchangeLimits limits) : doors_(std::move(doors)), limits_(limits) {}
Exchange::~Exchange() {
    stop();
}

Status Run::locate() const {
    if (!course.root.empty()) return {};
    TRY(auto const place, client.find(remote.url, remote.collection_for(way)));
    if (way == Way::poll && !place.collection.can_read)
        return fail(Code::denied, fmt::format("the server does not let us read \"{}\"", remote.collection_for(way)));
    if (way == Way::push && !place.collection.can_write)
        return fail(Code::denied,
                    fmt::format("the server does not let us write to \"{}\"", remote.collection_for(way)));
    if (!course.collection.empty() && course.collection != place.collection.id)
        course = {.due = course.due, .failures = course.failures, .done = course.done, .refused = course.refused};
    course.root = place.root;
    course.collection = place.collection.id;
    return save();
}

TaxiiClient Exchange::client_for(Remote const& remote, std::string secret, std::function<bool()> is_cancelled) const {
    TaxiiAccess access;
    access.secret = std::move(secret);
    access.login = remote.login;
    access.is_cancelled = std::move(is_cancelled);
    access.http.ca_file = remote.ca_file;
    access.http.fingerprint = remote.fingerprint;
    access.http.certificate = remote.certificate;
    access.http.key = remote.key;
    access.http.reachable = remote.reachable;
    if (is_this_machine(remote.url))
        for (std::string_view const network : {"127.0.0.0/8", "::1/128"})
            access.http.reachable.push_back(*parse_prefix(network));
    access.http.authorization_in_clear = remote.allows_http;
    return TaxiiClient(std::move(access), limits_.taxii);
}

/// Doubled with each failure.
std::chrono::seconds Exchange::wait_after(Remote const& remote, std::int64_t failures) const {
    auto const shift = std::min<std::int64_t>(failures - 1, 20);
    auto const ceiling = std::max(remote.every, limits_.last_wait);
    return std::min(ceiling, std::min(remote.every, limits_.first_wait) * (std::int64_t{1} << shift));
}

template <class Report, class Work>
Result<Report> Exchange::run(Remote const& remote, Way way, RunOptions const& options, Work const& work) {
    if (!remote.goes(way))
        return fail(Code::invalid,
                    fmt::format("{} does not {}: it was added for the other direction", remote.name, name_of(way)));
    Claim const claim(*this, remote.id, way);
    if (!claim.is_ours())
        return fail(Code::conflict, fmt::format("a {} of {} is under way; try again later", name_of(way), remote.name));
    if (options.from_start && !options.is_dry) CHECK(doors_.remotes->restart(remote.id, way, options.by));
    TRY(auto course, doors_.remotes->course(remote.id, way));
    if (options.from_start && options.is_dry) course = {};
    std::optional<std::chrono::seconds> asked_to_wait;
    auto const go = [&]() -> Result<Report> {
        TRY(auto const peer, doors_.peers->find(std::to_string(remote.peer.value)));
        TRY(auto secret, doors_.remotes->secret_of(remote));
        auto client = client_for(remote, std::move(secret), options.is_cancelled);
        Run run{doors_, limits_, remote, peer, options, client, course, way};
        Result<Report> report = work(run);
        asked_to_wait = client.asked_to_wait();
        course.remarks = lines_of(client.remarks());
        if (report) report->remarks = course.remarks;
        return report;
    };
    auto report = go();
    if (options.is_dry) return report;
    auto const now = doors_.clock->now();
    course.last_run = now;
    if (report) {
        course.last_success = now;
        course.failures = 0;
        course.error.clear();
        course.due = now + (report->is_unfinished ? std::min(remote.every, limits_.first_wait) : remote.every);
    } else if (!options.is_cancelled || !options.is_cancelled()) {
        ++course.failures;
        course.error = formats::taxii::one_line(report.error().message, longest_error);
        course.due = now + std::max(wait_after(remote, course.failures),
                                    std::min<std::chrono::seconds>(asked_to_wait.value_or(std::chrono::seconds(0)),
                                                                   longest_asked_wait));
        if (report.error().code == Code::not_found) course.root.clear();  // it may have moved
    }
    CHECK(doors_.remotes->save(remote.id, way, course));
    return report;
}

Result<TaxiiOffer> Exchange::look(Remote const& remote, std::function<bool()> is_cancelled) {
    TRY(auto secret, doors_.remotes->secret_of(remote));
    return look_at(remote, std::move(secret), std::move(is_cancelled));
}

Result<TaxiiOffer> Exchange::look_at(Remote const& remote, std::string secret, std::function<bool()> is_cancelled) {
    return client_for(remote, std::move(secret), std::move(is_cancelled)).look(remote.url);
}

Result<PollReport> Exchange::poll(Remote const& remote, RunOptions const& options) {
    return run<PollReport>(remote, Way::poll, options, run_poll);
}

Result<PushReport> Exchange::push(Remote const& remote, RunOptions const& options) {
    return run<PushReport>(remote, Way::push, options, options.is_dry ? run_dry_push : run_push);
}

Result<std::int64_t> Exchange::waiting(Remote const& remote) {
    TRY(auto const peer, doors_.peers->find(std::to_string(remote.peer.value)));
    TRY(auto const course, doors_.remotes->course(remote.id, Way::push));
    intelligence::ObjectFilter filter;
    filter.types = remote.types;
    filter.added_after = course.added_after;
    TRY(auto const all, doors_.intelligence->count(filter, peer.recipient()));
    filter.originators = {peer.organisation};
    TRY(auto const theirs, doors_.intelligence->count(filter, peer.recipient()));
    return all - theirs;
}

void Exchange::start() {
    for (std::size_t i = 0; i < runners; ++i)
        threads_.emplace_back([this](std::stop_token const& stop) { work(stop); });
}

void Exchange::stop() {
    for (auto& thread : threads_) thread.request_stop();
    threads_.clear();
}

void Exchange::changed() {
    std::lock_guard const lock(mutex_);
    ++wakes_;
    woken_.notify_all();
}

std::uint64_t Exchange::wakes() {
    std::lock_guard const lock(mutex_);
    return wakes_;
}

void Exchange::work(std::stop_token const& stop) {
    while (!stop.stop_requested()) {
        auto const before = wakes();
        if (run_next(stop)) continue;
        auto pause = longest_sleep;
        if (auto const next = doors_.remotes->next_due(); next && *next) {
            auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(**next - doors_.clock->now());
            pause = std::clamp(left, after_failure, longest_sleep);
        }
        wait(stop, pause, before);
    }
}

void Exchange::wait(std::stop_token const& stop, std::chrono::milliseconds longest, std::uint64_t before) {
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, stop, longest, [&] { return wakes_ != before; });
}

/// False when nothing is due, or nothing that another does not have in hand.
bool Exchange::run_next(std::stop_token const& stop) {
    auto const due = doors_.remotes->due(doors_.clock->now());
    if (!due) {
        log::error("taxii: asking what is due: {}", due.error().message);
        return false;
    }
    for (auto const& [remote, way] : *due) {
        {
            std::lock_guard const lock(mutex_);
            if (busy_.contains({remote.id, way})) continue;
        }
        RunOptions options;
        options.is_cancelled = [&stop] { return stop.stop_requested(); };
        Status done;
        if (way == Way::poll) {
            auto const report = poll(remote, options);
            if (!report) done = std::unexpected(report.error());
            if (report && report->stored + report->rejected > 0)
                log::info("taxii: {}: {} objects stored, {} known, {} rejected", remote.name, report->stored,
                          report->known, report->rejected);
        } else {
            auto const report = push(remote, options);
            if (!report) done = std::unexpected(report.error());
            if (report && report->sent > 0)
                log::info("taxii: {}: {} objects sent, {} confirmed, {} refused", remote.name, report->sent,
                          report->confirmed, report->refused);
        }
        if (!done && done.error().code == Code::conflict) continue;  // somebody was faster
        if (!done && !stop.stop_requested()) {
            log::warning("taxii: {} of {}: {}", name_of(way), remote.name, done.error().message);
            wait(stop, after_failure, wakes());
        }
        return true;
    }
    return false;
}

}  // namespace tocsin::sharing
