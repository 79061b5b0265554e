#include "intelligence/find_store.hpp"
#include "intelligence/incoming.hpp"
#include "intelligence/live_index.hpp"
#include "intelligence/value_key.hpp"

#include <algorithm>
#include <functional>

namespace tocsin::intelligence {
namespace {

constexpr std::uint64_t first_tier = 1U << 14;

void put(MatchIndex& index, LiveValue const& value) {
    if (value.network_length >= 0) index.note_length(static_cast<std::uint8_t>(value.network_length));
    index.add(value.fingerprint, value.is_whole ? value.seq | whole_pattern : value.seq);
}

}  // namespace

/// By taking the objects apart again: the index of values is not in their order.
Status each_live(store::Transaction& tx, std::int64_t after, std::int64_t to, Timestamp now,
                 std::function<void(LiveValue const&, ValueKey const&)> const& each) {
    struct Place {
        std::int64_t seq, block, slot;
    };
    std::vector<Place> places;
    CHECK(
        tx.query("SELECT seq, block, slot FROM intel_object WHERE seq > ? AND seq <= ? AND live_until > ? AND "
                 "is_last = 1 ORDER BY seq",
                 {after, to, now},
                 [&](store::Row const& row) { places.push_back({row.integer(0), row.integer(1), row.integer(2)}); }));
    BodyReader bodies(tx);
    Intake intake;
    for (auto const& place : places) {
        TRY(auto const json, bodies.body(place.block, place.slot));
        auto const object = intake.take(json, 0);
        for (auto const& key : matched_keys(object)) each(live_value(key, place.seq, object.matching), key);
    }
    return {};
}

LiveValue live_value(ValueKey const& key, std::int64_t seq, std::optional<Matching> matching) {
    LiveValue value{.fingerprint = 0, .seq = static_cast<std::uint32_t>(seq), .network_length = -1};
    value.is_whole = matching == Matching::whole;
    if (key.kind != index_kind(formats::ObservableKind::ip)) {
        value.fingerprint = text_fingerprint(key.kind, key.key);
        return value;
    }
    auto const network = network_of(key.key);
    value.network_length = network.length;
    value.fingerprint = address_fingerprint(network.address, network.length);
    return value;
}

std::vector<ValueKey> matched_keys(Incoming const& object) {
    std::vector<ValueKey> keys;
    if (object.matching.value_or(Matching::by_value) == Matching::never) return keys;
    for (auto const& value : object.values)
        if (!value.keys.empty()) keys.push_back(value.keys.front());  // not the host of a URL: others live there too
    return keys;
}

Status LiveIndex::open(store::Transaction& tx, Timestamp now) {
    auto base = MatchIndex::open(file_);
    if (!base && base.error().code != Code::not_found)
        log::warning("{}: it is made anew from the ledger", base.error().message);
    if (base) base_ = *std::move(base);
    std::vector<LiveValue> values;
    last_seq_ = base_ ? base_->last_seq() : 0;
    CHECK(each_live(tx, last_seq_, INT64_MAX, now,
                    [&](LiveValue const& value, ValueKey const&) { values.push_back(value); }));
    add(values);
    return {};
}

void LiveIndex::add(std::span<LiveValue const> values) {
    if (values.empty() && !base_) return;
    since_.insert(since_.end(), values.begin(), values.end());
    for (auto const& value : values) {
        bool const is_full = fresh_.empty() || fresh_.back()->count() >= first_tier << (fresh_.size() - 1);
        if (is_full) fresh_.emplace_back(MatchIndex::make(first_tier << fresh_.size()));
        put(*fresh_.back(), value);
        last_seq_ = std::max(last_seq_, value.seq);
    }
    publish();
}

void LiveIndex::publish() {
    std::vector<std::shared_ptr<MatchIndex const>> tiers;
    if (base_) tiers.push_back(base_);
    tiers.insert(tiers.end(), fresh_.begin(), fresh_.end());
    std::atomic_store(&tiers_, made_of(std::move(tiers), last_seq_));
}

std::shared_ptr<LiveIndex::Tiers const> LiveIndex::tiers_of(std::span<LiveValue const> values) {
    std::shared_ptr<MatchIndex> const index = MatchIndex::make(values.size());
    std::uint32_t last = 0;
    for (auto const& value : values) {
        put(*index, value);
        last = std::max(last, value.seq);
    }
    return made_of({index}, last);
}

std::shared_ptr<LiveIndex::Tiers const> LiveIndex::made_of(std::vector<std::shared_ptr<MatchIndex const>> parts,
                                                           std::uint32_t last_seq) {
    auto tiers = std::make_shared<Tiers>();
    tiers->tiers = std::move(parts);
    tiers->last_seq = last_seq;
    std::bitset<129> lengths;
    for (auto const& tier : tiers->tiers) lengths |= tier->lengths();
    for (std::size_t length = lengths.size(); length > 0; --length)
        if (lengths[length - 1]) tiers->lengths.push_back(static_cast<std::uint8_t>(length - 1));
    return tiers;
}

std::uint64_t LiveIndex::count() const {
    std::uint64_t count = 0;
    for (auto const& tier : tiers()->tiers) count += tier->count();
    return count;
}

Status LiveIndex::tidy(store::Ledger& ledger, Timestamp now) {
    std::uint64_t fresh = 0;
    for (auto const& tier : fresh_) fresh += tier->count();
    if (fresh < file_from_ || (base_ && fresh < base_->count() / 4)) return {};
    TRY(auto made, MatchIndex::create(file_, count()));
    if (base_)  // of what the file holds only those that are still live stay
        CHECK(ledger.read([&](store::Transaction& tx) {
            return each_live(tx, 0, base_->last_seq(), now,
                             [&](LiveValue const& value, ValueKey const&) { put(*made, value); });
        }));
    for (auto const& value : since_) put(*made, value);
    CHECK(made->finish(last_seq_));
    base_ = std::move(made);
    fresh_.clear();
    since_ = {};
    publish();
    return {};
}

}  // namespace tocsin::intelligence
