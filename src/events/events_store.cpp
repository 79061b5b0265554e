#include "events/events_store.hpp"

#include "events/within.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace tocsin::events::store_sql {
namespace {

constexpr char report_columns[] =
    "id, feed, name, sha256, bytes, received, origin, state, events, duplicates, rejected, attributed, progress, "
    "finished, report_date, error, redelivery_of, spool, covered, round, tlp, signature";

ReportRow read_report(store::Row const& row) {
    ReportRow out;
    auto& r = out.report;
    r.id = row.integer(0);
    r.feed = row.string(1);
    r.name = row.string(2);
    r.sha256 = row.string(3);
    r.bytes = row.integer(4);
    r.received = row.time(5);
    r.origin = static_cast<ReportOrigin>(row.integer(6));
    r.state = static_cast<ReportState>(row.integer(7));
    r.events = row.integer(8);
    r.duplicates = row.integer(9);
    r.rejected = row.integer(10);
    r.attributed = row.integer(11);
    r.progress = row.real(12);
    r.finished = row.time_if(13);
    r.date = row.time_if(14);
    r.error = row.string(15);
    if (!row.is_null(16)) r.redelivery_of = row.integer(16);
    out.spool = row.string(17);
    out.covered = row.integer(18);
    if (!row.is_null(19)) out.round = static_cast<std::int32_t>(row.integer(19));
    if (!row.is_null(20)) r.tlp = tlp_named(static_cast<std::uint8_t>(row.integer(20)));
    r.signature = row.string(21);
    return out;
}

std::string list_of(std::vector<std::int64_t> const& numbers) {
    return fmt::format("({})", fmt::join(numbers, ","));
}

Status commit_slice(store::Transaction& ledger, Slice const& slice, Timestamp at) {
    auto const state = !slice.done           ? ReportState::reading
                       : slice.error.empty() ? ReportState::done
                                             : ReportState::failed;
    if (!slice.is_replay) {
        CHECK(
            ledger.run("UPDATE events_report SET covered = ?, events = events + ?, duplicates = duplicates + ?, "
                       "rejected = rejected + ?, attributed = attributed + ?, progress = ?, newest = max(coalesce("
                       "newest, 0), ?), round = ?, tlp = max(coalesce(tlp, 0), ?), state = ?, error = ?, finished = ? "
                       "WHERE id = ?",
                       {slice.covered, slice.added.events, slice.added.duplicates, slice.added.rejected,
                        slice.added.attributed, slice.progress, slice.newest, slice.round, slice.tlp, state,
                        slice.error, slice.done ? std::optional(at) : std::nullopt, slice.report}));
    } else {
        CHECK(
            ledger.run("UPDATE events_report SET events = events + ?, duplicates = duplicates + ?, "
                       "rejected = rejected - ?, attributed = attributed + ?, tlp = max(coalesce(tlp, 0), ?) WHERE id "
                       "= ?",
                       {slice.added.events, slice.added.duplicates, static_cast<std::int64_t>(slice.replayed.size()),
                        slice.added.attributed, slice.tlp, slice.report}));
        if (!slice.replayed.empty())
            CHECK(ledger.run("UPDATE events_rejected SET state = 'replayed' WHERE id IN " + list_of(slice.replayed)));
        return {};
    }
    for (auto const& row : slice.rejected)
        CHECK(
            ledger.run("INSERT INTO events_rejected (report, record, field, reason, raw, header, at) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?)",
                       {slice.report, row.record, row.field, row.reason, row.raw, slice.header, at}));
    if (slice.done && slice.error.empty()) {
        CHECK(
            ledger.run("INSERT INTO events_feed (feed, round_seconds, repaired_after) VALUES (?, ?, ?) "
                       "ON CONFLICT (feed) DO UPDATE SET repaired_after = excluded.repaired_after",
                       {slice.feed, slice.round_seconds, slice.repaired_after}));
        CHECK(ledger.run("INSERT INTO events_round (feed, round) VALUES (?, ?) ON CONFLICT DO NOTHING",
                         {slice.feed, slice.round}));
    }
    return {};
}

}  // namespace

