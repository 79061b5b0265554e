#include "events/archive_internal.hpp"
#include "events/within.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

using Numbers = std::vector<std::uint32_t>;

std::string in_list(std::string_view column, Numbers const& numbers) {
    if (numbers.empty()) return "false";
    return fmt::format("{} IN ({})", column, fmt::join(numbers, ","));
}

std::string numbers_in(std::string_view column, std::vector<std::int64_t> const& numbers) {
    return fmt::format("{} IN ({})", column, fmt::join(numbers, ","));
}

std::string in_range(AddressRange const& range) {
    auto const [a, b] = range;
    if (a.high == b.high) return fmt::format("(ip_high = {} AND ip_low BETWEEN {} AND {})", a.high, a.low, b.low);
    return fmt::format(
        "(ip_high BETWEEN {0} AND {1} AND (ip_high > {0} OR ip_low >= {2}) AND (ip_high < {1} OR ip_low <= {3}))",
        a.high, b.high, a.low, b.low);
}

/// Classes one of whose words satisfies `wanted`.
template <class F>
Numbers classes_with(Archive::Impl const& archive, F&& wanted) {
    Numbers found;
    for (auto const& [number, words] : archive.classes.from(1))
        if (wanted(words)) found.push_back(number);
    return found;
}

std::string any_class(Archive::Impl const& archive, std::vector<std::string> const& texts, Word ClassWords::* part) {
    std::vector<Word> words;
    for (auto const& text : texts)
        if (auto const word = archive.dictionary.find(text)) words.push_back(*word);
    return in_list("class", classes_with(archive, [&](ClassWords const& c) {
                       return std::ranges::find(words, c.*part) != words.end();
                   }));
}

std::string any_word(Archive::Impl const& archive, std::string_view column, std::vector<std::string> const& texts) {
    Numbers words;
    for (auto const& text : texts)
        if (auto const word = archive.dictionary.find(text)) words.push_back(*word);
    return in_list(column, words);
}

/// Does a text satisfy a condition? The same question that `sql_holds` asks in SQL.
bool text_holds(std::string_view text, FieldCondition const& condition) {
    switch (condition.is) {
        case FieldCondition::Is::equal:
        case FieldCondition::Is::unequal:  // asked as "not equal" outside
            return text == condition.value;
        case FieldCondition::Is::contains:
            return lowered(text).find(lowered(condition.value)) != std::string::npos;
        case FieldCondition::Is::less:
        case FieldCondition::Is::greater: {
            auto const a = parse_double(text);
            auto const b = parse_double(condition.value);
            bool const less = a && b ? *a < *b : text < condition.value;
            bool const same = a && b ? *a == *b : text == condition.value;
            return condition.is == FieldCondition::Is::less ? less : !less && !same;
        }
        case FieldCondition::Is::present:
            return !text.empty();
    }
    return false;
}

std::string sql_holds(std::string const& expression, FieldCondition const& condition) {
    auto const value = duck::quoted(condition.value);
    switch (condition.is) {
        case FieldCondition::Is::equal:
        case FieldCondition::Is::unequal:
            return fmt::format("{} = {}", expression, value);
        case FieldCondition::Is::contains:
            return fmt::format("contains(lower({}), {})", expression, duck::quoted(lowered(condition.value)));
        case FieldCondition::Is::less:
        case FieldCondition::Is::greater: {
            char const sign = condition.is == FieldCondition::Is::less ? '<' : '>';
            if (auto const number = parse_double(condition.value))
                return fmt::format("TRY_CAST({} AS DOUBLE) {} {}", expression, sign, *number);
            return fmt::format("({0} != '' AND {0} {1} {2})", expression, sign, value);
        }
        case FieldCondition::Is::present:
            return fmt::format("{} != ''", expression);
    }
    return "false";
}

Result<std::string> number_holds(std::string_view column, std::int64_t none, FieldCondition const& condition) {
    if (condition.is == FieldCondition::Is::present) return fmt::format("{} != {}", column, none);
    auto const number = parse_int(condition.value);
    if (!number)
        return fail(Code::invalid,
                    fmt::format("{}: expected a number, found \"{}\"", condition.field, condition.value));
    switch (condition.is) {
        case FieldCondition::Is::less:
            return fmt::format("({0} != {1} AND {0} < {2})", column, none, *number);
        case FieldCondition::Is::greater:
            return fmt::format("({0} != {1} AND {0} > {2})", column, none, *number);
        case FieldCondition::Is::contains:
            return fmt::format("({0} != {1} AND contains({0}::VARCHAR, '{2}'))", column, none, *number);
        case FieldCondition::Is::equal:
        case FieldCondition::Is::unequal:
        case FieldCondition::Is::present:
            return fmt::format("{} = {}", column, *number);
    }
    return std::string("false");
}

