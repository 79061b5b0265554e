#include "events/feed_try.hpp"

#include "events/parsers/plan.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

constexpr std::size_t most_rows = 1000;
constexpr std::size_t greatest_text = 2000;  ///< shown of a text

std::string shown(std::string_view text) {
    return text.size() <= greatest_text ? repaired_utf8(text) : repaired_utf8(text.substr(0, greatest_text)) + "...";
}

std::string why_this(OpenOptions const& options, FeedCatalogue const& catalogue, FeedDefinition const& feed) {
    if (options.mapping) return "the mapping was given";
    if (!options.feed.empty()) return "the feed was named";
    auto const by_name = catalogue.by_file_name(options.name);
    if (by_name && *by_name && (**by_name)->id == feed.id)
        return fmt::format("by the file's name, {}", bare_file_name(options.name));
    return feed.format == FeedFormat::csv ? "by its columns" : "by its content";
}

/// The name in a key of `"extra.banner":`.
std::string name_in(std::string_view key) {
    if (key.ends_with(':')) key.remove_suffix(1);
    formats::JsonTree tree;
    return tree.parse(key) ? std::string(tree.root().text()) : std::string(key);
}

class Trier {
  public:
    Trier(Plan const& plan, std::size_t rows, Tried& into)
        : plan_(plan), rows_(std::min(rows, most_rows)), tried_(into) {
        plan_.traces = &traces_;
    }

    bool is_full() const { return tried_.rows.size() >= rows_; }

    void take(Chunk chunk) {
        traces_.clear();
        auto const first = chunk.first_record;
        if (chunk.ends.size() > rows_) chunk.ends.resize(rows_);
        auto const parsed = parse(std::move(chunk), plan_);
        std::size_t event = 0, rejected = 0, trace = 0;
        while (!is_full()) {  // all three stand in the order of the records
            auto const a = event < parsed.batch.size() ? parsed.batch.record_number(event) : UINT64_MAX;
            auto const b = rejected < parsed.rejected.size() ? parsed.rejected[rejected].record : UINT64_MAX;
            auto const c = trace < traces_.size() ? first + traces_[trace].offset : UINT64_MAX;
            auto const record = std::min({a, b, c});
            if (record == UINT64_MAX) return;
            TriedRow row;
            row.record = record;
            row.outcome = "left out";
            if (c == record) add_cells(traces_[trace++], row);
            if (a == record) add_event(parsed.batch, event++, row);
            if (b == record) add_rejected(parsed.rejected[rejected++], row);
            ++(row.outcome == "event" ? tried_.events : row.outcome == "rejected" ? tried_.rejected : tried_.left_out);
            tried_.rows.push_back(std::move(row));
        }
    }

  private:
    static void add_event(EventBatch const& batch, std::size_t number, TriedRow& row) {
        row.outcome = "event";
        row.raw = shown(batch.raw(number));
        batch.append_json(row.event, number);
    }
    static void add_rejected(RejectedRow const& rejected, TriedRow& row) {
        row.outcome = "rejected";
        row.raw = shown(rejected.raw);
        row.field = rejected.field;
        row.reason = rejected.reason;
    }

    void add_cells(RowTrace const& trace, TriedRow& row) {
        for (auto const& cell : trace.cells) {
            auto const& step = plan_.steps[cell.step];
            TriedCell one;
            one.column = cell.column;
            one.text = shown(cell.text);
            one.value = shown(cell.value);
            one.field = step.field ? std::string(name_of(*step.field)) : name_in(step.key);
            one.conversion = name_of(step.as);
            one.outcome = cell.outcome;
            if (cell.outcome == "kept aside") one.field = name_in(step.column_key);
            row.cells.push_back(std::move(one));
        }
        for (auto const& [key, json] : trace.beside)
            row.cells.push_back({name_in(key).substr(6), shown(json), shown(json), name_in(key), "verbatim", "put"});
        if (trace.is_left_out) return;
        for (std::uint16_t column = 0; column < plan_.columns.size(); ++column) {
            auto const used = [&](Step const& step) { return step.column == column; };
            if (std::ranges::none_of(plan_.steps, used))
                row.cells.push_back({plan_.columns[column], "", "", "", "", "left out"});
        }
    }

    Plan plan_;
    std::size_t rows_;
    std::vector<RowTrace> traces_;
    Tried& tried_;
};

}  // namespace

Result<Tried> try_feed(std::unique_ptr<formats::ByteSource> source, OpenOptions const& options,
                       FeedCatalogue const& catalogue, std::size_t rows) {
    TRY(auto report, open_report(std::move(source), options, catalogue));
    Tried tried;
    auto const& feed = report.feed();
    tried.feed = feed.id;
    tried.title = feed.title;
    tried.why = why_this(options, catalogue, feed);
    tried.format = name_of(feed.format);
    tried.header = shown(report.header());
    tried.columns = report.plan().columns;
    Trier trier(report.plan(), rows, tried);
    while (!trier.is_full()) {
        auto chunk = report.next();
        if (!chunk) tried.error = chunk.error().message;
        if (!chunk || !*chunk) break;
        trier.take(std::move(**chunk));
    }
    return tried;
}

std::string tried_json(Tried const& tried) {
    JsonWriter json;
    json.object().field("feed", tried.feed).field("title", tried.title).field("why", tried.why);
    json.field("format", tried.format).field("header", tried.header).key("columns").array();
    for (auto const& column : tried.columns) json.value(column);
    json.end().field("events", tried.events).field("rejected", tried.rejected).field("left_out", tried.left_out);
    json.field_or_null("error", tried.error).key("rows").array();
    for (auto const& row : tried.rows) {
        json.object().field("record", row.record).field("outcome", row.outcome).field("raw", row.raw);
        json.key("cells").array();
        for (auto const& cell : row.cells)
            json.object()
                .field("column", cell.column)
                .field("text", cell.text)
                .field("value", cell.value)
                .field("field", cell.field)
                .field("conversion", cell.conversion)
                .field("outcome", cell.outcome)
                .end();
        json.end().key("event");
        if (row.event.empty())
            json.null();
        else
            json.raw(row.event);
        json.field_or_null("field", row.field).field_or_null("reason", row.reason).end();
    }
    json.end().end();
    return std::move(json).text();
}

}  // namespace tocsin::events
