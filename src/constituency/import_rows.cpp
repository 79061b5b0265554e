#include "constituency/import_rows.hpp"

#include "constituency/delegated.hpp"
#include "formats/formats.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <unordered_set>

namespace tocsin::constituency {
namespace {

constexpr std::size_t most_columns = 64, records_at_once = 4096;
constexpr std::size_t greatest_json = std::size_t{64} << 20;

Status check_size(std::string_view bytes, ImportOptions const& options) {
    if (bytes.size() > options.most_bytes)
        return fail(Code::limit, fmt::format("{}: expected at most {} MiB", options.name, options.most_bytes >> 20));
    if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff"))
        return fail(Code::invalid, fmt::format("{}: expected UTF-8, found UTF-16; save it as UTF-8", options.name));
    return {};
}

std::span<std::string_view const> columns_of(ImportKind kind) {
    switch (kind) {
        case ImportKind::organisations:
            return organisation_columns();
        case ImportKind::resources:
            return resource_columns();
        case ImportKind::contacts:
            return contact_columns();
        case ImportKind::everything:
            break;
    }
    return {};
}

std::string listed(std::span<std::string_view const> names) {
    std::string text;
    for (auto const name : names) text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
    return text;
}

/// The column's own name for what people also call it.
std::string_view column_named(std::string_view written) {
    auto const name = replaced(lowered(trimmed(written)), " ", "_");
    if (name == "organization" || name == "org") return "organisation";
    if (name == "e-mail" || name == "mail") return "email";
    if (name == "fingerprint") return "key";
    if (name == "valid_from") return "from";
    if (name == "valid_to" || name == "until") return "to";
    for (auto const kind : {ImportKind::organisations, ImportKind::resources, ImportKind::contacts})
        for (auto const known : columns_of(kind))
            if (known == name) return known;
    return {};
}

bool holds(std::span<std::string_view const> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

std::optional<ImportKind> kind_by_columns(std::span<std::string_view const> names) {
    if (holds(names, "value")) return ImportKind::resources;
    if (holds(names, "organisation")) return ImportKind::contacts;
    if (holds(names, "name")) return ImportKind::organisations;
    return std::nullopt;
}

Result<ImportKind> settle_kind(std::span<std::string_view const> names, ImportOptions const& options,
                               std::string_view where) {
    auto const kind = options.kind && *options.kind != ImportKind::everything ? options.kind : kind_by_columns(names);
    if (!kind)
        return fail(
            Code::invalid,
            fmt::format("{}: expected the columns of organisations ({}), resources ({}) or contacts ({})", where,
                        listed(organisation_columns()), listed(resource_columns()), listed(contact_columns())));
    for (auto const name : names)
        if (!holds(columns_of(*kind), name))
            return fail(Code::invalid, fmt::format("{}: {} is no column of {}; expected {}", where, name,
                                                   name_of(*kind), listed(columns_of(*kind))));
    std::string_view const needed = *kind == ImportKind::organisations ? "name" : "organisation";
    if (!holds(names, needed)) return fail(Code::invalid, fmt::format("{}: the column {} is missing", where, needed));
    return *kind;
}

/// Takes back the mark that exports put before what a spreadsheet would take for a formula.
std::string_view unmarked(std::string_view cell) {
    constexpr std::string_view dangerous = "=+-@\t\r";
    if (cell.size() > 1 && cell[0] == '\'' && dangerous.contains(cell[1])) cell.remove_prefix(1);
    return cell;
}

char delimiter_of(std::string_view header) {
    char best = ',';
    for (char const candidate : {',', ';', '\t'})
        if (std::ranges::count(header, candidate) > std::ranges::count(header, best)) best = candidate;
    return best;
}

}  // namespace

Status read_csv_rows(std::string_view bytes, ImportOptions const& options, RowSink const& sink) {
    CHECK(check_size(bytes, options));
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    std::string padded(bytes);
    padded.resize(bytes.size() + formats::csv_padding);
    std::string_view const text(padded.data(), bytes.size());
    formats::CsvDialect const dialect{.delimiter = delimiter_of(text.substr(0, text.find('\n')))};
    std::vector<std::string_view> cells(most_columns), names;
    std::vector<std::uint32_t> ends;
    std::string unescaped;
    std::optional<ImportKind> kind;
    std::uint64_t line = 1, rows = 0;
    for (std::size_t from = 0, start = 0; start < text.size();) {
        ends.clear();
        from = formats::find_records(text, start, dialect, true, records_at_once, ends);
        if (ends.empty()) break;
        for (auto const end : ends) {
            std::string_view const record = text.substr(start, end - start);
            auto const at = line;
            line += static_cast<std::uint64_t>(std::ranges::count(record, '\n'));
            start = end;
            if (trimmed(record).empty() || (!kind && record.front() == '#')) continue;
            unescaped.resize(std::max(unescaped.size(), record.size() + 1));
            cells.assign(most_columns, {});
            auto const split = formats::split_record(record, dialect, cells, unescaped.data());
            if (split.fault != formats::SplitFault::none || split.count > most_columns) {
                if (!kind) return fail(Code::invalid, fmt::format("{}:{}: the header is no CSV", options.name, at));
                sink.fault({at, "", "expected CSV: a quote is not closed, or text follows a closed quote"});
                continue;
            }
            if (!kind) {
                auto const where = fmt::format("{}:{}", options.name, at);
                for (auto const cell : std::span(cells).first(split.count)) {
                    names.push_back(column_named(cell));
                    if (names.back().empty())
                        return fail(Code::invalid, fmt::format("{}: unknown column \"{}\"; expected the columns of "
                                                               "organisations ({}), resources ({}) or contacts ({})",
                                                               where, repaired_utf8(cell.substr(0, 60)),
                                                               listed(organisation_columns()),
                                                               listed(resource_columns()), listed(contact_columns())));
                }
                TRY(kind, settle_kind(names, options, where));
                continue;
            }
            if (++rows > options.most_rows)
                return fail(Code::limit, fmt::format("{}: expected at most {} rows", options.name, options.most_rows));
            if (split.count != names.size()) {
                sink.fault({at, "", fmt::format("expected {} columns, found {}", names.size(), split.count)});
                continue;
            }
            for (auto& cell : std::span(cells).first(split.count)) cell = unmarked(trimmed(cell));
            sink.row({at, *kind, FieldView(names, std::span(cells).first(split.count))});
        }
        if (from <= start && ends.size() < records_at_once) break;
    }
    if (!kind) return fail(Code::invalid, fmt::format("{}: expected a header and rows, found nothing", options.name));
    return {};
}

namespace {

/// The line of each object that is a row: at depth one of a list, at depth two of {"organisations": [...]}.
std::vector<std::uint64_t> lines_of_objects(std::string_view text, std::size_t row_depth) {
    std::vector<std::uint64_t> lines;
    std::uint64_t line = 1;
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (c == '\n') ++line;
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"') in_string = true;
        if (c == '{' || c == '[') {
            if (c == '{' && depth == row_depth) lines.push_back(line);
            ++depth;
        }
        if ((c == '}' || c == ']') && depth > 0) --depth;
    }
    return lines;
}

std::string as_text(boost::json::value const& value, bool& is_plain) {
    if (value.is_string()) return std::string(std::string_view(value.get_string()));
    if (value.is_bool()) return value.get_bool() ? "yes" : "no";
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_uint64()) return std::to_string(value.get_uint64());
    is_plain = value.is_null();
    return {};
}

struct JsonRows {
    ImportOptions const& options;
    RowSink const& sink;

