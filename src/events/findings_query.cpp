#include "events/findings.hpp"
#include "events/within.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

namespace tocsin::events {
namespace {

constexpr std::size_t max_page = 1000;
FeedRounds const plain_rounds;

FeedRounds const& rounds_of(FindingSnapshot const& snapshot, FindingRecord const& record) {
    auto const& table = *snapshot.rounds;
    return record.finding_class < table.size() && table[record.finding_class] ? *table[record.finding_class]
                                                                              : plain_rounds;
}

std::int64_t missed_rounds(std::int64_t last_round, FeedRounds const& feed) {
    if (feed.rounds.empty() || last_round >= feed.rounds.back()) return 0;
    return feed.rounds.end() - std::ranges::upper_bound(feed.rounds, static_cast<std::int32_t>(last_round));
}

bool is_closed(FindingRecord const& record, FindingSayings const* sayings) {
    return sayings != nullptr && sayings->closes(record);
}

std::int64_t last_round_of(FindingRecord const& record, FeedRounds const& feed, FindingSayings const* sayings) {
    return sayings == nullptr ? std::int64_t{record.last_round} : sayings->last_round_of(record, feed);
}

bool is_missed(FindingRecord const& record, FeedRounds const& feed, FindingSayings const* sayings) {
    return missed_rounds(last_round_of(record, feed, sayings), feed) >= feed.repaired_after;
}

FindingState state_of(FindingRecord const& record, FeedRounds const& feed, FindingSayings const* sayings) {
    if (sayings != nullptr && sayings->ruled_out) return FindingState::false_positive;
    if (is_closed(record, sayings) || is_missed(record, feed, sayings)) return FindingState::repaired;
    bool const was_closed = sayings != nullptr && sayings->found_closed != 0;
    return was_closed || returns_of(record, feed) > 0 ? FindingState::back : FindingState::open;
}

std::string country_of(std::uint16_t packed) {
    if (packed == 0) return {};
    return {static_cast<char>(packed >> 8), static_cast<char>(packed & 0xff)};
}

/// What an order sorts by, the greater first when `down`.
std::int64_t sort_value(FindingRecord const& record, FindingOrder order) {
    switch (order) {
        case FindingOrder::last_seen_down:
        case FindingOrder::last_seen_up:
            return record.last_seen;
        case FindingOrder::first_seen_down:
        case FindingOrder::first_seen_up:
            return record.first_seen;
        case FindingOrder::times_down:
        case FindingOrder::times_up:
            return record.times;
        case FindingOrder::severity_down:
            return record.severity;
        case FindingOrder::address:
            return 0;
    }
    return 0;
}

bool is_down(FindingOrder order) {
    return order == FindingOrder::last_seen_down || order == FindingOrder::first_seen_down ||
           order == FindingOrder::times_down || order == FindingOrder::severity_down;
}

struct Candidate {
    std::int64_t value;  ///< negated when descending, so that smaller comes first
    FindingRecord record;
    FindingState state;
};
bool comes_before(Candidate const& a, Candidate const& b) {
    if (a.value != b.value) return a.value < b.value;
    return a.record.key() < b.record.key();
}

struct ListCursor {
    std::int64_t value;
    FindingKey key;
};
Result<ListCursor> parse_cursor(std::string_view text) {
    auto const dot = text.find('.');
    if (dot != std::string_view::npos)
        if (auto const value = parse_int(text.substr(0, dot)))
            if (auto const key = parse_finding_id(text.substr(dot + 1))) return ListCursor{*value, *key};
    return fail(Code::invalid, "the cursor is not one of ours; start again from the first page");
}

template <class T>
bool has(std::vector<T> const& list, T const& value) {
    return std::ranges::find(list, value) != list.end();
}

/// The first round without it, once so many have come without it; when looking again told before, then.
std::optional<Timestamp> repaired_at(FindingRecord const& record, FeedRounds const& feed,
                                     FindingSayings const* sayings) {
    std::optional<Timestamp> told;
    if (is_closed(record, sayings)) told = Timestamp::from_seconds(sayings->found_closed);
    if (!is_missed(record, feed, sayings)) return told;
    auto const last = static_cast<std::int32_t>(last_round_of(record, feed, sayings));
    auto const missed = Timestamp::from_seconds(*std::ranges::upper_bound(feed.rounds, last) * feed.seconds);
    return told ? std::min(*told, missed) : missed;
}

bool is_between(Timestamp at, std::optional<Timestamp> from, std::optional<Timestamp> before) {
    return (!from || at >= *from) && (!before || at < *before);
}

}  // namespace

/// A filter made ready to be asked for each record.
class FindingReader::Matching {
  public:
    static Result<Matching> prepare(FindingReader const& reader, FindingFilter const& filter,
                                    FindingSnapshot const& snapshot) {
        Matching it(filter, snapshot);
        {
            std::lock_guard const lock(reader.mutex_);
            it.sayings_ = reader.sayings_;
        }
        it.by_class_.resize(reader.classes_.next());
        for (std::uint32_t number = 1; number < it.by_class_.size(); ++number)
            it.by_class_[number] = it.class_matches(reader, reader.classes_.words_of(number));
        for (auto const& country : filter.countries)
            if (country.size() == 2)
                it.countries_.push_back(static_cast<std::uint16_t>(static_cast<unsigned char>(country[0]) << 8 |
                                                                   static_cast<unsigned char>(country[1])));
        for (auto const& severity : filter.severities) it.severities_.push_back(severity_rank(severity));
        it.organisations_ = filter.organisations;
        std::ranges::sort(it.organisations_);  // there may be thousands of them
        for (auto const state : filter.states) {
            it.states_.push_back(state);
            if (state == FindingState::open) it.states_.push_back(FindingState::back);
        }
        it.with_unrepaired_ = filter.repaired_from && !filter.repaired_to && has(filter.states, FindingState::open);
        if (!filter.domain.empty()) CHECK(it.load_subjects(reader, lowered(filter.domain), it.domains_));
        if (!filter.text.empty()) CHECK(it.prepare_text(reader));
        return it;
    }

