#include "events/findings.hpp"

#include "events/recheck.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

std::uint32_t seconds_of(std::int64_t micros) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(micros / 1'000'000, 0, 0xffff'ffff));
}

std::uint16_t packed_country(std::string_view country) {
    if (country.size() != 2) return 0;
    return static_cast<std::uint16_t>(static_cast<unsigned char>(country[0]) << 8 |
                                      static_cast<unsigned char>(country[1]));
}

FindingRecord change_of(EventRow const& row, std::uint32_t segment, Dictionary const& dictionary) {
    FindingRecord record;
    record.set_key(finding_key(row));
    record.last_round = static_cast<std::uint32_t>(std::max(0, row.head->round));
    record.rounds = 1;
    record.tlp = row.tlp;
    if (row.duplicate) return record;  // it was in the round, no more
    record.first_seen = record.last_seen = seconds_of(row.time);
    record.times = 1;
    record.segment_first = record.segment_last = segment;
    record.organisation = row.organisation;
    record.asn = row.asn;
    record.lane = row.lane;
    record.severity = row.severity;
    record.country = packed_country(dictionary.text(row.words[word_country]));
    return record;
}

bool before(FindingRecord const& a, FindingRecord const& b) {
    return store::compare_keys(a.words(), b.words(), FindingRecord::shape.key_words) < 0;
}

}  // namespace

std::vector<FindingRecord> finding_changes(std::span<EventRow const* const> rows, std::uint32_t segment,
                                           Dictionary const& dictionary, RoundTable const& rounds) {
    std::vector<FindingRecord> changes;
    changes.reserve(rows.size());
    for (auto const* row : rows)
        if ((row->flags & EventRow::has_finding) != 0) changes.push_back(change_of(*row, segment, dictionary));
    // rows come sorted by address: only neighbours need sorting
    for (std::size_t start = 0; start < changes.size();) {
        auto end = start + 1;
        while (end < changes.size() && changes[end].address_low == changes[start].address_low &&
               changes[end].address_high == changes[start].address_high)
            ++end;
        if (end - start > 1)
            std::sort(changes.begin() + static_cast<std::ptrdiff_t>(start),
                      changes.begin() + static_cast<std::ptrdiff_t>(end), before);
        start = end;
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (kept > 0 && !before(changes[kept - 1], changes[i])) {
            fold_finding(reinterpret_cast<std::uint64_t*>(&changes[kept - 1]), changes[i].words(), &rounds);
        } else {
            changes[kept++] = changes[i];
        }
    }
    changes.resize(kept);
    return changes;
}

Status FindingSnapshot::scan(FindingKey const* first, std::function<bool(FindingRecord const&)> const& each) const {
    store::MergedRuns merged(FindingRecord::shape, fold_finding, rounds.get());
    for (auto const& run : runs) merged.add(run);
    if (fresh) merged.add(std::span<std::uint64_t const>(*fresh));
    FindingRecord start;
    if (first != nullptr) start.set_key(*first);
    CHECK(merged.seek(first == nullptr ? nullptr : start.words()));
    while (merged.record() != nullptr) {
        if (!each(FindingRecord::from(merged.record()))) break;
        CHECK(merged.next());
    }
    return {};
}

Result<std::optional<FindingRecord>> FindingSnapshot::find(FindingKey const& key) const {
    std::optional<FindingRecord> found;
    CHECK(scan(&key, [&](FindingRecord const& record) {
        if (record.key() == key) found = record;
        return false;
    }));
    return found;
}

void apply_saying(FindingSayings& sayings, Statement const& statement) {
    switch (statement.saying) {
        case Saying::seen:
        case Saying::repaired:
            if (is_by_recheck(statement)) {
                sayings.is_found_closed = statement.saying == Saying::repaired;
                auto& found = sayings.is_found_closed ? sayings.found_closed : sayings.found_open;
                found = std::max(found, seconds_of(statement.at.micros));
                return;
            }
            [[fallthrough]];
        case Saying::not_ours:
            if (!statement.by_team) sayings.by_owner = statement.saying;
            return;
        case Saying::false_positive:
            if (statement.by_team) {
                sayings.ruled_out = true;
            } else {
                sayings.by_owner = statement.saying;
            }
            return;
        case Saying::reopened:
            sayings.ruled_out = false;
            return;
        case Saying::assigned:
            sayings.assigned = statement.text;
            return;
        case Saying::note:
            return;
    }
}

void FindingReader::publish(FindingSnapshot snapshot) {
    std::lock_guard const lock(mutex_);
    snapshot_ = std::move(snapshot);
}

FindingSnapshot FindingReader::snapshot() const {
    std::lock_guard const lock(mutex_);
    return snapshot_;
}

void FindingReader::set_sayings(SayingsTable table) {
    std::lock_guard const lock(mutex_);
    sayings_ = std::make_shared<SayingsTable>(std::move(table));
}

void FindingReader::drop_sayings(std::vector<FindingKey> const& keys) {
    std::lock_guard const lock(mutex_);
    auto changed = std::make_shared<SayingsTable>(*sayings_);
    for (auto const& key : keys) changed->erase(key);
    sayings_ = std::move(changed);
}

void FindingReader::add_sayings(std::vector<FindingKey> const& keys, Statement const& statement) {
    std::lock_guard const lock(mutex_);
    auto changed = std::make_shared<SayingsTable>(*sayings_);
    for (auto const& key : keys) apply_saying((*changed)[key], statement);
    sayings_ = std::move(changed);
}

}  // namespace tocsin::events
