#include "events/parser.hpp"
#include "events/parsers/explode.hpp"
#include "events/parsers/foreign.hpp"
#include "events/parsers/plan.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 20;
constexpr std::int64_t one_day = 86'400'000'000;
constexpr std::size_t kept_of_overlong = std::size_t{64} << 10;

/// Bytes that were read ahead, then the source they came from, or what was wrong with it.
class Ahead final : public formats::ByteSource {
  public:
    Ahead(std::string ahead, std::unique_ptr<formats::ByteSource> source, std::optional<Error> fault)
        : ahead_(std::move(ahead)), source_(std::move(source)), fault_(std::move(fault)) {}
    Result<std::size_t> read(std::span<char> into) override {
        if (at_ == ahead_.size()) return fault_ ? std::unexpected(*fault_) : source_->read(into);
        auto const size = ahead_.copy(into.data(), into.size(), at_);
        at_ += size;
        return size;
    }

  private:
    std::string ahead_;
    std::size_t at_ = 0;
    std::unique_ptr<formats::ByteSource> source_;
    std::optional<Error> fault_;
};

/// Bytes read and not yet cut into chunks.
class Buffer {
  public:
    explicit Buffer(std::unique_ptr<formats::ByteSource> source) : source_(std::move(source)) {
        make_room(buffer_size);
    }

    std::string_view view() const { return {bytes_.get(), size_}; }
    bool ended() const { return ended_; }
    std::optional<Error> const& fault() const { return fault_; }

    /// What was read and the rest of the source, as a source of its own; this buffer goes on with what `made` of it.
    template <class Make>
    void replace_source(Make made) {
        source_ = made(std::make_unique<Ahead>(std::string(view()), std::move(source_), fault_));
        size_ = 0;
        ended_ = false;
        fault_.reset();
    }

    /// Reads until `wanted` bytes are there, the source ends or fails.
    void fill(std::size_t wanted) {
        while (size_ < wanted && !ended_ && !fault_) {
            if (size_ == room_) make_room(room_ * 2);
            auto const got = source_->read({bytes_.get() + size_, room_ - size_});
            if (!got)
                fault_ = got.error();
            else if (*got == 0)
                ended_ = true;
            else
                size_ += *got;
        }
    }
    void drop(std::size_t count) {
        size_ -= count;
        std::memmove(bytes_.get(), bytes_.get() + count, size_);
    }
    /// Gives the first `count` bytes away, with the padding that splitting needs.
    std::unique_ptr<char[]> take(std::size_t count) {
        auto taken = std::move(bytes_);
        auto const left = size_ - count;
        auto const* const rest = taken.get() + count;
        size_ = 0;
        room_ = 0;
        make_room(std::max(buffer_size, left));
        std::memcpy(bytes_.get(), rest, left);
        size_ = left;
        return taken;
    }

  private:
    void make_room(std::size_t room) {
        auto larger = std::make_unique_for_overwrite<char[]>(room + formats::csv_padding);
        if (size_ != 0) std::memcpy(larger.get(), bytes_.get(), size_);
        std::memset(larger.get() + room, 0, formats::csv_padding);
        bytes_ = std::move(larger);
        room_ = room;
    }

    std::unique_ptr<formats::ByteSource> source_;
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t room_ = 0;
    bool ended_ = false;
    std::optional<Error> fault_;
};

/// Of a header; `feed` says how it is split, if one is known.
std::vector<std::string> fields_of(std::string_view record, formats::CsvDialect dialect, std::size_t most,
                                   FeedDefinition const* feed = nullptr) {
    std::string padded(formats::without_line_end(record));
    if (!formats::is_valid_utf8(padded)) padded = formats::from_latin1(padded);
    std::erase(padded, '\0');
    auto const size = padded.size();
    padded.append(formats::csv_padding, '\0');
    std::vector<std::string_view> fields(most);
    std::string unescaped(size, '\0');
    auto const whole = std::string_view(padded).substr(0, size);
    auto const split = feed != nullptr && feed->by_blanks
                           ? split_row(*feed, dialect, whole, fields, unescaped.data())
                           : formats::split_record(whole, dialect, fields, unescaped.data());
    std::vector<std::string> result;
    for (std::size_t i = 0; i < std::min(split.count, most); ++i) result.emplace_back(stripped(fields[i]));
    return result;
}