Result<std::int64_t> add_report(store::Transaction& ledger, Report const& report, std::string_view spool) {
    return ledger.insert(
        "INSERT INTO events_report (feed, name, sha256, bytes, received, origin, state, spool, report_date, "
        "redelivery_of, finished, error, tlp, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {report.feed, report.name, report.sha256, report.bytes, report.received, report.origin, report.state, spool,
         report.date, report.redelivery_of, report.finished, report.error,
         report.tlp.empty() ? store::Bind(nullptr) : store::Bind(tlp_rank(report.tlp)), report.signature});
}

Result<ReportRow> report(store::Transaction& ledger, std::int64_t id) {
    TRY(auto found,
        ledger.one(fmt::format("SELECT {} FROM events_report WHERE id = ?", report_columns), {id}, read_report));
    if (!found) return no_report(id);
    return *std::move(found);
}

std::unexpected<Error> no_report(std::int64_t id) {
    return fail(Code::not_found, fmt::format("there is no report {}", id));
}

Result<std::vector<std::pair<std::int64_t, std::string>>> unmarked_reports(store::Transaction& ledger) {
    std::vector<std::pair<std::int64_t, std::string>> found;
    CHECK(ledger.query("SELECT id, feed FROM events_report WHERE tlp IS NULL AND state != ?", {ReportState::failed},
                       [&](store::Row const& row) { found.emplace_back(row.integer(0), row.string(1)); }));
    return found;
}

Status set_signature(store::Transaction& ledger, std::int64_t report, std::string_view signature) {
    CHECK(ledger.run("UPDATE events_report SET signature = ? WHERE id = ?", {signature, report}));
    return {};
}

Status set_marking(store::Transaction& ledger, std::int64_t report, std::uint8_t rank) {
    CHECK(ledger.run("UPDATE events_report SET tlp = ? WHERE id = ?", {rank, report}));
    return {};
}

Result<std::optional<ReportRow>> report_like(store::Transaction& ledger, std::string_view sha256,
                                             std::string_view feed) {
    return ledger.one(
        fmt::format("SELECT {} FROM events_report WHERE sha256 = ? AND feed = ? AND state NOT IN ({}, {}) "
                    "ORDER BY id LIMIT 1",
                    report_columns, static_cast<int>(ReportState::failed), static_cast<int>(ReportState::redelivered)),
        {sha256, feed}, read_report);
}

Result<std::vector<Report>> reports(store::Transaction& ledger, Scope const& scope, std::string_view feed,
                                    std::optional<ReportState> state, PageRequest const& page, std::string& next) {
    std::vector<Report> found;
    auto const before = page.after.empty() ? std::optional(std::int64_t{1} << 62) : parse_int(page.after);
    if (!before) return fail(Code::invalid, "the cursor is not one of ours; start again from the first page");
    auto const limit = std::clamp<std::size_t>(page.limit, 1, 1000);
    CHECK(ledger.query(
        fmt::format("SELECT {} FROM events_report WHERE id < ? AND (? = '' OR feed = ?) AND "
                    "(? < 0 OR state = ?){} ORDER BY id DESC LIMIT ?",
                    report_columns, reports_within(scope, "events_report")),
        {*before, feed, feed, state ? static_cast<int>(*state) : -1, state ? static_cast<int>(*state) : -1, limit + 1},
        [&](store::Row const& row) { found.push_back(read_report(row).report); }));
    next.clear();
    if (found.size() > limit) {
        found.pop_back();
        next = std::to_string(found.back().id);
    }
    return found;
}

