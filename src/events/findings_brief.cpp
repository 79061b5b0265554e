#include "events/finding_brief.hpp"
#include "events/findings.hpp"
#include "events/stretches.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

/// All findings, in as many threads as somebody can use.
namespace tocsin::events {
namespace {

constexpr std::size_t at_once = 100'000;  ///< findings of a stretch before the rest of it is offered to others
constexpr std::size_t kinds_of_class = 64;

}  // namespace

/// One thread's view. What many findings share is looked up once.
class FindingReader::Briefing {
  public:
    Briefing(FindingReader const& reader, FindingSnapshot const& snapshot, std::shared_ptr<SayingsTable const> sayings)
        : reader_(reader), snapshot_(snapshot), sayings_(std::move(sayings)) {}

    FindingBrief const& of(FindingRecord const& record, FindingState state) {
        brief_.kind = &kind_of(record);
        brief_.organisation = record.organisation;
        brief_.lane = static_cast<Lane>(record.lane);
        brief_.state = state;
        FindingSayings const* sayings = nullptr;
        if (!sayings_->empty())
            if (auto const said = sayings_->find(record.key()); said != sayings_->end()) sayings = &said->second;
        brief_.said = sayings == nullptr ? std::nullopt : sayings->by_owner;
        brief_.address = {record.address_high, record.address_low};
        brief_.asn = record.asn;
        brief_.country_letters = {static_cast<char>(record.country >> 8), static_cast<char>(record.country & 0xff)};
        brief_.first_seen = Timestamp::from_seconds(record.first_seen);
        brief_.times = record.times;
        brief_.closed.reset();
        if (state == FindingState::repaired) brief_.closed = closed_at(record, sayings);
        return brief_;
    }

  private:
    FindingKind const& kind_of(FindingRecord const& record) {
        if (record.finding_class >= kinds_.size()) kinds_.resize(record.finding_class + std::size_t{1});
        auto& of_class = kinds_[record.finding_class];
        if (of_class.empty()) of_class.resize(kinds_of_class);
        auto& kind = of_class[(record.severity & 7U) << 3 | (record.tlp & 7U)];
        if (kind) return *kind;
        auto const words = reader_.classes_.words_of(record.finding_class);
        auto const& dictionary = reader_.dictionary_;
        kind = std::make_unique<FindingKind>();
        kind->number = next_number_++;
        kind->feed = dictionary.text(words.feed);
        kind->taxonomy = dictionary.text(words.taxonomy);
        kind->type = dictionary.text(words.type);
        kind->identifier = dictionary.text(words.identifier);
        kind->severity = severity_named(record.severity);
        kind->tlp = tlp_named(static_cast<std::uint8_t>(record.tlp));
        return *kind;
    }

    std::optional<Timestamp> closed_at(FindingRecord const& record, FindingSayings const* sayings) const {
        std::optional<Timestamp> told;
        if (sayings != nullptr && sayings->closes(record)) told = Timestamp::from_seconds(sayings->found_closed);
        auto const& table = *snapshot_.rounds;
        if (record.finding_class >= table.size() || !table[record.finding_class]) return told;
        auto const& feed = *table[record.finding_class];
        auto const last = sayings == nullptr ? std::int64_t{record.last_round} : sayings->last_round_of(record, feed);
        auto const without = std::ranges::upper_bound(feed.rounds, static_cast<std::int32_t>(last));
        auto const enough = std::max<std::int32_t>(feed.repaired_after, 1) - 1;
        if (feed.rounds.end() - without <= enough) return told;
        auto const missed = Timestamp::from_seconds(*(without + enough) * feed.seconds);
        return told ? std::min(*told, missed) : missed;
    }

    FindingReader const& reader_;
    FindingSnapshot const& snapshot_;
    std::shared_ptr<SayingsTable const> sayings_;
    std::vector<std::vector<std::unique_ptr<FindingKind>>> kinds_;  ///< by class, then severity and marking
    std::uint32_t next_number_ = 0;
    FindingBrief brief_;
};

Status FindingReader::scan_briefly(Scope const& scope, FindingFilter const& filter,
                                   std::span<std::function<bool(FindingBrief const&)> const> each) const {
    auto const snapshot = this->snapshot();
    std::shared_ptr<SayingsTable const> sayings;
    {
        std::lock_guard const lock(mutex_);
        sayings = sayings_;
    }
    Stretches stretches(filter.ids.empty() ? filter.addresses : std::vector<AddressRange>{{{}, {~0ULL, ~0ULL}}});
    auto const work = [&](std::function<bool(FindingBrief const&)> const& tell) {
        Briefing briefing(*this, snapshot, sayings);
        auto mine = filter;
        while (auto const range = stretches.next()) {
            mine.addresses = {*range};
            std::optional<IpAddress> rest;
            IpAddress last;
            std::size_t seen = 0;
            bool is_going = true;
            auto const status = each_match(scope, mine, snapshot, [&](FindingRecord const& record, FindingState state) {
                IpAddress const address{record.address_high, record.address_low};
                if (seen >= at_once && address != last) {
                    rest = address;
                    return false;
                }
                last = address;
                ++seen;
                return is_going = tell(briefing.of(record, state));
            });
            if (!status || !is_going) return stretches.stop(status);
            stretches.done(*range, rest);
        }
    };
    {
        std::vector<std::jthread> others;
        for (std::size_t i = 1; i < each.size(); ++i) others.emplace_back([&, i] { work(each[i]); });
        if (!each.empty()) work(each[0]);
    }
    return stretches.status();
}

}  // namespace tocsin::events
