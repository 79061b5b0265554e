#include "sharing/recall_store.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::sharing {
namespace {

std::string marking_text(std::optional<gate::Marking> const& marking) {
    return marking ? gate::label_of(*marking) : std::string();
}

Result<RecallState> state_named(std::string_view name) {
    for (auto const state : {RecallState::proposed, RecallState::open, RecallState::dismissed, RecallState::lifted})
        if (name_of(state) == name) return state;
    return fail(Code::internal, fmt::format("recall: unknown state \"{}\"", name));
}

Telling telling_named(std::string_view name) {
    for (auto const telling : {Telling::protocol, Telling::file})
        if (name_of(telling) == name) return telling;
    return Telling::hand;
}

RecalledObject read_object(store::Row const& row) {
    RecalledObject object{
        .id = row.string(0), .versions = row.string(8), .is_ours = row.truth(1), .notice = row.string(2)};
    if (auto const marking = gate::parse_marking(row.text(3))) object.notice_marking = *marking;
    object.notice_terms.group = {row.integer(4)};
    object.notice_terms.embargo = row.time_if(5);
    object.notice_seq = row.integer(6);
    object.notice_added = row.time(7);
    return object;
}

Given read_given(store::Row const& row) {
    Given given{.recipient = row.string(0), .object = row.string(1), .door = row.string(2), .page = row.string(3)};
    if (auto const marking = gate::parse_marking(row.text(4))) given.marking = *marking;
    given.first_at = row.time(5);
    given.last_at = row.time(6);
    given.line = row.integer(7);
    given.times = row.integer(8);
    given.telling = telling_named(row.text(9));
    given.told_at = row.time_if(10);
    given.told_line = row.integer(11);
    return given;
}

Status read_lists(store::Transaction& tx, Recall& recall) {
    CHECK(
        tx.query("SELECT object, is_ours, notice, notice_marking, notice_group, notice_embargo, notice_seq, "
                 "notice_added, versions FROM recall_object WHERE recall = ? ORDER BY object",
                 {recall.id}, [&](store::Row const& row) { recall.objects.push_back(read_object(row)); }));
    CHECK(
        tx.query("SELECT recipient, organisation, name, told_by, told_at, answer, confirmed_at, confirmed_by FROM "
                 "recall_recipient WHERE recall = ? ORDER BY recipient",
                 {recall.id}, [&](store::Row const& row) {
                     recall.recipients.push_back({.recipient = row.string(0),
                                                  .organisation = {row.integer(1)},
                                                  .name = row.string(2),
                                                  .told_by = row.string(3),
                                                  .told_at = row.time_if(4),
                                                  .answer = row.string(5),
                                                  .confirmed_at = row.time_if(6),
                                                  .confirmed_by = row.string(7)});
                 }));
    return tx.query(
        "SELECT recipient, object, door, page, marking, first_at, last_at, line, times, way, told_at, told_line FROM "
        "recall_given WHERE recall = ? ORDER BY recipient, object, door, page",
        {recall.id}, [&](store::Row const& row) {
            auto given = read_given(row);
            auto const whose = std::ranges::find(recall.recipients, given.recipient, &RecallRecipient::recipient);
            if (whose != recall.recipients.end()) whose->given.push_back(std::move(given));
        });
}

Status write_lists(store::Transaction& tx, Recall const& recall) {
    for (std::string_view const table : {"recall_object", "recall_recipient", "recall_given"})
        CHECK(tx.run(fmt::format("DELETE FROM {} WHERE recall = ?", table), {recall.id}));
    for (auto const& object : recall.objects)
        CHECK(tx.run("INSERT INTO recall_object VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     {recall.id, object.id, object.versions, object.is_ours, object.notice,
                      gate::label_of(object.notice_marking), object.notice_terms.group.value,
                      object.notice_terms.embargo, object.notice_seq, object.notice_added}));
    for (auto const& one : recall.recipients) {
        CHECK(tx.run("INSERT INTO recall_recipient VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     {recall.id, one.recipient, one.organisation.value, one.name, one.told_by, one.told_at, one.answer,
                      one.confirmed_at, one.confirmed_by}));
        for (auto const& given : one.given)
            CHECK(tx.run("INSERT INTO recall_given VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         {recall.id, given.recipient, given.object, given.door, given.page,
                          gate::label_of(given.marking), given.first_at, given.last_at, given.line, given.times,
                          name_of(given.telling), given.told_at, given.told_line}));
    }
    return {};
}

Result<std::vector<RecallId>> read_ids(store::Transaction& tx, std::string_view sql,
                                       std::initializer_list<store::Bind> binds) {
    std::vector<RecallId> ids;
    CHECK(tx.query(sql, binds, [&](store::Row const& row) { ids.push_back(row.id<RecallTag>(0)); }));
    return ids;
}

}  // namespace

Status write_recall(store::Transaction& tx, Recall& recall) {
    auto const marking = marking_text(recall.marking);
    if (!recall.id) {
        TRY(auto const id, tx.insert("INSERT INTO recall (at, who, reason, kind, marking, state, is_upstream, line) "
                                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                                     {recall.at, recall.by, recall.reason, recall.kind(), marking,
                                      name_of(recall.state), recall.is_upstream, recall.line}));
        recall.id = {id};
    } else {
        CHECK(tx.run("UPDATE recall SET at = ?, who = ?, reason = ?, state = ?, line = ? WHERE id = ?",
                     {recall.at, recall.by, recall.reason, name_of(recall.state), recall.line, recall.id}));
    }
    return write_lists(tx, recall);
}

