#include "sharing/exchange_run.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::sharing {
namespace {

using formats::taxii::Oddity;

constexpr std::chrono::hours deep_every{24}, deep_reach{25}, future{1};
constexpr std::chrono::minutes overlap_without_dates{10};
constexpr int most_empty_pages = 3, most_repeated_pages = 3, most_refused_nexts = 3;
constexpr std::int64_t most_dry_pages = 20;

/// One run of a poll. The walk it takes part in may have begun in an earlier run.
class Poll {
  public:
    explicit Poll(Run& run) : run_(run), course_(run.course) {}

    Result<PollReport> go() {
        CHECK(run_.locate());
        begin_walk();
        while (true) {
            if (is_enough()) {
                report_.is_unfinished = true;
                return std::move(report_);
            }
            if (run_.is_cancelled()) return fail(Code::unavailable, "it was cancelled");
            TRY(bool const is_more, step());
            if (!is_more) return std::move(report_);
        }
    }

  private:
    bool is_enough() const {
        auto const& limits = run_.limits;
        return report_.pages >= (run_.options.is_dry ? most_dry_pages : limits.pages) ||
               report_.objects >= limits.objects || bytes_ >= limits.bytes || run_.is_out_of_time();
    }

    /// Once a day, and when our clock or theirs has jumped, the last day is read again.
    void begin_walk() {
        if (course_.walk_began) return;
        auto const now = run_.now();
        course_.walk_began = now;
        course_.walk_from = course_.added_after;
        course_.walk_last.reset();
        course_.is_walk_ordered = true;
        course_.next.clear();
        bool const is_due = !course_.deep || now - *course_.deep > deep_every || *course_.deep > now + future;
        bool const has_jumped = course_.added_after && *course_.added_after > now + future;
        course_.is_walk_deep = is_due || has_jumped;
        if (course_.is_walk_deep && course_.added_after)
            course_.walk_from = std::min(*course_.added_after, now) - deep_reach;
    }

    /// One page. False: it was the last.
    Result<bool> step() {
        TaxiiQuestion const question{.added_after = course_.walk_from,
                                     .next = course_.next,
                                     .limit = run_.remote.page,
                                     .types = run_.remote.types};
        auto page = run_.client.objects(course_.root, course_.collection, question);
        if (!page && leave_next()) return true;
        if (!page) return std::unexpected(page.error());
        ++report_.pages;
        bytes_ += page->size;
        check_dates(*page);
        CHECK(check_progress(*page));
        CHECK(take(*page));
        CHECK(advance(*page));
        CHECK(run_.save());
        return page->more;
    }

    /// A `next` that is not taken any more (it expired, or the server was started anew): on by date, from where all was
    /// seen.
    bool leave_next() {
        constexpr std::array statuses{400, 404, 410, 416, 422};
        if (course_.next.empty() || std::ranges::find(statuses, run_.client.last_status()) == statuses.end())
            return false;
        if (++refused_nexts_ > most_refused_nexts) return false;
        run_.client.remarks().note(Oddity::next_refused, course_.next);
        course_.next.clear();
        seen_.clear();
        if (course_.is_walk_ordered && course_.walk_last) course_.walk_from = course_.walk_last;
        return true;
    }

    void check_dates(TaxiiPage& page) {
        auto& remarks = run_.client.remarks();
        if (page.server_time && report_.pages == 1)
            course_.walk_began = std::min(*course_.walk_began, *page.server_time);
        if (page.sent > 0 && (!page.first || !page.last)) {
            remarks.note(Oddity::no_date_headers, "X-TAXII-Date-Added-Last");
            lacks_dates_ = !page.last;
            course_.is_walk_ordered = false;
            return;
        }
        if (!page.first || !page.last) return;
        bool const is_backwards = *page.first > *page.last || (course_.walk_last && *page.first < *course_.walk_last);
        if (is_backwards) {
            remarks.note(Oddity::dates_backwards, format_timestamp(*page.first));
            course_.is_walk_ordered = false;
            page.last = std::max(*page.first, *page.last);
        }
        if (course_.walk_from && *page.first < *course_.walk_from)
            remarks.note(Oddity::dates_backwards,
                         fmt::format("{}, asked for what was added after {}", format_timestamp(*page.first),
                                     format_timestamp(*course_.walk_from)));
        if (*page.last > run_.now() + future) remarks.note(Oddity::future_dates, format_timestamp(*page.last));
    }

