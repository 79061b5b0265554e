#include "events/parsers/plan.hpp"

#include <fmt/format.h>

namespace tocsin::events {
namespace {

using Kind = formats::JsonMember::Kind;

/// A member's value as JSON again.
void append_member(std::string& out, formats::JsonMember const& member) {
    if (member.kind == Kind::text)
        append_json_text(out, member.text);
    else
        out += member.text;
}

std::string key_of(std::string_view path) {
    std::string key;
    append_json_string(key, path);
    return key + ':';
}

std::optional<RejectedRow> unfit(formats::JsonMember const& member, std::string_view expected) {
    auto row = rejected_record({}, fmt::format("\"{}\" is not {}", member.text.substr(0, 80), expected));
    row.field = member.path;
    return row;
}

/// Puts one member of an event in the data format. Rejects what the format does not allow.
std::optional<RejectedRow> put_member(EventBatch& batch, TimeReader& times, Field field,
                                      formats::JsonMember const& member) {
    auto const& shape = info(field);
    auto const wrong = [&] { return unfit(member, expectation(shape.kind)); };
    if (member.kind == Kind::array && shape.kind != FieldKind::json) return wrong();
    auto const text = member.text;
    switch (storage_of(field)) {
        case Storage::text: {
            if (member.kind != Kind::text && shape.kind != FieldKind::json) return wrong();
            auto const checked = checked_text(shape.kind, shape.greatest_length, text, batch.arena());
            if (!checked) return wrong();
            batch.put_text(field, batch.arena().store(*checked));
            return std::nullopt;
        }
        case Storage::address: {
            auto const address = parse_real_ip(text);
            if (!address) return wrong();
            batch.put_address(field, *address);
            return std::nullopt;
        }
        case Storage::network: {
            auto const network = parse_prefix(stripped(text), true);
            if (!network) return wrong();
            batch.put_network(field, *network);
            return std::nullopt;
        }
        case Storage::number: {
            auto const number = parse_whole(text);
            if (!number || !is_valid_number(shape.kind, *number)) return wrong();
            batch.put_number(field, *number);
            return std::nullopt;
        }
        case Storage::real: {
            auto const number = parse_real(text);
            if (!number || (shape.kind == FieldKind::accuracy && (*number < 0 || *number > 100))) return wrong();
            batch.put_real(field, *number);
            return std::nullopt;
        }
        case Storage::boolean: {
            auto const truth = parse_truth(text);
            if (!truth) return wrong();
            batch.put_boolean(field, *truth);
            return std::nullopt;
        }
        case Storage::time: {
            auto const time = times.read(text);
            if (!time) return wrong();
            batch.put_time(field, *time);
            return std::nullopt;
        }
    }
    return wrong();
}

/// Runs `row` over the records: it gives what is wrong with one, or nothing.
template <class Row>
Parsed parse_lines(Chunk chunk, Plan const& plan, Row row) {
    Parsed parsed{plan.make_batch(chunk.ends.size()), {}};
    auto& batch = parsed.batch;
    batch.set_first_record(chunk.first_record);
    Records records(chunk, plan, batch.arena());
    RowFiller filler(plan, batch);
    formats::JsonObjectReader reader;
    while (auto const record = records.next()) {
        std::optional<RejectedRow> fault;
        if (record->overlong) {
            fault = rejected_record({}, fmt::format("longer than {} bytes", plan.limits.record_bytes));
        } else if (auto const members = reader.read(record->text); !members) {
            fault = rejected_record({}, members.error().message);
        } else if ((*members)->empty()) {
            fault = rejected_record({}, "is an object without members");
        } else {
            fault = row(batch, filler, *record, **members);
        }
        if (!fault) continue;
        fault->record = chunk.first_record + record->offset;
        fault->raw = rejected_record(record->text, {}).raw;
        parsed.rejected.push_back(std::move(*fault));
    }
    batch.adopt(std::move(chunk.bytes));
    return parsed;
}

bool is_ignored(formats::JsonMember const& member) {
    return member.path == "__type" ||
           (member.kind == Kind::text && (member.text.empty() || member.text == "-" || member.text == "N/A"));
}

std::string_view text_of(formats::JsonValue value) {
    return value.is_text() ? value.text() : value.is_null() ? std::string_view() : value.raw();
}

/// Arrays of scalars are joined with commas; elements that columns name go to these.
class Arrays {
  public:
    explicit Arrays(Plan const& plan) : plan_(plan) {}