Result<Recall> read_recall(store::Transaction& tx, RecallId id) {
    Recall recall;
    std::string state;
    TRY(auto const found,
        tx.one("SELECT id, at, who, reason, kind, marking, state, is_upstream, line FROM recall WHERE id = ?", {id},
               [&](store::Row const& row) {
                   recall.id = row.id<RecallTag>(0);
                   recall.at = row.time(1);
                   recall.by = row.string(2);
                   recall.reason = row.string(3);
                   if (auto const marking = gate::parse_marking(row.text(5))) recall.marking = *marking;
                   state = row.string(6);
                   recall.is_upstream = row.truth(7);
                   recall.line = row.integer(8);
                   return true;
               }));
    if (!found) return fail(Code::not_found, fmt::format("there is no recall number {}", id.value));
    TRY(recall.state, state_named(state));
    CHECK(read_lists(tx, recall));
    return recall;
}

Result<std::vector<RecallId>> recall_ids(store::Transaction& tx, std::size_t limit) {
    return read_ids(tx, "SELECT id FROM recall ORDER BY id DESC LIMIT ?", {limit});
}

Result<std::vector<RecallId>> recalls_to_store(store::Transaction& tx) {
    return read_ids(tx,
                    "SELECT DISTINCT r.id FROM recall r JOIN recall_object o ON o.recall = r.id WHERE r.state = 'open' "
                    "AND o.notice <> '' AND o.notice_seq = 0 ORDER BY r.id",
                    {});
}

Result<std::vector<RecallId>> recalls_to_hear_of(store::Transaction& tx) {
    return read_ids(tx,
                    "SELECT DISTINCT r.id FROM recall r JOIN recall_given g ON g.recall = r.id WHERE r.state = 'open' "
                    "AND g.way <> 'hand' AND g.told_at IS NULL ORDER BY r.id",
                    {});
}

Result<bool> is_downgraded(store::Transaction& tx, std::string_view object) {
    TRY(auto const found,
        tx.one("SELECT 1 FROM recall_object o JOIN recall r ON r.id = o.recall WHERE o.object = ? AND "
               "r.kind = 'downgrade' AND r.state = 'open'",
               {object}, [](store::Row const&) { return true; }));
    return found.has_value();
}

Result<bool> is_recalled(store::Transaction& tx, std::string_view object) {
    TRY(auto const found,
        tx.one("SELECT 1 FROM recall_object o JOIN recall r ON r.id = o.recall WHERE o.object = ? AND "
               "r.kind = 'withdraw' AND r.state IN ('open', 'proposed')",
               {object}, [](store::Row const&) { return true; }));
    return found.has_value();
}

Result<std::vector<RecallId>> recalls_since(store::Transaction& tx, Timestamp since) {
    return read_ids(tx, "SELECT id FROM recall WHERE state = 'open' AND at >= ? ORDER BY id", {since});
}

Status set_recall_state(store::Transaction& tx, RecallId id, RecallState state) {
    CHECK(tx.run("UPDATE recall SET state = ? WHERE id = ?", {name_of(state), id}));
    return {};
}

Status set_notice(store::Transaction& tx, RecallId id, RecalledObject const& object) {
    CHECK(
        tx.run("UPDATE recall_object SET notice = ?, notice_seq = ?, notice_added = ? WHERE recall = ? AND object = ?",
               {object.notice, object.notice_seq, object.notice_added, id, object.id}));
    return {};
}

Status set_hand(store::Transaction& tx, RecallId id, std::string_view object) {
    CHECK(tx.run("UPDATE recall_given SET way = 'hand' WHERE recall = ? AND object = ? AND way = 'protocol'",
                 {id, object}));
    return {};
}

Status set_told(store::Transaction& tx, RecallId id, Given const& given) {
    CHECK(tx.run(
        "UPDATE recall_given SET told_at = ?, told_line = ? WHERE recall = ? AND recipient = ? AND object = ? AND "
        "door = ? AND page = ?",
        {given.told_at, given.told_line, id, given.recipient, given.object, given.door, given.page}));
    return {};
}

Status set_recipient(store::Transaction& tx, RecallId id, RecallRecipient const& recipient) {
    CHECK(
        tx.run("UPDATE recall_recipient SET told_by = ?, told_at = ?, answer = ?, confirmed_at = ?, confirmed_by = ? "
               "WHERE recall = ? AND recipient = ?",
               {recipient.told_by, recipient.told_at, recipient.answer, recipient.confirmed_at, recipient.confirmed_by,
                id, recipient.recipient}));
    return {};
}

Result<Timestamp> upstream_mark(store::Transaction& tx) {
    TRY(auto const found,
        tx.one("SELECT added FROM recall_mark WHERE id = 1", {}, [](store::Row const& row) { return row.time(0); }));
    return found.value_or(Timestamp());
}

Status set_upstream_mark(store::Transaction& tx, Timestamp added) {
    CHECK(
        tx.run("INSERT INTO recall_mark VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET added = excluded.added", {added}));
    return {};
}

Result<std::int64_t> count_proposed(store::Transaction& tx) {
    TRY(auto const count, tx.one("SELECT COUNT(*) FROM recall WHERE state = ?", {name_of(RecallState::proposed)},
                                 [](store::Row const& row) { return row.integer(0); }));
    return count.value_or(0);
}

Result<std::int64_t> last_disclosure(store::Transaction& tx) {
    TRY(auto const newest, gate::disclosures(tx, {.limit = 1}));
    return newest.empty() ? 0 : newest.front().number;
}

}  // namespace tocsin::sharing
