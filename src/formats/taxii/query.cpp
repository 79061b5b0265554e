#include "formats/taxii/query.hpp"

#include "formats/taxii/time.hpp"

#include <algorithm>
#include <limits>

namespace tocsin::formats::taxii {
namespace {

constexpr std::size_t longest_query = std::size_t{32} << 10;
constexpr std::size_t most_parameters = 200;
constexpr std::size_t most_values = 1000;
constexpr std::size_t longest_value = 1024;

std::unexpected<Error> malformed(std::string_view parameter, std::string_view expected) {
    return fail(Code::invalid, fmt::format("query parameter {}: expected {}", parameter, expected));
}

bool has_paging(Filtered resource) {
    return resource != Filtered::delete_object;
}
bool has_id_and_type(Filtered resource) {
    return resource == Filtered::objects || resource == Filtered::manifest;
}
bool has_version(Filtered resource) {
    return resource != Filtered::versions;
}

/// An id, a type, a token: anything that can be shown.
bool is_plain(std::string_view value) {
    return !value.empty() && value.size() <= longest_value && is_utf8(value) &&
           std::ranges::none_of(value, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

bool is_version_number(std::string_view value) {
    return value.size() <= 16 && value.front() != '.' && value.back() != '.' && !value.contains("..") &&
           std::ranges::all_of(value, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

template <class T>
void sort_out(std::vector<T>& values) {
    std::ranges::sort(values);
    values.erase(std::ranges::unique(values).begin(), values.end());
}

Result<std::vector<std::string_view>> values_of(std::string_view name, std::string_view text) {
    auto const values = split(text, ',');
    if (values.size() > most_values) return malformed(name, fmt::format("at most {} values", most_values));
    for (auto const value : values)
        if (!is_plain(value)) return malformed(name, "values with commas between them, none of them empty");
    return values;
}

Result<std::vector<std::string>> texts_of(std::string_view name, std::string_view text) {
    TRY(auto const values, values_of(name, text));
    std::vector<std::string> texts(values.begin(), values.end());
    sort_out(texts);
    return texts;
}

Result<std::vector<std::string>> spec_versions_of(std::string_view name, std::string_view text) {
    TRY(auto texts, texts_of(name, text));
    if (!std::ranges::all_of(texts, is_version_number)) return malformed(name, "versions such as 2.1");
    return texts;
}

Result<VersionMatch> version_of(std::string_view name, std::string_view text) {
    VersionMatch match;
    TRY(auto const values, values_of(name, text));
    for (auto const value : values) {
        if (value == "first") {
            match.first = true;
        } else if (value == "last") {
            match.last = true;
        } else if (value == "all") {
            match.all = true;
        } else if (auto const time = parse_time(value)) {
            match.exact.push_back(time->time);
        } else {
            return malformed(name, "first, last, all, or a time such as 2026-11-26T10:00:00.000Z");
        }
    }
    sort_out(match.exact);
    if (match.all && values.size() > 1) return malformed(name, "all without another value");
    return match;
}

Result<std::uint32_t> limit_of(std::string_view text) {
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    bool const is_digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    auto const significant = text.substr(std::min(text.find_first_not_of('0'), text.size()));
    if (!is_digits || significant.empty()) return malformed("limit", "a whole number from 1");
    if (significant.size() > 10) return most;
    return static_cast<std::uint32_t>(std::min<std::int64_t>(parse_int(significant).value_or(most), most));
}

class Reader {
  public:
    explicit Reader(Filtered resource) : resource_(resource) {}

    Status take(std::string_view pair) {
        auto const equals = std::min(pair.find('='), pair.size());
        auto const name = percent_decoded(pair.substr(0, equals));
        auto const value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value || !is_utf8(*name) || !is_utf8(*value))
            return fail(Code::invalid, "the query is not percent-encoded UTF-8 (RFC 3986 section 2.1)");
        if (name->starts_with("match[") || *name == "match") return take_match(*name, *value);
        if (*name != "added_after" && *name != "limit" && *name != "next") return {};
        if (!has_paging(resource_)) return malformed(*name, "no such parameter with DELETE");
        CHECK(see(*name, *value));
        return take_paging(*name, *value);
    }
    Query query;

  private:
    /// Once, and not empty.
    Status see(std::string_view name, std::string_view value) {
        if (std::ranges::find(seen_, name) != seen_.end()) return malformed(name, "it once, not twice");
        seen_.emplace_back(name);
        if (value.empty()) return malformed(name, "a value");
        return {};
    }
    Status take_paging(std::string_view name, std::string_view value) {
        if (name == "limit") {
            TRY(query.limit, limit_of(value));
        } else if (name == "next") {
            if (!is_plain(value)) return malformed(name, "what the answer before gave");
            query.next = value;
        } else {
            auto const time = parse_time(value);
            if (!time) return malformed(name, "a time in UTC such as 2026-11-26T10:00:00.000000Z");
            query.added_after = time->time;
        }
        return {};
    }
    Status take_match(std::string_view name, std::string_view value) {
        auto const field = name.substr(0, name.find(']')).substr(std::min(name.find('[') + 1, name.size()));
        if (name != fmt::format("match[{}]", field) || field.empty() || field.contains('['))
            return malformed(name.substr(0, 100), "match[FIELD]");
        CHECK(see(name, value));
        if (field == "id" && has_id_and_type(resource_)) {
            TRY(query.ids, texts_of(name, value));
        } else if (field == "type" && has_id_and_type(resource_)) {
            TRY(query.types, texts_of(name, value));
        } else if (field == "version" && has_version(resource_)) {
            TRY(query.version, version_of(name, value));
        } else if (field == "spec_version") {
            TRY(query.spec_versions, spec_versions_of(name, value));
        } else if (resource_ == Filtered::delete_object) {
            return malformed(name.substr(0, 100), "only match[version] and match[spec_version] with DELETE");
        }
        return {};
    }

    Filtered resource_;
    std::vector<std::string> seen_;
};

void add_list(std::vector<std::string>& pairs, std::string_view field, std::vector<std::string> const& values) {
    if (values.empty()) return;
    std::string text;
    for (auto const& value : values) text += (text.empty() ? "" : ",") + percent_encoded(value);
    pairs.push_back(fmt::format("match%5B{}%5D={}", field, text));
}

void add_version(std::vector<std::string>& pairs, VersionMatch const& version) {
    std::vector<std::string> values;
    if (version.first) values.emplace_back("first");
    if (version.last) values.emplace_back("last");
    if (version.all) values.emplace_back("all");
    for (auto const time : version.exact) values.push_back(format_time(time));
    add_list(pairs, "version", values);
}

std::string joined(std::vector<std::string> const& pairs) {
    std::string text;
    for (auto const& pair : pairs) text += (text.empty() ? "" : "&") + pair;
    return text;
}

}  // namespace

Result<Query> parse_query(std::string_view query, Filtered resource) {
    if (query.size() > longest_query)
        return fail(Code::invalid, fmt::format("the query is longer than {} bytes", longest_query));
    Reader reader(resource);
    std::size_t count = 0;
    for (auto const pair : split(query, '&')) {
        if (pair.empty()) continue;
        if (++count > most_parameters)
            return fail(Code::invalid, fmt::format("the query has more than {} parameters", most_parameters));
        CHECK(reader.take(pair));
    }
    return std::move(reader.query);
}

std::string filters_text(Query const& query) {
    std::vector<std::string> pairs;
    add_list(pairs, "id", query.ids);
    add_list(pairs, "spec_version", query.spec_versions);
    add_list(pairs, "type", query.types);
    add_version(pairs, query.version);
    return joined(pairs);
}

std::string write_query(Query const& query) {
    std::vector<std::string> pairs;
    if (query.added_after) pairs.push_back("added_after=" + percent_encoded(format_time(*query.added_after)));
    if (query.limit) pairs.push_back(fmt::format("limit={}", *query.limit));
    if (!query.next.empty()) pairs.push_back("next=" + percent_encoded(query.next));
    if (auto filters = filters_text(query); !filters.empty()) pairs.push_back(std::move(filters));
    return joined(pairs);
}

}  // namespace tocsin::formats::taxii