    /// Pages without an end.
    Status check_progress(TaxiiPage const& page) {
        auto& remarks = run_.client.remarks();
        if (page.sent == 0) {
            if (!page.more) return {};
            remarks.note(Oddity::more_without_objects, page.next);
            if (++empty_pages_ <= most_empty_pages) return {};
            return fail(Code::invalid, "the server says that there is more and sends nothing, again and again");
        }
        empty_pages_ = 0;
        if (seen_.insert(page.digest).second) return {};
        remarks.note(Oddity::repeated_page, page.next);
        if (!page.more || ++repeated_pages_ <= most_repeated_pages) return {};
        return fail(Code::invalid, "the server sends the same page again and again");
    }

    Status take(TaxiiPage& page) {
        report_.objects += page.objects;
        if (page.objects + page.broken == 0) return {};
        if (run_.options.is_dry) return count(page);
        intelligence::ImportRequest request;
        request.source.kind = "taxii";
        request.source.name = run_.remote.name;
        request.source.organisation = run_.peer.organisation;
        request.standard = run_.remote.standard;
        request.may_relay = run_.peer.may_relay;
        request.is_cancelled = run_.options.is_cancelled;
        formats::MemorySource source(std::move(page.bytes));
        TRY(auto const totals, run_.doors.intelligence->import(source, request, run_.options.by));
        if (run_.is_cancelled()) return fail(Code::unavailable, "it was cancelled");  // perhaps not all of the page
        report_.stored += totals.stored;
        report_.known += totals.known;
        report_.rejected += totals.rejected;
        course_.done += totals.stored;
        course_.known += totals.known;
        course_.refused += totals.rejected;
        return {};
    }

    /// What would come: by type, and how much of it is here in some version.
    Status count(TaxiiPage& page) {
        formats::MemorySource source(std::move(page.bytes));
        formats::stix::BundleReader reader(source);
        formats::JsonTree tree;
        intelligence::ObjectFilter here;
        auto const count_here = [&]() -> Status {
            if (here.ids.empty()) return {};
            TRY(auto const known, run_.doors.intelligence->count(here, gate::Recipient::team(run_.options.by)));
            report_.known += known;
            here.ids.clear();
            return {};
        };
        while (true) {
            TRY(auto const item, reader.next());
            if (!item) return count_here();
            if (!item->fault.empty() || !tree.parse(item->json)) {
                ++report_.rejected;
                continue;
            }
            ++report_.types[formats::taxii::one_line(tree.root()["type"].text(), 60)];
            here.ids.emplace_back(tree.root()["id"].text());
            if (here.ids.size() == 500) CHECK(count_here());
        }
    }

    Status advance(TaxiiPage const& page) {
        if (page.last) course_.walk_last = std::max(course_.walk_last.value_or(*page.last), *page.last);
        if (!page.more) {
            finish();
            return {};
        }
        course_.next = page.next;
        if (!page.next.empty()) return {};
        if (!page.last)
            return fail(Code::invalid,
                        "the server says that there is more, and gives neither next nor a date to go on from");
        if (course_.walk_from && *page.last <= *course_.walk_from) {
            run_.client.remarks().note(Oddity::crowded_moment, format_timestamp(*page.last));
            return fail(Code::invalid,
                        "more objects of one moment than fit on a page, and no next: some can't be had; ask for larger "
                        "pages (--page)");
        }
        course_.walk_from = page.last;
        return {};
    }

    void finish() {
        auto const now = run_.now();
        auto reached = course_.walk_last;
        if (!reached && lacks_dates_) reached = *course_.walk_began - overlap_without_dates;
        if (reached && *reached > now + future) reached = now;
        if (course_.added_after && *course_.added_after > now + future) course_.added_after = now;
        if (reached) course_.added_after = std::max(course_.added_after.value_or(*reached), *reached);
        if (course_.is_walk_deep) course_.deep = now;
        course_.caught_up = now;
        course_.next.clear();
        course_.walk_from.reset();
        course_.walk_began.reset();
        course_.walk_last.reset();
    }

    Run& run_;
    Course& course_;
    PollReport report_;
    std::uint64_t bytes_ = 0;
    std::set<std::string> seen_;  ///< digests of this run's pages; as many as pages
    int empty_pages_ = 0, repeated_pages_ = 0, refused_nexts_ = 0;
    bool lacks_dates_ = false;
};

}  // namespace

Result<PollReport> run_poll(Run& run) {
    return Poll(run).go();
}

}  // namespace tocsin::sharing
