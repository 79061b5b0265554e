#include "readiness/reach_tables.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::readiness {
namespace reach_tables {
namespace {

constexpr std::string_view target_columns =
    "SELECT id, kind, organisation, contact, name, address, language, time_zone, hours, every_days, whenever, "
    "answer_within, agreed_by, agreed_on, is_paused, note, next, created, created_by, made, "
    "(SELECT count(*) FROM reach_test r WHERE r.target = t.id AND r.answered <= r.deadline), "
    "(SELECT count(*) FROM reach_test r WHERE r.target = t.id AND (r.answered > r.deadline OR (r.answered IS NULL AND "
    "r.deadline < ? AND r.state IN ('sent', 'uncertain')))), "
    "(SELECT max(r.id) FROM reach_test r WHERE r.target = t.id), t.is_encrypted FROM reach_target t WHERE removed IS "
    "NULL ";
constexpr std::string_view test_columns =
    "SELECT r.id, r.target, t.name, r.state, r.address, r.language, r.message_id, r.created, r.created_by, r.attempts, "
    "r.next_attempt, r.sent, r.is_outside, r.deadline, r.opened, r.answered, r.error, r.link, r.boot FROM reach_test r "
    "JOIN reach_target t ON t.id = r.target ";

/// And the number of its newest test.
std::pair<ReachTarget, std::int64_t> read_target(store::Row const& row) {
    ReachTarget target{.id = row.id<ReachTargetTag>(0),
                       .kind = reach_kind_named(row.text(1)).value_or(ReachKind::duty),
                       .organisation = {row.integer(2)},
                       .contact = {row.integer(3)},
                       .name = row.string(4),
                       .address = row.string(5),
                       .language = row.string(6),
                       .every_days = row.integer(9),
                       .when = reach_when_named(row.text(10)).value_or(ReachWhen::any),
                       .answer_within = row.integer(11),
                       .agreed_by = row.string(12),
                       .agreed_on = row.time_if(13),
                       .is_paused = row.truth(14),
                       .is_encrypted = row.truth(23),
                       .note = row.string(15),
                       .next = row.time_if(16),
                       .created = row.time(17),
                       .created_by = row.string(18),
                       .made = row.integer(19),
                       .answered = row.integer(20),
                       .missed = row.integer(21)};
    if (auto hours = parse_desk_hours(row.text(7), row.text(8))) target.hours = *std::move(hours);
    return {std::move(target), row.integer(22)};
}

StoredTest read_test(store::Row const& row) {
    return {.test = {.id = row.id<ReachTestTag>(0),
                     .target = row.id<ReachTargetTag>(1),
                     .name = row.string(2),
                     .state = reach_state_named(row.text(3)).value_or(ReachState::failed),
                     .address = row.string(4),
                     .language = row.string(5),
                     .message_id = row.string(6),
                     .created = row.time(7),
                     .created_by = row.string(8),
                     .attempts = static_cast<int>(row.integer(9)),
                     .next_attempt = row.time(10),
                     .sent = row.time_if(11),
                     .is_outside = row.truth(12),
                     .deadline = row.time(13),
                     .opened = row.time_if(14),
                     .answered = row.time_if(15),
                     .error = row.string(16)},
            .link = row.string(17),
            .boot = row.string(18)};
}

Result<std::vector<ReachTarget>> read_targets(store::Transaction& tx, std::string const& sql,
                                              std::initializer_list<store::Bind> binds) {
    std::vector<std::pair<ReachTarget, std::int64_t>> rows;
    CHECK(tx.query(sql, binds, [&](store::Row const& row) { rows.push_back(read_target(row)); }));
    std::vector<ReachTarget> list;
    for (auto& [target, last] : rows) {
        if (last > 0) {
            TRY(auto newest, test(tx, {last}));
            target.last = std::move(newest.test);
        }
        list.push_back(std::move(target));
    }
    return list;
}

Result<std::optional<StoredTest>> first_test(store::Transaction& tx, std::string const& where,
                                             std::initializer_list<store::Bind> binds) {
    return tx.one(std::string(test_columns) + where + " LIMIT 1", binds, read_test);
}

}  // namespace

Result<std::vector<ReachTarget>> targets(store::Transaction& tx, Timestamp now) {
    return read_targets(tx, std::string(target_columns) + "ORDER BY name, id", {now});
}

Result<ReachTarget> target(store::Transaction& tx, ReachTargetId id, Timestamp now) {
    TRY(auto found, read_targets(tx, std::string(target_columns) + "AND id = ?", {now, id}));
    if (found.empty()) return fail(Code::not_found, fmt::format("nobody is tested under the number {}", id.value));
    return std::move(found.front());
}

Result<StoredTest> test(store::Transaction& tx, ReachTestId id) {
    TRY(auto found, first_test(tx, "WHERE r.id = ?", {id}));
    if (!found) return fail(Code::not_found, fmt::format("there is no test {}", id.value));
    return *std::move(found);
}

Result<std::vector<StoredTest>> in_state(store::Transaction& tx, ReachState state) {
    std::vector<StoredTest> list;
    CHECK(tx.query(std::string(test_columns) + "WHERE r.state = ? ORDER BY r.id", {name_of(state)},
                   [&](store::Row const& row) { list.push_back(read_test(row)); }));
    return list;
}

Result<std::optional<ReachTest>> open_test(store::Transaction& tx, ReachTargetId id, Timestamp now) {
    TRY(auto const found,
        first_test(tx,
                   "WHERE r.target = ? AND (r.state IN ('queued', 'sending') OR (r.state IN ('sent', 'uncertain') AND "
                   "r.answered IS NULL AND r.deadline >= ?)) ORDER BY r.id DESC",
                   {id, now}));
    return found ? std::optional(found->test) : std::nullopt;
}

Result<ReachTestId> put(store::Transaction& tx, ReachTest const& test, std::string_view link,
                        std::optional<Timestamp> next) {
    TRY(auto const id, tx.insert("INSERT INTO reach_test (target, state, address, language, message_id, link, created, "
                                 "created_by, attempts, next_attempt, boot, is_outside, deadline, error) VALUES (?, ?, "
                                 "?, ?, ?, ?, ?, ?, 0, 0, '', 0, ?, '')",
                                 {test.target, name_of(test.state), test.address, test.language, test.message_id,
                                  store::Bind::blob(link), test.created, test.created_by, test.deadline}));
    CHECK(tx.run("UPDATE reach_target SET next = ?, made = made + 1 WHERE id = ?", {next, test.target}));
    return ReachTestId{id};
}

Result<std::optional<StoredTest>> claim(store::Transaction& tx, Timestamp now, std::string_view boot) {
    TRY(auto found, first_test(tx,
                               "WHERE r.state = 'queued' AND r.next_attempt <= ? AND t.removed IS NULL ORDER BY "
                               "r.next_attempt, r.id",
                               {now}));
    if (!found) return found;
    ++found->test.attempts;
    found->test.state = ReachState::sending;
    CHECK(tx.run("UPDATE reach_test SET state = 'sending', attempts = ?, boot = ? WHERE id = ?",
                 {found->test.attempts, boot, found->test.id}));
    return found;
}

Status set_time(store::Transaction& tx, ReachTestId id, bool is_outside, Timestamp deadline) {
    CHECK(tx.run("UPDATE reach_test SET is_outside = ?, deadline = ? WHERE id = ?", {is_outside, deadline, id}));
    return {};
}

Result<bool> conclude(store::Transaction& tx, ReachTestId id, int attempt, Verdict const& verdict) {
    TRY(auto const changed,
        tx.run("UPDATE reach_test SET state = ?, sent = ?, next_attempt = ?, error = ? WHERE id = "
               "? AND state = 'sending' AND attempts = ?",
               {name_of(verdict.state), verdict.sent, verdict.next_attempt, verdict.error, id, attempt}));
    return changed > 0;
}

Result<std::optional<std::pair<ReachTarget, ReachTest>>> by_link(store::Transaction& tx, std::string_view link,
                                                                 Timestamp now) {
    std::optional<std::pair<ReachTarget, ReachTest>> both;
    TRY(auto const found, first_test(tx, "WHERE r.link = ? AND t.removed IS NULL", {store::Bind::blob(link)}));
    if (!found) return both;
    TRY(auto whose, target(tx, found->test.target, now));
    both.emplace(std::move(whose), found->test);
    return both;
}

Status opened(store::Transaction& tx, ReachTestId id, Timestamp now) {
    CHECK(tx.run("UPDATE reach_test SET opened = ? WHERE id = ? AND opened IS NULL", {now, id}));
    return {};
}

Result<bool> answered(store::Transaction& tx, ReachTestId id, Timestamp now) {
    TRY(auto const changed, tx.run("UPDATE reach_test SET answered = ? WHERE id = ? AND answered IS NULL", {now, id}));
    return changed > 0;
}

}  // namespace reach_tables

