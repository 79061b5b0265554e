#include "base/lines.hpp"
#include "events/query.hpp"
#include "events/source_check.hpp"
#include "events/sources.hpp"
#include "net/net.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

constexpr std::string_view purpose = "events-source";
constexpr std::chrono::seconds longest{30 * 86'400};

constexpr std::string_view columns =
    "SELECT id, name, kind, feed, address, every, login, header, secret IS NOT NULL, ca_file, fingerprint, "
    "certificate, certificate_key, proxy, allows_private, allows_http, redirects_elsewhere, most_bytes, most_seconds, "
    "days, downloads, reports, types, folder, done_folder, links, is_paused, created, queue, consumer_group, "
    "mechanism, "
    "stream_headers, most_messages FROM events_source ";

constexpr std::string_view course_columns =
    "due, last_run, last_success, last_report, failures, error, taken, runs, etag, modified, body, part_url, part_tag, "
    "part_bytes, validity, uid, back_from, back_to";

Source read_row(store::Row const& row) {
    return {.id = row.id<SourceTag>(0),
            .name = row.string(1),
            .kind = static_cast<SourceKind>(row.integer(2)),
            .feed = row.string(3),
            .address = row.string(4),
            .every = std::chrono::seconds(row.integer(5)),
            .login = row.string(6),
            .header = row.string(7),
            .has_secret = row.truth(8),
            .ca_file = row.string(9),
            .fingerprint = row.string(10),
            .certificate = row.string(11),
            .key = row.string(12),
            .proxy = row.string(13),
            .allows_private = row.truth(14),
            .allows_http = row.truth(15),
            .redirects_elsewhere = row.truth(16),
            .most_bytes = row.integer(17),
            .most_time = std::chrono::seconds(row.integer(18)),
            .days = static_cast<int>(row.integer(19)),
            .downloads = row.string(20),
            .reports = lines_in(row.text(21)),
            .types = lines_in(row.text(22)),
            .folder = row.string(23),
            .done_folder = row.string(24),
            .links = lines_in(row.text(25)),
            .queue = row.string(28),
            .group = row.string(29),
            .mechanism = row.string(30),
            .stream_headers = lines_in(row.text(31)),
            .most_messages = static_cast<int>(row.integer(32)),
            .is_paused = row.truth(26),
            .created = row.time(27)};
}

SourceCourse read_course(store::Row const& row) {
    return {.due = row.time(0),
            .last_run = row.time_if(1),
            .last_success = row.time_if(2),
            .last_report = row.time_if(3),
            .failures = row.integer(4),
            .error = row.string(5),
            .taken = row.integer(6),
            .runs = row.integer(7),
            .etag = row.string(8),
            .modified = row.time_if(9),
            .body = row.string(10),
            .part = {.url = row.string(11), .tag = row.string(12), .bytes = row.integer(13)},
            .validity = row.integer(14),
            .uid = row.integer(15),
            .back_from = row.time_if(16),
            .back_to = row.time_if(17)};
}

/// Without the secret, and without what stands behind a "?" of the address.
Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   Source const& source) {
    JsonWriter json;
    json.object()
        .field("name", source.name)
        .field("kind", name_of(source.kind))
        .field("feed", source.feed)
        .field("address", net::printable_url(source.address))
        .field("every", format_duration(source.every))
        .end();
    auto const id = std::to_string(source.id.value);
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "source", .id = id, .details = json.text()}));
    return {};
}

Result<Source> read_source(store::Transaction& tx, std::string_view condition, store::Bind value,
                           std::string_view asked) {
    auto const sql = fmt::format("{} WHERE removed IS NULL {}", columns, condition);
    TRY(auto found, tx.one(sql, {value}, read_row));
    if (!found) return fail(Code::not_found, fmt::format("there is no source \"{}\"", asked));
    return *std::move(found);
}