    /// The state if the record matches.
    std::optional<FindingState> match(FindingRecord const& record) const {
        auto const& f = filter_;
        if (record.finding_class >= by_class_.size() || !by_class_[record.finding_class]) return std::nullopt;
        if (f.changed_after && record.segment_last <= *f.changed_after) return std::nullopt;
        if (f.new_after && record.segment_first <= *f.new_after) return std::nullopt;
        if (f.from && std::int64_t{record.last_seen} * 1'000'000 < f.from->micros) return std::nullopt;
        if (f.to && std::int64_t{record.last_seen} * 1'000'000 >= f.to->micros) return std::nullopt;
        if (!is_between(Timestamp::from_seconds(record.first_seen), f.first_from, f.first_to)) return std::nullopt;
        if (!organisations_.empty() &&
            !std::ranges::binary_search(organisations_, OrganisationNumber{record.organisation}))
            return std::nullopt;
        if (f.lane && record.lane != static_cast<std::uint8_t>(*f.lane)) return std::nullopt;
        if (!f.asns.empty() && !has(f.asns, std::int64_t{record.asn})) return std::nullopt;
        if (!f.ports.empty() && (record.port == 0 || !has(f.ports, std::int64_t{record.port} - 1))) return std::nullopt;
        if (!f.countries.empty() && !has(countries_, record.country)) return std::nullopt;
        if (!f.severities.empty() && !has(severities_, record.severity)) return std::nullopt;
        if (!f.domain.empty() && !domains_.contains(record.subject)) return std::nullopt;
        if (!f.text.empty() && !text_matches(record)) return std::nullopt;
        auto const said = sayings_->find(record.key());
        auto const* const sayings = said == sayings_->end() ? nullptr : &said->second;
        if (!sayings_match(sayings)) return std::nullopt;
        auto const& feed = rounds_of(snapshot_, record);
        if (f.repaired_from || f.repaired_to) {
            auto const repaired = repaired_at(record, feed, sayings);
            if (repaired ? !is_between(*repaired, f.repaired_from, f.repaired_to) : !with_unrepaired_)
                return std::nullopt;
        }
        auto const state = state_of(record, feed, sayings);
        if (!states_.empty() && !has(states_, state)) return std::nullopt;
        return state;
    }

  private:
    Matching(FindingFilter const& filter, FindingSnapshot const& snapshot) : filter_(filter), snapshot_(snapshot) {}