namespace {

constexpr std::int64_t most_targets = 5000;

Status write_audit(store::Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
                   ReachTarget const& target) {
    JsonWriter json;
    json.object()
        .field("kind", name_of(target.kind))
        .field("organisation", target.organisation.value)
        .field("every_days", target.every_days)
        .field("agreed", target.standing() != ReachStanding::held)
        .field("paused", target.is_paused)
        .end();
    auto const id = std::to_string(target.id.value);
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "reachability", .id = id, .details = json.text()}));
    return {};
}

/// The first test comes within a day of when somebody may be tested, the next ones by the interval.
std::optional<Timestamp> next_of(ReachTarget const& target, Timestamp after, bool is_first) {
    if (target.every_days == 0 || target.standing() != ReachStanding::active) return std::nullopt;
    auto const days = is_first ? 0 : target.every_days;
    auto const seed =
        static_cast<std::uint64_t>(target.id.value) * 1'000'003U + static_cast<std::uint64_t>(target.made);
    return moment_within(target.hours, target.when, after + std::chrono::days(days), seed);
}

}  // namespace

Result<std::vector<ReachTarget>> Reachability::all() {
    return ledger_.read([&](store::Transaction& tx) { return reach_tables::targets(tx, clock_.now()); });
}

Result<ReachTarget> Reachability::one(ReachTargetId id) {
    return ledger_.read([&](store::Transaction& tx) { return reach_tables::target(tx, id, clock_.now()); });
}