Result<std::string> time_holds(FieldCondition const& condition) {
    auto const told = fmt::format("(flags & {}) != 0", EventRow::has_source_time);
    if (condition.is == FieldCondition::Is::present) return told;
    TRY(auto const time, parse_timestamp(condition.value));
    char const* const sign = condition.is == FieldCondition::Is::less      ? "<"
                             : condition.is == FieldCondition::Is::greater ? ">"
                                                                           : "=";
    return fmt::format("({} AND time {} {})", told, sign, time.micros);
}

Result<std::string> address_holds(std::string_view high, std::string_view low, FieldCondition const& condition) {
    if (condition.is == FieldCondition::Is::present) return fmt::format("({} != 0 OR {} != 0)", high, low);
    auto const range = parse_address_range(condition.value);
    if (!range) return std::unexpected(range.error().during(condition.field));
    return replaced(replaced(in_range(*range), "ip_high", high), "ip_low", low);
}

/// Fields that are kept as JSON: of the batch (`base`) or of the event (`rest`).
std::string json_holds(Archive::Impl const& archive, FieldCondition const& condition) {
    auto const member = json_string(condition.field) + ":";
    auto const bases = archive.dictionary.all_with([&](std::string_view text) {
        if (!text.starts_with('"')) return false;
        bool holds = false;
        for_members(text, [&](std::string_view name, std::string_view value) {
            if (name == condition.field) holds = text_holds(json_plain(value), condition);
        });
        return holds;
    });
    auto const path = duck::quoted("$.\"" + replaced(condition.field, "\"", "\\\"") + "\"");
    auto const in_rest =
        fmt::format("(contains(rest, {}) AND {})", duck::quoted(member),
                    sql_holds(fmt::format("coalesce(json_extract_string('{{'||rest||'}}', {}), '')", path), condition));
    return bases.empty() ? in_rest : fmt::format("({} OR {})", in_list("base", bases), in_rest);
}

template <class Ranks>
std::string ranks_hold(std::string const& expression, FieldCondition const& condition, Ranks&& name_of_rank) {
    Numbers ranks;
    for (std::uint8_t rank = 0; rank < 6; ++rank)
        if (auto const name = name_of_rank(rank); !name.empty() && text_holds(name, condition)) ranks.push_back(rank);
    return in_list(expression, ranks);
}

std::optional<std::string_view> word_column(Field field) {
    switch (field) {
        case Field::protocol_application:
            return "application";
        case Field::source_cc:
            return "country";
        case Field::source_region:
            return "region";
        case Field::source_city:
            return "city";
        case Field::source_as_name:
            return "as_name";
        case Field::malware_name:
            return "malware";
        default:
            return std::nullopt;
    }
}

std::optional<Word ClassWords::*> class_part(Field field) {
    switch (field) {
        case Field::classification_taxonomy:
            return &ClassWords::taxonomy;
        case Field::classification_type:
            return &ClassWords::type;
        case Field::classification_identifier:
            return &ClassWords::identifier;
        case Field::protocol_transport:
            return &ClassWords::transport;
        default:
            return std::nullopt;
    }
}

Result<std::string> holds(Archive::Impl const& archive, FieldCondition const& condition) {
    auto const field = field_named(condition.field);
    if (!field) {
        if (!condition.field.starts_with("extra."))
            return fail(Code::invalid,
                        fmt::format("\"{}\" is no field of the IntelMQ Data Format and no extra.*", condition.field));
        return json_holds(archive, condition);
    }
    if (auto const part = class_part(*field))
        return in_list("class", classes_with(archive, [&](ClassWords const& c) {
                           return text_holds(archive.dictionary.text(c.**part), condition);
                       }));
    if (auto const column = word_column(*field))
        return in_list(*column,
                       archive.dictionary.all_with([&](std::string_view text) { return text_holds(text, condition); }));
    switch (*field) {
        case Field::source_ip:
            return address_holds("ip_high", "ip_low", condition);
        case Field::destination_ip:
            return address_holds("to_high", "to_low", condition);
        case Field::source_port:
            return number_holds("port", -1, condition);
        case Field::destination_port:
            return number_holds("to_port", -1, condition);
        case Field::source_asn:
            return number_holds("asn", 0, condition);
        case Field::time_source:
            return time_holds(condition);
        case Field::source_fqdn:
            return sql_holds("fqdn", condition);
        case Field::source_reverse_dns:
            return sql_holds("reverse_dns", condition);
        case Field::source_url:
            return sql_holds("url", condition);
        case Field::severity:
            return ranks_hold("severity", condition, severity_named);
        case Field::tlp:
            return ranks_hold("((flags >> 16) & 255)", condition, tlp_named);
        default:
            return json_holds(archive, condition);
    }
}

std::string domain_is(std::string_view domain) {
    auto const name = duck::quoted(domain);
    auto const below = duck::quoted("." + std::string(domain));
    return fmt::format("(fqdn = {0} OR suffix(fqdn, {1}) OR reverse_dns = {0} OR suffix(reverse_dns, {1}))", name,
                       below);
}