    bool class_matches(FindingReader const& reader, ClassWords const& words) const {
        auto const one_of = [&](std::vector<std::string> const& list, Word word) {
            return list.empty() || std::ranges::find(list, reader.dictionary_.text(word)) != list.end();
        };
        return one_of(filter_.feeds, words.feed) && one_of(filter_.taxonomies, words.taxonomy) &&
               one_of(filter_.types, words.type) && one_of(filter_.identifiers, words.identifier) &&
               one_of(filter_.transports, words.transport);
    }

    bool sayings_match(FindingSayings const* sayings) const {
        auto const owner = sayings == nullptr ? std::nullopt : sayings->by_owner;
        if ((!filter_.said.empty() || filter_.said_nothing) &&
            !(owner ? has(filter_.said, *owner) : filter_.said_nothing))
            return false;
        return !filter_.assigned || *filter_.assigned == (sayings == nullptr ? std::string() : sayings->assigned);
    }

    Status load_subjects(FindingReader const& reader, std::string const& domain,
                         std::unordered_set<std::uint64_t>& into) const {
        return reader.ledger_.read([&](store::Transaction& ledger) -> Status {
            return ledger.query("SELECT hash, kind, text FROM events_subject WHERE text LIKE ?", {"%" + domain + "%"},
                                [&](store::Row const& row) {
                                    auto host = row.text(2);
                                    if (row.integer(1) == static_cast<int>(SubjectKind::url)) {
                                        host = host.substr(std::min(host.find("://") + 3, host.size()));
                                        host = host.substr(0, host.find_first_of("/:?#"));
                                    }
                                    if (host == domain || host.ends_with("." + domain))
                                        into.insert(static_cast<std::uint64_t>(row.integer(0)));
                                });
        });
    }

    Status prepare_text(FindingReader const& reader) {
        auto const& text = filter_.text;
        if (auto const range = parse_address_range(text)) {
            text_range_ = *range;
            return {};
        }
        if (text.size() > 2 && equal_ignoring_case(std::string_view(text).substr(0, 2), "as"))
            text_asn_ = parse_int(std::string_view(text).substr(2));
        auto const part = lowered(text);
        text_classes_.resize(by_class_.size());
        for (std::uint32_t number = 1; number < text_classes_.size(); ++number) {
            auto const words = reader.classes_.words_of(number);
            for (auto const word : {words.feed, words.taxonomy, words.type, words.identifier})
                if (lowered(reader.dictionary_.text(word)).find(part) != std::string::npos)
                    text_classes_[number] = true;
        }
        return reader.ledger_.read([&](store::Transaction& ledger) -> Status {
            return ledger.query(
                "SELECT hash FROM events_subject WHERE lower(text) LIKE ?", {"%" + part + "%"},
                [&](store::Row const& row) { text_subjects_.insert(static_cast<std::uint64_t>(row.integer(0))); });
        });
    }

    bool text_matches(FindingRecord const& record) const {
        IpAddress const address{record.address_high, record.address_low};
        if (text_range_) return address >= text_range_->first && address <= text_range_->last;
        if (text_asn_ && record.asn == *text_asn_) return true;
        if (record.finding_class < text_classes_.size() && text_classes_[record.finding_class]) return true;
        return record.subject != 0 && text_subjects_.contains(record.subject);
    }

