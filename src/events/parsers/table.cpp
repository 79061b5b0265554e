#include "events/parsers/plan.hpp"

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

}  // namespace

Parsed parse_table(Chunk chunk, Plan const& plan) {
    Parsed parsed{plan.make_batch(chunk.ends.size()), {}};
    auto& batch = parsed.batch;
    batch.set_first_record(chunk.first_record);
    Records records(chunk, plan, batch.arena());
    RowFiller filler(plan, batch);
    std::size_t const expected = plan.columns.size();
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
        auto const split = formats::split_record(record->text, plan.dialect, fields, unescaped);
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
