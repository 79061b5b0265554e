#include "events/engine.hpp"

#include "events/engine_impl.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace tocsin::events {

std::optional<ExportFormat> export_format_named(std::string_view name) {
    if (name == "jsonl") return ExportFormat::jsonl;
    if (name == "csv") return ExportFormat::csv;
    if (name == "parquet") return ExportFormat::parquet;
    if (name == "idea") return ExportFormat::idea;
    if (name == "xarf") return ExportFormat::xarf;
    if (name == "xarf-yaml") return ExportFormat::xarf_yaml;
    return std::nullopt;
}

Events::Events(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Events::~Events() {
    stop();
    if (impl_->archive) (void)impl_->archive->checkpoint();
}

Result<std::unique_ptr<Events>> Events::open(store::Ledger& ledger, Options options) {
    TOCSIN_ASSERT(options.clock != nullptr && options.catalogue != nullptr);
    auto impl = std::make_unique<Impl>(ledger, std::move(options));
    auto& it = *impl;
    if (it.options.memory_mb == 0) it.options.memory_mb = 400;
    std::set<std::string> spooled;
    CHECK(ledger.read([&](store::Transaction& transaction) -> Status {
        std::int64_t after = 0;
        while (true) {
            TRY(auto const some, store_sql::pending(transaction, after, 1000));
            for (auto const& row : some) spooled.insert(row.spool);
            if (some.empty()) return {};
            after = some.back().report.id;
        }
    }));
    CHECK(it.spool.clean([&](std::string const& name) { return spooled.contains(name); }));
    TRY(it.archive, Archive::open(it.options.directory / "archive.duckdb",
                                  std::max<std::size_t>(96, it.options.memory_mb * 2 / 5), it.dictionary, it.classes));
    if (it.options.fold_rows > 0) it.archive->fold_rows = it.options.fold_rows;
    it.archive->received_of = [&it](std::int64_t report) { return it.received_of(report); };
    it.findings = std::make_unique<FindingReader>(it.dictionary, it.classes, ledger);
    it.committer = std::make_unique<Committer>(Committer::Parts{
        .ledger = &ledger,
        .archive = it.archive.get(),
        .dictionary = &it.dictionary,
        .classes = &it.classes,
        .findings = it.findings.get(),
        .runs_folder = it.options.directory / "runs",
        .clock = it.options.clock,
        .on_commit =
            [&it] {
                it.watermark = it.committer->segment();
                if (it.options.on_commit) it.options.on_commit();
            },
    });
    CHECK(it.committer->open());
    it.watermark = it.committer->segment();
    SayingsTable sayings;
    CHECK(ledger.read([&](store::Transaction& transaction) {
        return store_sql::all_statements(transaction, [&](Statement const& statement) {
            if (auto const key = parse_finding_id(statement.finding)) apply_saying(sayings[*key], statement);
        });
    }));
    it.findings->set_sayings(std::move(sayings));
    CHECK(it.mark_old_reports());
    it.archive->rest();
    return std::unique_ptr<Events>(new Events(std::move(impl)));
}

/// Reports that came in before reports had markings get theirs: of their events, else of their feed, else RED.
Status Events::Impl::mark_old_reports() {
    TRY(auto const unmarked, ledger.read(store_sql::unmarked_reports));
    if (unmarked.empty()) return {};
    TRY(auto const of_events, archive->strictest_of_reports());
    return ledger.write([&](store::Transaction& transaction) -> Status {
        for (auto const& [id, feed] : unmarked) {
            auto const told = of_events.find(id);
            auto rank = told == of_events.end() ? std::uint8_t{0} : told->second;
            if (auto const definition = options.catalogue->find(feed))
                rank = std::max(rank, tlp_rank((*definition)->tlp));
            CHECK(store_sql::set_marking(transaction, id, rank == 0 ? tlp_rank("RED") : rank));
        }
        return {};
    });
}

Timestamp Events::Impl::received_of(std::int64_t report) const {
    std::lock_guard const lock(received_mutex);
    if (auto const found = received.find(report); found != received.end()) return found->second;
    auto const row =
        ledger.read([&](store::Transaction& transaction) { return store_sql::report(transaction, report); });
    if (received.size() > 100'000) received.clear();
    return received[report] = row ? row->report.received : Timestamp();
}

// Events

Result<EventPage> Events::search(Scope const& scope, EventFilter const& filter, EventOrder order,
                                 PageRequest const& page) const {
    return impl_->archive->search(scope, filter, order, page);
}
Result<std::int64_t> Events::count(Scope const& scope, EventFilter const& filter) const {
    return impl_->archive->count(scope, filter);
}
Result<Aggregate> Events::aggregate(Scope const& scope, EventFilter const& filter,
                                    AggregateRequest const& request) const {
    return impl_->archive->aggregate(scope, filter, request);
}
Result<StoredEvent> Events::event(Scope const& scope, std::uint64_t id) const {
    return impl_->archive->event(scope, id);
}
Status Events::scan(Scope const& scope, EventFilter const& filter,
                    std::function<bool(std::span<StoredEvent const>)> const& each) const {
    return impl_->archive->scan(scope, filter, each);
}
Result<Extent> Events::extent(Scope const& scope, EventFilter const& filter) const {
    return impl_->archive->extent(scope, filter);
}
Result<Extent> Events::export_to(Scope const& scope, std::filesystem::path const& file, EventFilter const& filter,
                                 ExportFormat format, std::string const& reporter) const {
    return impl_->archive->export_to(scope, file, filter, format, reporter);
}

// Findings

Result<FindingPage> Events::findings(Scope const& scope, FindingFilter const& filter, FindingOrder order,
                                     PageRequest const& page) const {
    return impl_->findings->list(scope, filter, order, page);
}
Result<std::int64_t> Events::count(Scope const& scope, FindingFilter const& filter) const {
    return impl_->findings->count(scope, filter);
}
Result<Aggregate> Events::aggregate(Scope const& scope, FindingFilter const& filter,
                                    AggregateRequest const& request) const {
    return impl_->findings->aggregate(scope, filter, request);
}
Result<Extent> Events::extent(Scope const& scope, FindingFilter const& filter) const {
    return impl_->findings->extent(scope, filter);
}
Result<Finding> Events::finding(Scope const& scope, std::string_view id) const {
    return impl_->findings->finding(scope, id);
}
Status Events::scan(Scope const& scope, FindingFilter const& filter,
                    std::function<bool(Finding const&)> const& each) const {
    return impl_->findings->scan(scope, filter, each);
}
Status Events::scan_briefly(Scope const& scope, FindingFilter const& filter,
                            std::span<std::function<bool(FindingBrief const&)> const> each) const {
    return impl_->findings->scan_briefly(scope, filter, each);
}

Result<FindingDetail> Events::finding_detail(Scope const& scope, std::string_view id) const {
    FindingDetail detail;
    TRY(detail.finding, finding(scope, id));
    TRY(detail.statements, statements(scope, id));
    TRY(detail.rounds, impl_->findings->rounds_seen(scope, id));
    EventFilter of_finding;
    of_finding.finding = id;
    TRY(auto page, search(scope, of_finding, EventOrder::newest_first, {"", 50}));
    detail.events = std::move(page.items);
    if (!detail.finding.address) return detail;
    FindingFilter related;
    related.addresses = {{*detail.finding.address, *detail.finding.address}};
    TRY(auto others, findings(scope, related, FindingOrder::last_seen_down, {"", 21}));
    for (auto& other : others.items)
        if (other.id != id && detail.related.size() < 20) detail.related.push_back(std::move(other));
    return detail;
}

Status Events::say(StatementRequest const& request) {
    std::vector<FindingKey> keys;
    auto const snapshot = impl_->findings->snapshot();
    for (auto const& id : request.findings) {
        auto const key = parse_finding_id(id);
        if (key) {
            TRY(auto const record, snapshot.find(*key));
            if (record) {
                keys.push_back(*key);
                continue;
            }
        }
        return fail(Code::not_found, fmt::format("there is no finding \"{}\"", id));
    }
    Statement statement{.id = 0,
                        .finding = {},
                        .saying = request.saying,
                        .by_team = request.by_team,
                        .by = request.by,
                        .at = impl_->now(),
                        .text = request.text};
    CHECK(impl_->ledger.write([&](store::Transaction& ledger) -> Status {
        for (auto const& id : request.findings) CHECK(store_sql::say(ledger, id, statement));
        return {};
    }));
    impl_->findings->add_sayings(keys, statement);
    return {};
}

Result<std::vector<Statement>> Events::statements(Scope const& scope, std::string_view finding) const {
    CHECK(this->finding(scope, finding));
    return impl_->ledger.read([&](store::Transaction& ledger) { return store_sql::statements(ledger, finding); });
}

Result<std::vector<Unowned>> Events::unowned(Scope const& scope, std::optional<Lane> lane, std::size_t limit,
                                             std::size_t offset) const {
    return impl_->findings->unowned(scope, lane, limit, offset);
}

std::int64_t Events::watermark() const {
    return impl_->watermark;
}

Result<std::int64_t> Events::reattribute() {
    auto const surroundings = impl_->options.surroundings ? impl_->options.surroundings() : nullptr;
    if (!surroundings) return 0;
    std::lock_guard const lock(impl_->intake_mutex);
    std::vector<FindingRecord> changes;
    std::vector<FindingRecord> batch;
    std::vector<Finding> known;
    std::vector<Subject> subjects;
    std::vector<Attribution> answers;
    auto const ask = [&] {
        subjects.clear();
        for (std::size_t i = 0; i < batch.size(); ++i)
            subjects.push_back(
                {known[i].address.value_or(IpAddress()), batch[i].asn, known[i].domain, known[i].country});
        answers.assign(batch.size(), {});
        surroundings->attribute(subjects, answers);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            auto const owner = static_cast<std::uint32_t>(answers[i].organisation);
            auto const lane = static_cast<std::uint8_t>(answers[i].lane);
            if (owner == batch[i].organisation && lane == batch[i].lane) continue;
            auto change = batch[i];
            change.organisation = owner;
            change.lane = lane;
            change.times = 0;
            change.returns = 0;
            changes.push_back(change);
        }
        batch.clear();
        known.clear();
    };
    auto const snapshot = impl_->findings->snapshot();
    CHECK(impl_->findings->scan_records(snapshot, [&](FindingRecord const& record, Finding const& finding) {
        batch.push_back(record);
        known.push_back(finding);
        if (batch.size() >= 4096) ask();
    }));
    ask();
    auto const count = static_cast<std::int64_t>(changes.size());
    CHECK(impl_->committer->commit_changes(std::move(changes)));
    return count;
}

// Reports, rejected rows, feeds

Result<std::vector<Report>> Events::reports(Scope const& scope, std::string_view feed, std::optional<ReportState> state,
                                            PageRequest const& page, std::string& next) const {
    return impl_->ledger.read(
        [&](store::Transaction& ledger) { return store_sql::reports(ledger, scope, feed, state, page, next); });
}

Result<Report> Events::report(Scope const& scope, std::int64_t id) const {
    TRY(auto row, impl_->ledger.read([&](store::Transaction& ledger) { return store_sql::report(ledger, id); }));
    if (!scope.includes(gate::About<Report>::of(row.report).marking.tlp, gate::OrganisationId()))
        return store_sql::no_report(id);
    return std::move(row.report);
}

Result<std::vector<StoredRejectedRow>> Events::rejected(Scope const& scope, std::string_view feed,
                                                        std::optional<std::int64_t> report, PageRequest const& page,
                                                        std::string& next) const {
    return impl_->ledger.read(
        [&](store::Transaction& ledger) { return store_sql::rejected(ledger, scope, feed, report, page, next); });
}

Result<std::vector<std::pair<std::string, std::int64_t>>> Events::rejected_reasons(Scope const& scope,
                                                                                   std::string_view feed) const {
    return impl_->ledger.read(
        [&](store::Transaction& ledger) { return store_sql::rejected_reasons(ledger, scope, feed); });
}

Result<std::int64_t> Events::discard(access::Principal const& by, std::string_view feed,
                                     std::optional<std::int64_t> report, std::vector<std::int64_t> const& rows) {
    return impl_->ledger.write([&](store::Transaction& ledger) -> Result<std::int64_t> {
        TRY(auto const count, store_sql::discard(ledger, feed, report, rows));
        if (count == 0) return count;
        JsonWriter details;
        details.object().field_unless_empty("feed", feed);
        if (report) details.field("report", *report);
        details.field("rows", count).end();
        CHECK(access::audit(ledger, by, impl_->now(),
                            {.what = "rejected.discard", .kind = "feed", .id = feed, .details = details.text()}));
        return count;
    });
}

Result<std::vector<FeedHealth>> Events::feed_health(Scope const& scope) const {
    return impl_->ledger.read(
        [&](store::Transaction& ledger) { return store_sql::feed_health(ledger, scope, "", impl_->now()); });
}

Result<FeedHealth> Events::feed_health(Scope const& scope, std::string_view feed) const {
    TRY(auto all, impl_->ledger.read([&](store::Transaction& ledger) {
        return store_sql::feed_health(ledger, scope, feed, impl_->now());
    }));
    if (!all.empty()) return std::move(all.front());
    FeedHealth none;
    none.feed = feed;
    return none;
}

Result<std::vector<std::string>> Events::check() const {
    TRY(auto faults, impl_->archive->check());
    std::lock_guard const lock(impl_->intake_mutex);
    for (auto const& entry : impl_->committer->runs())
        if (auto const whole = entry.run->verify(); !whole) faults.push_back(whole.error().message);
    return faults;
}

Status Events::backup_to(std::filesystem::path const& target, std::function<Status()> const& copy_ledger) {
    std::lock_guard const lock(impl_->intake_mutex);  // nothing is committed meanwhile
    CHECK(impl_->archive->checkpoint());
    std::error_code fault;
    auto const copy = [&](std::filesystem::path const& from, std::filesystem::path const& to) -> Status {
        std::filesystem::create_directories(to.parent_path(), fault);
        std::filesystem::copy_file(from, to, fault);
        if (fault)
            return fail(Code::io, fmt::format("copying {} to {}: {}", from.string(), to.string(), fault.message()));
        return store::sync(to);
    };
    auto const& directory = impl_->options.directory;
    CHECK(copy(directory / "archive.duckdb", target / "archive.duckdb"));
    for (auto const& entry : impl_->committer->runs())
        CHECK(copy(directory / "runs" / entry.name, target / "runs" / entry.name));
    CHECK(copy_ledger());
    for (auto const& file : std::filesystem::directory_iterator(directory / "spool", fault))
        if (!file.path().filename().string().starts_with('.'))
            CHECK(copy(file.path(), target / "spool" / file.path().filename()));
    return {};
}

}  // namespace tocsin::events
