#include "notifications/sender.hpp"

#include "notifications/channels/channel.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tocsin::notifications {
namespace {

using Kind = net::SmtpOutcome::Kind;

constexpr std::size_t jobs_at_once = 4;
constexpr std::chrono::seconds longest_retry = std::chrono::hours(8);
constexpr std::chrono::seconds longest_pause = std::chrono::minutes(5);
constexpr std::chrono::seconds first_pause{5};
constexpr std::int64_t journal_bound = 1 << 20;
constexpr std::string_view outbox_boot = "outbox";

constexpr std::string_view killed_in_window =
    "Handed over whole; the program was stopped before the server's answer was read, so whether it was accepted is not "
    "known. It is not sent again by itself: resend it if the owner did not get it.";
constexpr std::string_view machine_stopped =
    "The machine stopped while this was being sent, so whether it was delivered is not known. Approve it to send it "
    "again (with the same Message-ID), or cancel it.";
constexpr std::string_view never_answered =
    "Handed over whole, but the connection broke before the server's answer, so whether it was accepted is not known. "
    "Approve it to send it again (with the same Message-ID), or cancel it.";

std::string refusals_text(net::SmtpOutcome const& outcome) {
    std::string out;
    for (auto const& refusal : outcome.refused)
        out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", refusal.address, refusal.reply);
    return out.empty() ? outcome.reply : out;
}

std::uint64_t seed() {
    auto const bytes = secret_bytes(8);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), 8);
    return value;
}

}  // namespace

Sender::Sender(Needs needs, SendJournal journal)
    : needs_(std::move(needs)), journal_(std::move(journal)), boot_(boot_name()), random_(seed()) {}

Sender::~Sender() {
    stop();
}

Result<std::unique_ptr<Sender>> Sender::open(Needs needs) {
    TRY(auto journal, SendJournal::open(needs.directory / "sending.journal"));
    std::unique_ptr<Sender> sender(new Sender(std::move(needs), std::move(journal)));
    TRY(auto const settled, sender->settle());
    if (!settled) log::info("mail of the process before is still with the server; its answer is waited for");
    return sender;
}

// ---- after a kill

Result<bool> Sender::settle() {
    std::scoped_lock const lock(mutex_);
    if (is_settled_) return true;
    if (!journal_.try_lock()) return false;
    TRY(auto const entries, journal_.read());
    TRY(auto const left, needs_.ledger->read([](store::Transaction& tx) { return tables::all_sending(tx); }));
    for (auto const& sending : left) {
        auto const entry = entries.find({sending.id.value, sending.attempt});
        CHECK(settle_one(sending, entry != entries.end() ? entry->second : JournalEntry{}));
    }
    CHECK(journal_.clear());
    is_settled_ = true;
    return true;
}

Status Sender::settle_one(tables::Sending const& sending, JournalEntry const& entry) {
    Job const job{sending.id,         sending.attempt,    sending.refusals, sending.message_id,
                  sending.recipients, sending.alternates, sending.channel};
    auto const now = needs_.clock->now();
    tables::Verdict settled{.refusals = sending.refusals};
    if (entry.outcome) {
        settled = verdict(job, *entry.outcome);
    } else if (repeats_safely(channel_kind_named(sending.channel).value_or(ChannelKind::mail))) {
        // Queued again: its receiver takes one with the same key once.
    } else if (sending.boot == outbox_boot) {
        std::error_code fault;
        if (std::filesystem::exists(needs_.directory / "outbox" / (sending.message_id + ".eml"), fault)) {
            settled.state = State::sent;
            settled.sent = now;
        }
    } else if (sending.boot != boot_) {
        settled.state = State::held;
        settled.is_uncertain = true;
        settled.error = machine_stopped;
    } else if (entry.has_end) {
        settled.state = State::sent;
        settled.sent = now;
        settled.is_uncertain = true;
        settled.error = killed_in_window;
    }
    TRY(auto const changed, needs_.ledger->write([&](store::Transaction& tx) -> Result<bool> {
        TRY(auto const moved, tables::conclude(tx, job.id, job.attempt, settled));
        if (moved && settled.state != State::queued)
            CHECK(tables::happened(tx, job.id, now, name_of(settled.state), "server", settled.error));
        return moved;
    }));
    if (changed && needs_.changed) needs_.changed(job.id);
    return {};
}

// ---- what came of one

