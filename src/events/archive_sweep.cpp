#include "events/archive_internal.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <thread>

namespace tocsin::events {
namespace {

constexpr std::int64_t rows_at_a_time = 2'000'000;
constexpr std::size_t fetched_at_a_time = 1000;
constexpr char addresses[] = "id, ip_high, ip_low, to_high, to_low";
constexpr char addresses_and_names[] = "id, ip_high, ip_low, to_high, to_low, fqdn, reverse_dns, url, base";

/// One chunk's columns as the caller sees them.
class Stretch {
  public:
    SweptEvents of(duck::Chunk const& chunk, bool with_texts, Dictionary const& dictionary) {
        SweptEvents events{.size = chunk.size(),
                           .source_high = chunk.column<std::uint64_t>(1),
                           .source_low = chunk.column<std::uint64_t>(2),
                           .destination_high = chunk.column<std::uint64_t>(3),
                           .destination_low = chunk.column<std::uint64_t>(4)};
        if (!with_texts) return events;
        events.fqdn = texts(0, chunk, 5);
        events.reverse_dns = texts(1, chunk, 6);
        events.url = texts(2, chunk, 7);
        auto& bases = texts_[3];
        bases.resize(chunk.size());
        for (std::size_t row = 0; row < chunk.size(); ++row) {
            auto const word = chunk.get<std::uint32_t>(8, row);
            if (word != base_) base_text_ = dictionary.text(base_ = word);  // the same for a whole report
            bases[row] = base_text_;
        }
        events.others_of_report = bases;
        return events;
    }
    SweptEvents of_others(duck::Chunk const& chunk) { return {.size = chunk.size(), .others = texts(4, chunk, 1)}; }

  private:
    std::span<std::string_view const> texts(std::size_t place, duck::Chunk const& chunk, std::size_t column) {
        auto& out = texts_[place];
        out.resize(chunk.size());
        for (std::size_t row = 0; row < chunk.size(); ++row) out[row] = chunk.text(column, row);
        return out;
    }
    std::vector<std::string_view> texts_[5];
    Word base_ = 0;
    std::string_view base_text_;
};

/// Threads take ranges of segments until there is none left or something failed.
class Sweep {
  public:
    Sweep(Archive const& archive, Archive::Impl& impl, SweepRequest const& request, Archive::SweptReport const& each)
        : archive_(archive), impl_(impl), request_(request), each_(each), visible_(impl.visible) {}

    Status run(unsigned threads) {
        TRY(auto const connection, impl_.lease());
        TRY(auto const rows, connection->number("SELECT count(*) FROM events"));
        step_ = std::max<std::int64_t>(1, visible_ * rows_at_a_time / std::max<std::int64_t>(1, rows));
        std::vector<std::jthread> workers;
        for (unsigned i = 1; i < threads; ++i) workers.emplace_back([this] { work(); });
        work();
        workers.clear();
        return std::move(status_);
    }

  private:
    void work() {
        while (true) {
            auto const first = next_.fetch_add(step_);
            if (first > visible_ || has_failed_) return;
            auto const done = request_.is_cancelled && request_.is_cancelled()
                                  ? Status(fail(Code::unavailable, "looking through the archive was cancelled"))
                                  : look_at(first, std::min(visible_, first + step_ - 1));
            if (done) continue;
            std::lock_guard const lock(mutex_);
            if (!has_failed_.exchange(true)) status_ = done;
        }
    }

    Status look_at(std::int64_t first, std::int64_t last) {
        TRY(auto const connection, impl_.lease());
        auto const within = fmt::format("id >= {} AND id < {}", first_event_id(first), first_event_id(last + 1));
        std::vector<std::uint64_t> ids;
        std::vector<std::uint32_t> wanted;
        Stretch stretch;
        auto const look = [&](std::string_view columns, std::string_view where, auto&& events_of) {
            return connection->query(fmt::format("SELECT {} FROM events WHERE {}", columns, where),
                                     [&](duck::Chunk const& chunk) {
                                         wanted.clear();
                                         request_.pick(events_of(chunk), wanted);
                                         for (auto const row : wanted) ids.push_back(chunk.get<std::uint64_t>(0, row));
                                         return true;
                                     });
        };
        bool const with_texts = request_.with_texts;
        CHECK(look(with_texts ? addresses_and_names : addresses, within,
                   [&](duck::Chunk const& chunk) { return stretch.of(chunk, with_texts, impl_.dictionary); }));
        if (with_texts)
            CHECK(look("id, rest", fmt::format("{} AND (flags & {}) = 0", within, EventRow::rest_is_plain),
                       [&](duck::Chunk const& chunk) { return stretch.of_others(chunk); }));
        std::ranges::sort(ids);
        ids.erase(std::ranges::unique(ids).begin(), ids.end());
        for (std::size_t at = 0; at < ids.size(); at += fetched_at_a_time)
            CHECK(fetch(*connection.get(), std::span(ids).subspan(at, std::min(fetched_at_a_time, ids.size() - at))));
        return {};
    }

    Status fetch(duck::Connection& connection, std::span<std::uint64_t const> ids) {
        std::map<std::int64_t, std::vector<StoredEvent>> by_report;
        CHECK(connection.query(fmt::format("SELECT {} FROM events WHERE id >= {} AND id <= {} AND id IN ({})",
                                           all_columns, ids.front(), ids.back(), fmt::join(ids, ",")),
                               [&](duck::Chunk const& chunk) {
                                   for (std::size_t row = 0; row < chunk.size(); ++row) {
                                       auto const report = chunk.get<std::uint32_t>(2, row);
                                       by_report[report].push_back(
                                           read_event(impl_, chunk, row, archive_.received_of(report)));
                                   }
                                   return true;
                               }));
        std::lock_guard const lock(mutex_);
        for (auto const& [report, events] : by_report) CHECK(each_(report, events));
        return {};
    }

    Archive const& archive_;
    Archive::Impl& impl_;
    SweepRequest const& request_;
    Archive::SweptReport const& each_;
    std::int64_t visible_;
    std::int64_t step_ = 1;
    std::atomic<std::int64_t> next_ = 1;
    std::atomic<bool> has_failed_ = false;
    std::mutex mutex_;  // guards status_; calls of each_ take turns under it
    Status status_;
};

}  // namespace

Status Archive::sweep(SweepRequest const& request, unsigned threads, SweptReport const& each) const {
    return Sweep(*this, *impl_, request, each).run(threads);
}

}  // namespace tocsin::events
