#include "events/deduplicator.hpp"

#include <algorithm>

namespace tocsin::events {
namespace {

struct Question {
    std::uint64_t high, low;
    std::int32_t day;
    std::uint32_t row;
};

/// Rows of one key: questions [from, to).
struct Group {
    std::uint32_t from, to;
};

bool near(std::int64_t a, std::int64_t b, std::int32_t window) {
    return (a < b ? b - a : a - b) < window;
}

std::vector<Question> questions_of(std::span<EventRow* const> rows) {
    std::vector<Question> questions;
    questions.reserve(rows.size());
    for (std::uint32_t i = 0; i < rows.size(); ++i)
        questions.push_back({rows[i]->key.high, rows[i]->key.low, Timestamp{rows[i]->time}.day(), i});
    std::ranges::sort(questions, [](Question const& a, Question const& b) {
        if (a.high != b.high) return a.high < b.high;
        return a.low != b.low ? a.low < b.low : a.row < b.row;
    });
    return questions;
}

/// Days that are stored already, by group.
class KnownDays {
  public:
    void add(std::uint32_t group, std::uint64_t day) { days_.push_back({group, static_cast<std::int32_t>(day)}); }
    void sort() { std::ranges::sort(days_); }
    /// Days of a group; groups must be asked in ascending order.
    std::span<std::pair<std::uint32_t, std::int32_t> const> of(std::uint32_t group) {
        while (at_ < days_.size() && days_[at_].first < group) ++at_;
        auto end = at_;
        while (end < days_.size() && days_[end].first == group) ++end;
        return std::span(days_).subspan(at_, end - at_);
    }

  private:
    std::vector<std::pair<std::uint32_t, std::int32_t>> days_;
    std::size_t at_ = 0;
};

struct Reach {
    std::int32_t first, last;
};

Reach reach_of(Question const* from, Question const* to, std::span<EventRow* const> rows) {
    Reach reach{from->day, from->day};
    for (auto const* q = from; q != to; ++q) {
        auto const window = rows[q->row]->head->window_days - 1;
        reach.first = std::min(reach.first, q->day - window);
        reach.last = std::max(reach.last, q->day + window);
    }
    return reach;
}

}  // namespace

void fold_key(std::uint64_t*, std::uint64_t const*, void const*) {}

Result<std::vector<std::uint64_t>> mark_duplicates(std::span<EventRow* const> rows, RunBook const& book) {
    std::vector<std::uint64_t> fresh_keys;
    if (rows.empty()) return fresh_keys;
    auto const questions = questions_of(rows);
    std::vector<Group> groups;
    for (std::uint32_t i = 0; i < questions.size(); ++i) {
        if (groups.empty() || questions[groups.back().from].high != questions[i].high ||
            questions[groups.back().from].low != questions[i].low)
            groups.push_back({i, i});
        groups.back().to = i + 1;
    }
    auto const whole = reach_of(questions.data(), questions.data() + questions.size(), rows);
    KnownDays known;
    auto const& fresh = *book.fresh();
    for (std::size_t at = 0, g = 0; at < fresh.size() && g < groups.size();) {
        auto const& q = questions[groups[g].from];
        auto const key = std::pair(fresh[at], fresh[at + 1]);
        auto const asked = std::pair(q.high, q.low);
        if (key == asked) known.add(static_cast<std::uint32_t>(g), fresh[at + 2]);
        key <= asked ? at += key_shape.words : ++g;
    }
    for (auto const& entry : book.runs()) {
        if (entry.day && (*entry.day < whole.first || *entry.day > whole.last)) continue;
        store::RunProbe probe(entry.run, groups.size());
        for (std::uint32_t g = 0; g < groups.size(); ++g) {
            auto const& q = questions[groups[g].from];
            std::uint64_t const key[2] = {q.high, q.low};
            CHECK(probe.find(key, 2, [&](std::uint64_t const* record) { known.add(g, record[2]); }));
        }
    }
    known.sort();
    fresh_keys.reserve(groups.size() * key_shape.words);
    std::vector<std::int32_t> days;
    for (std::uint32_t g = 0; g < groups.size(); ++g) {
        days.clear();
        for (auto const& [group, day] : known.of(g)) days.push_back(day);
        auto const stored = days.size();
        for (auto i = groups[g].from; i < groups[g].to; ++i) {
            auto& row = *rows[questions[i].row];
            row.duplicate = std::ranges::any_of(
                days, [&](std::int32_t day) { return near(day, questions[i].day, row.head->window_days); });
            if (!row.duplicate) days.push_back(questions[i].day);
        }
        std::sort(days.begin() + static_cast<std::ptrdiff_t>(stored), days.end());
        for (auto i = stored; i < days.size(); ++i) {
            auto const& q = questions[groups[g].from];
            fresh_keys.insert(fresh_keys.end(),
                              {q.high, q.low, static_cast<std::uint64_t>(static_cast<std::int64_t>(days[i]))});
        }
    }
    return fresh_keys;
}

}  // namespace tocsin::events
