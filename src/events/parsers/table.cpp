#include "events/parsers/plan.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

std::string reason_for(formats::SplitResult const& split, std::size_t expected) {
    switch (split.fault) {
        case formats::SplitFault::unclosed_quote:
            return "a quote is opened and not closed";
        case formats::SplitFault::text_after_quote:
            return fmt::format("field {} goes on behind its closing quote", split.count);
        case formats::SplitFault::too_many:
            return fmt::format("more than {} fields; expected {} as in the header", expected, expected);
        case formats::SplitFault::none:
            break;
    }
    return fmt::format("{} fields; expected {} as in the header", split.count, expected);
}

/// Fields between runs of blanks; a quoted one may hold blanks.
formats::SplitResult split_blanks(char quote, std::string_view record, std::vector<std::string_view>& fields) {
    formats::SplitResult result;
    while (true) {
        while (!record.empty() && is_space(record.front())) record.remove_prefix(1);
        if (record.empty()) return result;
        if (result.count == fields.size()) {
            ++result.count;
            result.fault = formats::SplitFault::too_many;
            return result;
        }
        bool const is_quoted = quote != '\0' && record.front() == quote;
        auto const closing = is_quoted ? record.find(quote, 1) : std::string_view::npos;
        auto const end = closing != std::string_view::npos
                             ? closing
                             : static_cast<std::size_t>(std::ranges::find_if(record, is_space) - record.begin());
        auto const begin = closing != std::string_view::npos ? std::size_t{1} : std::size_t{0};
        fields[result.count++] = record.substr(begin, end - begin);
        record.remove_prefix(end + begin);
    }
}

/// Every delimiter separates, the rest of too many fields stays in the last; quotes around a field go.
formats::SplitResult split_loosely(formats::CsvDialect dialect, std::string_view record,
                                   std::vector<std::string_view>& fields) {
    formats::SplitResult result;
    while (result.count < fields.size()) {
        auto const end = result.count + 1 == fields.size() ? std::string_view::npos : record.find(dialect.delimiter);
        auto field = record.substr(0, end);
        if (field.size() > 1 && dialect.quote != '\0' && field.front() == dialect.quote &&
            field.back() == dialect.quote)
            field = field.substr(1, field.size() - 2);
        fields[result.count++] = field;
        if (end == std::string_view::npos) break;
        record.remove_prefix(end + 1);
    }
    return result;
}

}  // namespace

formats::SplitResult split_row(FeedDefinition const& feed, formats::CsvDialect dialect, std::string_view record,
                               std::vector<std::string_view>& fields, char* unescaped) {
    auto split = feed.by_blanks ? split_blanks(dialect.quote, record, fields)
                                : formats::split_record(record, dialect, fields, unescaped);
    if (feed.lenient) {
        if (split.fault != formats::SplitFault::none && !feed.by_blanks) split = split_loosely(dialect, record, fields);
        if (split.fault == formats::SplitFault::too_many) {  // by blanks: the last field is the rest of the record
            fields.back() = stripped({fields.back().data(), record.data() + record.size()});
            split.count = fields.size();
            split.fault = formats::SplitFault::none;
        }
        for (; split.count < fields.size(); ++split.count) fields[split.count] = std::string_view();
    }
    if (feed.trims)
        for (std::size_t i = 0; i < std::min(split.count, fields.size()); ++i) fields[i] = stripped(fields[i]);
    return split;
}

Parsed parse_table(Chunk chunk, Plan const& plan) {
    Parsed parsed{plan.make_batch(chunk.ends.size()), {}};
    auto& batch = parsed.batch;
    batch.set_first_record(chunk.first_record);
    Records records(chunk, plan, batch.arena());
    RowFiller filler(plan, batch);
    std::size_t const expected = plan.columns.size();
    bool const is_plain = !plan.feed->by_blanks && !plan.feed->trims && !plan.feed->lenient;
    std::vector<std::string_view> fields(expected);
    auto const reject = [&](Records::Record const& record, RejectedRow row) {
        row.record = chunk.first_record + record.offset;
        parsed.rejected.push_back(std::move(row));
    };
    while (auto const record = records.next()) {
        if (record->overlong) {
            reject(*record,
                   rejected_record(record->text, fmt::format("longer than {} bytes", plan.limits.record_bytes)));
            continue;
        }
        auto* const unescaped = batch.arena().reserve(record->text.size());
        auto const split = is_plain ? formats::split_record(record->text, plan.dialect, fields, unescaped)
                                    : split_row(*plan.feed, plan.dialect, record->text, fields, unescaped);
        batch.arena().keep(split.unescaped);
        if (split.fault != formats::SplitFault::none || split.count != expected) {
            reject(*record, rejected_record(record->text, reason_for(split, expected)));
        } else if (auto fault = filler.fill(record->offset, record->text, fields)) {
            fault->raw = rejected_record(record->text, {}).raw;
            reject(*record, std::move(*fault));
        }
    }
    batch.adopt(std::move(chunk.bytes));
    return parsed;
}

Parsed parse_list(Chunk chunk, Plan const& plan) {
    Parsed parsed{plan.make_batch(chunk.ends.size()), {}};
    auto& batch = parsed.batch;
    batch.set_first_record(chunk.first_record);
    Records records(chunk, plan, batch.arena());
    RowFiller filler(plan, batch);
    std::vector<std::string_view> fields(plan.columns.size());
    while (auto const record = records.next()) {
        auto const cut =
            plan.feed->note_separator.empty() ? std::string_view::npos : record->text.find(plan.feed->note_separator);
        fields[0] = stripped(record->text.substr(0, cut));
        fields[1] = cut == std::string_view::npos
                        ? std::string_view()
                        : stripped(record->text.substr(cut + plan.feed->note_separator.size()));
        std::optional<RejectedRow> fault;
        if (record->overlong)
            fault = rejected_record({}, fmt::format("longer than {} bytes", plan.limits.record_bytes));
        else
            fault = filler.fill(record->offset, record->text, fields);
        if (!fault) continue;
        fault->record = chunk.first_record + record->offset;
        fault->raw = rejected_record(record->text, {}).raw;
        parsed.rejected.push_back(std::move(*fault));
    }
    batch.adopt(std::move(chunk.bytes));
    return parsed;
}

}  // namespace tocsin::events
