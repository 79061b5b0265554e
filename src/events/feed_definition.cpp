#include "events/feed_definition.hpp"

#include "events/toml_keys.hpp"
#include "formats/formats.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace tocsin::events {
namespace {

using formats::TomlValue;

constexpr auto formats = std::to_array<Word<FeedFormat>>({{"csv", FeedFormat::csv},
                                                          {"jsonl", FeedFormat::jsonl},
                                                          {"idf", FeedFormat::idf},
                                                          {"list", FeedFormat::list},
                                                          {"json", FeedFormat::json},
                                                          {"xml", FeedFormat::xml},
                                                          {"syslog", FeedFormat::syslog},
                                                          {"cef", FeedFormat::cef},
                                                          {"leef", FeedFormat::leef},
                                                          {"regex", FeedFormat::regex},
                                                          {"kv", FeedFormat::kv},
                                                          {"idea", FeedFormat::idea},
                                                          {"xarf", FeedFormat::xarf}});
constexpr auto conversions = std::to_array<Word<Conversion>>({{"text", Conversion::text},
                                                              {"verbatim", Conversion::verbatim},
                                                              {"int", Conversion::integer},
                                                              {"nonzero", Conversion::nonzero},
                                                              {"float", Conversion::real},
                                                              {"bool", Conversion::boolean},
                                                              {"ip", Conversion::ip},
                                                              {"network", Conversion::network},
                                                              {"fqdn", Conversion::fqdn},
                                                              {"time", Conversion::time},
                                                              {"date", Conversion::date},
                                                              {"epoch", Conversion::epoch},
                                                              {"base64", Conversion::base64},
                                                              {"cve", Conversion::cve},
                                                              {"url", Conversion::url},
                                                              {"detect", Conversion::detect}});
constexpr auto comparisons = std::to_array<Word<Comparison>>({{"contains", Comparison::contains},
                                                              {"equals", Comparison::equals},
                                                              {"starts_with", Comparison::starts_with},
                                                              {"ends_with", Comparison::ends_with},
                                                              {"one_of", Comparison::one_of},
                                                              {"matches", Comparison::matches}});
constexpr auto severities = std::to_array<std::string_view>({"critical", "high", "medium", "low", "info"});
constexpr auto markings = std::to_array<std::string_view>({"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"});

Conversion usual_conversion(std::optional<Field> field) {
    if (!field) return Conversion::text;
    switch (storage_of(*field)) {
        case Storage::text:
            return Conversion::text;
        case Storage::address:
            return Conversion::ip;
        case Storage::network:
            return Conversion::network;
        case Storage::number:
            return info(*field).kind == FieldKind::asn ? Conversion::nonzero : Conversion::integer;
        case Storage::real:
            return Conversion::real;
        case Storage::boolean:
            return Conversion::boolean;
        case Storage::time:
            return Conversion::time;
    }
    return Conversion::text;
}

bool gives(Conversion conversion, Storage storage) {
    switch (conversion) {
        case Conversion::integer:
        case Conversion::nonzero:
            return storage == Storage::number || storage == Storage::real;
        case Conversion::real:
            return storage == Storage::real;
        case Conversion::boolean:
            return storage == Storage::boolean;
        case Conversion::ip:
            return storage == Storage::address;
        case Conversion::network:
            return storage == Storage::network;
        case Conversion::time:
        case Conversion::epoch:
            return storage == Storage::time;
        case Conversion::text:
        case Conversion::verbatim:
        case Conversion::fqdn:
        case Conversion::date:
        case Conversion::base64:
        case Conversion::cve:
        case Conversion::url:
            return storage == Storage::text;
        case Conversion::detect:
            return true;
    }
    return false;
}

/// Reads a definition key by key and collects what is wrong with it.
class Reader : public TomlKeys {
  public:
    Reader(FeedSource const& source, FeedDefinition& into) : TomlKeys(source.path), feed_(into) {}