Timestamp Sender::retry_time(int refusals) {
    auto const first = static_cast<double>(needs_.settings->first_retry.count());
    auto const doubled = first * std::pow(2.0, std::min(refusals - 1, 20));
    auto const bounded = std::min(doubled, static_cast<double>(longest_retry.count()));
    auto const jitter = 0.8 + static_cast<double>(random_.below(401)) / 1000.0;
    return needs_.clock->now() + std::chrono::microseconds(static_cast<std::int64_t>(bounded * jitter * 1e6));
}

void Sender::try_others(Job const& job, tables::Verdict& verdict) const {
    if (job.alternates.empty()) return;
    verdict.state = State::queued;
    verdict.refusals = 0;
    verdict.next_attempt = {};
    verdict.recipients = std::vector{job.alternates.front()};
    verdict.alternates = std::vector(job.alternates.begin() + 1, job.alternates.end());
}

tables::Verdict Sender::verdict(Job const& job, net::SmtpOutcome const& outcome) {
    tables::Verdict verdict{.refusals = job.refusals};
    switch (outcome.kind) {
        case Kind::accepted:
            verdict.state = State::sent;
            verdict.sent = needs_.clock->now();
            verdict.refusals = 0;
            if (!outcome.refused.empty()) verdict.error = refusals_text(outcome);
            return verdict;
        case Kind::temporary:
            verdict.error = refusals_text(outcome);
            verdict.refusals = job.refusals + 1;
            verdict.state = State::failed;
            if (verdict.refusals < needs_.settings->most_attempts) {
                verdict.state = State::queued;
                verdict.next_attempt = retry_time(verdict.refusals);
            } else {
                try_others(job, verdict);
            }
            return verdict;
        case Kind::permanent:
            verdict.error = refusals_text(outcome);
            verdict.state = State::failed;
            try_others(job, verdict);
            return verdict;
        case Kind::unreachable:
            verdict.error = outcome.reply;
            verdict.state = State::queued;
            return verdict;
        case Kind::unknown:
            verdict.error = fmt::format("{} ({})", never_answered, outcome.reply);
            verdict.state = State::held;
            verdict.is_uncertain = true;
            return verdict;
    }
    return verdict;
}

Status Sender::conclude(Job const& job, net::SmtpOutcome const& outcome, bool is_stopping, SendReport& report) {
    tables::Verdict verdict;
    {
        std::scoped_lock const lock(mutex_);
        verdict = this->verdict(job, outcome);
        if (outcome.kind == Kind::unreachable) {
            paused_until_ = needs_.clock->now() + pause_;
            pause_ = std::min(pause_ * 2, longest_pause);
            verdict.next_attempt = paused_until_;
            report.trouble = outcome.reply;
        } else {
            pause_ = first_pause;
        }
    }
    // Broken off because we stop: not the server's refusal.
    if (is_stopping && outcome.kind == Kind::temporary && outcome.code < 400) verdict = {.refusals = job.refusals};
    auto const now = needs_.clock->now();
    TRY(auto const moved, needs_.ledger->write([&](store::Transaction& tx) -> Result<bool> {
        TRY(auto const changed, tables::conclude(tx, job.id, job.attempt, verdict));
        if (changed && verdict.state != State::queued)
            CHECK(tables::happened(tx, job.id, now, name_of(verdict.state), "server", verdict.error));
        if (changed && verdict.recipients) CHECK(tables::happened(tx, job.id, now, "failed", "server", verdict.error));
        return changed;
    }));
    if (verdict.is_uncertain) {
        ++report.uncertain;
    } else if (verdict.state == State::sent) {
        ++report.sent;
    } else if (verdict.state == State::failed) {
        ++report.failed;
    } else {
        ++report.later;
    }
    if (moved && needs_.changed) needs_.changed(job.id);
    return {};
}

Status Sender::hold(Job const& job, std::string const& why, SendReport& report) {
    tables::Verdict const verdict{.state = State::held, .error = why, .refusals = job.refusals};
    TRY(auto const moved, needs_.ledger->write([&](store::Transaction& tx) -> Result<bool> {
        TRY(auto const changed, tables::conclude(tx, job.id, job.attempt, verdict));
        if (changed) CHECK(tables::happened(tx, job.id, needs_.clock->now(), name_of(State::held), "server", why));
        return changed;
    }));
    ++report.held;
    if (moved && needs_.changed) needs_.changed(job.id);
    return {};
}

Status Sender::give_back(std::span<Job const> jobs, Timestamp not_before, std::string_view why) {
    if (jobs.empty()) return {};
    TRY(auto const done, needs_.ledger->write([&](store::Transaction& tx) -> Result<bool> {
        for (auto const& job : jobs) {
            TRY(auto const moved,
                tables::conclude(tx, job.id, job.attempt,
                                 {.error = std::string(why), .refusals = job.refusals, .next_attempt = not_before}));
            (void)moved;
        }
        return true;
    }));
    (void)done;
    return {};
}