    void read(boost::json::value const& item, std::optional<ImportKind> kind, std::uint64_t line) const {
        if (!item.is_object()) {
            sink.fault({line, "", "expected an object"});
            return;
        }
        std::vector<std::string> texts;
        std::vector<std::string_view> names, values;
        texts.reserve(item.get_object().size());
        for (auto const& [key, value] : item.get_object()) {
            names.push_back(column_named(key));
            if (names.back().empty()) {
                sink.fault({line, std::string(std::string_view(key).substr(0, 60)), "no such field"});
                return;
            }
            bool is_plain = true;
            texts.push_back(as_text(value, is_plain));
            if (!is_plain) {
                sink.fault({line, std::string(names.back()), "expected a text, a whole number, true, false or null"});
                return;
            }
            values.emplace_back(texts.back());
        }
        ImportOptions wanted = options;
        wanted.kind = kind;
        auto const settled = settle_kind(names, wanted, "row");
        if (!settled) {
            sink.fault({line, "", settled.error().message});
            return;
        }
        sink.row({line, *settled, FieldView(names, values)});
    }
};

}  // namespace

Status read_json_rows(std::string_view bytes, ImportOptions const& options, RowSink const& sink) {
    CHECK(check_size(bytes, options));
    if (bytes.size() > greatest_json)
        return fail(Code::limit, fmt::format("{}: expected at most {} MiB of JSON", options.name, greatest_json >> 20));
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    boost::json::stream_parser parser;
    boost::system::error_code fault;
    auto const used = parser.write_some(bytes.data(), bytes.size(), fault);
    if (!fault && used < bytes.size() && !trimmed(bytes.substr(used)).empty())
        fault = boost::json::make_error_code(boost::json::error::extra_data);
    if (!fault) parser.finish(fault);
    if (fault) {
        auto const line = 1 + std::ranges::count(bytes.substr(0, used), '\n');
        return fail(Code::invalid, fmt::format("{}:{}: expected JSON: {}", options.name, line, fault.message()));
    }
    auto const document = parser.release();
    JsonRows const rows{options, sink};
    if (auto const* list = document.if_array()) {
        auto const lines = lines_of_objects(bytes, 1);
        for (std::size_t i = 0; i < list->size(); ++i)
            rows.read((*list)[i], options.kind, i < lines.size() ? lines[i] : 0);
        return {};
    }
    auto const* object = document.if_object();
    if (object == nullptr)
        return fail(Code::invalid, fmt::format("{}: expected {{\"organisations\": [...], \"resources\": [...], "
                                               "\"contacts\": [...]}} or a list of one of them",
                                               options.name));
    auto const lines = lines_of_objects(bytes, 2);
    constexpr std::array kinds = {ImportKind::organisations, ImportKind::resources, ImportKind::contacts};
    std::array<std::size_t, 3> first_line{};
    std::size_t counted = 0;
    for (auto const& [key, value] : *object) {
        auto const kind = import_kind(key);
        if (!kind || *kind == ImportKind::everything || !value.is_array())
            return fail(Code::invalid,
                        fmt::format("{}: expected lists \"organisations\", \"resources\" and \"contacts\", found "
                                    "\"{}\"",
                                    options.name, std::string_view(key).substr(0, 60)));
        first_line[static_cast<std::size_t>(*kind)] = counted;
        counted += static_cast<std::size_t>(
            std::ranges::count_if(value.get_array(), [](auto const& item) { return item.is_object(); }));
    }
    for (auto const kind : kinds) {
        auto const found = object->find(name_of(kind));
        if (found == object->end()) continue;
        std::size_t at = first_line[static_cast<std::size_t>(kind)];
        for (auto const& item : found->value().get_array()) {
            rows.read(item, kind, at < lines.size() ? lines[at] : 0);
            if (item.is_object()) ++at;
        }
    }
    return {};
}