    void spread(formats::JsonMember const& member, Arena& arena, std::vector<std::string_view>& texts) {
        auto const known = plan_.column_numbers.find(member.path);
        if (known == plan_.column_numbers.end() && plan_.into_arrays.empty()) return;
        if (!tree_.parse(member.text)) return;
        if (known != plan_.column_numbers.end()) texts[known->second] = arena.store(joined(member.text));
        for (auto const column : plan_.into_arrays) {
            std::string_view way = plan_.columns[column];
            if (!way.starts_with(member.path) || way.size() <= member.path.size() || way[member.path.size()] != '.')
                continue;
            auto const value = follow(way.substr(member.path.size() + 1));
            if (value && !value.is_object() && !value.is_array()) texts[column] = arena.store(text_of(value));
        }
    }

  private:
    std::string joined(std::string_view as_written) {
        std::string all;
        for (auto const value : tree_.root()) {
            if (value.is_object() || value.is_array()) return std::string(as_written);
            auto const text = text_of(value);
            if (!text.empty()) all.append(all.empty() ? "" : ",").append(text);
        }
        return all;
    }

    formats::JsonValue follow(std::string_view way) {
        auto at = tree_.root();
        for (auto const step : split(way, '.')) {
            auto const place = at.is_array() ? parse_int(step) : std::nullopt;
            if (!place) {
                at = at[step];
                continue;
            }
            std::int64_t number = 0;
            formats::JsonValue found;
            for (auto const element : at)
                if (number++ == *place) found = element;
            at = found;
        }
        return at;
    }

    Plan const& plan_;
    formats::JsonTree tree_;
};

}  // namespace

Parsed parse_json(Chunk chunk, Plan const& plan) {
    std::vector<std::string_view> texts(plan.columns.size());
    Arrays arrays(plan);
    return parse_lines(
        std::move(chunk), plan,
        [&](EventBatch& batch, RowFiller& filler, Records::Record const& record, auto const& members) {
            std::ranges::fill(texts, std::string_view());
            filler.begin(record.offset, record.text);
            for (auto const& member : members) {
                auto const known = plan.column_numbers.find(member.path);
                if (member.kind == Kind::array) arrays.spread(member, batch.arena(), texts);
                if (known != plan.column_numbers.end() && member.kind == Kind::array) continue;
                if (known != plan.column_numbers.end()) {
                    texts[known->second] = batch.arena().store(member.text);
                } else if (plan.feed->unlisted == FeedDefinition::Unlisted::extra && !is_ignored(member)) {
                    std::string value;
                    append_member(value, member);
                    filler.add_extra_json(key_of("extra." + std::string(member.path)), value);
                }
            }
            return filler.end(texts);
        });
}

Parsed parse_idf(Chunk chunk, Plan const& plan) {
    TimeReader times;
    std::string value;
    return parse_lines(std::move(chunk), plan,
                       [&](EventBatch& batch, RowFiller& filler, Records::Record const& record, auto const& members) {
                           std::optional<RejectedRow> fault;
                           filler.begin(record.offset, record.text);
                           for (auto const& member : members) {
                               if (is_ignored(member)) continue;
                               if (auto const field = field_named(member.path)) {
                                   if (batch.row_has(*field) && !batch.is_constant(*field))
                                       fault = unfit(member, "given once; the field stands there twice");
                                   else
                                       fault = put_member(batch, times, *field, member);
                               } else if (member.path.starts_with("extra.") && member.path.size() > 6) {
                                   value.clear();
                                   append_member(value, member);
                                   filler.add_extra_json(key_of(member.path), value);
                               } else {
                                   fault = rejected_record(
                                       {}, "is no field of the data format; free fields go below extra");
                                   fault->field = member.path;
                               }
                               if (fault) break;
                           }
                           if (fault) {
                               batch.drop_row();
                               return fault;
                           }
                           return filler.end({});
                       });
}

}  // namespace tocsin::events
