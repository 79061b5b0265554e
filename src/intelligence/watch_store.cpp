#include "intelligence/impl.hpp"
#include "intelligence/watched_values.hpp"
#include "intelligence/watches.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tocsin::intelligence {
namespace {

constexpr std::int64_t most_watches = 200, most_hits = 10'000;
constexpr std::size_t most_values = 1000, longest_name = 200, longest_value = 1000;
constexpr std::size_t page_objects = 1000, most_objects = 50'000, most_matches = 5000;
constexpr std::string_view columns = "w.id, w.name, w.search, s.name, w.owner, w.is_team, w.created";

Watch read_row(store::Row const& row) {
    return {.id = row.integer(0),
            .name = row.string(1),
            .search = row.integer(2),
            .search_name = row.string(3),
            .values = {},
            .owner = row.string(4),
            .is_team = row.truth(5),
            .created = row.time(6)};
}

Status read_values(store::Transaction& tx, Watch& watch) {
    return tx.query("SELECT value FROM intel_watch_value WHERE watch = ? ORDER BY ordinal", {watch.id},
                    [&](store::Row const& row) { watch.values.push_back(row.string(0)); });
}

/// What of the hits `h` on objects `o` somebody may be told. Which value stands in a part that is not for them would
/// tell of the part.
std::string told_sql(Visibility const& visibility, gate::Recipient const& asker) {
    if (visibility.everything) return "1";
    return fmt::format("({} AND (o.has_parts = 0 OR h.value = '') AND (m.id IS NULL OR m.tlp <= {}))", visibility.sql,
                       static_cast<int>(asker.clearance));
}

constexpr std::string_view hit_tables =
    "intel_watch_hit h JOIN intel_object o ON o.seq = h.seq LEFT JOIN intel_match m ON m.id = h.match";

/// A watch and how far it has looked.
struct Lookout {
    Watch watch;
    std::string query;
    std::int64_t seen_added = 0, seen_match = 0;
};

struct Sight {
    std::int64_t seq = 0, match = 0;
    std::string value = {};
};

Result<std::vector<Lookout>> read_lookouts(store::Transaction& tx, std::int64_t last_added, std::int64_t last_match) {
    std::vector<Lookout> found;
    CHECK(tx.query(fmt::format("SELECT {}, s.query, w.seen_added, w.seen_match FROM intel_watch w LEFT JOIN "
                               "intel_search s ON s.id = w.search WHERE w.seen_added < ? OR w.seen_match < ? "
                               "ORDER BY w.id",
                               columns),
                   {last_added, last_match}, [&](store::Row const& row) {
                       found.push_back({read_row(row), row.string(7), row.integer(8), row.integer(9)});
                   }));
    for (auto& one : found) CHECK(read_values(tx, one.watch));
    return found;
}

Status keep_sights(store::Transaction& tx, Lookout const& lookout, std::vector<Sight> const& sights, Timestamp now,
                   std::int64_t& kept) {
    for (auto const& sight : sights) {
        TRY(auto const added, tx.run("INSERT INTO intel_watch_hit (watch, seq, match, value, at, is_read) VALUES "
                                     "(?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING",
                                     {lookout.watch.id, sight.seq, sight.match, sight.value, now}));
        kept += added;
    }
    CHECK(tx.run("UPDATE intel_watch SET seen_added = ?, seen_match = ? WHERE id = ?",
                 {lookout.seen_added, lookout.seen_match, lookout.watch.id}));
    if (sights.empty()) return {};
    CHECK(
        tx.run("DELETE FROM intel_watch_hit WHERE watch = ? AND id <= (SELECT id FROM intel_watch_hit WHERE watch = ? "
               "ORDER BY id DESC LIMIT 1 OFFSET ?)",
               {lookout.watch.id, lookout.watch.id, most_hits}));
    return {};
}

Result<WatchedValues> watched(Watch const& watch) {
    WatchedValues values;
    for (auto const& text : watch.values)
        if (!values.add(text))
            return fail(Code::invalid, fmt::format("values: \"{}\" is no value that can be told", text));
    return values;
}

/// One page of what is new. True: there is more.
Result<bool> look_at_objects(Intelligence const& room, Lookout& lookout, gate::Recipient const& owner,
                             std::int64_t last_added, Timestamp now, std::vector<Sight>& sights) {
    ObjectFilter filter;
    if (lookout.watch.search != 0) {
        TRY(auto const words, filter_words(lookout.query));
        TRY(filter, filter_of(words, now));
        filter.folds = false;
    }
    filter.added_after = std::max(filter.added_after.value_or(Timestamp()), Timestamp{lookout.seen_added});
    filter.added_until = std::min(filter.added_until.value_or(Timestamp{last_added}), Timestamp{last_added});
    TRY(auto const values, watched(lookout.watch));
    TRY(auto const page, room.objects(filter, owner, ObjectOrder::oldest_first, {.after = {}, .limit = page_objects}));
    Intake intake;
    for (auto const& object : page.items) {
        if (lookout.watch.search != 0) {
            sights.push_back({.seq = object->seq});
            continue;
        }
        for (auto const& value : intake.take(object->json, 0).values)
            if (auto const which = values.find(value.observable); !which.empty()) {
                sights.push_back({.seq = object->seq, .match = 0, .value = std::string(which)});
                break;
            }
    }
    lookout.seen_added = page.next.empty() ? last_added : parse_int(page.next).value_or(last_added);
    return !page.next.empty();
}

}  // namespace