    void read(TomlValue const& root) {
        take(root, "name", text(feed_.name));
        take(root, "title", text(feed_.title));
        take(root, "documentation", text(feed_.documentation));
        take(root, "publisher", text(feed_.publisher));
        take(root, "licence", text(feed_.licence));
        take(root, "tlp", one_of(feed_.tlp, markings));
        take(root, "severity", one_of(feed_.severity, severities));
        take(root, "classification", table([this](auto const& t) { classification(t, "classification"); }));
        take(root, "constants", table([this](auto const& t) { settings(t, "constants", feed_.constants); }));
        take(root, "when", [this](auto const& node, auto const& key) { when(node, key); });
        take(root, "leave_out", [this](auto const& node, auto const& key) { conditions(node, key, feed_.leave_out); });
        take(root, "only", [this](auto const& node, auto const& key) { conditions(node, key, feed_.only); });
        take(root, "record", table([this](auto const& t) { record(t); }));
        take(root, "recognise", table([this](auto const& t) { recognise(t); }));
        take(root, "columns", table([this](auto const& t) { columns(t, feed_.meanings); }));
        take(root, "dedup", table([this](auto const& t) { dedup(t); }));
        take(root, "rounds", table([this](auto const& t) { rounds(t); }));
        take(root, "unknown", table([this](auto const& t) { unknown(t); }));
        take(root, "fetch", table([this](auto const& t) { fetch(t); }));
        refuse_others(root, "");
    }

    void columns(TomlValue const& t, std::vector<ColumnDefinition>& into) {
        if (t.members().size() > 4096) return fault(t, "columns", "at most 4096 columns");
        for (auto const& [key, node] : t.members()) {
            ColumnDefinition definition{key, {}};
            auto const name = "columns." + definition.column;
            if (auto const* list = node.list()) {
                for (auto const& meaning : *list) add_meaning(meaning, name, definition);
            } else if (auto const ignored = node.truth(); !ignored || *ignored) {
                add_meaning(node, name, definition);
            }
            into.push_back(std::move(definition));
        }
        std::ranges::sort(into, {}, &ColumnDefinition::column);
    }

  private:
    Taker delimiter() {
        return [this](auto const& node, auto const& key) {
            auto const* const value = node.text();
            feed_.by_blanks = value != nullptr && *value == "space";
            if (feed_.by_blanks)
                feed_.delimiter = ' ';
            else if (value != nullptr && *value == "tab")
                feed_.delimiter = '\t';
            else if (value != nullptr && value->size() == 1 && *value != "\n" && *value != "\r")
                feed_.delimiter = value->front();
            else
                fault(node, key, "one ASCII character, space (runs of blanks) or tab");
        };
    }
    Taker patterns() {
        return [this](auto const& node, auto const& key) {
            feed_.patterns.clear();
            auto const add = [&](TomlValue const& one) {
                std::optional<formats::Pattern> made;
                pattern(made)(one, key);
                if (made && made->names().empty())
                    fault(one, key, "a regular expression with named groups, as (?P<ip>...)");
                if (made) feed_.patterns.push_back(*std::move(made));
            };
            if (auto const* list = node.list())
                std::ranges::for_each(*list, add);
            else
                add(node);
        };
    }

    void classification(TomlValue const& t, std::string_view section) {
        take(t, "taxonomy", text(feed_.taxonomy), section);
        take(t, "type", text(feed_.type), section);
        take(t, "identifier", text(feed_.identifier), section);
        auto const* node = t.get("type");
        if (auto const known = classification_type(feed_.type)) {
            if (t.get("taxonomy") == nullptr) feed_.taxonomy = known->taxonomy;
            if (feed_.taxonomy != known->taxonomy)
                fault(t, "classification.taxonomy", fmt::format("\"{}\" for the type {}", known->taxonomy, feed_.type));
        } else if (node != nullptr) {
            fault(*node, "classification.type",
                  "a type of the Reference Security Incident Taxonomy, as vulnerable-system");
        }
        refuse_others(t, section);
    }

