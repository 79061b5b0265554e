// Logs: a line's named texts become columns.
#include "events/parsers/plan.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

/// Takes lines apart, each with the texts of the last one gone.
class LineReader {
  public:
    explicit LineReader(FeedDefinition const& feed) : feed_(feed) {}

    Result<formats::LineFields const*> read(std::string_view line) {
        fields_.clear();
        bool const may_have_head =
            feed_.has_syslog_head || feed_.format == FeedFormat::cef || feed_.format == FeedFormat::leef;
        if (may_have_head) line = formats::take_syslog_head(line, "syslog.", fields_);
        switch (feed_.format) {
            case FeedFormat::cef:
                CHECK(formats::read_cef(line, fields_));
                break;
            case FeedFormat::leef:
                CHECK(formats::read_leef(line, fields_));
                break;
            case FeedFormat::kv:
                CHECK(formats::read_pairs(line, feed_.pairs, fields_));
                break;
            case FeedFormat::syslog:
                line = formats::take_syslog_head(line, "", fields_);
                fields_.put("message", line);
                if (!feed_.patterns.empty()) CHECK(by_pattern(line));
                break;
            case FeedFormat::regex:
                CHECK(by_pattern(line));
                break;
            case FeedFormat::csv:
            case FeedFormat::jsonl:
            case FeedFormat::idf:
            case FeedFormat::list:
            case FeedFormat::json:
            case FeedFormat::xml:
            case FeedFormat::idea:
            case FeedFormat::xarf:
                TOCSIN_ASSERT(false);
        }
        return &fields_;
    }

  private:
    Status by_pattern(std::string_view line) {
        for (auto const& pattern : feed_.patterns) {
            if (!pattern.match(line, found_)) continue;
            for (std::size_t i = 0; i < pattern.names().size(); ++i)
                if (auto const text = found_[pattern.number_of(i)]; !text.empty())
                    fields_.put(pattern.names()[i], text);
            return {};
        }
        return fail(Code::invalid,
                    feed_.patterns.size() == 1 ? "does not match the pattern" : "matches none of the patterns");
    }

    FeedDefinition const& feed_;
    formats::LineFields fields_;
    std::vector<std::string_view> found_;
};

/// The fields into the columns' texts, what has no column beside them.
void spread(formats::LineFields const& fields, Plan const& plan, EventBatch& batch, RowFiller& filler,
            std::vector<std::string_view>& texts) {
    bool const keeps = plan.feed->unlisted == FeedDefinition::Unlisted::extra;
    std::vector<std::string_view> beside;
    for (auto const& field : fields.all()) {
        auto const known = plan.column_numbers.find(field.name);
        if (known != plan.column_numbers.end()) {
            if (texts[known->second].empty()) texts[known->second] = batch.arena().store(field.text);
        } else if (keeps && !field.text.empty() && field.text != "-" &&
                   std::ranges::find(beside, field.name) == beside.end()) {
            beside.push_back(field.name);
            std::string key, value;
            append_json_string(key, "extra." + std::string(field.name));
            append_json_text(value, field.text);
            filler.add_extra_json(key + ":", value);
        }
    }
}

}  // namespace

Parsed parse_log(Chunk chunk, Plan const& plan) {
    Parsed parsed{plan.make_batch(chunk.ends.size()), {}};
    auto& batch = parsed.batch;
    batch.set_first_record(chunk.first_record);
    Records records(chunk, plan, batch.arena());
    RowFiller filler(plan, batch);
    LineReader reader(*plan.feed);
    std::vector<std::string_view> texts(plan.columns.size());
    while (auto const record = records.next()) {
        std::optional<RejectedRow> fault;
        if (record->overlong) {
            fault = rejected_record({}, fmt::format("longer than {} bytes", plan.limits.record_bytes));
        } else if (auto const fields = reader.read(record->text); !fields) {
            if (plan.feed->ignores_unmatched) continue;
            fault = rejected_record({}, fields.error().message);
        } else {
            std::ranges::fill(texts, std::string_view());
            filler.begin(record->offset, record->text);
            spread(**fields, plan, batch, filler, texts);
            fault = filler.end(texts);
        }
        if (!fault) continue;
        fault->record = chunk.first_record + record->offset;
        fault->raw = rejected_record(record->text, {}).raw;
        parsed.rejected.push_back(std::move(*fault));
    }
    batch.adopt(std::move(chunk.bytes));
    return parsed;
}

}  // namespace tocsin::events