Result<Watch> Watches::add(NewWatch const& wanted, access::Principal const& by) {
    if (wanted.is_team) CHECK(access::require(by, access::Role::analyst));
    auto const name = trimmed(wanted.name);
    if (name.empty() || name.size() > longest_name || !is_utf8(name))
        return fail(Code::invalid, fmt::format("name: expected 1 to {} bytes", longest_name));
    if ((wanted.search != 0) == !wanted.values.empty())
        return fail(Code::invalid, "search, values: expected one of the two");
    if (wanted.values.size() > most_values)
        return fail(Code::limit, fmt::format("values: expected at most {}", most_values));
    auto& impl = *room_.impl_;
    auto const now = impl.options.clock->now();
    Watch watch{
        .name = std::string(name), .search = wanted.search, .owner = by.who, .is_team = wanted.is_team, .created = now};
    for (auto const& text : wanted.values)
        if (auto const value = trimmed(text); value.size() <= longest_value) watch.values.emplace_back(value);
    if (watch.values.size() != wanted.values.size())
        return fail(Code::invalid, fmt::format("values: expected at most {} bytes each", longest_value));
    CHECK(watched(watch));
    if (wanted.search != 0) {
        TRY(auto const search, Searches(room_).find(std::to_string(wanted.search), by));
        watch.search_name = search.name;
        if (watch.is_team && !search.is_team)
            return fail(Code::invalid, "search: a watch of the team needs a search of the team");
    }
    TRY(watch.id, impl.ledger.write([&](store::Transaction& tx) -> Result<std::int64_t> {
        TRY(auto const count,
            tx.one("SELECT COUNT(*) FROM intel_watch", {}, [](store::Row const& row) { return row.integer(0); }));
        if (count.value_or(0) >= most_watches)
            return fail(Code::limit, fmt::format("there are {} watches: remove one first", most_watches));
        TRY(auto const taken, tx.one("SELECT 1 FROM intel_watch WHERE owner = ? AND name = ?", {by.who, watch.name},
                                     [](store::Row const&) { return true; }));
        if (taken) return fail(Code::conflict, fmt::format("name: there is a watch \"{}\" already", watch.name));
        TRY(auto const id, tx.insert("INSERT INTO intel_watch (name, search, owner, is_team, created, seen_added, "
                                     "seen_match) SELECT ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(added), 0) FROM "
                                     "intel_object), (SELECT COALESCE(MAX(id), 0) FROM intel_match)",
                                     {watch.name, watch.search, by.who, watch.is_team, now}));
        std::int64_t ordinal = 0;
        for (auto const& value : watch.values)
            CHECK(tx.run("INSERT INTO intel_watch_value VALUES (?, ?, ?)", {id, ++ordinal, value}));
        auto const details = fmt::format(R"({{"number":{}}})", id);
        CHECK(access::audit(tx, by, now, {.what = "watch.add", .details = details}));
        return id;
    }));
    CHECK(impl.ledger.read([&](store::Transaction& tx) { return impl.in_events->reload(tx); }));
    return watch;
}