Result<std::vector<ReportRow>> pending(store::Transaction& ledger, std::int64_t after, std::size_t limit) {
    std::vector<ReportRow> found;
    CHECK(ledger.query(
        fmt::format("SELECT {} FROM events_report WHERE state IN ({}, {}) AND spool != '' AND id > ? "
                    "ORDER BY id LIMIT ?",
                    report_columns, static_cast<int>(ReportState::accepted), static_cast<int>(ReportState::reading)),
        {after, limit}, [&](store::Row const& row) { found.push_back(read_report(row)); }));
    return found;
}

Status set_failed(store::Transaction& ledger, std::int64_t id, std::string_view error, Timestamp at) {
    CHECK(ledger.run("UPDATE events_report SET state = ?, error = ?, finished = ? WHERE id = ?",
                     {ReportState::failed, error, at, id}));
    return {};
}

Status set_feed(store::Transaction& ledger, std::int64_t id, std::string_view feed, std::optional<Timestamp> date) {
    CHECK(ledger.run("UPDATE events_report SET feed = ?, report_date = ? WHERE id = ?", {feed, date, id}));
    return {};
}

Status commit_book(store::Transaction& ledger, RunKind kind, BookChange const& change) {
    if (change.clear_small) CHECK(ledger.run("DELETE FROM events_small_run WHERE kind = ?", {kind}));
    if (!change.small.empty()) {
        std::string_view const bytes(reinterpret_cast<char const*>(change.small.data()), change.small.size() * 8);
        CHECK(
            ledger.run("INSERT INTO events_small_run (kind, records) VALUES (?, ?)", {kind, store::Bind::blob(bytes)}));
    }
    for (auto const& entry : change.added)
        CHECK(ledger.run("INSERT INTO events_run (name, kind, day, level, records) VALUES (?, ?, ?, ?, ?)",
                         {entry.name, kind, entry.day, entry.level, entry.records}));
    for (auto const& name : change.removed) CHECK(ledger.run("DELETE FROM events_run WHERE name = ?", {name}));
    return {};
}