std::string text_is_somewhere(Archive::Impl const& archive, std::string const& text) {
    if (auto const range = parse_address_range(text)) return in_range(*range);
    if (text.size() > 2 && equal_ignoring_case(std::string_view(text).substr(0, 2), "as"))
        if (auto const asn = parse_int(std::string_view(text).substr(2))) return fmt::format("asn = {}", *asn);
    FieldCondition const part{"", FieldCondition::Is::contains, text};
    auto const words = archive.dictionary.all_with([&](std::string_view word) { return text_holds(word, part); });
    auto const classes = classes_with(archive, [&](ClassWords const& c) {
        return std::ranges::any_of(std::array{c.feed, c.taxonomy, c.type, c.identifier},
                                   [&](Word word) { return word != 0 && std::ranges::binary_search(words, word); });
    });
    std::string any = in_list("class", classes);
    for (auto const column : {"application", "region", "city", "as_name", "malware", "base"})
        any += " OR " + in_list(column, words);
    for (auto const column : {"fqdn", "reverse_dns", "url", "rest"}) any += " OR " + sql_holds(column, part);
    return "(" + any + ")";
}

Result<std::string> of_finding(std::string_view id) {
    auto const key = parse_finding_id(id);
    if (!key) return fail(Code::invalid, fmt::format("\"{}\" is no finding's id", id));
    auto sql = fmt::format("ip_high = {} AND ip_low = {} AND class = {} AND subject = {}", key->address.high,
                           key->address.low, key->finding_class, key->subject);
    auto const service = EventRow::port_is_service;
    if (key->port != 0) {
        sql += fmt::format(" AND port = {} AND (flags & {}) != 0", key->port - 1, service);
    } else {
        sql += fmt::format(" AND (port < 0 OR (flags & {}) = 0)", service);
    }
    return sql;
}

}  // namespace

Result<std::string> where_of(Archive::Impl const& archive, EventFilter const& filter) {
    std::vector<std::string> all;
    all.push_back(fmt::format("id < {}", first_event_id(archive.visible.load() + 1)));
    if (filter.from) all.push_back(fmt::format("time >= {}", filter.from->micros));
    if (filter.to) all.push_back(fmt::format("time < {}", filter.to->micros));
    if (!filter.addresses.empty()) {
        std::vector<std::string> any;
        for (auto const& range : filter.addresses) any.push_back(in_range(range));
        all.push_back(fmt::format("({})", fmt::join(any, " OR ")));
    }
    if (!filter.asns.empty()) all.push_back(numbers_in("asn", filter.asns));
    if (!filter.organisations.empty()) all.push_back(numbers_in("organisation", filter.organisations));
    if (!filter.ports.empty()) all.push_back(numbers_in("port", filter.ports));
    if (!filter.feeds.empty()) all.push_back(any_class(archive, filter.feeds, &ClassWords::feed));
    if (!filter.taxonomies.empty()) all.push_back(any_class(archive, filter.taxonomies, &ClassWords::taxonomy));
    if (!filter.types.empty()) all.push_back(any_class(archive, filter.types, &ClassWords::type));
    if (!filter.identifiers.empty()) all.push_back(any_class(archive, filter.identifiers, &ClassWords::identifier));
    if (!filter.transports.empty()) all.push_back(any_class(archive, filter.transports, &ClassWords::transport));
    if (!filter.countries.empty()) all.push_back(any_word(archive, "country", filter.countries));
    if (!filter.severities.empty()) {
        Numbers ranks;
        for (auto const& severity : filter.severities) ranks.push_back(severity_rank(severity));
        all.push_back(in_list("severity", ranks));
    }
    if (!filter.domain.empty()) all.push_back(domain_is(lowered(filter.domain)));
    if (filter.lane) all.push_back(fmt::format("lane = {}", static_cast<int>(*filter.lane)));
    if (filter.report) all.push_back(fmt::format("report = {}", *filter.report));
    if (!filter.finding.empty()) {
        TRY(auto sql, of_finding(filter.finding));
        all.push_back(std::move(sql));
    }
    for (auto const& condition : filter.conditions) {
        TRY(auto sql, holds(archive, condition));
        all.push_back(condition.is == FieldCondition::Is::unequal ? "NOT (" + sql + ")" : sql);
    }
    if (!filter.text.empty()) all.push_back(text_is_somewhere(archive, filter.text));
    return fmt::format("{}", fmt::join(all, " AND "));
}

Result<std::string> where_of(Archive::Impl const& archive, Scope const& scope, EventFilter const& filter) {
    TRY(auto where, where_of(archive, filter));
    if (auto const within = events_within(scope)) where += " AND " + *within;
    return where;
}

}  // namespace tocsin::events