Status write_course(store::Transaction& tx, SourceId id, SourceCourse const& c) {
    CHECK(tx.run("DELETE FROM events_source_course WHERE source = ?", {id}));
    auto const sql = fmt::format(
        "INSERT INTO events_source_course (source, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?)",
        course_columns);
    CHECK(tx.run(
        sql, {id, c.due, c.last_run, c.last_success, c.last_report, c.failures, c.error, c.taken, c.runs, c.etag,
              c.modified, c.body, c.part.url, c.part.tag, c.part.bytes, c.validity, c.uid, c.back_from, c.back_to}));
    return {};
}

Result<std::optional<SourceCourse>> find_course(store::Transaction& tx, SourceId id) {
    auto const sql = fmt::format("SELECT {} FROM events_source_course WHERE source = ?", course_columns);
    return tx.one(sql, {id}, read_course);
}

Status is_free(store::Transaction& tx, std::string_view name, SourceId except) {
    TRY(auto const other, tx.one("SELECT id FROM events_source WHERE name = ? AND removed IS NULL", {name},
                                 [](store::Row const& row) { return row.id<SourceTag>(0); }));
    if (other && *other != except)
        return fail(Code::conflict, fmt::format("name: there is a source \"{}\" already", name));
    return {};
}

}  // namespace

Result<std::vector<Source>> Sources::all() {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<Source>> {
        std::vector<Source> sources;
        auto const sql = fmt::format("{} WHERE removed IS NULL ORDER BY name", columns);
        CHECK(tx.query(sql, {}, [&](store::Row const& row) { sources.push_back(read_row(row)); }));
        return sources;
    });
}

Result<Source> Sources::find(std::string_view text) {
    return ledger_.read([&](store::Transaction& tx) -> Result<Source> {
        auto const number = parse_int(text.starts_with('#') ? text.substr(1) : text);
        if (number) return read_source(tx, "AND id = ?", *number, text);
        return read_source(tx, "AND name = ?", text, text);
    });
}

Result<Source> Sources::add(Source const& draft, std::string_view secret, access::Principal const& by) {
    CHECK(check_source(draft));
    CHECK(check_source_secret(draft, draft.login, secret));
    auto const sealed = secret.empty() ? std::string() : secrets_.seal(purpose, secret);
    return ledger_.write([&](store::Transaction& tx) -> Result<Source> {
        auto const now = clock_.now();
        CHECK(is_free(tx, draft.name, {}));
        TRY(auto const id,
            tx.insert("INSERT INTO events_source (name, kind, feed, address, every, login, header, secret, ca_file, "
                      "fingerprint, certificate, certificate_key, proxy, allows_private, allows_http, "
                      "redirects_elsewhere, most_bytes, most_seconds, days, downloads, reports, types, folder, "
                      "done_folder, links, is_paused, created, queue, consumer_group, mechanism, stream_headers, "
                      "most_messages) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                      "?, ?, ?, ?, ?, ?, ?, ?)",
                      {draft.name,
                       draft.kind,
                       draft.feed,
                       draft.address,
                       draft.every.count(),
                       draft.login,
                       draft.header,
                       sealed.empty() ? store::Bind(nullptr) : store::Bind::blob(sealed),
                       draft.ca_file,
                       draft.fingerprint,
                       draft.certificate,
                       draft.key,
                       draft.proxy,
                       draft.allows_private,
                       draft.allows_http,
                       draft.redirects_elsewhere,
                       draft.most_bytes,
                       draft.most_time.count(),
                       draft.days,
                       draft.downloads,
                       as_lines(draft.reports),
                       as_lines(draft.types),
                       draft.folder,
                       draft.done_folder,
                       as_lines(draft.links),
                       draft.is_paused,
                       now,
                       draft.queue,
                       draft.group,
                       draft.mechanism,
                       as_lines(draft.stream_headers),
                       draft.most_messages}));
        CHECK(write_course(tx, {id}, {.due = now}));
        TRY(auto source, read_source(tx, "AND id = ?", id, draft.name));
        CHECK(write_audit(tx, by, now, "source.add", source));
        return source;
    });
}