    /// Field = value, for constants and what a condition sets: text fields only.
    void settings(TomlValue const& t, std::string const& section, std::vector<std::pair<Field, std::string>>& into) {
        for (auto const& [key, node] : t.members()) {
            auto const field = field_named(key);
            auto const* const value = node.text();
            if (!field || storage_of(*field) != Storage::text)
                fault(node, fmt::format("{}.\"{}\"", section, key),
                      "the name of a text field, as \"protocol.application\"");
            else if (!value || value->empty())
                fault(node, fmt::format("{}.\"{}\"", section, key), "a text in quotes");
            else
                into.emplace_back(*field, *value);
        }
    }

    /// Reads column and comparison. False, with the fault told, when they are not there.
    bool condition(TomlValue const& item, std::string const& key, Condition& into) {
        take(item, "column", text(into.column), key);
        int comparisons_given = 0;
        for (auto const& comparison : comparisons) {
            take(
                item, comparison.name,
                [&](auto const& value, auto const& name) {
                    ++comparisons_given;
                    into.comparison = comparison.value;
                    if (comparison.value == Comparison::matches) return pattern(into.pattern)(value, name);
                    if (value.list() != nullptr) return texts(into.values)(value, name);
                    into.values.resize(1);
                    text(into.values.front())(value, name);
                },
                key);
        }
        take(
            item, "empty",
            [&](auto const& value, auto const& name) {
                ++comparisons_given;
                into.comparison = Comparison::empty;
                bool is_true = false;
                truth(is_true)(value, name);
                if (!is_true) fault(value, name, "true");
            },
            key);
        return !into.column.empty() && comparisons_given == 1;
    }

    void conditions(TomlValue const& node, std::string const& key, std::vector<Condition>& into) {
        auto const* list = node.list();
        if (list == nullptr) return fault(node, key, fmt::format("[[{}]] sections", key));
        into.clear();
        for (auto const& item : *list) {
            if (!item.is_table()) return fault(item, key, fmt::format("[[{}]] sections", key));
            Condition one;
            bool const whole = condition(item, key, one);
            refuse_others(item, key);
            if (!whole) fault(item, key, "column and one of " + words_of(comparisons) + ", empty");
            into.push_back(std::move(one));
        }
    }

    void when(TomlValue const& node, std::string const& key) {
        auto const* list = node.list();
        if (list == nullptr) return fault(node, key, "[[when]] sections");
        feed_.when.clear();
        for (auto const& item : *list) {
            if (!item.is_table()) return fault(item, key, "[[when]] sections");
            WhenRule rule;
            bool const whole = condition(item, key, rule.condition);
            take(item, "set", table([&](auto const& set) { settings(set, key + ".set", rule.set); }), key);
            refuse_others(item, key);
            if (!whole || rule.set.empty())
                fault(item, key, "column, set, and one of " + words_of(comparisons) + ", empty");
            feed_.when.push_back(std::move(rule));
        }
    }

    void record(TomlValue const& t) {
        take(t, "format", word(feed_.format, formats), "record");
        take(t, "delimiter", delimiter(), "record");
        take(t, "quote", character(feed_.quote, true), "record");
        take(t, "trim", truth(feed_.trims), "record");
        take(t, "lenient", truth(feed_.lenient), "record");
        take(t, "records", text(feed_.records), "record");
        take(t, "each", text(feed_.each), "record");
        take(t, "outer", texts(feed_.outer), "record");
        take(t, "zone", zone(feed_.zone), "record");
        take(t, "pattern", patterns(), "record");
        take(t, "pairs", character(feed_.pairs.separator, false), "record");
        take(t, "assign", character(feed_.pairs.assign, false), "record");
        take(t, "head", only_word("syslog", feed_.has_syslog_head), "record");
        take(
            t, "unmatched",
            [this](auto const& node, auto const& key) {
                constexpr auto words = std::to_array<Word<bool>>({{"reject", false}, {"ignore", true}});
                word(feed_.ignores_unmatched, words)(node, key);
            },
            "record");
        take(t, "header", truth(feed_.has_header), "record");
        take(t, "comments", texts(feed_.comments), "record");
        take(t, "note_separator", text(feed_.note_separator), "record");
        take(t, "required", texts(feed_.required), "record");
        take(t, "present", texts(feed_.present), "record");
        take(t, "columns", texts(feed_.columns), "record");
        take(t, "absent", texts(feed_.absent), "record");
        take(
            t, "unlisted",
            [this](auto const& node, auto const& key) {
                constexpr auto words = std::to_array<Word<FeedDefinition::Unlisted>>(
                    {{"extra", FeedDefinition::Unlisted::extra}, {"ignore", FeedDefinition::Unlisted::ignore}});
                word(feed_.unlisted, words)(node, key);
            },
            "record");
        refuse_others(t, "record");
        if (auto const* node = t.get("columns")) no_doubles(*node, "record.columns", feed_.columns);
    }

