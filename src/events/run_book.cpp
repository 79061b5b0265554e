#include "events/run_book.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <unistd.h>

namespace tocsin::events {
namespace {

constexpr std::size_t merge_from = 8;
constexpr std::size_t day_from = 1024;  ///< fewer records of a day share a file with other days

}  // namespace

RunBook::RunBook(std::filesystem::path folder, RunKind kind, store::RunShape shape, store::MergedRuns::Fold fold)
    : folder_(std::move(folder)), kind_(kind), shape_(shape), fold_(fold) {}

Status RunBook::load(RunEntry entry) {
    TRY(entry.run, store::Run::open(folder_ / entry.name, shape_));
    auto const dash = entry.name.rfind('-');
    auto const dot = entry.name.rfind('.');
    if (dash != std::string::npos && dot > dash)
        serial_ = std::max<std::uint64_t>(
            serial_,
            static_cast<std::uint64_t>(parse_int(entry.name.substr(dash + 1, dot - dash - 1)).value_or(0)) + 1);
    runs_.push_back(std::move(entry));
    return {};
}

void RunBook::load_small(std::span<std::uint64_t const> records) {
    loading_.emplace_back(records.begin(), records.end());
}

void RunBook::finish_loading(void const* context) {
    while (loading_.size() > 1) {  // pairs, so that each record is moved few times
        std::vector<std::vector<std::uint64_t>> pairs;
        for (std::size_t i = 0; i < loading_.size(); i += 2)
            pairs.push_back(i + 1 < loading_.size() ? merged(loading_[i], loading_[i + 1], context)
                                                    : std::move(loading_[i]));
        loading_ = std::move(pairs);
    }
    if (!loading_.empty()) fresh_ = std::make_shared<std::vector<std::uint64_t>>(std::move(loading_.front()));
    loading_.clear();
}

std::string RunBook::next_name(std::int64_t segment) {
    return fmt::format("{}-{:08}-{}.run", kind_ == RunKind::keys ? "keys" : "findings", segment, serial_++);
}

std::vector<std::uint64_t> RunBook::merged(std::span<std::uint64_t const> a, std::span<std::uint64_t const> b,
                                           void const* context) const {
    std::vector<std::uint64_t> out;
    out.reserve(a.size() + b.size());
    auto const words = shape_.words;
    while (!a.empty() || !b.empty()) {
        auto const order = a.empty() ? 1 : b.empty() ? -1 : store::compare_keys(a.data(), b.data(), shape_.key_words);
        auto& from = order <= 0 ? a : b;
        out.insert(out.end(), from.begin(), from.begin() + words);
        if (order == 0) {
            fold_(out.data() + out.size() - words, b.data(), context);
            b = b.subspan(words);
        }
        from = from.subspan(words);
    }
    return out;
}

Result<RunEntry> RunBook::write(std::int64_t segment, std::optional<std::int32_t> day,
                                std::span<std::uint64_t const> records) {
    RunEntry entry{next_name(segment), kind_, day, 0, records.size() / shape_.words, nullptr};
    TRY(auto writer, store::RunWriter::create(folder_ / entry.name, shape_, entry.records));
    for (std::size_t at = 0; at < records.size(); at += shape_.words) CHECK(writer->add(records.data() + at));
    CHECK(writer->finish());
    TRY(entry.run, store::Run::open(folder_ / entry.name, shape_));
    return entry;
}

Status RunBook::write_by_day(std::int64_t segment, std::vector<std::uint64_t> const& records, BookChange& change) {
    if (records.empty()) return {};
    auto const day_of = [](std::uint64_t const* record) { return static_cast<std::int32_t>(record[2]); };
    bool one_day = kind_ == RunKind::keys;
    for (std::size_t at = 0; at < records.size() && one_day; at += shape_.words)
        one_day = day_of(records.data() + at) == day_of(records.data());
    if (kind_ == RunKind::findings || one_day) {
        TRY(auto entry, write(segment, one_day ? std::optional(day_of(records.data())) : std::nullopt, records));
        change.added.push_back(std::move(entry));
        return {};
    }
    std::map<std::int32_t, std::vector<std::uint64_t>> days;
    for (std::size_t at = 0; at < records.size(); at += shape_.words) {
        auto& day = days[day_of(records.data() + at)];
        day.insert(day.end(), records.data() + at, records.data() + at + shape_.words);
    }
    std::vector<std::uint64_t> others;
    for (auto const& [day, of_day] : days) {
        if (of_day.size() < day_from * shape_.words) {
            others = merged(others, of_day, nullptr);
            continue;
        }
        TRY(auto entry, write(segment, day, of_day));
        change.added.push_back(std::move(entry));
    }
    if (!others.empty()) {
        TRY(auto entry, write(segment, std::nullopt, others));
        change.added.push_back(std::move(entry));
    }
    return {};
}

Result<BookChange> RunBook::prepare(std::int64_t segment, std::vector<std::uint64_t> records, void const* context) {
    BookChange change;
    change.fresh = fresh_;
    if (records.empty()) return change;
    if (records.size() >= file_from * shape_.words) {
        CHECK(write_by_day(segment, records, change));
        return change;
    }
    auto together = merged(*fresh_, records, context);
    if (together.size() >= fresh_limit * shape_.words) {
        CHECK(write_by_day(segment, together, change));
        change.clear_small = true;
        change.fresh = std::make_shared<std::vector<std::uint64_t>>();
        return change;
    }
    change.small = std::move(records);
    change.fresh = std::make_shared<std::vector<std::uint64_t>>(std::move(together));
    return change;
}

Result<std::optional<BookChange>> RunBook::merge_due(std::int64_t segment, void const* context) {
    std::map<std::pair<std::optional<std::int32_t>, int>, std::vector<RunEntry const*>> groups;
    for (auto const& entry : runs_) groups[{entry.day, entry.level}].push_back(&entry);
    for (auto const& [key, entries] : groups) {
        if (entries.size() < merge_from) continue;
        RunEntry result{next_name(segment), kind_, key.first, key.second + 1, 0, nullptr};
        BookChange change;
        std::vector<std::shared_ptr<store::Run const>> inputs;
        for (auto const* entry : entries) {
            inputs.push_back(entry->run);
            result.records += entry->records;
            change.removed.push_back(entry->name);
        }
        TRY(auto writer, store::RunWriter::create(folder_ / result.name, shape_, result.records));
        CHECK(store::merge_runs(inputs, *writer, fold_, context));
        result.records = writer->count();
        CHECK(writer->finish());
        TRY(result.run, store::Run::open(folder_ / result.name, shape_));
        change.added.push_back(std::move(result));
        change.fresh = fresh_;
        return change;
    }
    return std::optional<BookChange>();
}

namespace {

/// Keys in order, and how many words one has.
struct KeySet {
    std::span<std::uint64_t const> words;
    std::uint32_t key_words;