// ---- handing over

Result<net::SmtpOutcome> Sender::drop_in_outbox(Job const& job, std::string_view bytes) {
    auto const folder = needs_.directory / "outbox";
    std::error_code fault;
    std::filesystem::create_directories(folder, fault);
    CHECK(store::write_file(folder / (job.message_id + ".eml"), bytes));
    net::SmtpOutcome outcome{.kind = Kind::accepted, .code = 250, .reply = "in the outbox"};
    CHECK(mark_result(journal_.descriptor(), {job.id.value, job.attempt}, outcome));
    return outcome;
}

Result<net::SmtpOutcome> Sender::deliver_otherwise(Job const& job, std::function<bool()> const& is_stopping) {
    Attempt const attempt{job.id.value, job.attempt};
    TRY(auto const outcome,
        needs_.by_channel(job.id, job.channel, [&] { return mark_end(journal_.descriptor(), attempt); }, is_stopping));
    if (auto const marked = mark_result(journal_.descriptor(), attempt, outcome); !marked)
        log::warning("{}", marked.error().message);
    return outcome;
}

Result<net::SmtpOutcome> Sender::deliver(Job const& job, Courier* courier, std::function<bool()> const& is_stopping) {
    if (job.channel != "mail") return deliver_otherwise(job, is_stopping);
    std::vector<std::string> to;
    net::SmtpOutcome nobody{.kind = Kind::permanent};
    for (auto const& address : job.recipients) {
        TRY(auto const unwanted, needs_.is_unwanted(address));
        if (unwanted) {
            nobody.refused.push_back({address, 0, "not to be written to: " + *unwanted});
        } else {
            to.push_back(address);
        }
    }
    if (to.empty()) {
        nobody.reply = "no recipient is left";
        return nobody;
    }
    auto const bytes = needs_.message(job.id, to);
    if (!bytes && (bytes.error().code == Code::denied || bytes.error().code == Code::invalid)) {
        nobody.reply = bytes.error().message;
        return nobody;
    }
    if (!bytes) return std::unexpected(bytes.error());
    if (is_outbox()) return drop_in_outbox(job, *bytes);
    TRY(auto const from, needs_.return_path(job.id));
    Parcel const parcel{{job.id.value, job.attempt}, {from, to}, *bytes};
    if (auto outcome = courier->deliver(parcel, is_stopping)) return *std::move(outcome);
    // The postman is gone. What it wrote down last is all there is to know.
    TRY(auto const entries, journal_.read());
    auto const entry = entries.find(parcel.attempt);
    if (entry != entries.end() && entry->second.outcome) return *entry->second.outcome;
    if (entry != entries.end() && entry->second.has_end)
        return net::SmtpOutcome{.kind = Kind::unknown, .reply = "the sending process ended"};
    return net::SmtpOutcome{.kind = Kind::temporary, .reply = "the sending process ended before it was done"};
}