    void no_doubles(TomlValue const& node, std::string_view key, std::vector<std::string> names) {
        std::ranges::sort(names);
        if (auto const twice = std::ranges::adjacent_find(names); twice != names.end())
            fault(node, key, fmt::format("each column once; {} stands there twice", *twice));
    }

    void recognise(TomlValue const& t) {
        take(t, "file", texts(feed_.file_patterns), "recognise");
        take(t, "header", truth(feed_.recognised_by_header), "recognise");
        take(t, "row", table([this](auto const& hints) {
                 for (auto const& [column, node] : hints.members())
                     text(feed_.row_hints.emplace_back(column, "").second)(node, "recognise.row");
             }),
             "recognise");
        refuse_others(t, "recognise");
    }

    void fetch(TomlValue const& t) {
        take(t, "address", text(feed_.fetch_address), "fetch");
        take(t, "every", text(feed_.fetch_every), "fetch");
        refuse_others(t, "fetch");
        if (!feed_.fetch_every.empty() && !parse_duration(feed_.fetch_every))
            fault(t, "fetch.every", "a time such as 1h");
    }

    void dedup(TomlValue const& t) {
        take(t, "key", texts(feed_.dedup_key), "dedup");
        take(t, "window_days", number(feed_.dedup_window_days, 1, 366), "dedup");
        refuse_others(t, "dedup");
        for (auto const& name : feed_.dedup_key)
            if (!field_named(name) && !name.starts_with("extra."))
                fault(t, "dedup.key", fmt::format("names of fields; {} is none", name));
    }

    void rounds(TomlValue const& t) {
        take(
            t, "every",
            [this](auto const& node, auto const& key) {
                auto const* const value = node.text();
                auto const duration = value ? parse_duration(*value) : fail(Code::invalid, "");
                if (duration && *duration >= std::chrono::minutes(1))
                    feed_.round_every = *duration;
                else
                    fault(node, key, "a duration, as \"24h\"");
            },
            "rounds");
        take(t, "repaired_after", number(feed_.repaired_after, 1, 366), "rounds");
        refuse_others(t, "rounds");
    }

    void unknown(TomlValue const& t) {
        feed_.takes_unknown = true;
        classification(t, "unknown");
    }

    void add_meaning(TomlValue const& node, std::string const& key, ColumnDefinition& definition) {
        ColumnMeaning meaning;
        std::optional<Conversion> as;
        if (node.is_table()) {
            take(node, "field", text(meaning.target.name), key);
            Conversion given{};
            take(
                node, "as",
                [&](auto const& value, auto const& name) {
                    word(given, conversions)(value, name);
                    as = given;
                },
                key);
            take(
                node, "format",
                [&](auto const& value, auto const& name) {
                    if (value.list() != nullptr) return texts(meaning.formats)(value, name);
                    text(meaning.formats.emplace_back())(value, name);
                },
                key);
            take(node, "zone", zone(meaning.zone), key);
            shape(node, key, definition.column, meaning.shape);
            take(node, "host", texts(meaning.host_columns), key);
            take(node, "scheme", text(meaning.scheme_column), key);
            take(node, "or_column", text(meaning.or_column), key);
            take(node, "prefix", text(meaning.prefix), key);
            refuse_others(node, key);
        } else {
            text(meaning.target.name)(node, key);
        }
        meaning.target.field = field_named(meaning.target.name);
        meaning.as = as.value_or(usual_conversion(meaning.target.field));
        check_meaning(node, key, meaning);
        definition.meanings.push_back(std::move(meaning));
    }

