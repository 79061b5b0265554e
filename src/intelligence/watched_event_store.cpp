#include "intelligence/impl.hpp"
#include "intelligence/watched_events.hpp"
#include "intelligence/watched_values.hpp"
#include "intelligence/watches.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

namespace tocsin::intelligence {
namespace {

constexpr std::int64_t most_kept = 10'000;
constexpr std::uint32_t values_of_a_watch = 1024;  // more than a watch may have
constexpr std::int64_t most_watches_ever = whole_pattern / values_of_a_watch;

/// A watched value by the number under which the index has it.
std::int64_t watch_of(Hit const& hit) {
    return hit.seq / values_of_a_watch;
}
std::int64_t ordinal_of(Hit const& hit) {
    return hit.seq % values_of_a_watch;
}

struct Watched {
    std::string owner, value;
};
using WatchedByPlace = std::map<std::pair<std::int64_t, std::int64_t>, Watched>;

Result<WatchedByPlace> read_watched(store::Transaction& tx, std::vector<Hit> const& hits) {
    WatchedByPlace found;
    for (auto const& hit : hits) {
        std::pair const place{watch_of(hit), ordinal_of(hit)};
        if (found.contains(place)) continue;
        CHECK(
            tx.query("SELECT w.owner, v.value FROM intel_watch_value v JOIN intel_watch w ON w.id = v.watch WHERE "
                     "v.watch = ? AND v.ordinal = ?",
                     {place.first, place.second},
                     [&](store::Row const& row) { found[place] = {row.string(0), row.string(1)}; }));
    }
    return found;
}

Status trim(store::Transaction& tx, std::int64_t watch) {
    CHECK(
        tx.run("DELETE FROM intel_watched_event WHERE watch = ? AND id <= (SELECT id FROM intel_watched_event WHERE "
               "watch = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
               {watch, watch, most_kept}));
    return {};
}

WatchedEvent read_event(store::Row const& row) {
    return {.id = row.integer(0),
            .value = row.string(1),
            .seen = row.string(2),
            .side = row.string(3),
            .subject = row.string(4),
            .observed = row.time(5),
            .at = row.time(6),
            .feed = row.string(7),
            .report = row.integer(8),
            .tlp = static_cast<gate::Tlp>(row.integer(9)),
            .is_read = row.truth(10)};
}

}  // namespace

WatchedInEvents::WatchedInEvents(std::shared_ptr<events::Matcher> next, store::Ledger& ledger, Options const& options)
    : next_(std::move(next)),
      ledger_(ledger),
      options_(options),
      looking_([this] { return std::atomic_load(&tiers_); },
               [this](std::vector<Hit> const& hits) { return keep(hits); }, {}) {}

std::uint64_t WatchedInEvents::match(events::EventBatch const& batch, events::MatchContext const& context) {
    looking_.match(batch, context);
    return next_->match(batch, context);
}

Status WatchedInEvents::before_commit(std::int64_t segment, std::uint64_t known) {
    CHECK(looking_.before_commit(0, UINT64_MAX));
    return next_->before_commit(segment, known);
}

Status WatchedInEvents::reload(store::Transaction& tx) {
    std::vector<LiveValue> values;
    CHECK(tx.query("SELECT watch, ordinal, value FROM intel_watch_value WHERE watch < ? AND ordinal < ?",
                   {most_watches_ever, values_of_a_watch}, [&](store::Row const& row) {
                       auto const key = watched_key(row.text(2));
                       if (key)
                           values.push_back(live_value(*key, row.integer(0) * values_of_a_watch + row.integer(1),
                                                       Matching::by_value));
                   }));
    std::atomic_store(&tiers_,
                      values.empty() ? std::make_shared<LiveIndex::Tiers const>() : LiveIndex::tiers_of(values));
    return {};
}

Status WatchedInEvents::keep(std::vector<Hit> const& hits) {
    TRY(auto const watched, ledger_.read([&](store::Transaction& tx) { return read_watched(tx, hits); }));
    std::map<std::string, std::optional<gate::Recipient>, std::less<>> owners;
    for (auto const& [place, one] : watched)
        if (!owners.contains(one.owner))
            owners[one.owner] = options_.asker_of ? options_.asker_of(one.owner) : std::nullopt;
    return ledger_.write([&](store::Transaction& tx) -> Status {
        std::map<std::int64_t, std::int64_t> kept;
        for (auto const& hit : hits) {
            auto const found = watched.find({watch_of(hit), ordinal_of(hit)});
            if (found == watched.end() || watched_key(found->second.value) != hit.key) continue;
            auto const& owner = owners[found->second.owner];
            if (!owner || hit.tlp > owner->clearance) continue;
            Timestamp const observed{hit.observed};
            TRY(auto const added,
                tx.run("INSERT INTO intel_watched_event (watch, value, seen, side, subject, day, observed, at, feed, "
                       "report, tlp, is_read) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING",
                       {watch_of(hit), found->second.value, hit.value, hit.side, hit.subject, observed.day(), observed,
                        options_.clock->now(), hit.feed, hit.report, static_cast<int>(hit.tlp)}));
            kept[watch_of(hit)] += added;
        }
        for (auto const& [watch, count] : kept)
            if (count > 0) CHECK(trim(tx, watch));
        return {};
    });
}

Result<WatchedEvents> Watches::events(std::int64_t watch, bool only_unread, access::Principal const& by,
                                      PageRequest const& page) const {
    CHECK(find(std::to_string(watch), by));
    auto const& impl = *room_.impl_;
    auto const asker = gate::Recipient::team(by);
    auto const limit = std::clamp<std::size_t>(page.limit, 1, 1000);
    auto const before = page.after.empty() ? INT64_MAX : parse_int(page.after).value_or(0);
    std::vector<WatchedEvent> rows;
    CHECK(impl.ledger.read([&](store::Transaction& tx) {
        return tx.query(
            "SELECT id, value, seen, side, subject, observed, at, feed, report, tlp, is_read FROM "
            "intel_watched_event WHERE watch = ? AND id < ? AND (? = 0 OR is_read = 0) AND tlp <= ? ORDER BY "
            "id DESC LIMIT ?",
            {watch, before, only_unread, static_cast<int>(asker.clearance), limit + 1},
            [&](store::Row const& row) { rows.push_back(read_event(row)); });
    }));
    WatchedEvents found;
    if (rows.size() > limit) {
        rows.resize(limit);
        found.next = std::to_string(rows.back().id);
    }
    found.items = std::move(impl.gate.sift(std::move(rows), asker).cleared);
    return found;
}

Result<std::int64_t> Watches::read_events(std::int64_t watch, std::vector<std::int64_t> const& events,
                                          access::Principal const& by) {
    TRY(auto const found, find(std::to_string(watch), by));
    if (found.owner != by.who) CHECK(access::require(by, access::Role::analyst));
    auto const some = events.empty() ? std::string("1") : fmt::format("id IN ({})", fmt::join(events, ","));
    return room_.impl_->ledger.write([&](store::Transaction& tx) {
        return tx.run(
            fmt::format("UPDATE intel_watched_event SET is_read = 1 WHERE watch = ? AND is_read = 0 AND {}", some),
            {watch});
    });
}

void append_watched_event(JsonWriter& json, gate::Cleared<WatchedEvent> const& event) {
    json.object()
        .field("id", event->id)
        .field("at", event->at)
        .field("observed", event->observed)
        .field("value", event->value)
        .field("seen", event->seen)
        .field("side", event->side)
        .field("subject", event->subject)
        .field("feed", event->feed)
        .field_or_null("report", event->report == 0 ? std::nullopt : std::optional(event->report))
        .field("tlp", gate::label_of(event->tlp))
        .field("is_read", event->is_read)
        .end();
}

}  // namespace tocsin::intelligence
