#include "events/recheck/recheck_store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tocsin::events::recheck_sql {
namespace {

constexpr std::string_view columns =
    "SELECT id, finding, organisation, address, port, check_name, cause, asked_by, asked, not_before, state, attempts, "
    "permission, verdict, seen, detail, began, ended FROM events_recheck ";

Recheck read_recheck(store::Row const& row) {
    return {.id = row.id<RecheckTag>(0),
            .finding = row.string(1),
            .organisation = row.integer(2),
            .address = parse_ip(row.text(3)).value_or(IpAddress{}),
            .port = static_cast<std::uint16_t>(row.integer(4)),
            .check = row.string(5),
            .cause = static_cast<RecheckCause>(row.integer(6)),
            .asked_by = row.string(7),
            .asked = row.time(8),
            .not_before = row.time(9),
            .state = static_cast<RecheckState>(row.integer(10)),
            .attempts = static_cast<int>(row.integer(11)),
            .permission = row.id<PermissionTag>(12),
            .verdict = row.is_null(13) ? std::nullopt : std::optional(static_cast<Verdict>(row.integer(13))),
            .seen = row.string(14),
            .detail = row.string(15),
            .began = row.time_if(16),
            .ended = row.time_if(17)};
}

std::string joined(std::vector<IpPrefix> const& networks) {
    std::vector<std::string> texts;
    for (auto const& one : networks) texts.push_back(format_prefix(one));
    return fmt::format("{}", fmt::join(texts, ","));
}

std::vector<IpPrefix> networks_of(std::string_view text) {
    std::vector<IpPrefix> networks;
    for (auto const part : split(text, ','))
        if (auto const network = parse_prefix(part)) networks.push_back(*network);
    return networks;
}

std::string joined(std::vector<std::chrono::seconds> const& times) {
    std::vector<std::int64_t> numbers;
    for (auto const one : times) numbers.push_back(one.count());
    return fmt::format("{}", fmt::join(numbers, ","));
}

std::vector<std::chrono::seconds> times_of(std::string_view text) {
    std::vector<std::chrono::seconds> times;
    for (auto const part : split(text, ','))
        if (auto const seconds = parse_int(part)) times.emplace_back(*seconds);
    return times;
}

Result<std::int64_t> number(store::Transaction& tx, std::string_view sql, std::initializer_list<store::Bind> binds) {
    TRY(auto const found, tx.one(sql, binds, [](store::Row const& row) { return row.integer(0); }));
    return found.value_or(0);
}

Result<std::vector<Recheck>> many(store::Transaction& tx, std::string_view rest,
                                  std::initializer_list<store::Bind> binds) {
    std::vector<Recheck> found;
    auto const sql = fmt::format("{}{}", columns, rest);
    CHECK(tx.query(sql, binds, [&](store::Row const& row) { found.push_back(read_recheck(row)); }));
    return found;
}

}  // namespace

Result<std::optional<RecheckSettings>> settings(store::Transaction& tx) {
    return tx.one(
        "SELECT is_on, per_minute, per_network_an_hour, gap, after_answer, agent, source, name, reachable, at, by_whom "
        "FROM events_recheck_setting WHERE id = 1",
        {}, [](store::Row const& row) {
            return RecheckSettings{.is_on = row.truth(0),
                                   .per_minute = static_cast<int>(row.integer(1)),
                                   .per_network_an_hour = static_cast<int>(row.integer(2)),
                                   .gap = std::chrono::seconds(row.integer(3)),
                                   .after_answer = times_of(row.text(4)),
                                   .agent = row.string(5),
                                   .source = row.string(6),
                                   .name = row.string(7),
                                   .reachable = networks_of(row.text(8)),
                                   .at = row.time(9),
                                   .by = row.string(10)};
        });
}

Status save_settings(store::Transaction& tx, RecheckSettings const& s) {
    TRY(auto const before, settings(tx));
    TRY(auto const newest, newest_statement(tx));
    // What was said while it was off is not asked about when it is on again.
    auto const was_on = before && before->is_on;
    TRY(auto const kept, heard(tx));
    CHECK(tx.run("DELETE FROM events_recheck_setting", {}));
    auto const after = joined(s.after_answer), reachable = joined(s.reachable);
    CHECK(
        tx.run("INSERT INTO events_recheck_setting (id, is_on, per_minute, per_network_an_hour, gap, after_answer, "
               "agent, source, name, reachable, heard, at, by_whom) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               {s.is_on, s.per_minute, s.per_network_an_hour, s.gap.count(), after, s.agent, s.source, s.name,
                reachable, was_on ? kept : newest, s.at, s.by}));
    return {};
}

Result<std::int64_t> heard(store::Transaction& tx) {
    return number(tx, "SELECT heard FROM events_recheck_setting WHERE id = 1", {});
}