    void shape(TomlValue const& node, std::string const& key, std::string const& column, TextShape& into) {
        take(node, "join", texts(into.join), key);
        take(node, "with", text(into.join_with), key);
        take(node, "match", pattern(into.match), key);
        take(node, "split", text(into.split), key);
        take(node, "part", number(into.part, -4096, 4096), key);
        take(node, "trim", truth(into.trim), key);
        take(node, "strip_prefix", text(into.strip_prefix), key);
        take(node, "strip_suffix", text(into.strip_suffix), key);
        take(node, "replace", pairs(into.replace), key);
        take(node, "lower", truth(into.lower), key);
        take(node, "upper", truth(into.upper), key);
        take(node, "map", pairs(into.map), key);
        take(
            node, "otherwise",
            [&](auto const& value, auto const& name) { text(into.otherwise.emplace())(value, name); }, key);
        take(node, "default", text(into.default_text), key);
        take(
            node, "each_split",
            [&](auto const& value, auto const& name) {
                if (!feed_.each_split_column.empty() && feed_.each_split_column != column)
                    return fault(value, name,
                                 fmt::format("one column with it; {} has it too", feed_.each_split_column));
                text(feed_.each_split)(value, name);
                if (feed_.each_split.empty()) return fault(value, name, "what stands between the parts");
                feed_.each_split_column = column;
            },
            key);
        if (into.part == 0 || (into.split.empty() && node.get("part") != nullptr))
            fault(node, key + ".part", "split, and a part from 1, or from -1 at the end");
        if (into.join.empty() && node.get("with") != nullptr)
            fault(node, key + ".with", "join, the columns to put together");
        if (into.otherwise && into.map.empty())
            fault(node, key + ".otherwise", "map, the choice of which it is the rest");
        if (into.lower && into.upper) fault(node, key + ".lower", "one of lower and upper");
    }

    void check_meaning(TomlValue const& node, std::string const& key, ColumnMeaning const& meaning) {
        auto const& name = meaning.target.name;
        if (meaning.as == Conversion::detect) return;
        if (!meaning.target.field && (!name.starts_with("extra.") || name.size() == 6))
            fault(node, key, fmt::format("the name of a field or extra.<name>, not \"{}\"", name));
        else if (meaning.target.field && !gives(meaning.as, storage_of(*meaning.target.field)))
            fault(node, key,
                  fmt::format("a conversion that fits {}; \"{}\" does not", name, events::name_of(meaning.as)));
        bool const is_time = meaning.as == Conversion::time || meaning.as == Conversion::date;
        if ((!meaning.formats.empty() || meaning.zone) && !is_time)
            fault(node, key, "a format or zone only with as = \"time\" or \"date\"");
    }

    FeedDefinition& feed_;
};

bool tells_its_class(FeedFormat format) {
    return format == FeedFormat::idf || format == FeedFormat::idea || format == FeedFormat::xarf;
}

/// Columns that may not be there come from a pattern or a record, not from a header.
void check_record(FeedDefinition const& feed, TomlValue const& root, Reader& reader) {
    bool const takes_patterns = feed.format == FeedFormat::regex || feed.format == FeedFormat::syslog;
    if (feed.format == FeedFormat::regex && feed.patterns.empty())
        reader.fault(root, "record.pattern", "the regular expression that takes a line apart");
    if (!feed.patterns.empty() && !takes_patterns)
        reader.fault(root, "record.pattern", "it only with format = \"regex\" or \"syslog\"");
    if (!feed.records.empty() && feed.format != FeedFormat::json && feed.format != FeedFormat::xml)
        reader.fault(root, "record.records", "it only with format = \"json\" or \"xml\"");
    bool const is_json = feed.format == FeedFormat::json || feed.format == FeedFormat::jsonl;
    if ((!feed.each.empty() || !feed.outer.empty()) && !is_json)
        reader.fault(root, "record.each", "it and outer only with format = \"json\" or \"jsonl\"");
    if (!feed.each_split.empty() && feed.format != FeedFormat::csv)
        reader.fault(root, "columns", "each_split only with format = \"csv\"");
}

/// What only the whole definition shows.
void check_whole(FeedDefinition const& feed, TomlValue const& root, Reader& reader) {
    if (feed.name.empty()) reader.fault(root, "name", "the feed's name");
    bool const has_columns = !feed.columns.empty() || !feed.meanings.empty() || feed.common;
    if (feed.format == FeedFormat::csv && !has_columns) reader.fault(root, "columns", "what the columns mean");
    if (feed.format == FeedFormat::csv && !feed.has_header && feed.columns.empty())
        reader.fault(root, "record.columns", "the order of the columns, for there is no header");
    if (!tells_its_class(feed.format) && feed.type.empty()) reader.fault(root, "classification.type", "a type");
    for (auto const& column : feed.required)
        if (auto const* known = meanings_of(feed, column); known == nullptr || known->meanings.empty())
            if (feed.format != FeedFormat::list && !tells_its_class(feed.format))
                reader.fault(root, "record.required", fmt::format("columns with a meaning; {} has none", column));
    check_record(feed, root, reader);
}

}  // namespace