/// Columns separated by what gives the most of them.
std::vector<std::string> guessed_header(std::string_view record, formats::CsvDialect& dialect, std::size_t most) {
    std::vector<std::string> best;
    for (char const delimiter : {',', ';', '\t', '|'}) {
        auto fields = fields_of(record, {delimiter, '"'}, most);
        if (fields.size() <= best.size()) continue;
        best = std::move(fields);
        dialect = {delimiter, '"'};
    }
    return best;
}

/// Formats that say themselves what they are: the id of the feed that reads them; empty for all others.
std::string_view told_by_content(std::string_view bytes, std::string_view first) {
    auto const front = bytes.substr(0, std::size_t{64} << 10);
    if (first.front() == '{' || first.front() == '[') {
        if (front.contains("\"IDEA0\"")) return "generic/idea";
        if (front.contains("\"xarf_version\"") || front.contains("\"ReporterInfo\"")) return "generic/xarf";
        return first.front() == '{' ? "generic/idf" : "";
    }
    if (front.contains("\nReport-Type:") || front.starts_with("Report-Type:") || front.contains("\nX-XARF:"))
        return "generic/xarf";
    auto const start = first.substr(0, 256);
    if (start.contains("CEF:0|") || start.contains("CEF:1|")) return "generic/cef";
    if (start.contains("LEEF:1.0|") || start.contains("LEEF:2.0|")) return "generic/leef";
    auto const close = start.find('>');
    bool const is_syslog = start.starts_with('<') && close != std::string_view::npos && close > 1 && close < 5 &&
                           parse_int(start.substr(1, close - 1));
    return is_syslog ? "generic/syslog" : "";
}

std::vector<std::string> columns_without_header(FeedDefinition const& feed) {
    if (feed.format == FeedFormat::list)
        return feed.columns.size() == 2 ? feed.columns : std::vector<std::string>{"entry", "note"};
    if (feed.format == FeedFormat::csv) return feed.columns;
    if (feed.format == FeedFormat::idf || feed.format == FeedFormat::idea || feed.format == FeedFormat::xarf) return {};
    std::vector<std::string> columns = feed.columns;
    auto const add = [&](std::string const& column) {
        if (!column.empty() && std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
    };
    std::ranges::for_each(feed.required, add);
    std::ranges::for_each(feed.present, add);
    for (auto const& rule : feed.when) add(rule.condition.column);
    for (auto const& one : feed.leave_out) add(one.column);
    for (auto const& one : feed.only) add(one.column);
    for (auto const& definition : feed.meanings) {
        add(definition.column);
        for (auto const& meaning : definition.meanings) {
            std::ranges::for_each(meaning.host_columns, add);
            std::ranges::for_each(meaning.shape.join, add);
            add(meaning.scheme_column);
            add(meaning.or_column);
        }
    }
    return columns;
}

}  // namespace

struct ReportReader::State {
    explicit State(Buffer opened) : buffer(std::move(opened)) {}

    Buffer buffer;
    std::shared_ptr<FeedDefinition const> feed;
    std::shared_ptr<Plan const> plan;
    std::optional<Timestamp> date;
    std::string header;
    std::uint64_t next_record = 1;
    bool skipping = false;  ///< the rest of an overlong record

    /// The first record that is neither blank nor a comment, without taking it; empty at the end.
    std::string_view peek_record(formats::CsvDialect dialect, std::vector<std::string> const& comments,
                                 std::size_t from, std::size_t& end) {
        while (true) {
            buffer.fill(buffer_size);
            auto const view = buffer.view();
            auto const stop = formats::record_end(view, from, dialect, true);
            if (!stop) return {};
            end = *stop;
            auto const record = view.substr(from, *stop - from);
            bool const left_out = stripped(record).empty() || std::ranges::any_of(comments, [&](auto const& mark) {
                                      return record.starts_with(mark);
                                  });
            if (!left_out) return record;
            from = *stop;
        }
    }

    Status recognise(OpenOptions const& options, std::string const& inner_name, FeedCatalogue const& catalogue);
    Status recognise_content(FeedCatalogue const& catalogue, ParseLimits const& limits);
    Status read_header(OpenOptions const& options);
    void cut_document(ParseLimits const& limits);
    Result<std::optional<Chunk>> next(std::size_t most);
    std::optional<Chunk> cut_overlong(std::size_t longest);
};