Status set_heard(store::Transaction& tx, std::int64_t statement) {
    CHECK(tx.run("UPDATE events_recheck_setting SET heard = ?", {statement}));
    return {};
}

Result<std::int64_t> newest_statement(store::Transaction& tx) {
    return number(tx, "SELECT max(id) FROM events_statement", {});
}

Result<std::vector<Answer>> answers(store::Transaction& tx, std::int64_t after, int most) {
    std::vector<Answer> found;
    CHECK(
        tx.query("SELECT id, finding, at FROM events_statement WHERE id > ? AND saying = ? AND by_team = 0 ORDER BY id "
                 "LIMIT ?",
                 {after, Saying::repaired, most},
                 [&](store::Row const& row) { found.push_back({row.integer(0), row.string(1), row.time(2)}); }));
    return found;
}

Result<PermissionId> add_permission(store::Transaction& tx, Permission const& p) {
    auto const networks = joined(p.networks);
    TRY(auto const id,
        tx.insert("INSERT INTO events_recheck_permission (organisation, networks, given_by, given, starts, ends, "
                  "evidence, recorded, recorded_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  {p.organisation.value, networks, p.given_by, p.given, p.starts, p.ends, p.evidence, p.recorded,
                   p.recorded_by}));
    return PermissionId{id};
}

Result<std::vector<Permission>> permissions(store::Transaction& tx, std::int64_t organisation) {
    std::vector<Permission> found;
    CHECK(
        tx.query("SELECT id, organisation, networks, given_by, given, starts, ends, evidence, recorded, recorded_by, "
                 "withdrawn, withdrawn_by, reason FROM events_recheck_permission WHERE organisation = ? OR ? = 0 ORDER "
                 "BY id DESC",
                 {organisation, organisation}, [&](store::Row const& row) {
                     auto& one = found.emplace_back();
                     one.id = row.id<PermissionTag>(0);
                     one.organisation = {row.integer(1)};
                     one.networks = networks_of(row.text(2));
                     one.given_by = row.string(3);
                     one.given = row.time(4);
                     one.starts = row.time(5);
                     one.ends = row.time(6);
                     one.evidence = row.string(7);
                     one.recorded = row.time(8);
                     one.recorded_by = row.string(9);
                     one.withdrawn = row.time_if(10);
                     one.withdrawn_by = row.string(11);
                     one.reason = row.string(12);
                 }));
    return found;
}

Result<std::int64_t> organisation_of(store::Transaction& tx, PermissionId id) {
    return number(tx, "SELECT organisation FROM events_recheck_permission WHERE id = ?", {id});
}

Result<bool> withdraw(store::Transaction& tx, PermissionId id, Timestamp at, std::string_view by,
                      std::string_view reason) {
    TRY(auto const changed,
        tx.run("UPDATE events_recheck_permission SET withdrawn = ?, withdrawn_by = ?, reason = ? WHERE id = ? AND "
               "withdrawn IS NULL",
               {at, by, reason, id}));
    return changed == 1;
}

Result<RecheckId> add(store::Transaction& tx, Recheck const& one) {
    auto const address = format_ip(one.address);
    TRY(auto const id,
        tx.insert("INSERT INTO events_recheck (finding, organisation, address, port, check_name, cause, asked_by, "
                  "asked, not_before, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  {one.finding, one.organisation, address, one.port, one.check, one.cause, one.asked_by, one.asked,
                   one.not_before, RecheckState::waiting}));
    return RecheckId{id};
}

Result<std::vector<Recheck>> of_finding(store::Transaction& tx, std::string_view finding, std::size_t limit) {
    return many(tx, "WHERE finding = ? ORDER BY id DESC LIMIT ?", {finding, limit});
}

Result<std::vector<Recheck>> list(store::Transaction& tx, std::size_t limit, std::int64_t before) {
    return many(tx, "WHERE id < ? OR ? = 0 ORDER BY id DESC LIMIT ?", {before, before, limit});
}

Result<std::int64_t> waiting(store::Transaction& tx) {
    return number(tx, "SELECT count(*) FROM events_recheck WHERE state = ?", {RecheckState::waiting});
}

Result<bool> has_work(store::Transaction& tx, Timestamp now, std::string_view process) {
    TRY(auto const found,
        number(tx,
               "SELECT EXISTS (SELECT 1 FROM events_recheck WHERE state = ? AND not_before <= ?) OR EXISTS (SELECT 1 "
               "FROM events_recheck WHERE state = ? AND run_by <> ?) OR EXISTS (SELECT 1 FROM events_recheck WHERE "
               "told = 0 AND verdict IN (?, ?))",
               {RecheckState::waiting, now, RecheckState::running, process, Verdict::still_open, Verdict::closed}));
    return found != 0;
}