Result<Source> Sources::change(Source const& draft, access::Principal const& by) {
    CHECK(check_source(draft));
    return ledger_.write([&](store::Transaction& tx) -> Result<Source> {
        auto const now = clock_.now();
        auto const number = std::to_string(draft.id.value);
        TRY(auto const before, read_source(tx, "AND id = ?", draft.id, number));
        CHECK(is_free(tx, draft.name, draft.id));
        CHECK(
            tx.run("UPDATE events_source SET name = ?, feed = ?, address = ?, every = ?, header = ?, ca_file = ?, "
                   "fingerprint = ?, certificate = ?, certificate_key = ?, proxy = ?, allows_private = ?, "
                   "allows_http = ?, redirects_elsewhere = ?, most_bytes = ?, most_seconds = ?, days = ?, "
                   "downloads = ?, reports = ?, types = ?, folder = ?, done_folder = ?, links = ?, queue = ?, "
                   "consumer_group = ?, mechanism = ?, stream_headers = ?, most_messages = ? WHERE id = ?",
                   {draft.name,
                    draft.feed,
                    draft.address,
                    draft.every.count(),
                    draft.header,
                    draft.ca_file,
                    draft.fingerprint,
                    draft.certificate,
                    draft.key,
                    draft.proxy,
                    draft.allows_private,
                    draft.allows_http,
                    draft.redirects_elsewhere,
                    draft.most_bytes,
                    draft.most_time.count(),
                    draft.days,
                    draft.downloads,
                    as_lines(draft.reports),
                    as_lines(draft.types),
                    draft.folder,
                    draft.done_folder,
                    as_lines(draft.links),
                    draft.queue,
                    draft.group,
                    draft.mechanism,
                    as_lines(draft.stream_headers),
                    draft.most_messages,
                    draft.id}));
        TRY(auto course, find_course(tx, draft.id));
        if (course) {
            if (before.address != draft.address || before.folder != draft.folder || before.feed != draft.feed) {
                course->etag.clear();
                course->modified.reset();
                course->body.clear();
                course->part = {};
                course->validity = 0;
                course->uid = 0;
            }
            if (before.address != draft.address || before.queue != draft.queue)
                CHECK(tx.run("DELETE FROM events_source_group WHERE source = ?", {draft.id}));
            course->due = now;
            CHECK(write_course(tx, draft.id, *course));
        }
        TRY(auto after, read_source(tx, "AND id = ?", draft.id, number));
        CHECK(write_audit(tx, by, now, "source.edit", after));
        return after;
    });
}

Status Sources::remove(SourceId id, access::Principal const& by) {
    TRY(auto const source, find(std::to_string(id.value)));
    return ledger_.write([&](store::Transaction& tx) -> Status {
        CHECK(
            tx.run("UPDATE events_source SET removed = ?, secret = NULL, name = name || ' (removed ' || id || ')' "
                   "WHERE id = ?",
                   {clock_.now(), id}));
        CHECK(tx.run("DELETE FROM events_source_course WHERE source = ?", {id}));
        CHECK(tx.run("DELETE FROM events_source_item WHERE source = ?", {id}));
        CHECK(tx.run("DELETE FROM events_source_group WHERE source = ?", {id}));
        return write_audit(tx, by, clock_.now(), "source.remove", source);
    });
}

Status Sources::pause(SourceId id, bool is_paused, access::Principal const& by) {
    TRY(auto const source, find(std::to_string(id.value)));
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        CHECK(tx.run("UPDATE events_source SET is_paused = ? WHERE id = ?", {is_paused, id}));
        if (!is_paused)
            CHECK(tx.run("UPDATE events_source_course SET due = ?, failures = 0 WHERE source = ?", {now, id}));
        return write_audit(tx, by, now, is_paused ? "source.pause" : "source.resume", source);
    });
}