std::optional<Timestamp> Sender::must_wait_for(std::string_view address) {
    auto const most = needs_.settings->per_domain;
    if (most <= 0 || address.empty()) return {};
    std::scoped_lock const lock(mutex_);
    auto const now = needs_.clock->now();
    auto& times = recent_[net::mail_domain(address)];
    while (!times.empty() && times.front() + std::chrono::minutes(1) <= now) times.pop_front();
    if (times.size() >= static_cast<std::size_t>(most)) return times.front() + std::chrono::minutes(1);
    times.push_back(now);
    if (recent_.size() > 10'000) std::erase_if(recent_, [](auto const& entry) { return entry.second.empty(); });
    return {};
}

Result<std::vector<Job>> Sender::claim() {
    {
        std::scoped_lock const lock(mutex_);
        if (paused_until_ > needs_.clock->now()) return std::vector<Job>();
        ++under_way_;
    }
    auto jobs = needs_.ledger->write([&](store::Transaction& tx) {
        return tables::claim(tx, needs_.clock->now(), {is_outbox() ? outbox_boot : std::string_view(boot_), boot_},
                             jobs_at_once);
    });
    if (!jobs || jobs->empty()) finished();
    return jobs;
}

void Sender::finished() {
    std::scoped_lock const lock(mutex_);
    if (--under_way_ > 0 || must_keep_journal_ || journal_.size() < journal_bound) return;
    if (auto const cleared = journal_.clear(); !cleared) log::warning("{}", cleared.error().message);
}

Result<SendReport> Sender::round(Courier* courier, std::function<bool()> const& is_stopping) {
    SendReport report;
    TRY(auto const jobs, claim());
    if (jobs.empty()) return report;
    Status status;
    for (std::size_t i = 0; i < jobs.size() && status; ++i) {
        auto const rest = std::span(jobs).subspan(i);
        if (is_stopping() || !report.trouble.empty()) {
            status = give_back(rest, {}, report.trouble);
            break;
        }
        auto const& job = jobs[i];
        if (auto const time = must_wait_for(job.recipients.empty() || job.channel != "mail" ? std::string_view()
                                                                                            : job.recipients.front())) {
            status = give_back(rest.first(1), *time, "");
            continue;
        }
        auto const outcome = deliver(job, courier, is_stopping);
        if (outcome) {
            status = conclude(job, *outcome, is_stopping(), report);
            if (!status) {  // the row stays `sending`; the next start settles it from the journal
                std::scoped_lock const lock(mutex_);
                must_keep_journal_ = true;
            }
        } else if (outcome.error().code == Code::conflict) {
            status = hold(job, outcome.error().message, report);
        } else {  // our own disk: nothing was sent
            status = give_back(rest, needs_.clock->now() + longest_pause, outcome.error().message);
            report.trouble = outcome.error().message;
            break;
        }
    }
    finished();
    if (!status) return std::unexpected(status.error());
    return report;
}

std::unique_ptr<Courier> Sender::new_courier() const {
    if (is_outbox()) return nullptr;
    if (needs_.settings->postman.empty()) return courier_here(needs_.settings->smtp, journal_.descriptor());
    return courier_beside(needs_.settings->smtp, journal_.descriptor(), needs_.settings->postman);
}

Result<SendReport> Sender::send_due(std::function<bool()> const& is_stopping) {
    auto const stops = [&] { return is_stopping && is_stopping(); };
    auto const courier = new_courier();
    SendReport total;
    for (;;) {
        TRY(auto const settled, settle());
        if (settled || stops()) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    {
        std::scoped_lock const lock(mutex_);
        paused_until_ = {};  // somebody asked: try now
    }
    for (;;) {
        if (stops()) break;
        TRY(auto const report, round(courier.get(), stops));
        total.sent += report.sent;
        total.failed += report.failed;
        total.later += report.later;
        total.uncertain += report.uncertain;
        total.held += report.held;
        total.trouble = report.trouble;
        if (!total.trouble.empty() || report.all() == 0) break;
    }
    TRY(total.next, needs_.ledger->read([](store::Transaction& tx) { return tables::next_due(tx); }));
    return total;
}

void Sender::work(std::stop_token const& stop) {
    auto const courier = new_courier();
    auto const stops = [&] { return stop.stop_requested(); };
    while (!stops()) {
        std::uint64_t seen = 0;
        Timestamp paused;
        {
            std::scoped_lock const lock(mutex_);
            seen = wakes_;
            paused = paused_until_;
        }
        auto const settled = settle();
        auto wait = std::chrono::microseconds(std::chrono::seconds(5));
        if (!settled || !*settled) {
            wait = std::chrono::milliseconds(settled ? 50 : 5000);
        } else if (auto const report = round(courier.get(), stops); !report) {
            log::error("sending mail: {}", report.error().message);
        } else if (report->all() > 0 && report->trouble.empty()) {
            continue;
        } else {
            if (!report->trouble.empty()) log::warning("the mail server can't be used: {}", report->trouble);
            auto const next = needs_.ledger->read([](store::Transaction& tx) { return tables::next_due(tx); });
            if (next && *next)
                wait = std::clamp<std::chrono::microseconds>(std::max(**next, paused) - needs_.clock->now(),
                                                             std::chrono::milliseconds(50), std::chrono::minutes(1));
        }
        std::unique_lock lock(mutex_);
        woken_.wait_for(lock, stop, wait, [&] { return wakes_ != seen; });
    }
}

void Sender::start() {
    if (!threads_.empty()) return;
    for (int i = 0; i < std::max(1, needs_.settings->connections); ++i)
        threads_.emplace_back([this](std::stop_token const& stop) { work(stop); });
}

void Sender::stop() {
    for (auto& thread : threads_) thread.request_stop();
    threads_.clear();  // joins
}

void Sender::wake() {
    {
        std::scoped_lock const lock(mutex_);
        ++wakes_;
    }
    woken_.notify_all();
}

}  // namespace tocsin::notifications