Result<ReachTarget> Reachability::add(ReachTarget draft, access::Principal const& by) {
    auto const now = clock_.now();
    if (draft.kind == ReachKind::duty && draft.agreed_by.empty()) draft.agreed_by = doors_.team;  // it is our own
    if (!draft.agreed_by.empty() && !draft.agreed_on) draft.agreed_on = now;
    CHECK(check(draft));
    return ledger_.write([&](store::Transaction& tx) -> Result<ReachTarget> {
        TRY(auto const count, tx.one("SELECT count(*) FROM reach_target WHERE removed IS NULL", {},
                                     [](store::Row const& row) { return row.integer(0); }));
        if (count.value_or(0) >= most_targets) return fail(Code::limit, "at most 5,000 can be tested");
        auto const hours = text_of(draft.hours);
        TRY(draft.id.value,
            tx.insert(
                "INSERT INTO reach_target (kind, organisation, contact, name, address, language, time_zone, hours, "
                "every_days, whenever, answer_within, agreed_by, agreed_on, is_paused, note, made, created, "
                "created_by, changed, is_encrypted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, "
                "?)",
                {name_of(draft.kind), draft.organisation.value, draft.contact.value, draft.name, draft.address,
                 draft.language, draft.hours.zone, hours, draft.every_days, name_of(draft.when), draft.answer_within,
                 draft.agreed_by, draft.agreed_on, draft.is_paused, draft.note, now, by.name, now,
                 draft.is_encrypted}));
        CHECK(tx.run("UPDATE reach_target SET next = ? WHERE id = ?", {next_of(draft, now, true), draft.id}));
        CHECK(write_audit(tx, by, now, "reachability.add", draft));
        return reach_tables::target(tx, draft.id, now);
    });
}

