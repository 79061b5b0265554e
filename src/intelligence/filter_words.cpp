#include "intelligence/filter_words.hpp"

#include "intelligence/find_store.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

using Is = ValueQuery::Is;

constexpr std::size_t most_bytes = 4000, most_words = 50;
constexpr std::string_view known[] = {
    "q",        "id",         "type",          "label",       "tlp",          "value",   "is",
    "kind",     "distance",   "source",        "originator",  "organisation", "creator", "refers_to",
    "from",     "to",         "modified_from", "modified_to", "confidence",   "live_at", "revoked",
    "versions", "version_at", "collection",    "matching",    "merged"};

std::unexpected<Error> wrong(std::string_view name, std::string_view expected, std::string_view found) {
    return fail(Code::invalid, fmt::format("{}: expected {}, found \"{}\"", name, expected, found));
}

/// The words of one filter, asked by name.
class Asked {
  public:
    explicit Asked(FilterWords const& words) : words_(words) {}

    std::string text(std::string_view name) const {
        auto const found = std::ranges::find(words_, name, &FilterWords::value_type::first);
        return found == words_.end() ? std::string() : std::string(trimmed(found->second));
    }
    std::vector<std::string> list(std::string_view name) const {
        std::vector<std::string> values;
        auto const whole = text(name);
        for (auto const part : split(whole, ','))
            if (auto const value = trimmed(part); !value.empty()) values.emplace_back(value);
        return values;
    }
    Result<std::vector<std::int64_t>> numbers(std::string_view name) const {
        std::vector<std::int64_t> numbers;
        for (auto const& one : list(name)) {
            auto const number = parse_int(one);
            if (!number || *number < 0) return wrong(name, "a number", one);
            numbers.push_back(*number);
        }
        return numbers;
    }
    Result<std::vector<OrganisationId>> organisations(std::string_view name, bool takes_others = false) const {
        std::vector<OrganisationId> organisations;
        for (auto const& one : list(name)) {
            auto const number = one == "ours" ? std::optional<std::int64_t>(0) : parse_int(one);
            if (takes_others && one == "others") {
                organisations.push_back(anybody_else);
            } else if (!number || *number < 0) {
                return wrong(
                    name,
                    takes_others ? "an organisation's number, ours or others" : "an organisation's number, or ours",
                    one);
            } else {
                organisations.push_back({*number});
            }
        }
        return organisations;
    }
    Result<std::optional<Timestamp>> time(std::string_view name) const {
        auto const word = text(name);
        if (word.empty()) return std::nullopt;
        auto const time = parse_timestamp(word);
        if (!time) return wrong(name, "a time by RFC 3339, or a date", word);
        return *time;
    }

  private:
    FilterWords const& words_;
};

