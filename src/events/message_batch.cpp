#include "events/message_batch.hpp"

#include "formats/formats.hpp"

#include <algorithm>

namespace tocsin::events {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_json(std::string_view text) {
    formats::JsonTree tree;
    return tree.parse(text).has_value();
}

std::string_view bare(std::string_view body) {
    if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
    return trimmed(body);
}

}  // namespace

Joining joining_of(FeedDefinition const& feed) {
    switch (feed.format) {
        case FeedFormat::json:
            // What stands outside of the records would be taken over from one message to the next.
            return feed.outer.empty() ? Joining::documents : Joining::alone;
        case FeedFormat::jsonl:
        case FeedFormat::idf:
        case FeedFormat::idea:
            return feed.outer.empty() ? Joining::documents : Joining::alone;
        case FeedFormat::csv:
            return feed.has_header ? Joining::alone : Joining::lines;
        case FeedFormat::list:
        case FeedFormat::syslog:
        case FeedFormat::cef:
        case FeedFormat::leef:
        case FeedFormat::regex:
        case FeedFormat::kv:
            return Joining::lines;
        case FeedFormat::xml:
        case FeedFormat::xarf:
            return Joining::alone;
    }
    return Joining::alone;
}

void MessageBatch::clear() {
    joined_.clear();
    marks_.clear();
    alone_.clear();
    bytes_ = 0;
}

/// A text where a record would stand: no feed takes it for one, and it is kept as it came.
std::string MessageBatch::as_record(std::string_view body) const {
    std::string front, back;
    if (feed_->format == FeedFormat::json && !feed_->records.empty())
        for (auto const step : split(feed_->records, '.')) {
            front += step == "*" ? std::string("[") : "{" + json_string(step) + ":";
            back.insert(0, step == "*" ? "]" : "}");
        }
    return front + json_string(repaired_utf8(body)) + back;
}

void MessageBatch::add_document(std::string_view body) {
    if (is_json(body)) {
        joined_ += formats::on_one_line(body);
        joined_ += '\n';
        return;
    }
    auto const lines = split(body, '\n');
    bool const is_lines = std::ranges::all_of(lines, [](auto line) { return trimmed(line).empty() || is_json(line); });
    if (!is_lines) {
        joined_ += as_record(body);
        joined_ += '\n';
        return;
    }
    for (auto const line : lines)
        if (!trimmed(line).empty()) joined_.append(trimmed(line)).append("\n");
}

bool MessageBatch::must_be_alone(std::string_view body) const {
    if (joining_ == Joining::alone) return true;
    bool const is_text = formats::is_valid_utf8(body) && std::ranges::none_of(body, [](char c) {
                             return (c >= 0 && c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
                         });
    if (joining_ == Joining::documents) return false;
    bool const is_open = feed_->quote != '\0' && std::ranges::count(body, feed_->quote) % 2 != 0;
    return !is_text || (is_open && feed_->format == FeedFormat::csv);
}

void MessageBatch::add(std::string_view body, std::string mark) {
    bytes_ += body.size();
    auto const text = bare(body);
    if (must_be_alone(body)) {
        alone_.push_back({std::string(body), std::move(mark)});
        return;
    }
    marks_.push_back(std::move(mark));
    if (text.empty()) return;
    if (joining_ == Joining::documents)
        add_document(text);
    else
        joined_.append(text).append("\n");
}

}  // namespace tocsin::events