    bool has(std::uint64_t const* record) const {
        std::size_t first = 0, last = words.size() / key_words;
        while (first < last) {
            auto const middle = (first + last) / 2;
            auto const order = store::compare_keys(words.data() + middle * key_words, record, key_words);
            if (order == 0) return true;
            order < 0 ? first = middle + 1 : last = middle;
        }
        return false;
    }
    static bool keeps(std::uint64_t const* record, void const* context) {
        return !static_cast<KeySet const*>(context)->has(record);
    }
    /// Whether a run holds a record of any of them.
    Result<bool> is_met_in(std::shared_ptr<store::Run const> const& run) const {
        store::RunCursor cursor(run);
        for (std::size_t at = 0; at < words.size(); at += key_words) {
            CHECK(cursor.seek(words.data() + at));
            auto const* const record = cursor.record();
            if (record != nullptr && store::compare_keys(record, words.data() + at, key_words) == 0) return true;
        }
        return false;
    }
};

}  // namespace

Result<BookChange> RunBook::without(std::int64_t segment, std::span<std::uint64_t const> keys) {
    KeySet const gone{keys, shape_.key_words};
    BookChange change;
    for (auto const& entry : runs_) {
        TRY(auto const is_met, gone.is_met_in(entry.run));
        if (!is_met) continue;
        change.removed.push_back(entry.name);
        RunEntry rest{next_name(segment), kind_, entry.day, entry.level, 0, nullptr};
        TRY(auto writer, store::RunWriter::create(folder_ / rest.name, shape_, entry.records));
        CHECK(store::merge_runs(std::span(&entry.run, 1), *writer, fold_, &gone, &KeySet::keeps));
        rest.records = writer->count();
        CHECK(writer->finish());
        if (rest.records == 0) {
            ::unlink((folder_ / rest.name).c_str());
            continue;
        }
        TRY(rest.run, store::Run::open(folder_ / rest.name, shape_));
        change.added.push_back(std::move(rest));
    }
    std::vector<std::uint64_t> fresh;
    for (std::size_t at = 0; at < fresh_->size(); at += shape_.words)
        if (!gone.has(fresh_->data() + at))
            fresh.insert(fresh.end(), fresh_->data() + at, fresh_->data() + at + shape_.words);
    change.fresh = fresh_;
    if (fresh.size() == fresh_->size()) return change;
    change.clear_small = true;
    change.small = fresh;
    change.fresh = std::make_shared<std::vector<std::uint64_t>>(std::move(fresh));
    return change;
}

BookChange RunBook::without_days_before(std::int32_t day) const {
    BookChange change;
    change.fresh = fresh_;
    for (auto const& entry : runs_)
        if (entry.day && *entry.day < day) change.removed.push_back(entry.name);
    return change;
}

void RunBook::apply(BookChange change) {
    std::erase_if(runs_, [&](RunEntry const& entry) {
        return std::ranges::find(change.removed, entry.name) != change.removed.end();
    });
    for (auto const& name : change.removed) ::unlink((folder_ / name).c_str());  // readers have it open
    for (auto& entry : change.added) runs_.push_back(std::move(entry));
    fresh_ = std::move(change.fresh);
}

}  // namespace tocsin::events
