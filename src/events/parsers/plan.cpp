#include "events/parsers/plan.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

std::string extra_key(std::string_view name) {
    std::string key;
    append_json_string(key, name.starts_with("extra.") ? std::string(name) : "extra." + std::string(name));
    return key + ':';
}

/// "tags.0" or "nodes.0.name"
bool is_into_array(std::string_view column) {
    auto const parts = split(column, '.');
    return std::ranges::any_of(parts.begin() + 1, parts.end(), [](auto part) { return parse_int(part).has_value(); });
}

/// What a header with another separator looks like: all of it is one column.
std::string only_column(std::vector<std::string> const& columns) {
    if (columns.size() != 1 || columns[0].size() > 200 || columns[0].find_first_of(",;|\t") == std::string::npos)
        return {};
    return fmt::format("; the only column is \"{}\": is [record] delimiter right?", columns[0]);
}

}  // namespace

std::uint16_t Plan::number_of(std::string_view column) const {
    auto const found = column_numbers.find(column);
    return found != column_numbers.end() ? found->second : no_column;
}

/// Constants win over columns; a severity of the feed is only for rows that tell none.
bool Plan::is_constant(Field field) const {
    if (field == Field::classification_identifier) return !feed->identifier.empty();
    if (field == Field::classification_type || field == Field::classification_taxonomy) return !feed->type.empty();
    return std::ranges::any_of(feed->constants, [&](auto const& constant) { return constant.first == field; });
}

Step Plan::make_step(std::uint16_t number, ColumnMeaning const& meaning) const {
    Step step;
    step.column = number;
    step.as = meaning.as;
    step.field = meaning.target.field;
    if (step.field) {
        step.kind = info(*step.field).kind;
        step.greatest_length = info(*step.field).greatest_length;
    }
    step.key = extra_key(meaning.target.name);
    step.column_key = extra_key(columns[number]);
    auto const* const place = std::ranges::find(required, number).base();
    if (place != required.data() + required.size()) step.required = std::uint64_t{1} << (place - required.data());
    step.must_fit = std::ranges::find(feed->present, columns[number]) != feed->present.end();
    for (auto const& host : meaning.host_columns)
        if (auto const column = number_of(host); column != no_column) step.hosts.push_back(column);
    step.scheme = number_of(meaning.scheme_column);
    step.or_column = number_of(meaning.or_column);
    for (auto const& name : meaning.shape.join)
        if (auto const column = number_of(name); column != no_column) step.join.push_back(column);
    if (!step.join.empty() || meaning.shape.changes_text() || !meaning.shape.default_text.empty())
        step.shape = &meaning.shape;
    step.formats = meaning.formats;
    auto const& zone = meaning.zone ? meaning.zone : feed->zone;
    step.zone = zone ? &*zone : nullptr;
    if (step.formats.empty() && (step.zone != nullptr || is_of_log_lines(feed->format))) step.formats = {"any"};
    step.prefix = meaning.prefix;
    return step;
}

void Plan::add_steps(std::uint16_t number) {
    auto const* const known = meanings_of(*feed, columns[number]);
    if (known == nullptr) {
        if (feed->unlisted == FeedDefinition::Unlisted::ignore) return;
        ColumnMeaning meaning;
        meaning.target.name = "extra." + columns[number];
        meaning.as = feed->format == FeedFormat::list && number == 0 ? Conversion::detect : Conversion::verbatim;
        steps.push_back(make_step(number, meaning));
        return;
    }
    for (auto const& meaning : known->meanings)
        if (!meaning.target.field || !is_constant(*meaning.target.field)) steps.push_back(make_step(number, meaning));
}

Result<std::shared_ptr<Plan const>> Plan::compile(std::shared_ptr<FeedDefinition const> feed,
                                                  std::vector<std::string> columns, ParseLimits const& limits,
                                                  Timestamp latest) {
    auto plan = std::make_shared<Plan>();
    if (columns.size() > limits.columns)
        return fail(Code::limit,
                    fmt::format("the header has {} columns; at most {} are read", columns.size(), limits.columns));
    for (auto const& column : columns)
        if (!plan->column_numbers.emplace(column, static_cast<std::uint16_t>(plan->column_numbers.size())).second)
            return fail(Code::invalid, fmt::format("the header has the column \"{}\" twice", column));
    std::string missing;
    for (auto const& column : feed->required) {
        auto const number = plan->number_of(column);
        if (number == no_column)
            missing += (missing.empty() ? "" : ", ") + column;
        else if (plan->required.size() < 64)
            plan->required.push_back(number);
    }
    for (auto const& column : feed->present)
        if (plan->number_of(column) == no_column) missing += (missing.empty() ? "" : ", ") + column;
    if (!missing.empty())
        return fail(Code::invalid, fmt::format("the header lacks {} {}; the feed {} needs {}",
                                               missing.contains(',') ? "columns" : "the column", missing, feed->id,
                                               missing.contains(',') ? "them" : "it") +
                                       only_column(columns));
    plan->limits = limits;
    plan->dialect = {feed->delimiter, feed->format == FeedFormat::csv ? feed->quote : '\0'};
    plan->feed = std::move(feed);
    plan->columns = std::move(columns);
    for (std::size_t number = 0; number < plan->columns.size(); ++number)
        plan->add_steps(static_cast<std::uint16_t>(number));
    plan->latest = latest;
    for (auto const& rule : plan->feed->when) plan->when.push_back({plan->number_of(rule.condition.column), &rule});
    for (auto const& one : plan->feed->leave_out)
        plan->conditions.push_back({plan->number_of(one.column), &one, false});
    for (auto const& one : plan->feed->only) plan->conditions.push_back({plan->number_of(one.column), &one, true});
    for (std::size_t number = 0; number < plan->columns.size(); ++number)
        if (is_into_array(plan->columns[number])) plan->into_arrays.push_back(static_cast<std::uint16_t>(number));
    return plan;
}

EventBatch Plan::make_batch(std::size_t rows) const {
    EventBatch batch(rows);
    auto const set = [&](Field field, std::string_view value) {
        if (!value.empty()) batch.set_constant(field, value);
    };
    if (feed->format != FeedFormat::idf) {
        set(Field::feed_name, feed->name);
        set(Field::feed_documentation, feed->documentation);
    }
    set(Field::classification_taxonomy, feed->taxonomy);
    set(Field::classification_type, feed->type);
    set(Field::classification_identifier, feed->identifier);
    set(Field::severity, feed->severity);
    for (auto const& [field, value] : feed->constants) set(field, value);
    return batch;
}

}  // namespace tocsin::events
