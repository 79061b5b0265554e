#include "events/engine_impl.hpp"

#include <algorithm>
#include <fmt/format.h>

/// What the house forgets: events, rejected rows and deduplication keys beyond an age.
namespace tocsin::events {
namespace {

constexpr std::int64_t events_at_once = 500'000;  ///< memory of a removal is bounded by this
constexpr std::int64_t rejected_at_once = 5'000;
constexpr std::int64_t checkpoint_every = 4'000'000;  ///< events: their removal lies in the log until then

EventFilter older_than(Timestamp before) {
    EventFilter filter;
    filter.to = before;
    return filter;
}

Error is_cancelled_error() {
    return {Code::unavailable, "stopped; the rest is removed later"};
}

}  // namespace

Result<Forgetting> Events::would_forget(Timestamp before) const {
    Forgetting plan;
    plan.before = Timestamp::from_day(before.day());
    TRY(auto const segments, impl_->archive->by_segment(older_than(plan.before)));
    for (auto const& segment : segments) plan.events += segment.events;
    TRY(plan.rejected, impl_->ledger.read([&](store::Transaction& ledger) {
        return store_sql::count_rejected_before(ledger, plan.before);
    }));
    return plan;
}

Result<std::int64_t> Events::order_forgetting(access::Principal const& by, Timestamp before) {
    auto const day = Timestamp::from_day(before.day());
    if (day > impl_->now())
        return fail(Code::invalid,
                    fmt::format("{} lies in the future: only what is past is forgotten", format_date(day)));
    return impl_->ledger.write([&](store::Transaction& ledger) -> Result<std::int64_t> {
        TRY(auto const id, store_sql::begin_forgetting(ledger, day, impl_->now(), by.who));
        JsonWriter details;
        details.object().field("before", day).end();
        CHECK(access::audit(
            ledger, by, impl_->now(),
            {.what = "event.forget", .kind = "forgetting", .id = std::to_string(id), .details = details.text()}));
        return id;
    });
}

Result<Forgetting> Events::forget_before(access::Principal const& by, Timestamp before,
                                         std::function<bool()> const& is_cancelled) {
    TRY(auto const id, order_forgetting(by, before));
    CHECK(finish_forgetting(is_cancelled));
    TRY(auto const last, forgettings(100));
    auto const mine = std::ranges::find(last, id, &Forgetting::id);
    TOCSIN_ASSERT(mine != last.end());
    return *mine;
}

Status Events::finish_forgetting(std::function<bool()> const& is_cancelled) {
    std::lock_guard const lock(impl_->forgetting_mutex);
    TRY(auto const waiting, impl_->ledger.read(store_sql::unfinished_forgettings));
    for (auto const& one : waiting) CHECK(impl_->forget(one, is_cancelled ? is_cancelled : [] { return false; }));
    return {};
}

Result<std::vector<Forgetting>> Events::forgettings(std::size_t limit) const {
    return impl_->ledger.read([&](store::Transaction& ledger) { return store_sql::forgettings(ledger, limit); });
}

Result<std::optional<Timestamp>> Events::oldest(Scope const& scope) const {
    return impl_->archive->oldest(scope);
}

Status Events::Impl::forget(Forgetting const& order, std::function<bool()> const& is_cancelled) {
    CHECK(forget_events(order, is_cancelled));
    for (std::int64_t removed = rejected_at_once; removed == rejected_at_once;) {
        if (is_cancelled()) return std::unexpected(is_cancelled_error());
        TRY(removed, ledger.write([&](store::Transaction& transaction) -> Result<std::int64_t> {
            TRY(auto const some, store_sql::remove_rejected_before(transaction, order.before, rejected_at_once));
            CHECK(store_sql::add_forgotten(transaction, order.id, 0, some));
            return some;
        }));
    }
    TRY(auto const window, widest_window());
    {
        std::lock_guard const lock(intake_mutex);
        CHECK(committer->forget_keys_before(order.before.day() - window));
    }
    TRY(auto const done, ledger.write([&](store::Transaction& transaction) -> Result<Forgetting> {
        TRY(auto const whole, store_sql::finish_forgetting(transaction, order.id, now()));
        JsonWriter details;
        details.object().field("before", whole.before).field("events", whole.events);
        details.field("rejected", whole.rejected).end();
        CHECK(access::audit(transaction, access::server_principal(), now(),
                            {.what = "event.forgotten",
                             .kind = "forgetting",
                             .id = std::to_string(order.id),
                             .details = details.text()}));
        return whole;
    }));
    if (done.events > 0)
        log::info("forgot {} events and {} rejected rows from before {}", done.events, done.rejected,
                  format_date(done.before));
    return {};
}

Status Events::Impl::forget_events(Forgetting const& order, std::function<bool()> const& is_cancelled) {
    auto const filter = older_than(order.before);
    TRY(auto const segments, archive->by_segment(filter));
    auto const at_once = options.forget_rows > 0 ? options.forget_rows : events_at_once;
    std::int64_t since_checkpoint = 0;
    for (std::size_t at = 0; at < segments.size();) {
        if (is_cancelled()) return std::unexpected(is_cancelled_error());
        auto const first = segments[at].segment;
        std::int64_t events = 0;
        for (; at < segments.size() && (events == 0 || events + segments[at].events <= at_once); ++at)
            events += segments[at].events;
        std::lock_guard const lock(intake_mutex);
        TRY(auto const removed, archive->remove(filter, first, segments[at - 1].segment));
        CHECK(ledger.write([&](store::Transaction& transaction) {
            return store_sql::add_forgotten(transaction, order.id, removed, 0);
        }));
        since_checkpoint += removed;
        if (since_checkpoint < checkpoint_every && at < segments.size()) continue;
        CHECK(archive->checkpoint());
        since_checkpoint = 0;
    }
    return {};
}

Result<std::int32_t> Events::Impl::widest_window() const {
    TRY(auto const feeds, ledger.read(store_sql::feeds));
    std::int32_t window = 1;
    for (auto const& [feed, row] : feeds)
        if (auto const definition = options.catalogue->find(feed))
            window = std::max(window, (*definition)->dedup_window_days);
    return window;
}

}  // namespace tocsin::events
