#pragma once
#include "events/feed_definition.hpp"
#include "formats/formats.hpp"

#include <memory>

namespace tocsin::events {

/// Delimiter-separated rows of which one column holds several values: one row for each of them, the rest repeated. Rows
/// that are not well formed pass as they are.
///
/// Limits: 4096 values of a row; the rest of them stays in the last row. A row longer than 1 MiB passes as it is.
std::unique_ptr<formats::ByteSource> exploded_rows(std::unique_ptr<formats::ByteSource> source,
                                                   std::shared_ptr<FeedDefinition const> feed);

}  // namespace tocsin::events