bool Condition::holds(std::string_view text) const {
    auto const any = [&](auto test) { return std::ranges::any_of(values, test); };
    switch (comparison) {
        case Comparison::contains:
            return any([&](auto const& value) { return text.contains(value); });
        case Comparison::equals:
        case Comparison::one_of:
            return any([&](auto const& value) { return text == value; });
        case Comparison::starts_with:
            return any([&](auto const& value) { return text.starts_with(value); });
        case Comparison::ends_with:
            return any([&](auto const& value) { return text.ends_with(value); });
        case Comparison::matches:
            return pattern && pattern->matches(text);
        case Comparison::empty:
            return text.empty();
    }
    return false;
}

std::string_view name_of(Conversion conversion) {
    return std::ranges::find(conversions, conversion, &Word<Conversion>::value)->name;
}

std::string_view name_of(FeedFormat format) {
    return std::ranges::find(formats, format, &Word<FeedFormat>::value)->name;
}

ColumnDefinition const* meanings_of(FeedDefinition const& feed, std::string_view column) {
    auto const look = [&](std::vector<ColumnDefinition> const& in) -> ColumnDefinition const* {
        auto const found = std::ranges::lower_bound(in, column, {}, &ColumnDefinition::column);
        return found != in.end() && found->column == column ? &*found : nullptr;
    };
    auto const* own = look(feed.meanings);
    return own != nullptr || !feed.common ? own : look(*feed.common);
}

Result<FeedDefinition> read_feed_definition(std::string id, FeedSource const& source, FeedDefinition base) {
    TRY(auto const root, formats::parse_toml(source.text, source.path));
    auto feed = std::move(base);
    feed.id = std::move(id);
    feed.takes_unknown = false;
    Reader reader(source, feed);
    reader.read(root);
    check_whole(feed, root, reader);
    if (!reader.faults().empty()) return fail(Code::invalid, reader.faults());
    if (feed.title.empty()) feed.title = feed.name;
    return feed;
}

Result<FeedDefinition> read_publisher_defaults(FeedSource const& publisher, FeedSource const& columns) {
    FeedDefinition feed;
    std::string faults;
    TRY(auto const root, formats::parse_toml(publisher.text, publisher.path));
    Reader reader(publisher, feed);
    reader.read(root);
    faults = reader.faults();
    TRY(auto const common_root, formats::parse_toml(columns.text, columns.path));
    if (auto const* table = common_root.get("columns"); table != nullptr && table->is_table()) {
        std::vector<ColumnDefinition> common;
        Reader common_reader(columns, feed);
        common_reader.columns(*table, common);
        if (!common_reader.faults().empty()) faults += (faults.empty() ? "" : "\n") + common_reader.faults();
        feed.common = std::make_shared<std::vector<ColumnDefinition> const>(std::move(common));
    }
    if (!faults.empty()) return fail(Code::invalid, faults);
    return feed;
}

}  // namespace tocsin::events