    FindingFilter const& filter_;
    FindingSnapshot const& snapshot_;
    std::shared_ptr<SayingsTable const> sayings_;
    std::vector<bool> by_class_, text_classes_;
    std::vector<std::uint16_t> countries_;
    std::vector<std::uint8_t> severities_;
    std::vector<OrganisationNumber> organisations_;  ///< sorted
    std::vector<FindingState> states_;
    /// Where open ones are asked for too and no end is given, "repaired not before" is "not repaired before": what
    /// stood at a time is `first_to` and `repaired_from` of that time, open or repaired.
    bool with_unrepaired_ = false;
    std::unordered_set<std::uint64_t> domains_, text_subjects_;
    std::optional<AddressRange> text_range_;
    std::optional<std::int64_t> text_asn_;
};

namespace {

bool is_in_any(std::vector<AddressRange> const& ranges, FindingRecord const& record) {
    IpAddress const address{record.address_high, record.address_low};
    return ranges.empty() || std::ranges::any_of(ranges, [&](AddressRange const& range) {
               return address >= range.first && address <= range.last;
           });
}

bool is_within(gate::Bounds const& scope, FindingRecord const& record) {
    return scope.includes(marking_of_rank(record.tlp), {record.organisation});
}

}  // namespace

Result<std::optional<FindingRecord>> FindingReader::find(Scope const& scope, FindingSnapshot const& snapshot,
                                                         std::string_view id) {
    auto const key = parse_finding_id(id);
    if (!key) return std::nullopt;
    TRY(auto record, snapshot.find(*key));
    if (record && !is_within(scope, *record)) record.reset();
    return record;
}

Status FindingReader::each_match_within(gate::Bounds const* within, FindingFilter const& filter,
                                        FindingSnapshot const& snapshot, EachMatch const& each) const {
    TRY(auto const matching, Matching::prepare(*this, filter, snapshot));
    auto const offer = [&](FindingRecord const& record) {
        if (within != nullptr && !is_within(*within, record)) return true;
        auto const state = matching.match(record);
        return !state || each(record, *state);
    };
    if (!filter.ids.empty()) {
        for (auto const& id : filter.ids) {
            auto const key = parse_finding_id(id);
            if (!key) continue;
            TRY(auto const record, snapshot.find(*key));
            if (record && is_in_any(filter.addresses, *record) && !offer(*record)) return {};
        }
        return {};
    }
    auto ranges = filter.addresses;
    if (ranges.empty()) return snapshot.scan(nullptr, offer);
    std::ranges::sort(ranges, {}, &AddressRange::first);
    bool going = true;
    IpAddress next;
    for (auto const& range : ranges) {
        if (range.last < next) continue;  // inside the one before
        FindingKey const first{std::max(range.first, next), 0, 0, 0};
        CHECK(snapshot.scan(&first, [&](FindingRecord const& record) {
            IpAddress const address{record.address_high, record.address_low};
            if (address > range.last) return false;
            return going = offer(record);
        }));
        if (!going) return {};
        next = {range.last.high + (range.last.low == ~std::uint64_t{0} ? 1 : 0), range.last.low + 1};
    }
    return {};
}

/// Makes findings of the records of a snapshot. What many share is looked up once; a finding that is filled again keeps
/// its memory. Not for threads to share.
class FindingReader::Filling {
  public:
    Filling(FindingReader const& reader, FindingSnapshot const& snapshot) : reader_(reader), snapshot_(snapshot) {
        std::lock_guard const lock(reader.mutex_);
        sayings_ = reader.sayings_;
    }

    void fill(Finding& finding, FindingRecord const& record) {
        auto const& feed = rounds_of(snapshot_, record);
        auto const said = sayings_->find(record.key());
        auto const* const sayings = said == sayings_->end() ? nullptr : &said->second;
        auto const& texts = texts_of(record.finding_class);
        finding.id = finding_id(record.key());
        finding.state = state_of(record, feed, sayings);
        finding.severity = severity_named(record.severity);
        finding.feed = texts.feed;
        finding.taxonomy = texts.taxonomy;
        finding.type = texts.type;
        finding.identifier = texts.identifier;
        finding.transport = texts.transport;
        IpAddress const address{record.address_high, record.address_low};
        finding.address = address.is_none() ? std::nullopt : std::optional(address);
        finding.port = record.port == 0 ? std::nullopt : std::optional(static_cast<std::uint16_t>(record.port - 1));
        finding.domain.clear();
        finding.url.clear();
        finding.account.clear();
        finding.asn = record.asn == 0 ? std::nullopt : std::optional(record.asn);
        finding.country = country_of(record.country);
        finding.tlp = tlp_named(static_cast<std::uint8_t>(record.tlp));
        finding.organisation = record.organisation;
        finding.lane = static_cast<Lane>(record.lane);
        finding.first_seen = Timestamp::from_seconds(record.first_seen);
        finding.last_seen = Timestamp::from_seconds(record.last_seen);
        finding.times = record.times;
        finding.returns = returns_of(record, feed);
        finding.missed_rounds = missed_rounds(record.last_round, feed);
        finding.repaired = repaired_at(record, feed, sayings);
        finding.segment_first = record.segment_first;
        finding.segment_last = record.segment_last;
        finding.said = sayings == nullptr ? std::nullopt : sayings->by_owner;
        finding.assigned = sayings == nullptr ? std::string() : sayings->assigned;
    }
    Finding filled(FindingRecord const& record) {
        Finding finding;
        fill(finding, record);
        return finding;
    }

