#pragma once
#include "events/archive.hpp"
#include "events/committer.hpp"
#include "events/engine.hpp"
#include "events/findings.hpp"
#include "events/intake.hpp"
#include "events/mail_file.hpp"
#include "events/spool.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace tocsin::events {

struct Events::Impl {
    Impl(store::Ledger& l, Options o) : ledger(l), options(std::move(o)), spool(options.directory / "spool") {}

    store::Ledger& ledger;
    Options options;
    Dictionary dictionary;
    ClassTable classes;
    Spool spool;
    std::unique_ptr<Archive> archive;
    std::unique_ptr<FindingReader> findings;
    std::unique_ptr<Committer> committer;
    std::mutex intake_mutex;                                  // one intake at a time: it owns the committer
    std::mutex forgetting_mutex;                              // one forgetting at a time; locked before intake_mutex
    std::map<std::filesystem::path, std::string> unopened;    // why mails can't be read; guarded by intake_mutex
    std::map<std::filesystem::path, std::string> signatures;  // of the files in hand; guarded by intake_mutex
    std::atomic<std::int64_t> watermark = 0;

    std::mutex worker_mutex;  // guards has_work
    std::condition_variable worker_wakes;
    bool has_work = false;
    std::unique_ptr<DropFolder> drop;
    std::jthread worker;  // last: it ends first

    mutable std::mutex received_mutex;  // guards received
    mutable std::unordered_map<std::int64_t, Timestamp> received;

    Timestamp now() const { return options.clock->now(); }
    IntakeOptions intake_options() const;
    Timestamp received_of(std::int64_t report) const;
    Status mark_old_reports();
    void work_loop(std::stop_token const& stop);
    void wake();
    /// Gives back memory that nothing needs now; called when there is nothing to do.
    void rest();
    /// With `intake_mutex` held.
    Result<Totals> take_pending(std::function<bool()> const& is_cancelled);
    Result<Totals> read_files(std::span<std::filesystem::path const> files, IngestRequest const& request);
    Result<std::optional<Work>> work_for(std::filesystem::path const& file, IngestRequest const& request,
                                         Totals& totals);
    /// Feed, marking and date of what a file holds, by its name and first bytes.
    Status recognise(std::filesystem::path const& file, std::string_view feed,
                     std::shared_ptr<FeedDefinition const> const& mapping, Report& report) const;
    /// `fault`: what is wrong with it is known already.
    Result<Report> accept(std::function<Result<std::string_view>()> const& read, std::string_view name,
                          std::string_view feed, ReportOrigin origin, std::string_view fault = {});
    Result<Totals> replay_rows(store_sql::ReportRow const& of, std::vector<store_sql::KeptRow> const& rows);
    Status forget(Forgetting const& order, std::function<bool()> const& is_cancelled);
    Status forget_events(Forgetting const& order, std::function<bool()> const& is_cancelled);
    Result<Erasure> weigh_erasure(EventFilter const& filter, std::vector<FindingKey>& keys) const;
    /// Of the feeds that have sent reports, in days.
    Result<std::int32_t> widest_window() const;
    Status take_dropped(std::filesystem::path const& file);
    Status take_mail(std::filesystem::path const& file, std::vector<MailReport> const& reports);
};

/// A file's bytes, counted as they are read.
Result<std::unique_ptr<formats::ByteSource>> counted_file(std::filesystem::path const& file,
                                                          std::shared_ptr<std::atomic<std::int64_t>> const& count);

}  // namespace tocsin::events