Result<ReachTarget> Reachability::change(ReachTarget draft, access::Principal const& by) {
    auto const now = clock_.now();
    if (!draft.agreed_by.empty() && !draft.agreed_on) draft.agreed_on = now;
    if (draft.agreed_by.empty()) draft.agreed_on.reset();
    CHECK(check(draft));
    return ledger_.write([&](store::Transaction& tx) -> Result<ReachTarget> {
        TRY(auto const before, reach_tables::target(tx, draft.id, now));
        auto const is_same_time = before.hours == draft.hours && before.when == draft.when &&
                                  before.every_days == draft.every_days && before.standing() == draft.standing();
        auto const first = !before.last;
        auto const next = is_same_time ? before.next : next_of(draft, before.last ? before.last->created : now, first);
        auto const hours = text_of(draft.hours);
        CHECK(tx.run(
            "UPDATE reach_target SET name = ?, address = ?, language = ?, time_zone = ?, hours = ?, every_days = "
            "?, whenever = ?, answer_within = ?, agreed_by = ?, agreed_on = ?, is_paused = ?, note = ?, next = "
            "?, changed = ?, is_encrypted = ? WHERE id = ?",
            {draft.name, draft.address, draft.language, draft.hours.zone, hours, draft.every_days, name_of(draft.when),
             draft.answer_within, draft.agreed_by, draft.agreed_on, draft.is_paused, draft.note, next, now,
             draft.is_encrypted, draft.id}));
        CHECK(write_audit(tx, by, now, "reachability.change", draft));
        return reach_tables::target(tx, draft.id, now);
    });
}

Status Reachability::remove(ReachTargetId id, access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Status {
        auto const now = clock_.now();
        TRY(auto const gone, reach_tables::target(tx, id, now));
        CHECK(tx.run("UPDATE reach_target SET removed = ?, next = NULL WHERE id = ?", {now, id}));
        CHECK(tx.run("UPDATE reach_test SET state = 'failed', error = 'removed' WHERE target = ? AND state = 'queued'",
                     {id}));
        return write_audit(tx, by, now, "reachability.remove", gone);
    });
}

Result<std::vector<ReachTest>> Reachability::tests(ReachTargetId id, std::size_t limit) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<ReachTest>> {
        std::vector<ReachTest> list;
        CHECK(tx.query(std::string(reach_tables::test_columns) + "WHERE r.target = ? ORDER BY r.id DESC LIMIT ?",
                       {id, limit}, [&](store::Row const& row) { list.push_back(reach_tables::read_test(row).test); }));
        return list;
    });
}

Result<std::vector<ReachTest>> Reachability::unanswered(std::size_t limit) {
    return ledger_.read([&](store::Transaction& tx) -> Result<std::vector<ReachTest>> {
        std::vector<ReachTest> list;
        CHECK(tx.query(std::string(reach_tables::test_columns) +
                           "WHERE t.removed IS NULL AND r.id = (SELECT max(n.id) FROM reach_test n WHERE n.target = "
                           "t.id) AND r.answered IS NULL AND (r.state = 'failed' OR (r.state IN ('sent', 'uncertain') "
                           "AND r.deadline < ?)) ORDER BY r.deadline, r.id LIMIT ?",
                       {clock_.now(), limit},
                       [&](store::Row const& row) { list.push_back(reach_tables::read_test(row).test); }));
        return list;
    });
}

Result<ReachFigures> Reachability::figures(std::optional<ReachKind> kind, Timestamp since) {
    auto const now = clock_.now();
    return ledger_.read([&](store::Transaction& tx) -> Result<ReachFigures> {
        ReachFigures figures;
        std::vector<std::int64_t> minutes;
        std::map<std::int64_t, ReachTest> newest;  // by target
        CHECK(tx.query(std::string(reach_tables::test_columns) +
                           "WHERE t.removed IS NULL AND (? = '' OR t.kind = ?) AND r.sent >= ? ORDER BY r.id",
                       {kind ? name_of(*kind) : "", kind ? name_of(*kind) : "", since}, [&](store::Row const& row) {
                           auto const test = reach_tables::read_test(row).test;
                           ++figures.tests;
                           if (test.answered) {
                               ++figures.answers;
                               figures.last_answer =
                                   std::max(figures.last_answer.value_or(Timestamp()), *test.answered);
                           }
                           if (auto const took = test.took()) minutes.push_back(took->count() / 60);
                           if (test.answered || test.deadline < now) newest[test.target.value] = test;
                       }));
        figures.tested = std::ssize(newest);
        for (auto const& [target, test] : newest) {
            if (!test.answered || *test.answered > test.deadline) continue;
            ++figures.reached;
            if (test.is_outside) ++figures.outside;
        }
        std::ranges::sort(minutes);
        if (!minutes.empty()) figures.median_minutes = minutes[minutes.size() / 2];
        return figures;
    });
}