std::string delegated_mark(std::string_view registry, std::string_view holder) {
    return fmt::format("delegated {} {}", registry, holder);
}

namespace {

/// Turns records into rows of organisations and resources.
class DelegatedRows {
  public:
    DelegatedRows(RowSink const& sink, std::uint64_t line, DelegatedRecord const& record)
        : sink_(sink), line_(line), record_(record) {
        bool const is_named = !record.opaque_id.empty();
        holder_ = is_named ? std::string(record.opaque_id) : fmt::format("({})", record.country);
        name_ = fmt::format("{} {}", record.registry, holder_);
        mark_ = delegated_mark(record.registry, holder_);
        if (record.date.size() == 8 && record.date != "00000000")
            from_ = fmt::format("{}-{}-{}", record.date.substr(0, 4), record.date.substr(4, 2), record.date.substr(6));
        if (!parse_date(from_)) from_.clear();
    }
    std::string const& mark() const { return mark_; }

    void organisation() const {
        std::string_view const names[] = {"name", "kind", "country", "note"};
        std::string_view const values[] = {name_, "operator", record_.country, mark_};
        sink_.row({line_, ImportKind::organisations, FieldView(names, values)});
    }
    void resources() const {
        if (record_.type == DelegatedRecord::Type::asn) {
            for (std::uint32_t i = 0; i < record_.asn_count; ++i)
                resource("asn", fmt::format("AS{}", record_.first_asn + i));
            return;
        }
        PrefixTableBuilder::for_each_prefix(record_.first, record_.last,
                                            [&](IpPrefix const& prefix) { resource("prefix", format_prefix(prefix)); });
    }

