#include "events/parser.hpp"

#include "events/parsers/plan.hpp"

#include <fmt/format.h>

namespace tocsin::events {

Parsed parse(Chunk chunk, Plan const& plan) {
    switch (plan.feed->format) {
        case FeedFormat::csv:
            return parse_table(std::move(chunk), plan);
        case FeedFormat::jsonl:
        case FeedFormat::json:
        case FeedFormat::xml:
            return parse_json(std::move(chunk), plan);
        case FeedFormat::syslog:
        case FeedFormat::cef:
        case FeedFormat::leef:
        case FeedFormat::regex:
        case FeedFormat::kv:
            return parse_log(std::move(chunk), plan);
        case FeedFormat::idf:
        case FeedFormat::idea:
        case FeedFormat::xarf:
            return parse_idf(std::move(chunk), plan);
        case FeedFormat::list:
            return parse_list(std::move(chunk), plan);
    }
    return Parsed{plan.make_batch(0), {}};
}

std::string rejected_json(RejectedRow const& row, std::string_view file) {
    JsonWriter json;
    json.object().field_unless_empty("file", file).field("record", row.record).field_unless_empty("field", row.field);
    json.field("reason", row.reason).field("raw", row.raw).end();
    return std::move(json).text();
}

}  // namespace tocsin::events