Status ReportReader::State::recognise(OpenOptions const& options, std::string const& inner_name,
                                      FeedCatalogue const& catalogue) {
    if (options.mapping) {
        feed = options.mapping;
    } else if (!options.feed.empty()) {
        TRY(feed, catalogue.find(options.feed));
    } else {
        for (auto const& name : {options.name, inner_name}) {
            if (feed || name.empty()) continue;
            TRY(auto const found, catalogue.by_file_name(name));
            if (found) feed = *found;
        }
        if (!feed) CHECK(recognise_content(catalogue, options.limits));
    }
    for (auto const& name : {options.name, inner_name})
        if (!date && !name.empty()) date = date_in_file_name(*feed, name);
    return {};
}

Status ReportReader::State::recognise_content(FeedCatalogue const& catalogue, ParseLimits const& limits) {
    std::vector<std::string> const comments = {"#"};
    std::size_t end = 0;
    auto const first = peek_record({}, comments, 0, end);
    if (buffer.fault()) return std::unexpected(*buffer.fault());
    if (stripped(first).empty()) return fail(Code::invalid, "is empty; expected a header or rows");
    if (auto const id = told_by_content(buffer.view(), stripped(first)); !id.empty()) {
        TRY(feed, catalogue.find(id));
        return {};
    }
    formats::CsvDialect dialect;
    auto const columns = guessed_header(first, dialect, limits.columns);
    std::size_t second_end = 0;
    auto const second = fields_of(peek_record(dialect, comments, end, second_end), dialect, limits.columns);
    TRY(feed, catalogue.by_header(columns, second));
    return {};
}

/// Documents become lines of one record each.
void ReportReader::State::cut_document(ParseLimits const& limits) {
    using Source = std::unique_ptr<formats::ByteSource>;
    auto const json = [&](Source source) {
        formats::JsonRecordsOptions options{feed->records, feed->outer, feed->each, {}, limits.record_bytes};
        return formats::json_records(std::move(source), std::move(options));
    };
    bool const as_json = feed->format == FeedFormat::json || !feed->each.empty() || !feed->outer.empty();
    if (as_json) {
        buffer.replace_source(json);
    } else if (feed->format == FeedFormat::xml) {
        buffer.replace_source(
            [&](Source source) { return formats::xml_records(std::move(source), {.records = feed->records}); });
    } else if (feed->format == FeedFormat::idea) {
        buffer.replace_source([&](Source source) { return idea_events(std::move(source), limits.record_bytes); });
    } else if (feed->format == FeedFormat::xarf) {
        buffer.replace_source([](Source source) { return xarf_events(std::move(source)); });
    } else if (!feed->each_split.empty()) {
        buffer.replace_source([&](Source source) { return exploded_rows(std::move(source), feed); });
    }
}

Status ReportReader::State::read_header(OpenOptions const& options) {
    auto const& limits = options.limits;
    if (!options.is_cut) cut_document(limits);
    bool const has_header = feed->format == FeedFormat::csv && feed->has_header;
    std::vector<std::string> columns;
    if (has_header) {
        formats::CsvDialect const dialect{feed->delimiter, feed->quote};
        std::size_t end = 0;
        auto const record = peek_record(dialect, feed->comments, 0, end);
        if (buffer.fault() && record.empty()) return std::unexpected(*buffer.fault());
        if (record.empty()) return fail(Code::invalid, "is empty; expected a header");
        if (record.size() > limits.record_bytes)
            return fail(Code::limit, fmt::format("the header is longer than {} bytes", limits.record_bytes));
        columns = fields_of(record, dialect, limits.columns + 1, feed.get());
        header = formats::without_line_end(record);
        buffer.drop(end);
    } else {
        buffer.fill(1);
        if (buffer.fault() && buffer.view().empty()) return std::unexpected(*buffer.fault());
        columns = columns_without_header(*feed);
    }
    bool const by_name = feed->format == FeedFormat::csv;
    if (!by_name) {  // a list's or an object's members are looked for in each row
        auto copy = *feed;
        auto const is_unknown = [&](auto const& name) { return std::ranges::find(columns, name) == columns.end(); };
        std::erase_if(copy.required, is_unknown);
        std::erase_if(copy.present, is_unknown);
        feed = std::make_shared<FeedDefinition const>(std::move(copy));
    }
    TRY(plan, Plan::compile(feed, std::move(columns), limits,
                            date ? Timestamp{date->micros + one_day} : system_clock().now()));
    return {};
}

