#pragma once
#include "events/committer.hpp"
#include "events/parser.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace tocsin::events {

/// One report to be read.
struct Work {
    Report report;
    std::unique_ptr<formats::ByteSource> source;
    OpenOptions open;
    std::int64_t covered = 0;  ///< records committed before
    std::optional<std::int32_t> round;
    std::vector<std::int64_t> replayed_ids;  ///< rejected rows read again: id of each record
    std::shared_ptr<std::atomic<std::int64_t>> bytes_read;
};

struct IntakeOptions {
    std::shared_ptr<FeedCatalogue const> catalogue;
    std::function<std::shared_ptr<Surroundings const>()> surroundings;
    std::shared_ptr<Matcher> matcher;
    unsigned workers = 1;
    std::size_t segment_rows = 0;
    std::size_t segment_bytes = 0;
};

/// Reads reports one after the other and commits them: one thread at a time cuts a report into chunks, `workers`
/// threads parse, enrich and attribute them, the caller's thread puts them in order again and commits segments. Parsed
/// batches that wait are bounded by one segment, by rows and by bytes, so memory is bounded by two.
class Intake {
  public:
    Intake(Committer& committer, Dictionary& dictionary, IntakeOptions options);

    /// `next` gives the next report, or nothing: called from one thread at a time. `progress` is told about twice a
    /// second, and at the end of each report. Errors: a store that failed; what a report itself has wrong is that
    /// report's failure.
    Result<Totals> run(std::function<Result<std::optional<Work>>()> const& next,
                       std::function<void(Report const&)> const& progress, std::function<bool()> const& is_cancelled,
                       std::function<void(store_sql::Slice const&)> const& committed = {});

  private:
    Status commit(Segment& segment, std::function<void(store_sql::Slice const&)> const& done);

    Committer& committer_;
    Dictionary& dictionary_;
    IntakeOptions options_;
};

}  // namespace tocsin::events
