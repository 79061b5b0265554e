#include "events/source_run.hpp"

#include <fmt/format.h>

namespace tocsin::events {
namespace {

/// One file that changes in place.
Status fetch_changing(SourceRun& run) {
    auto& course = run.course;
    Order const order{.url = run.source.address, .etag = course.etag, .modified = course.modified};
    if (run.options.is_dry) {
        TRY(auto item, look_at_file(run, order));
        if (item.outcome == ItemOutcome::known) run.report.remark = "it has not changed";
        run.note(std::move(item));
        return {};
    }
    TRY(auto const fetched, fetch_file(run, order));
    if (!fetched.is_new) {
        run.report.remark = "it has not changed";
        return {};
    }
    bool const is_same = !course.body.empty() && fetched.sha256 == course.body;
    std::vector<SourceItem> items;
    if (!is_same) {
        TRY(auto item, run.take_file(fetched.file, "sha256:" + fetched.sha256, fetched.name));
        items.push_back(std::move(item));
    } else {
        run.report.remark = "it has not changed";
    }
    course.etag = fetched.etag;
    course.modified = fetched.modified;
    course.body = fetched.sha256;
    return run.save(items);
}

/// A file a day, its name holding the day.
Status fetch_days(SourceRun& run) {
    for (auto const& day : run.days()) {
        if (run.is_cancelled()) return fail(Code::unavailable, "it was cancelled");
        if (run.is_out_of_time()) {
            run.report.is_unfinished = true;
            return {};
        }
        TRY(bool const is_here, run.has(day));
        if (is_here) continue;
        Order const order{.url = replaced(run.source.address, "{date}", day)};
        if (run.options.is_dry) {
            auto item = look_at_file(run, order);
            if (!item && item.error().code == Code::not_found) continue;
            if (!item) return std::unexpected(item.error());
            run.note(*std::move(item));
            continue;
        }
        auto const fetched = fetch_file(run, order);
        if (!fetched && fetched.error().code == Code::not_found) continue;  // not yet, or never
        if (!fetched) return std::unexpected(fetched.error().during(day));
        TRY(auto const item, run.take_file(fetched->file, day, fetched->name));
        CHECK(run.save({&item, 1}));
    }
    return {};
}

}  // namespace

Status run_http(SourceRun& run) {
    return run.source.is_daily() ? fetch_days(run) : fetch_changing(run);
}

}  // namespace tocsin::events