  private:
    void resource(std::string_view kind, std::string const& value) const {
        std::string_view const names[] = {"organisation", "kind", "value", "standing", "how", "from"};
        std::string_view const values[] = {name_, kind, value, "verified", mark_, from_};
        sink_.row({line_, ImportKind::resources, FieldView(names, values)});
    }

    RowSink const& sink_;
    std::uint64_t line_;
    DelegatedRecord const& record_;
    std::string holder_, name_, mark_, from_;
};

}  // namespace

Status read_delegated_rows(std::string_view bytes, ImportOptions const& options, RowSink const& sink) {
    CHECK(check_size(bytes, options));
    constexpr std::uint32_t most_asns = 100'000;  // of one line: no registry hands out more at once
    std::unordered_set<std::string> holders;
    std::uint64_t line = 0, good = 0, wrong = 0;
    for (std::string_view rest = bytes; !rest.empty();) {
        auto const end = rest.find('\n');
        auto const text = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (++line > options.most_rows)
            return fail(Code::limit, fmt::format("{}: expected at most {} lines", options.name, options.most_rows));
        auto const read = read_delegated_line(text);
        if (auto const* fault = std::get_if<DelegatedFault>(&read)) {
            ++wrong;
            sink.fault({line, fault->field, fault->expected});
            continue;
        }
        auto const* record = std::get_if<DelegatedRecord>(&read);
        if (record == nullptr || !record->is_held()) continue;
        ++good;
        if (!options.country.empty() && record->country != options.country) continue;
        if (record->type == DelegatedRecord::Type::asn && record->asn_count > most_asns) {
            sink.fault({line, "value", fmt::format("expected at most {} AS numbers in one line", most_asns)});
            continue;
        }
        DelegatedRows const rows(sink, line, *record);
        if (holders.insert(rows.mark()).second) rows.organisation();
        rows.resources();
    }
    if (good == 0 && wrong != 0)
        return fail(Code::invalid, fmt::format("{}: expected delegated statistics: registry|country|type|start|value|"
                                               "date|status|opaque-id; none of {} lines is such a record",
                                               options.name, line));
    return {};
}

Status read_rows(std::string_view bytes, ImportOptions const& options, RowSink const& sink) {
    switch (options.format) {
        case ImportFormat::csv:
            return read_csv_rows(bytes, options, sink);
        case ImportFormat::json:
            return read_json_rows(bytes, options, sink);
        case ImportFormat::delegated:
            return read_delegated_rows(bytes, options, sink);
    }
    return fail(Code::internal, "no such format");
}

}  // namespace tocsin::constituency