Status Sources::hurry(SourceId id, access::Principal const& by) {
    TRY(auto const source, find(std::to_string(id.value)));
    if (source.is_paused) return fail(Code::invalid, fmt::format("{} is paused; resume it", source.name));
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        CHECK(tx.run("UPDATE events_source_course SET due = ? WHERE source = ?", {now, id}));
        return write_audit(tx, by, now, "source.run", source);
    });
}

Status Sources::change_secret(SourceId id, std::string_view login, std::string_view secret,
                              access::Principal const& by) {
    TRY(auto const source, find(std::to_string(id.value)));
    CHECK(check_source_secret(source, login, secret));
    auto const sealed = secret.empty() ? std::string() : secrets_.seal(purpose, secret);
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        auto const kept = sealed.empty() ? store::Bind(nullptr) : store::Bind::blob(sealed);
        CHECK(tx.run("UPDATE events_source SET login = ?, secret = ? WHERE id = ?", {login, kept, id}));
        CHECK(tx.run("UPDATE events_source_course SET due = ? WHERE source = ? AND failures > 0", {now, id}));
        return write_audit(tx, by, now, "source.secret", source);
    });
}

Status Sources::backfill(SourceId id, Timestamp from, Timestamp to, access::Principal const& by) {
    TRY(auto const source, find(std::to_string(id.value)));
    if (source.is_stream())
        return fail(Code::invalid, fmt::format("{} knows no days: a broker keeps what was not taken", source.name));
    if (source.kind == SourceKind::http && !source.is_daily())
        return fail(Code::invalid,
                    fmt::format("{} knows no days: put {{date}} into its address where the day stands", source.name));
    if (to < from) return fail(Code::invalid, "to: expected a day that is not before the first");
    if (to - from > std::chrono::days(366)) return fail(Code::invalid, "from: expected at most 366 days");
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        CHECK(tx.run("UPDATE events_source_course SET due = ?, back_from = ?, back_to = ? WHERE source = ?",
                     {now, from, to, id}));
        return write_audit(tx, by, now, "source.backfill", source);
    });
}

Result<std::string> Sources::secret_of(Source const& source) {
    if (!source.has_secret) return std::string();
    TRY(auto const sealed, ledger_.read([&](store::Transaction& tx) {
        return tx.one("SELECT secret FROM events_source WHERE id = ?", {source.id},
                      [](store::Row const& row) { return row.string(0); });
    }));
    auto secret = secrets_.unseal(purpose, sealed.value_or(""));
    if (!secret)
        return fail(Code::denied, fmt::format("the secret of {} was sealed with another DATA/secret; give it again: "
                                              "tocsin source secret",
                                              source.name));
    return *std::move(secret);
}

Result<SourceCourse> Sources::course(SourceId id) {
    return ledger_.read([&](store::Transaction& tx) -> Result<SourceCourse> {
        TRY(auto const found, find_course(tx, id));
        return found.value_or(SourceCourse());
    });
}

Status Sources::save(SourceId id, SourceCourse const& course, std::span<SourceItem const> items) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        TRY(auto const there, find_course(tx, id));
        if (!there) return {};  // removed meanwhile
        auto kept = course;
        kept.back_from = there->back_from;
        kept.back_to = there->back_to;
        CHECK(write_course(tx, id, kept));
        for (auto const& item : items) {
            CHECK(tx.run("DELETE FROM events_source_item WHERE source = ? AND item = ?", {id, item.item}));
            CHECK(
                tx.run("INSERT INTO events_source_item (source, item, name, at, report, outcome, bytes, error) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                       {id, item.item, item.name, item.at, item.report, item.outcome, item.bytes, item.error}));
        }
        return {};
    });
}

Status Sources::finish(SourceId id, SourceCourse course, bool is_whole) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        TRY(auto const there, find_course(tx, id));
        if (!there) return {};
        bool const is_same = there->back_from == course.back_from && there->back_to == course.back_to;
        if (!is_same) course.due = clock_.now();
        course.back_from = is_same && is_whole ? std::nullopt : there->back_from;
        course.back_to = is_same && is_whole ? std::nullopt : there->back_to;
        return write_course(tx, id, course);
    });
}

