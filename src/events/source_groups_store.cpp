#include "events/engine.hpp"
#include "events/sources.hpp"
#include "events/spool.hpp"

namespace tocsin::events {
namespace {

constexpr std::size_t mark_bytes = 16;
constexpr std::int64_t hour = 3'600'000'000;

std::vector<std::string> marks_of(std::string_view bytes) {
    std::vector<std::string> marks;
    for (; bytes.size() >= mark_bytes; bytes.remove_prefix(mark_bytes)) marks.emplace_back(bytes.substr(0, mark_bytes));
    return marks;
}

}  // namespace

std::string message_mark(std::string_view body) {
    ContentHash hash;
    hash.add(body);
    return from_hex(hash.finish()).value_or("").substr(0, mark_bytes);
}

Result<std::vector<MessageGroup>> Sources::groups(SourceId id, std::string_view feed) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<MessageGroup>> {
        std::vector<MessageGroup> groups;
        CHECK(
            tx.query("SELECT g.number, g.sha256, g.messages, (SELECT MIN(r.id) FROM events_report r WHERE "
                     "r.sha256 = g.sha256 AND r.feed = ? AND r.state <> ?) FROM events_source_group g "
                     "WHERE g.source = ? ORDER BY g.number",
                     {feed, ReportState::failed, id}, [&](store::Row const& row) {
                         MessageGroup group{
                             .number = row.integer(0), .sha256 = row.string(1), .messages = marks_of(row.text(2))};
                         if (!row.is_null(3)) group.report = row.integer(3);
                         groups.push_back(std::move(group));
                     }));
        return groups;
    });
}

Status Sources::add_group(SourceId id, MessageGroup const& group, std::int64_t keep_from) {
    std::string marks;
    for (auto const& mark : group.messages) marks += mark;
    return ledger_.write([&](store::Transaction& tx) -> Status {
        CHECK(tx.run("DELETE FROM events_source_group WHERE source = ? AND number < ?", {id, keep_from}));
        CHECK(tx.run("INSERT INTO events_source_group (source, number, sha256, messages) VALUES (?, ?, ?, ?)",
                     {id, group.number, group.sha256, store::Bind::blob(marks)}));
        return {};
    });
}

Result<std::vector<SourceItem>> Sources::hours(SourceId id, Timestamp since) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<SourceItem>> {
        std::vector<SourceItem> items;
        CHECK(
            tx.query("SELECT i.at / 3600000000, SUM(COALESCE(r.events, 0) + COALESCE(r.duplicates, 0)), "
                     "SUM(r.state = ?) FROM events_source_item i LEFT JOIN events_report r ON r.id = i.report "
                     "WHERE i.source = ? AND i.at >= ? AND i.outcome = ? GROUP BY 1 ORDER BY 1 DESC",
                     {ReportState::accepted, id, since, ItemOutcome::taken}, [&](store::Row const& row) {
                         items.push_back({.at = Timestamp{row.integer(0) * hour},
                                          .state = row.integer(2) == 0 ? "done" : "accepted",
                                          .events = row.integer(1)});
                     }));
        return items;
    });
}

Status Sources::forget_items(SourceId id, Timestamp before) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        CHECK(tx.run("DELETE FROM events_source_item WHERE source = ? AND at < ?", {id, before}));
        return {};
    });
}

}  // namespace tocsin::events