  private:
    struct Texts {
        bool is_read = false;
        std::string_view feed = {}, taxonomy = {}, type = {}, identifier = {}, transport = {};
    };
    Texts const& texts_of(std::uint32_t finding_class) {
        if (finding_class >= texts_.size()) texts_.resize(finding_class + 1);
        auto& texts = texts_[finding_class];
        if (texts.is_read) return texts;
        auto const words = reader_.classes_.words_of(finding_class);
        auto const& dictionary = reader_.dictionary_;
        texts = {true,
                 dictionary.text(words.feed),
                 dictionary.text(words.taxonomy),
                 dictionary.text(words.type),
                 dictionary.text(words.identifier),
                 dictionary.text(words.transport)};
        return texts;
    }

    FindingReader const& reader_;
    FindingSnapshot const& snapshot_;
    std::shared_ptr<SayingsTable const> sayings_;
    std::vector<Texts> texts_;  ///< by class
};

Status FindingReader::add_subjects(std::vector<Finding>& findings, std::vector<std::uint64_t> const& hashes) const {
    if (std::ranges::all_of(hashes, [](std::uint64_t hash) { return hash == 0; })) return {};
    return ledger_.read([&](store::Transaction& ledger) -> Status {
        for (std::size_t i = 0; i < hashes.size(); ++i) {
            if (hashes[i] == 0) continue;
            CHECK(ledger.query("SELECT kind, text FROM events_subject WHERE hash = ?", {hashes[i]},
                               [&](store::Row const& row) {
                                   auto const kind = static_cast<SubjectKind>(row.integer(0));
                                   auto& text = kind == SubjectKind::domain ? findings[i].domain
                                                : kind == SubjectKind::url  ? findings[i].url
                                                                            : findings[i].account;
                                   text = row.text(1);
                               }));
        }
        return {};
    });
}

Result<FindingPage> FindingReader::list(Scope const& scope, FindingFilter const& filter, FindingOrder order,
                                        PageRequest const& page) const {
    auto const snapshot = this->snapshot();
    auto const limit = std::clamp<std::size_t>(page.limit, 1, max_page);
    std::optional<ListCursor> cursor;
    if (!page.after.empty()) {
        TRY(cursor, parse_cursor(page.after));
    }
    auto const sign = is_down(order) ? -1 : 1;
    std::vector<Candidate> best;  // a heap, the last of the page on top
    CHECK(each_match(scope, filter, snapshot, [&](FindingRecord const& record, FindingState state) {
        Candidate const candidate{sign * sort_value(record, order), record, state};
        if (cursor) {
            auto const value = sign * cursor->value;
            if (candidate.value < value || (candidate.value == value && record.key() <= cursor->key)) return true;
        }
        if (best.size() <= limit) {
            best.push_back(candidate);
            std::ranges::push_heap(best, comes_before);
        } else if (comes_before(candidate, best.front())) {
            std::ranges::pop_heap(best, comes_before);
            best.back() = candidate;
            std::ranges::push_heap(best, comes_before);
        }
        return order != FindingOrder::address || best.size() <= limit || !filter.ids.empty();
    }));
    std::ranges::sort(best, comes_before);
    FindingPage result;
    bool const more = best.size() > limit;
    if (more) best.resize(limit);
    std::vector<std::uint64_t> hashes;
    Filling filling(*this, snapshot);
    for (auto const& candidate : best) {
        result.items.push_back(filling.filled(candidate.record));
        hashes.push_back(candidate.record.subject);
    }
    CHECK(add_subjects(result.items, hashes));
    if (more) result.next = fmt::format("{}.{}", sign * best.back().value, result.items.back().id);
    return result;
}

Result<std::int64_t> FindingReader::count(Scope const& scope, FindingFilter const& filter) const {
    std::int64_t count = 0;
    CHECK(each_match(scope, filter, snapshot(), [&](FindingRecord const&, FindingState) { return ++count, true; }));
    return count;
}

Result<Extent> FindingReader::extent(Scope const& scope, FindingFilter const& filter) const {
    Extent extent;
    CHECK(each_match(scope, filter, snapshot(), [&](FindingRecord const& record, FindingState) {
        extent.add(marking_of_rank(record.tlp), 1);
        return true;
    }));
    return extent;
}

Result<std::vector<FindingKey>> FindingReader::keys(FindingFilter const& filter, std::size_t most) const {
    std::vector<FindingKey> found;
    CHECK(each_match(filter, snapshot(), [&](FindingRecord const& record, FindingState) {
        if (found.size() < most) found.push_back(record.key());
        return found.size() < most;
    }));
    return found;
}

Status FindingReader::scan(Scope const& scope, FindingFilter const& filter,
                           std::function<bool(Finding const&)> const& each) const {
    constexpr std::size_t batch_size = 1000;
    auto const snapshot = this->snapshot();
    Filling filling(*this, snapshot);
    std::vector<Finding> batch(batch_size);
    std::vector<std::uint64_t> hashes;
    bool going = true;
    Status status;
    auto const flush = [&] {
        status = add_subjects(batch, hashes);
        for (std::size_t i = 0; i < hashes.size(); ++i) going = going && status && each(batch[i]);
        hashes.clear();
        return going && status;
    };
    CHECK(each_match(scope, filter, snapshot, [&](FindingRecord const& record, FindingState) {
        filling.fill(batch[hashes.size()], record);
        hashes.push_back(record.subject);
        return hashes.size() < batch_size || flush();
    }));
    flush();
    return status;
}

Status FindingReader::scan_records(FindingSnapshot const& snapshot,
                                   std::function<void(FindingRecord const&, Finding const&)> const& each) const {
    std::vector<FindingRecord> records;
    Filling filling(*this, snapshot);
    Status status;
    auto const flush = [&] {
        std::vector<Finding> batch;
        std::vector<std::uint64_t> hashes;
        for (auto const& record : records) {
            batch.push_back(filling.filled(record));
            hashes.push_back(record.subject);
        }
        status = add_subjects(batch, hashes);
        for (std::size_t i = 0; i < batch.size() && status; ++i) each(records[i], batch[i]);
        records.clear();
        return bool(status);
    };
    CHECK(snapshot.scan(nullptr, [&](FindingRecord const& record) {
        records.push_back(record);
        return records.size() < 1000 || flush();
    }));
    flush();
    return status;
}

Result<Finding> FindingReader::finding(Scope const& scope, std::string_view id) const {
    auto const snapshot = this->snapshot();
    TRY(auto const record, find(scope, snapshot, id));
    if (!record) return fail(Code::not_found, fmt::format("there is no finding \"{}\"", id));
    std::vector<Finding> one = {Filling(*this, snapshot).filled(*record)};
    CHECK(add_subjects(one, {record->subject}));
    return std::move(one.front());
}

Result<std::vector<Timestamp>> FindingReader::rounds_seen(Scope const& scope, std::string_view id) const {
    auto const snapshot = this->snapshot();
    std::vector<Timestamp> seen;
    TRY(auto const record, find(scope, snapshot, id));
    if (!record) return seen;
    auto const seconds = rounds_of(snapshot, *record).seconds;
    for (int back = 63; back >= 0; --back)
        if ((record->rounds >> back & 1) != 0)
            seen.push_back(Timestamp::from_seconds((static_cast<std::int64_t>(record->last_round) - back) * seconds));
    return seen;
}

Result<std::vector<Unowned>> FindingReader::unowned(Scope const& scope, std::optional<Lane> lane, std::size_t limit,
                                                    std::size_t offset) const {
    std::vector<Unowned> networks;
    FindingFilter filter;
    filter.organisations = {0};
    filter.lane = lane;
    CHECK(each_match(scope, filter, snapshot(), [&](FindingRecord const& record, FindingState) {
        IpAddress const address{record.address_high, record.address_low};
        if (address.is_none()) return true;
        std::uint8_t const length = address.is_v4() ? 120 : 48;
        IpPrefix const network{masked(address, length), length};
        if (networks.empty() || networks.back().network != network) {
            auto& fresh = networks.emplace_back();
            fresh.network = network;
            fresh.asn = record.asn;
            fresh.country = country_of(record.country);
            fresh.lane = static_cast<Lane>(record.lane);
            fresh.example = address;
        }
        auto& last = networks.back();
        last.events += record.times;
        ++last.findings;
        last.last_seen = std::max(last.last_seen, Timestamp::from_seconds(record.last_seen));
        return true;
    }));
    std::ranges::sort(networks, [](Unowned const& a, Unowned const& b) {
        return std::pair(-a.events, a.network) < std::pair(-b.events, b.network);
    });
    networks.erase(networks.begin(), networks.begin() + static_cast<std::ptrdiff_t>(std::min(offset, networks.size())));
    networks.resize(std::min(limit, networks.size()));
    return networks;
}

}  // namespace tocsin::events