Result<bool> Sources::has(SourceId id, std::string_view item, bool also_failed) {
    return ledger_.read([&](store::Transaction& tx) -> Result<bool> {
        TRY(auto const found, tx.one("SELECT outcome FROM events_source_item WHERE source = ? AND item = ?", {id, item},
                                     [](store::Row const& row) { return static_cast<ItemOutcome>(row.integer(0)); }));
        return found && (also_failed || *found != ItemOutcome::failed);
    });
}

Result<std::vector<SourceItem>> Sources::items(SourceId id, std::size_t limit) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<SourceItem>> {
        std::vector<SourceItem> items;
        CHECK(
            tx.query("SELECT i.item, i.name, i.at, i.report, i.outcome, i.bytes, i.error, r.state, "
                     "COALESCE(r.events, 0) + COALESCE(r.duplicates, 0), r.error FROM events_source_item i "
                     "LEFT JOIN events_report r ON r.id = i.report WHERE i.source = ? "
                     "ORDER BY i.at DESC, i.item DESC LIMIT ?",
                     {id, limit}, [&](store::Row const& row) {
                         SourceItem item{.item = row.string(0),
                                         .name = row.string(1),
                                         .at = row.time(2),
                                         .outcome = static_cast<ItemOutcome>(row.integer(4)),
                                         .bytes = row.integer(5),
                                         .error = row.string(6),
                                         .events = row.integer(8)};
                         if (!row.is_null(3)) item.report = row.integer(3);
                         if (!row.is_null(7)) item.state = name_of(static_cast<ReportState>(row.integer(7)));
                         if (item.error.empty()) item.error = row.string(9);
                         items.push_back(std::move(item));
                     }));
        return items;
    });
}

Result<std::vector<Source>> Sources::due(Timestamp now) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<Source>> {
        std::vector<std::int64_t> found;
        CHECK(
            tx.query("SELECT c.source FROM events_source_course c JOIN events_source s ON s.id = c.source "
                     "WHERE s.removed IS NULL AND s.is_paused = 0 AND s.kind < 3 AND (c.due <= ? OR c.last_run > ? OR "
                     "c.due > ?) "
                     "ORDER BY c.due LIMIT 100",
                     {now, now + std::chrono::minutes(1), now + longest + std::chrono::hours(24)},
                     [&](store::Row const& row) { found.push_back(row.integer(0)); }));
        std::vector<Source> due;
        for (auto const id : found) {
            TRY(auto source, read_source(tx, "AND id = ?", id, std::to_string(id)));
            due.push_back(std::move(source));
        }
        return due;
    });
}

Result<std::vector<Source>> Sources::streams_due(Timestamp now) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<Source>> {
        std::vector<std::int64_t> found;
        CHECK(
            tx.query("SELECT c.source FROM events_source_course c JOIN events_source s ON s.id = c.source "
                     "WHERE s.removed IS NULL AND s.is_paused = 0 AND s.kind >= 3 AND (c.due <= ? OR c.due > ?) "
                     "ORDER BY c.due LIMIT 100",
                     {now, now + longest}, [&](store::Row const& row) { found.push_back(row.integer(0)); }));
        std::vector<Source> due;
        for (auto const id : found) {
            TRY(auto source, read_source(tx, "AND id = ?", id, std::to_string(id)));
            due.push_back(std::move(source));
        }
        return due;
    });
}

Result<std::optional<Timestamp>> Sources::next_due() {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::optional<Timestamp>> {
        TRY(auto const found,
            tx.one("SELECT MIN(c.due) FROM events_source_course c JOIN events_source s ON s.id = c.source "
                   "WHERE s.removed IS NULL AND s.is_paused = 0 AND s.kind < 3",
                   {}, [](store::Row const& row) { return row.time_if(0); }));
        return found.value_or(std::nullopt);
    });
}

}  // namespace tocsin::events