Result<std::vector<Recheck>> due(store::Transaction& tx, Timestamp now, std::size_t limit) {
    return many(tx, "WHERE state = ? AND not_before <= ? ORDER BY not_before, id LIMIT ?",
                {RecheckState::waiting, now, limit});
}

Result<bool> is_running(store::Transaction& tx, std::string_view address) {
    TRY(auto const count, number(tx, "SELECT count(*) FROM events_recheck WHERE state = ? AND address = ?",
                                 {RecheckState::running, address}));
    return count > 0;
}

Status begin(store::Transaction& tx, Recheck const& one, std::string_view process) {
    CHECK(
        tx.run("UPDATE events_recheck SET state = ?, run_by = ?, attempts = attempts + 1, permission = ?, began = ? "
               "WHERE id = ? AND state = ?",
               {RecheckState::running, process, one.permission, one.began, one.id, RecheckState::waiting}));
    return {};
}

Result<bool> finish(store::Transaction& tx, RecheckId id, bool from_waiting, Timestamp at, Verdict verdict,
                    std::string_view seen, std::string_view detail) {
    TRY(auto const changed,
        tx.run("UPDATE events_recheck SET state = ?, ended = ?, verdict = ?, seen = ?, detail = ? WHERE id = ? AND "
               "state = ?",
               {RecheckState::done, at, verdict, seen, detail, id,
                from_waiting ? RecheckState::waiting : RecheckState::running}));
    return changed == 1;
}

Result<std::int64_t> drop_waiting(store::Transaction& tx, Timestamp at, std::string_view detail) {
    return tx.run("UPDATE events_recheck SET state = ?, ended = ?, verdict = ?, detail = ? WHERE state = ?",
                  {RecheckState::done, at, Verdict::not_asked, detail, RecheckState::waiting});
}

Status take_up(store::Transaction& tx, std::string_view process, int most, Timestamp at) {
    CHECK(
        tx.run("UPDATE events_recheck SET state = ?, ended = ?, verdict = ?, detail = ? WHERE state = ? AND run_by <> "
               "? AND attempts >= ?",
               {RecheckState::done, at, Verdict::unclear, "the program ended while it was asked, again and again",
                RecheckState::running, process, most}));
    CHECK(tx.run("UPDATE events_recheck SET state = ? WHERE state = ? AND run_by <> ?",
                 {RecheckState::waiting, RecheckState::running, process}));
    return {};
}

Status add_contact(store::Transaction& tx, RecheckId id, Timestamp at, std::string_view address,
                   std::string_view network) {
    CHECK(tx.run("INSERT INTO events_recheck_contact (recheck, at, address, network) VALUES (?, ?, ?, ?)",
                 {id, at, address, network}));
    return {};
}

Result<std::int64_t> contacts(store::Transaction& tx, Timestamp since) {
    return number(tx, "SELECT count(*) FROM events_recheck_contact WHERE at > ?", {since});
}

Result<std::int64_t> contacts_of_network(store::Transaction& tx, std::string_view network, Timestamp since) {
    return number(tx, "SELECT count(*) FROM events_recheck_contact WHERE network = ? AND at > ?", {network, since});
}

Result<std::optional<Timestamp>> last_contact(store::Transaction& tx, std::string_view address) {
    return tx.one("SELECT at FROM events_recheck_contact WHERE address = ? ORDER BY at DESC LIMIT 1", {address},
                  [](store::Row const& row) { return row.time(0); });
}

Result<std::vector<Recheck>> untold(store::Transaction& tx) {
    return many(tx, "WHERE told = 0 AND verdict IN (?, ?) ORDER BY id", {Verdict::still_open, Verdict::closed});
}

Status set_told(store::Transaction& tx, RecheckId id) {
    CHECK(tx.run("UPDATE events_recheck SET told = 1 WHERE id = ?", {id}));
    return {};
}

Result<bool> has_statement(store::Transaction& tx, std::string_view finding, std::string_view voice,
                           std::string_view text) {
    auto const pattern = fmt::format("{}%", text);
    TRY(auto const count, number(tx,
                                 "SELECT count(*) FROM events_statement WHERE finding = ? AND by_whom = ? AND "
                                 "by_team = 1 AND text LIKE ?",
                                 {finding, voice, pattern}));
    return count > 0;
}

Result<LastVerdicts> last_verdicts(store::Transaction& tx) {
    LastVerdicts found;
    CHECK(tx.query("SELECT finding, verdict, ended FROM events_recheck WHERE verdict IN (?, ?) ORDER BY id",
                   {Verdict::still_open, Verdict::closed}, [&](store::Row const& row) {
                       found[row.string(0)] = {static_cast<Verdict>(row.integer(1)) == Verdict::still_open,
                                               row.time(2)};
                   }));
    return found;
}

}  // namespace tocsin::events::recheck_sql