Result<std::vector<Watch>> Watches::all(access::Principal const& by) const {
    auto const asker = gate::Recipient::team(by);
    auto const visibility = room_.impl_->visibility(asker);
    std::vector<Watch> found;
    CHECK(room_.impl_->ledger.read([&](store::Transaction& tx) -> Status {
        CHECK(tx.query(fmt::format("SELECT {} FROM intel_watch w LEFT JOIN intel_search s ON s.id = w.search WHERE "
                                   "w.owner = ? OR w.is_team = 1 OR ? = 1 ORDER BY w.name, w.id",
                                   columns),
                       {by.who, by.via == access::Via::command},
                       [&](store::Row const& row) { found.push_back(read_row(row)); }));
        for (auto& one : found) {
            CHECK(read_values(tx, one));
            TRY(auto const unread,
                tx.one(fmt::format("SELECT COUNT(*) FROM {} WHERE h.watch = ? AND h.is_read = 0 AND {}", hit_tables,
                                   told_sql(visibility, asker)),
                       {one.id}, [](store::Row const& row) { return row.integer(0); }));
            TRY(auto const events,
                tx.one("SELECT COUNT(*) FROM intel_watched_event WHERE watch = ? AND is_read = 0 AND "
                       "tlp <= ?",
                       {one.id, static_cast<int>(asker.clearance)},
                       [](store::Row const& row) { return row.integer(0); }));
            one.unread_events = events.value_or(0);
            one.unread = unread.value_or(0) + one.unread_events;
        }
        return {};
    }));
    return found;
}

Result<std::int64_t> Watches::unread(access::Principal const& by) const {
    TRY(auto const seen, all(by));
    std::int64_t sum = 0;
    for (auto const& one : seen) sum += one.unread;
    return sum;
}

Result<Watch> Watches::find(std::string_view number_or_name, access::Principal const& by) const {
    TRY(auto const seen, all(by));
    auto const number = parse_int(number_or_name);
    Watch const* found = nullptr;
    for (auto const& one : seen) {
        if (number == one.id) return one;
        if (one.name == number_or_name && (found == nullptr || one.owner == by.who)) found = &one;
    }
    if (found == nullptr) return fail(Code::not_found, fmt::format("there is no watch \"{}\"", number_or_name));
    return *found;
}

Status Watches::remove(std::int64_t id, access::Principal const& by) {
    TRY(auto const watch, find(std::to_string(id), by));
    if (watch.owner != by.who && !by.may(access::Role::administrator))
        return fail(Code::denied, fmt::format("\"{}\" is another's: only an administrator may remove it", watch.name));
    auto& impl = *room_.impl_;
    CHECK(impl.ledger.write([&](store::Transaction& tx) -> Status {
        CHECK(tx.run("DELETE FROM intel_watch_hit WHERE watch = ?", {id}));
        CHECK(tx.run("DELETE FROM intel_watched_event WHERE watch = ?", {id}));
        CHECK(tx.run("DELETE FROM intel_watch_value WHERE watch = ?", {id}));
        CHECK(tx.run("DELETE FROM intel_watch WHERE id = ?", {id}));
        auto const details = fmt::format(R"({{"number":{}}})", id);
        CHECK(access::audit(tx, by, impl.options.clock->now(), {.what = "watch.remove", .details = details}));
        return {};
    }));
    return impl.ledger.read([&](store::Transaction& tx) { return impl.in_events->reload(tx); });
}

Result<WatchHits> Watches::hits(std::int64_t watch, bool only_unread, access::Principal const& by,
                                PageRequest const& page) const {
    CHECK(find(std::to_string(watch), by));
    auto const& impl = *room_.impl_;
    auto const asker = gate::Recipient::team(by);
    auto const visibility = impl.visibility(asker);
    auto const limit = std::clamp<std::size_t>(page.limit, 1, 1000);
    auto const before = page.after.empty() ? INT64_MAX : parse_int(page.after).value_or(0);
    struct Row {
        std::int64_t id, seq;
        Timestamp at;
        std::string value, subject;
        bool is_read;
        Object object;
    };
    std::vector<Row> rows;
    CHECK(impl.ledger.read([&](store::Transaction& tx) -> Status {
        CHECK(tx.query(
            fmt::format("SELECT h.id, h.seq, h.at, h.value, m.subject, h.is_read FROM {} WHERE h.watch = ? AND "
                        "h.id < ? AND (? = 0 OR h.is_read = 0) AND {} ORDER BY h.id DESC LIMIT ?",
                        hit_tables, told_sql(visibility, asker)),
            {watch, before, only_unread, limit + 1}, [&](store::Row const& row) {
                rows.push_back(
                    {row.integer(0), row.integer(1), row.time(2), row.string(3), row.string(4), row.truth(5), {}});
            }));
        for (auto& row : rows) {
            TRY(row.object, impl.object_at(tx, row.seq));
        }
        return {};
    }));
    WatchHits found;
    if (rows.size() > limit) {
        rows.resize(limit);
        found.next = std::to_string(rows.back().id);
    }
    for (auto& row : rows)
        if (auto object = impl.gate.clear(std::move(row.object), asker))
            found.items.push_back(
                {row.id, row.at, std::move(row.value), std::move(row.subject), row.is_read, *std::move(object)});
    return found;
}

