#pragma once
#include "base/base.hpp"
#include "events/parser.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::events {

/// What became of one column of a record.
struct TriedCell {
    std::string column;
    std::string text;        ///< as it came
    std::string value;       ///< as the mapping shaped it
    std::string field;       ///< "source.ip"; empty when the column is left out
    std::string conversion;  ///< "ip"
    std::string outcome;     ///< put, absent, kept aside, refused, left out
};

struct TriedRow {
    std::uint64_t record = 0;
    std::string outcome;  ///< event, rejected, left out
    std::string raw;
    std::vector<TriedCell> cells;
    std::string event;  ///< JSON in the IntelMQ Data Format
    std::string field;  ///< of a rejected row
    std::string reason;
};

/// What a feed's definition makes of the first rows of a report. Nothing is stored.
struct Tried {
    std::string feed, title, why;  ///< `why`: how the feed was recognised
    std::string format;
    std::string header;
    std::vector<std::string> columns;
    std::vector<TriedRow> rows;
    std::uint64_t events = 0, rejected = 0, left_out = 0;  ///< of the rows
    std::string error;                                     ///< why reading stopped, if it did
};

/// Reads the first `rows` records (at most 1000) and tells what the mapping does with each. Errors: as `open_report`.
Result<Tried> try_feed(std::unique_ptr<formats::ByteSource> source, OpenOptions const& options,
                       FeedCatalogue const& catalogue, std::size_t rows);

/// {"feed","title","why","format","header","columns","events","rejected","left_out","error","rows":[...]}
std::string tried_json(Tried const& tried);

}  // namespace tocsin::events