Status commit(store::Transaction& ledger, SegmentRecord const& segment) {
    CHECK(ledger.run("INSERT INTO events_segment (number, at, events) VALUES (?, ?, ?)",
                     {segment.number, segment.at, segment.events}));
    for (auto const& [word, text] : segment.words)
        CHECK(ledger.run("INSERT INTO events_word (id, text) VALUES (?, ?)", {word, text}));
    for (auto const& [number, words] : segment.classes)
        CHECK(
            ledger.run("INSERT INTO events_class (id, feed, taxonomy, type, identifier, transport) "
                       "VALUES (?, ?, ?, ?, ?, ?)",
                       {number, words.feed, words.taxonomy, words.type, words.identifier, words.transport}));
    for (auto const& subject : segment.subjects)
        CHECK(ledger.run("INSERT INTO events_subject (hash, kind, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                         {subject.hash, subject.kind, subject.text}));
    for (auto const& [kind, change] : segment.books) CHECK(commit_book(ledger, kind, *change));
    for (auto const& slice : segment.slices) CHECK(commit_slice(ledger, slice, segment.at));
    return {};
}

Result<Opening> load(store::Transaction& ledger, Dictionary& dictionary, ClassTable& classes) {
    Opening opening;
    CHECK(ledger.query("SELECT coalesce(max(number), 0) FROM events_segment", {},
                       [&](store::Row const& row) { opening.segment = row.integer(0); }));
    CHECK(ledger.query("SELECT id, text FROM events_word ORDER BY id", {}, [&](store::Row const& row) {
        dictionary.load(static_cast<Word>(row.integer(0)), row.text(1));
    }));
    CHECK(ledger.query("SELECT id, feed, taxonomy, type, identifier, transport FROM events_class ORDER BY id", {},
                       [&](store::Row const& row) {
                           auto const word = [&](int column) { return static_cast<Word>(row.integer(column)); };
                           classes.load(word(0), {word(1), word(2), word(3), word(4), word(5)});
                       }));
    bool found = false;
    CHECK(ledger.query("SELECT bytes FROM events_secret WHERE id = 1", {}, [&](store::Row const& row) {
        auto const bytes = row.text(0);
        found = bytes.size() == sizeof opening.secret;
        if (found) std::memcpy(&opening.secret, bytes.data(), bytes.size());
    }));
    if (!found) {
        auto const bytes = secret_bytes(sizeof opening.secret);
        std::memcpy(&opening.secret, bytes.data(), bytes.size());
        CHECK(ledger.run("INSERT INTO events_secret (id, bytes) VALUES (1, ?)", {store::Bind::blob(bytes)}));
    }
    return opening;
}

Status load_runs(store::Transaction& ledger, RunKind kind, std::function<Status(RunEntry)> const& run,
                 std::function<void(std::span<std::uint64_t const>)> const& small) {
    Status status;
    CHECK(ledger.query("SELECT name, day, level, records FROM events_run WHERE kind = ? ORDER BY name", {kind},
                       [&](store::Row const& row) {
                           RunEntry entry;
                           entry.name = row.string(0);
                           entry.kind = kind;
                           if (!row.is_null(1)) entry.day = static_cast<std::int32_t>(row.integer(1));
                           entry.level = static_cast<int>(row.integer(2));
                           entry.records = static_cast<std::uint64_t>(row.integer(3));
                           status = run(std::move(entry));
                           return bool(status);
                       }));
    CHECK(status);
    return ledger.query("SELECT records FROM events_small_run WHERE kind = ? ORDER BY id", {kind},
                        [&](store::Row const& row) {
                            auto const bytes = row.text(0);
                            std::vector<std::uint64_t> words(bytes.size() / 8);
                            if (!words.empty()) std::memcpy(words.data(), bytes.data(), words.size() * 8);
                            small(words);
                        });
}

Result<std::map<std::string, FeedRow>> feeds(store::Transaction& ledger) {
    std::map<std::string, FeedRow> found;
    CHECK(ledger.query("SELECT feed, round_seconds, repaired_after FROM events_feed", {}, [&](store::Row const& row) {
        found[row.string(0)] = {row.integer(1), static_cast<std::int32_t>(row.integer(2)), {}};
    }));
    CHECK(ledger.query("SELECT feed, round FROM events_round ORDER BY feed, round", {}, [&](store::Row const& row) {
        found[row.string(0)].rounds.push_back(static_cast<std::int32_t>(row.integer(1)));
    }));
    return found;
}

Status say(store::Transaction& ledger, std::string_view finding, Statement const& statement) {
    CHECK(
        ledger.run("INSERT INTO events_statement (finding, saying, by_team, by_whom, at, text) "
                   "VALUES (?, ?, ?, ?, ?, ?)",
                   {finding, statement.saying, statement.by_team, statement.by, statement.at, statement.text}));
    return {};
}

namespace {
Statement read_statement(store::Row const& row) {
    return {.id = row.integer(0),
            .finding = row.string(1),
            .saying = static_cast<Saying>(row.integer(2)),
            .by_team = row.truth(3),
            .by = row.string(4),
            .at = row.time(5),
            .text = row.string(6)};
}
}  // namespace

Result<std::vector<Statement>> statements(store::Transaction& ledger, std::string_view finding) {
    std::vector<Statement> found;
    CHECK(
        ledger.query("SELECT id, finding, saying, by_team, by_whom, at, text FROM events_statement WHERE finding = ? "
                     "ORDER BY id",
                     {finding}, [&](store::Row const& row) { found.push_back(read_statement(row)); }));
    return found;
}

Status all_statements(store::Transaction& ledger, std::function<void(Statement const&)> const& each) {
    return ledger.query("SELECT id, finding, saying, by_team, by_whom, at, text FROM events_statement ORDER BY id", {},
                        [&](store::Row const& row) { each(read_statement(row)); });
}

}  // namespace tocsin::events::store_sql
