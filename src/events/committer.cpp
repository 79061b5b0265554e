#include "events/committer.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <future>
#include <set>
#include <unistd.h>

namespace tocsin::events {

Committer::Committer(Parts parts) : parts_(std::move(parts)) {}

Status Committer::open() {
    std::error_code fault;
    std::filesystem::create_directories(parts_.runs_folder, fault);
    if (fault)
        return fail(Code::io, fmt::format("creating {}: {}; check that this user may write there",
                                          parts_.runs_folder.string(), fault.message()));
    return look_anew();
}

Status Committer::look_anew() {
    auto& p = parts_;
    auto const opening =
        p.ledger->write([&](store::Transaction& ledger) { return store_sql::load(ledger, *p.dictionary, *p.classes); });
    if (!opening) return std::unexpected(opening.error());
    segment_ = opening->segment;
    secret_ = opening->secret;
    keys_ = std::make_unique<RunBook>(p.runs_folder, RunKind::keys, key_shape, fold_key);
    findings_ = std::make_unique<RunBook>(p.runs_folder, RunKind::findings, FindingRecord::shape, fold_finding);
    CHECK(p.ledger->read([&](store::Transaction& ledger) -> Status {
        std::int64_t words = 0;
        std::int64_t classes = 0;
        CHECK(
            ledger.query("SELECT (SELECT coalesce(max(id), 0) FROM events_word), (SELECT coalesce(max(id), 0) FROM "
                         "events_class)",
                         {}, [&](store::Row const& row) {
                             words = row.integer(0);
                             classes = row.integer(1);
                         }));
        saved_words_ = static_cast<Word>(words + 1);
        saved_classes_ = static_cast<std::uint32_t>(classes + 1);
        TRY(feeds_, store_sql::feeds(ledger));
        for (auto* const book : {keys_.get(), findings_.get()})
            CHECK(store_sql::load_runs(
                ledger, book == keys_.get() ? RunKind::keys : RunKind::findings,
                [&](RunEntry entry) { return book->load(std::move(entry)); },
                [&](std::span<std::uint64_t const> records) { book->load_small(records); }));
        return {};
    }));
    rounds_for_classes_ = 0;
    rebuild_rounds();
    keys_->finish_loading(nullptr);
    findings_->finish_loading(rounds_.get());
    CHECK(remove_unnamed());
    CHECK(p.archive->remove_after(segment_));
    is_sure_ = true;
    publish();
    return {};
}

Status Committer::remove_unnamed() const {
    std::set<std::string> named;
    for (auto const& entry : runs()) named.insert(entry.name);
    std::error_code fault;
    for (auto const& file : std::filesystem::directory_iterator(parts_.runs_folder, fault)) {
        auto const name = file.path().filename().string();
        if (file.path().extension() == ".run" && !named.contains(name)) ::unlink(file.path().c_str());
    }
    return {};
}

std::vector<RunEntry> Committer::runs() const {
    auto all = keys_->runs();
    all.insert(all.end(), findings_->runs().begin(), findings_->runs().end());
    return all;
}

void Committer::rebuild_rounds() {
    auto table = std::make_shared<RoundTable>();
    std::map<std::string, std::shared_ptr<FeedRounds const>, std::less<>> by_feed;
    for (auto const& [feed, row] : feeds_)
        by_feed[feed] = std::make_shared<FeedRounds const>(FeedRounds{row.seconds, row.repaired_after, row.rounds});
    for (auto const& [number, words] : parts_.classes->from(0)) {
        auto const found = by_feed.find(parts_.dictionary->text(words.feed));
        table->push_back(found == by_feed.end() ? nullptr : found->second);
    }
    rounds_for_classes_ = static_cast<std::uint32_t>(table->size());
    rounds_ = std::move(table);
}

void Committer::publish() {
    FindingSnapshot snapshot;
    for (auto const& entry : findings_->runs()) snapshot.runs.push_back(entry.run);
    snapshot.fresh = findings_->fresh();
    snapshot.rounds = rounds_;
    parts_.findings->publish(std::move(snapshot));
    parts_.archive->publish(segment_);
}

void Committer::add_classes(std::vector<EventRow*> const& rows) {
    ClassWords last;
    std::uint32_t number = 0;
    for (auto* const row : rows) {
        ClassWords const words{row->head->feed, row->words[word_taxonomy], row->words[word_type],
                               row->words[word_identifier], row->words[word_transport]};
        if (number == 0 || !(words == last)) {
            last = words;
            number = parts_.classes->number_of(words);
        }
        row->finding_class = number;
    }
}

std::vector<EventRow const*> Committer::sorted_by_address(std::vector<EventRow*> const& rows) {
    struct Place {
        IpAddress address;
        EventRow const* row;
    };
    std::vector<Place> places;
    places.reserve(rows.size());
    for (auto const* row : rows) places.push_back({row->source, row});
    std::ranges::sort(places, [](Place const& a, Place const& b) {
        if (a.address.low != b.address.low && a.address.high == b.address.high) return a.address.low < b.address.low;
        if (a.address.high != b.address.high) return a.address.high < b.address.high;
        return a.row->time < b.row->time;
    });
    std::vector<EventRow const*> sorted;
    sorted.reserve(places.size());
    for (auto const& place : places) sorted.push_back(place.row);
    return sorted;
}

void Committer::count(Segment& segment) {
    for (auto const& part : segment.parts) {
        auto& slice = segment.slices[part.slice];
        for (auto const& row : part.batch.rows) {
            ++(row.duplicate ? slice.added.duplicates : slice.added.events);
            if (!row.duplicate && row.organisation != 0) ++slice.added.attributed;
            slice.tlp = std::max(slice.tlp, row.tlp);
        }
    }
}

Status Committer::commit(Segment& segment, std::function<void(store_sql::Slice const&)> const& done) {
    if (segment.empty()) return {};
    auto status = write(segment, nullptr, done);
    segment = Segment();
    CHECK(status);
    return compact();
}

Status Committer::commit_changes(std::vector<FindingRecord> changes) {
    if (changes.empty()) return {};
    Segment none;
    return write(none, &changes, {});
}

Status Committer::write(Segment& segment, std::vector<FindingRecord> const* only_changes,
                        std::function<void(store_sql::Slice const&)> const& done) {
    if (!is_sure_) CHECK(look_anew());
    auto& p = parts_;
    auto const number = segment_ + 1;
    std::vector<EventRow*> rows;
    rows.reserve(segment.rows);
    for (auto& part : segment.parts)
        for (auto& row : part.batch.rows) rows.push_back(&row);
    TRY(auto new_keys, mark_duplicates(rows, *keys_));
    add_classes(rows);
    if (p.classes->next() != rounds_for_classes_) rebuild_rounds();
    auto sorted = sorted_by_address(rows);
    auto changes = only_changes != nullptr
                       ? *only_changes
                       : finding_changes(sorted, static_cast<std::uint32_t>(number), *p.dictionary, *rounds_);
    if (only_changes != nullptr)
        for (auto& change : changes) change.segment_last = static_cast<std::uint32_t>(number);
    std::vector<std::uint64_t> change_words(changes.size() * FindingRecord::shape.words);
    if (!changes.empty()) std::memcpy(change_words.data(), changes.data(), change_words.size() * 8);
    changes = {};
    count(segment);

    is_sure_ = false;
    // runs and archive must both be on disk before the ledger names them; they may go there side by side
    auto books = std::async(std::launch::async, [&]() -> Result<std::pair<BookChange, BookChange>> {
        TRY(auto keys, keys_->prepare(number, std::move(new_keys), nullptr));
        TRY(auto findings, findings_->prepare(number, std::move(change_words), rounds_.get()));
        return std::pair(std::move(keys), std::move(findings));
    });
    std::erase_if(sorted, [](EventRow const* row) { return row->duplicate; });
    auto const appended = p.archive->append(number, sorted);
    auto prepared = books.get();
    CHECK(appended);
    CHECK(prepared);

    store_sql::SegmentRecord record;
    record.number = number;
    record.at = p.clock->now();
    record.events = static_cast<std::int64_t>(sorted.size());
    record.slices = std::move(segment.slices);
    record.words = p.dictionary->from(saved_words_);
    record.classes = p.classes->from(saved_classes_);
    for (auto& part : segment.parts) std::ranges::move(part.batch.subjects, std::back_inserter(record.subjects));
    record.books = {{RunKind::keys, &prepared->first}, {RunKind::findings, &prepared->second}};
    CHECK(p.ledger->write([&](store::Transaction& ledger) { return store_sql::commit(ledger, record); }));

    is_sure_ = true;
    segment_ = number;
    saved_words_ += static_cast<Word>(record.words.size());
    saved_classes_ += static_cast<std::uint32_t>(record.classes.size());
    keys_->apply(std::move(prepared->first));
    findings_->apply(std::move(prepared->second));
    for (auto const& slice : record.slices) {
        if (!slice.done || !slice.error.empty() || slice.is_replay) continue;
        auto& feed = feeds_.try_emplace(slice.feed, store_sql::FeedRow{slice.round_seconds, 0, {}}).first->second;
        feed.repaired_after = slice.repaired_after;
        auto const place = std::ranges::lower_bound(feed.rounds, slice.round);
        if (place == feed.rounds.end() || *place != slice.round) feed.rounds.insert(place, slice.round);
        rounds_for_classes_ = 0;
    }
    if (rounds_for_classes_ == 0) rebuild_rounds();
    publish();
    if (done)
        for (auto const& slice : record.slices) done(slice);
    if (p.on_commit) p.on_commit();
    return {};
}

Status Committer::drop_findings(std::vector<FindingKey> const& keys,
                                std::function<Status(store::Transaction&)> const& also) {
    if (!is_sure_) CHECK(look_anew());
    std::vector<std::uint64_t> words;
    for (auto const& key : keys) {
        FindingRecord record;
        record.set_key(key);
        words.insert(words.end(), record.words(), record.words() + FindingRecord::shape.key_words);
    }
    is_sure_ = false;
    TRY(auto change, findings_->without(segment_, words));
    CHECK(parts_.ledger->write([&](store::Transaction& ledger) -> Status {
        CHECK(store_sql::commit_book(ledger, RunKind::findings, change));
        return also(ledger);
    }));
    is_sure_ = true;
    findings_->apply(std::move(change));
    publish();
    return {};
}

Status Committer::forget_keys_before(std::int32_t day) {
    if (!is_sure_) CHECK(look_anew());
    auto change = keys_->without_days_before(day);
    if (change.removed.empty()) return {};
    is_sure_ = false;
    CHECK(parts_.ledger->write(
        [&](store::Transaction& ledger) { return store_sql::commit_book(ledger, RunKind::keys, change); }));
    is_sure_ = true;
    keys_->apply(std::move(change));
    return {};
}

Status Committer::compact() {
    if (!is_sure_) CHECK(look_anew());
    for (auto* const book : {keys_.get(), findings_.get()}) {
        auto const kind = book == keys_.get() ? RunKind::keys : RunKind::findings;
        while (true) {
            TRY(auto change, book->merge_due(segment_, rounds_.get()));
            if (!change) break;
            is_sure_ = false;
            CHECK(parts_.ledger->write(
                [&](store::Transaction& ledger) { return store_sql::commit_book(ledger, kind, *change); }));
            is_sure_ = true;
            book->apply(*std::move(change));
            publish();
        }
    }
    return {};
}

}  // namespace tocsin::events