Result<ReachPlan> Reachability::queue(std::span<ReachTargetId const> ids, bool is_dry_run,
                                      access::Principal const& by) {
    auto const now = clock_.now();
    TRY(auto const targets, all());
    for (auto const id : ids)
        if (std::ranges::find(targets, id, &ReachTarget::id) == targets.end())
            return fail(Code::not_found, fmt::format("nobody is tested under the number {}", id.value));
    ReachPlan plan;
    for (auto const& target : targets) {
        bool const is_named = std::ranges::find(ids, target.id) != ids.end();
        if (ids.empty() ? !target.next || *target.next > now : !is_named) continue;
        TRY(auto item, plan_one(target, is_named, now));
        if (item.left_out.empty() && !is_dry_run) {
            ReachTest const test{
                .target = target.id,
                .address = item.address,
                .language = item.language,
                .message_id = fmt::format("{}@{}", to_hex(secret_bytes(16)), net::mail_domain(doors_.team_address)),
                .created = now,
                .created_by = by.name,
                .deadline = now + std::chrono::hours(target.answer_within)};
            TRY(item.left_out, ledger_.write([&](store::Transaction& tx) -> Result<std::string> {
                // Looked at again: another one may have been quicker.
                TRY(auto const open, reach_tables::open_test(tx, target.id, now));
                if (open) return std::string("another test is under way");
                TRY(item.test, reach_tables::put(tx, test, secret_bytes(16), next_of(target, now, false)));
                CHECK(write_audit(tx, by, now, "reachability.test", target));
                return std::string();
            }));
        }
        plan.items.push_back(std::move(item));
    }
    return plan;
}

Result<std::optional<std::pair<ReachTarget, ReachTest>>> Reachability::claim() {
    auto const now = clock_.now();
    return ledger_.write([&](store::Transaction& tx) -> Result<std::optional<std::pair<ReachTarget, ReachTest>>> {
        std::optional<std::pair<ReachTarget, ReachTest>> both;
        TRY(auto found, reach_tables::claim(tx, now, doors_.boot));
        if (!found) return both;
        TRY(auto whose, reach_tables::target(tx, found->test.target, now));
        found->test.is_outside = !holds(whose.hours, now);
        found->test.deadline = now + std::chrono::hours(whose.answer_within);
        CHECK(reach_tables::set_time(tx, found->test.id, found->test.is_outside, found->test.deadline));
        both.emplace(std::move(whose), std::move(found->test));
        return both;
    });
}

Result<std::int64_t> Reachability::erase(constituency::ContactId contact, std::span<std::string const> addresses,
                                         access::Principal const& by) {
    return ledger_.write([&](store::Transaction& tx) -> Result<std::int64_t> {
        auto const now = clock_.now();
        std::int64_t changed = 0;
        auto const forget = [&](std::string_view where, store::Bind const& value) -> Status {
            TRY(auto const targets,
                tx.run(
                    fmt::format("UPDATE reach_target SET address = '', name = 'erased', agreed_by = 'erased', note = "
                                "'', removed = coalesce(removed, ?), next = NULL WHERE name <> 'erased' AND ({})",
                                where),
                    {now, value}));
            changed += targets;
            return {};
        };
        CHECK(forget("contact = ?", contact.value));
        for (auto const& address : addresses) {
            CHECK(forget("lower(address) = lower(?)", address));
            CHECK(tx.run("UPDATE reach_test SET state = 'failed' WHERE lower(address) = lower(?) AND state = 'queued'",
                         {address}));
            TRY(auto const tests, tx.run("UPDATE reach_test SET address = 'erased', error = '' WHERE lower(address) = "
                                         "lower(?)",
                                         {address}));
            changed += tests;
        }
        if (changed > 0) CHECK(access::audit(tx, by, now, {.what = "reachability.erase", .kind = "reachability"}));
        return changed;
    });
}

}  // namespace tocsin::readiness