Status read_value(Asked const& asked, ObjectFilter& filter) {
    if (auto const value = asked.text("value"); !value.empty()) {
        auto const word = asked.text("is");
        ValueQuery query{value_comparison_named(word).value_or(Is::equal), {}, value};
        if (!word.empty() && !value_comparison_named(word))
            return wrong("is", "equal, prefix, network, under or near", word);
        if (auto const kind = asked.text("kind"); !kind.empty()) {
            query.kind = formats::observable_kind_of(kind);
            if (!query.kind) return wrong("kind", "a kind of value, such as domain", kind);
        }
        TRY(auto const distance, asked.numbers("distance"));
        if (!distance.empty()) query.distance = static_cast<int>(std::min<std::int64_t>(distance.front(), 10'000));
        filter.value = std::move(query);
    }
    filter.text = asked.text("q");
    if (filter.value || filter.text.find(' ') != std::string::npos) return {};
    if (auto meant = value_asked(filter.text)) {
        filter.value = *std::move(meant);
        filter.text.clear();
    }
    return {};
}

Status read_times(Asked const& asked, Timestamp now, ObjectFilter& filter) {
    constexpr std::chrono::microseconds least{1};  // the store's bounds are "after" and "until"
    TRY(auto const from, asked.time("from"));
    TRY(auto const to, asked.time("to"));
    if (from) filter.added_after = *from - least;
    if (to) filter.added_until = *to - least;
    TRY(filter.modified_from, asked.time("modified_from"));
    TRY(filter.modified_to, asked.time("modified_to"));
    for (auto const& text : asked.list("version_at")) {
        auto const time = parse_timestamp(text);
        if (!time) return wrong("version_at", "times by RFC 3339", text);
        filter.at_versions.push_back(*time);
    }
    if (asked.text("live_at") == "now") {
        filter.live_at = now;
    } else {
        TRY(filter.live_at, asked.time("live_at"));
    }
    return {};
}

Status read_lists(Asked const& asked, ObjectFilter& filter) {
    filter.ids = asked.list("id");
    for (auto const& type : asked.list("type")) filter.types.push_back(lowered(type));
    filter.labels = asked.list("label");
    for (auto const& text : asked.list("tlp")) {
        TRY(auto const tlp, gate::parse_tlp(text));
        filter.tlps.push_back(tlp);
    }
    TRY(filter.sources, asked.numbers("source"));
    TRY(filter.originators, asked.organisations("originator", true));
    TRY(filter.concerns, asked.organisations("organisation"));
    filter.creator = lowered(asked.text("creator"));
    filter.refers_to = lowered(asked.text("refers_to"));
    return {};
}

}  // namespace

Result<FilterWords> filter_words(std::string_view query) {
    if (query.size() > most_bytes)
        return fail(Code::limit, fmt::format("query: expected at most {} bytes", most_bytes));
    if (query.starts_with('?')) query.remove_prefix(1);
    FilterWords words;
    for (auto const part : split(query, '&')) {
        if (part.empty()) continue;
        auto const equals = part.find('=');
        auto const name = percent_decoded(part.substr(0, equals), true);
        auto const value =
            percent_decoded(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
        if (!name || !value || !is_utf8(*value)) return wrong("query", "words such as type=indicator&label=c2", part);
        if (std::ranges::find(known, *name) == std::end(known))
            return wrong("query", "words of a filter, such as type, label, tlp, q, value, live_at", *name);
        words.emplace_back(*name, *value);
        if (words.size() > most_words)
            return fail(Code::limit, fmt::format("query: expected at most {} words", most_words));
    }
    return words;
}

std::string query_of(FilterWords const& words) {
    std::string query;
    for (std::size_t i = 0; i < words.size(); ++i) {
        bool const is_again = std::ranges::any_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(i),
                                                  [&](auto const& word) { return word.first == words[i].first; });
        if (is_again || trimmed(words[i].second).empty()) continue;
        query += (query.empty() ? "" : "&") + words[i].first + "=" + percent_encoded(trimmed(words[i].second));
    }
    return query;
}

std::optional<ValueQuery> value_asked(std::string_view text) {
    auto const meant = formats::recognised(text);
    if (!meant) return {};
    auto const kind = meant->observable.kind;
    auto const is = kind == formats::ObservableKind::ip       ? Is::network
                    : kind == formats::ObservableKind::domain ? Is::under
                                                              : Is::equal;
    return ValueQuery{is, kind, meant->observable.value};
}

Result<ObjectFilter> filter_of(FilterWords const& words, Timestamp now) {
    Asked const asked(words);
    ObjectFilter filter;
    CHECK(read_lists(asked, filter));
    CHECK(read_value(asked, filter));
    CHECK(read_times(asked, now, filter));
    TRY(auto const confidence, asked.numbers("confidence"));
    if (!confidence.empty()) filter.least_confidence = static_cast<int>(std::min<std::int64_t>(confidence[0], 100));
    if (auto const revoked = asked.text("revoked"); !revoked.empty()) filter.is_revoked = revoked == "yes";
    TRY(auto const collection, asked.numbers("collection"));
    if (!collection.empty()) filter.collection = collection.front();
    auto const versions = asked.text("versions");
    filter.versions = versions == "all" ? Versions::all : versions == "first" ? Versions::first : Versions::last;
    if (auto const matching = asked.text("matching"); !matching.empty()) {
        filter.matching = matching_named(matching);
        if (!filter.matching) return wrong("matching", "by_value, whole or never", matching);
    }
    filter.folds = asked.text("merged") != "apart";
    return filter;
}

}  // namespace tocsin::intelligence