/// A record past the limit: its front becomes a record to reject, its rest is skipped. One that only grew so long
/// because a quote is not closed ends with its first line.
std::optional<Chunk> ReportReader::State::cut_overlong(std::size_t longest) {
    auto const view = buffer.view();
    auto const newline = view.find('\n');
    Chunk chunk;
    chunk.first_record = next_record++;
    std::size_t const size =
        newline != std::string_view::npos && newline < longest ? newline + 1 : std::min(kept_of_overlong, view.size());
    if (newline == std::string_view::npos || newline >= longest) chunk.overlong.push_back(0);
    chunk.bytes = std::make_unique_for_overwrite<char[]>(size + formats::csv_padding);
    std::memcpy(chunk.bytes.get(), view.data(), size);
    std::memset(chunk.bytes.get() + size, 0, formats::csv_padding);
    chunk.ends.push_back(static_cast<std::uint32_t>(size));
    if (chunk.overlong.empty()) {
        buffer.drop(size);
    } else {
        skipping = newline == std::string_view::npos;
        buffer.drop(skipping ? view.size() : newline + 1);
    }
    return chunk;
}

Result<std::optional<Chunk>> ReportReader::State::next(std::size_t most) {
    auto const longest = plan->limits.record_bytes;
    std::size_t wanted = buffer_size;
    while (true) {
        buffer.fill(wanted);
        auto const view = buffer.view();
        bool const ended = buffer.ended();
        if (skipping) {
            auto const newline = view.find('\n');
            skipping = newline == std::string_view::npos && !ended && !buffer.fault();
            buffer.drop(newline == std::string_view::npos ? view.size() : newline + 1);
            continue;
        }
        Chunk chunk;
        chunk.ends.reserve(most);
        auto const rest = formats::find_records(view, 0, plan->dialect, ended, most, chunk.ends);
        bool const first_is_overlong = !chunk.ends.empty() && chunk.ends.front() > longest;
        if (first_is_overlong || (chunk.ends.empty() && view.size() > longest)) return cut_overlong(longest);
        for (std::size_t i = 1; i < chunk.ends.size(); ++i) {
            if (chunk.ends[i] - chunk.ends[i - 1] <= longest) continue;
            chunk.ends.resize(i);
            break;
        }
        if (!chunk.ends.empty()) {
            chunk.first_record = next_record;
            next_record += chunk.ends.size();
            chunk.bytes = buffer.take(chunk.ends.back());
            return chunk;
        }
        if (buffer.fault()) return std::unexpected(*buffer.fault());
        if (ended) return std::nullopt;
        TOCSIN_ASSERT(rest == 0);
        wanted = std::max(view.size() * 2, buffer_size);
    }
}

ReportReader::ReportReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ReportReader::ReportReader(ReportReader&&) noexcept = default;
ReportReader& ReportReader::operator=(ReportReader&&) noexcept = default;
ReportReader::~ReportReader() = default;

FeedDefinition const& ReportReader::feed() const {
    return *state_->feed;
}
Plan const& ReportReader::plan() const {
    return *state_->plan;
}
std::shared_ptr<Plan const> ReportReader::shared_plan() const {
    return state_->plan;
}
std::optional<Timestamp> ReportReader::report_date() const {
    return state_->date;
}
std::string_view ReportReader::header() const {
    return state_->header;
}

Result<std::optional<Chunk>> ReportReader::next() {
    return state_->next(EventBatch::capacity);
}

Status ReportReader::skip_to(std::uint64_t record) {
    while (state_->next_record < record) {
        auto const left = record - state_->next_record;
        TRY(auto const chunk,
            state_->next(static_cast<std::size_t>(std::min<std::uint64_t>(left, EventBatch::capacity))));
        if (!chunk) return {};
    }
    return {};
}

Result<ReportReader> open_report(std::unique_ptr<formats::ByteSource> source, OpenOptions const& options,
                                 FeedCatalogue const& catalogue) {
    formats::InflateLimits limits;
    limits.expanded_bytes = options.limits.expanded_bytes;
    limits.expansion = options.limits.expansion;
    TRY(auto inflated, formats::inflate(std::move(source), limits));
    TRY(auto text, formats::to_utf8(std::move(inflated.source)));
    auto state = std::make_unique<ReportReader::State>(Buffer(std::move(text)));
    CHECK(state->recognise(options, inflated.inner_name, catalogue));
    CHECK(state->read_header(options));
    return ReportReader(std::move(state));
}

}  // namespace tocsin::events