Result<std::int64_t> Watches::read(std::int64_t watch, std::vector<std::int64_t> const& hits,
                                   access::Principal const& by) {
    TRY(auto const found, find(std::to_string(watch), by));
    if (found.owner != by.who) CHECK(access::require(by, access::Role::analyst));
    auto const some = hits.empty() ? std::string("1") : fmt::format("id IN ({})", fmt::join(hits, ","));
    return room_.impl_->ledger.write([&](store::Transaction& tx) {
        return tx.run(
            fmt::format("UPDATE intel_watch_hit SET is_read = 1 WHERE watch = ? AND is_read = 0 AND {}", some),
            {watch});
    });
}

// Looking

Result<std::int64_t> Watches::look(std::function<bool()> const& is_cancelled) {
    auto& impl = *room_.impl_;
    std::int64_t last_added = 0, last_match = 0, kept = 0;
    std::vector<Lookout> lookouts;
    CHECK(impl.ledger.read([&](store::Transaction& tx) -> Status {
        CHECK(
            tx.query("SELECT (SELECT COALESCE(MAX(added), 0) FROM intel_object), (SELECT COALESCE(MAX(id), 0) FROM "
                     "intel_match)",
                     {}, [&](store::Row const& row) {
                         last_added = row.integer(0);
                         last_match = row.integer(1);
                     }));
        TRY(lookouts, read_lookouts(tx, last_added, last_match));
        return {};
    }));
    for (auto& lookout : lookouts) {
        auto const owner = impl.options.asker_of ? impl.options.asker_of(lookout.watch.owner) : std::nullopt;
        if (!owner) continue;  // who can't sign in any more is told nothing; the watch waits
        bool more = true;
        for (std::size_t looked = 0; more && looked < most_objects; looked += page_objects) {
            if (is_cancelled && is_cancelled()) return kept;
            auto const now = impl.options.clock->now();
            std::vector<Sight> sights;
            TRY(more, look_at_objects(room_, lookout, *owner, last_added, now, sights));
            CHECK(impl.ledger.write(
                [&](store::Transaction& tx) -> Status { return keep_sights(tx, lookout, sights, now, kept); }));
        }
        TRY(auto const met, impl.look_at_matches(lookout.watch, lookout.seen_match, last_match, *owner));
        lookout.seen_match = met.seen;
        std::vector<Sight> sights;
        for (auto const& [seq, match, value] : met.found) sights.push_back({seq, match, value});
        CHECK(impl.ledger.write([&](store::Transaction& tx) -> Status {
            return keep_sights(tx, lookout, sights, impl.options.clock->now(), kept);
        }));
    }
    return kept;
}

/// Matches whose value or machine is watched.
Result<Intelligence::Impl::Met> Intelligence::Impl::look_at_matches(Watch const& watch, std::int64_t after,
                                                                    std::int64_t to,
                                                                    gate::Recipient const& owner) const {
    Met met{.seen = to, .found = {}};
    if (watch.values.empty() || after >= to) return met;
    TRY(auto const values, watched(watch));
    auto const seen = visibility(owner);
    std::size_t count = 0;
    CHECK(ledger.read([&](store::Transaction& tx) {
        return tx.query(
            fmt::format(
                "SELECT m.id, m.seq, m.kind, m.value, m.subject FROM intel_match m JOIN intel_object o ON o.seq = "
                "m.seq WHERE m.id > ? AND m.id <= ? AND m.tlp <= ? AND {} ORDER BY m.id LIMIT ?",
                seen.sql),
            {after, to, static_cast<int>(owner.clearance), most_matches}, [&](store::Row const& row) {
                if (++count == most_matches) met.seen = row.integer(0);
                auto const kind = static_cast<formats::ObservableKind>(row.integer(2));
                auto const subject = formats::recognised(row.text(4));
                std::string_view which;
                if (auto const value = formats::normalised({kind, row.string(3)})) which = values.find(*value);
                if (which.empty() && subject) which = values.find(subject->observable);
                if (!which.empty()) met.found.push_back({row.integer(1), row.integer(0), std::string(which)});
            });
    }));
    return met;
}

}  // namespace tocsin::intelligence
