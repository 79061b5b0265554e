#include "sharing/mappings/candidates.hpp"
#include "sharing/mappings/misp_values.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_set>

/// Tables of indicators.
namespace tocsin::sharing {
namespace {

enum class Column : std::uint8_t { none, value, type, comment, labels, valid_until, confidence };

struct ColumnName {
    std::string_view name;
    Column column;
};
constexpr ColumnName names[] = {{"value", Column::value},
                                {"indicator", Column::value},
                                {"ioc", Column::value},
                                {"observable", Column::value},
                                {"type", Column::type},
                                {"kind", Column::type},
                                {"indicator_type", Column::type},
                                {"ioc_type", Column::type},
                                {"comment", Column::comment},
                                {"description", Column::comment},
                                {"note", Column::comment},
                                {"context", Column::comment},
                                {"labels", Column::labels},
                                {"label", Column::labels},
                                {"tags", Column::labels},
                                {"valid_until", Column::valid_until},
                                {"expires", Column::valid_until},
                                {"expiration", Column::valid_until},
                                {"confidence", Column::confidence}};

std::string_view name_of(Column column) {
    auto const* const found = std::ranges::find(names, column, &ColumnName::column);
    return found == std::end(names) ? "-" : found->name;
}

Column column_named(std::string_view name) {
    auto const plain = replaced(replaced(lowered(trimmed(name)), " ", "_"), "-", "_");
    auto const* const found = std::ranges::find(names, plain, &ColumnName::name);
    return found == std::end(names) ? Column::none : found->column;
}

constexpr std::size_t most_columns = 100;

/// One value, as written in a cell, of a type that may be missing. An address is nobody's name.
std::optional<formats::Observable> value_of(std::string_view text, std::string_view type) {
    using Kind = formats::ObservableKind;
    auto const refanged = formats::recognised(text);
    bool const is_address = refanged && refanged->observable.kind == Kind::ip;
    if (is_address && (equal_ignoring_case(type, "domain") || equal_ignoring_case(type, "hostname")))
        return std::nullopt;
    if (type.empty()) return refanged ? std::optional(refanged->observable) : std::nullopt;
    auto const kind = formats::observable_kind_of(lowered(type));
    if (kind && refanged && refanged->observable.kind == *kind) return refanged->observable;
    if (kind) return formats::normalised({*kind, std::string(text)});
    auto const misp = misp::values_of(type, text);
    if (misp.values.size() == 1) return misp.values.front();
    if (!refanged) return std::nullopt;
    // "ip-dst" of "192.0.2[.]1"
    auto const again = misp::values_of(type, refanged->observable.value);
    return again.values.size() == 1 ? std::optional(again.values.front()) : std::nullopt;
}

bool is_known_type(std::string_view type) {
    if (type.empty() || formats::observable_kind_of(lowered(type))) return true;
    return misp::is_type(type);
}

class Table {
  public:
    Table(std::string_view csv, TableOptions const& options) : options_(options), fields_(most_columns) {
        bytes_.reserve(csv.size() + formats::csv_padding);
        bytes_ = csv.starts_with("\xef\xbb\xbf") ? csv.substr(3) : csv;
        size_ = bytes_.size();
        bytes_.resize(size_ + formats::csv_padding, '\0');
        for (auto const& name : options.columns) columns_.push_back(column_named(name));
        unescaped_.resize(size_ + 1);
    }
    Result<Candidates> read();

  private:
    Status record(std::string_view text);
    Result<bool> header(std::size_t count);
    void row(std::string_view text);
    void set_aside(std::string_view text, Column column, std::string expected);
    /// Reads what stands beside the value. False: it was set aside.
    bool read_rest(std::string_view text, Candidate& one);
    std::string_view cell(Column column) const {
        auto const at = std::ranges::find(columns_, column);
        auto const place = static_cast<std::size_t>(at - columns_.begin());
        return at == columns_.end() || place >= count_ ? std::string_view() : trimmed(fields_[place]);
    }
    std::string names_of_columns() const {
        std::string all;
        for (auto const one : columns_) {
            if (!all.empty()) all += dialect_.delimiter;
            all += name_of(one);
        }
        return all;
    }
    void guess_delimiter(std::string_view line);

    TableOptions const& options_;
    std::string bytes_, unescaped_;
    std::size_t size_ = 0;
    formats::CsvDialect dialect_;
    std::vector<Column> columns_;
    std::vector<std::string_view> fields_;
    std::size_t count_ = 0;
    std::uint64_t line_ = 1;
    std::unordered_set<std::string> met_;
    Candidates all_;
};

void Table::guess_delimiter(std::string_view line) {
    std::ptrdiff_t most = 0;
    for (char const one : {',', ';', '\t'})
        if (auto const count = std::ranges::count(line, one); count > most) {
            most = count;
            dialect_.delimiter = one;
        }
}

Result<Candidates> Table::read() {
    bool is_first = true;
    std::size_t rows = 0;
    auto const bytes = std::string_view(bytes_).substr(0, size_);
    for (std::size_t at = 0; at < size_;) {
        auto const line = bytes.substr(at, bytes.find('\n', at) - at);
        bool const is_comment = line.starts_with('#') || trimmed(line).empty();
        if (is_first && !is_comment) {
            guess_delimiter(line);
            is_first = false;
        }
        auto const end = is_comment ? std::min(at + line.size() + 1, size_)
                                    : formats::record_end(bytes, at, dialect_, true).value_or(size_);
        if (!is_comment) {
            if (++rows > options_.rows) return fail(Code::limit, fmt::format("more than {} rows", options_.rows));
            CHECK(record(bytes.substr(at, end - at)));
        }
        line_ += static_cast<std::uint64_t>(std::ranges::count(bytes.substr(at, end - at), '\n'));
        at = end;
    }
    return std::move(all_);
}

Status Table::record(std::string_view text) {
    auto const split = formats::split_record(text, dialect_, fields_, unescaped_.data());
    text = formats::without_line_end(text);
    count_ = std::min(split.count, fields_.size());
    if (split.fault != formats::SplitFault::none) {
        all_.aside.push_back({.line = line_,
                              .field = "row",
                              .expected = split.fault == formats::SplitFault::too_many
                                              ? fmt::format("at most {} columns", most_columns)
                                              : "quotes that close at the end of a cell",
                              .as_it_came = std::string(text),
                              .columns = names_of_columns()});
        return {};
    }
    if (columns_.empty()) {
        TRY(auto const is_header, header(count_));
        if (is_header) return {};
    }
    row(text);
    return {};
}

/// Whether the first line names columns; a table of one column may do without.
Result<bool> Table::header(std::size_t count) {
    std::vector<Column> named;
    for (std::size_t i = 0; i < count; ++i) {
        auto const column = column_named(fields_[i]);
        bool const is_new = std::ranges::find(named, column) == named.end();
        named.push_back(is_new ? column : Column::none);
    }
    if (std::ranges::find(named, Column::value) != named.end()) {
        columns_ = std::move(named);
        return true;
    }
    if (count != 1)
        return fail(Code::invalid,
                    fmt::format("line {}: expected the names of the columns, one of them \"value\"; or say them "
                                "(value,type,comment,labels,valid_until,confidence)",
                                line_));
    columns_ = {Column::value};
    return false;
}

void Table::set_aside(std::string_view text, Column column, std::string expected) {
    all_.aside.push_back({.line = line_,
                          .field = std::string(name_of(column)),
                          .expected = std::move(expected),
                          .as_it_came = std::string(text),
                          .columns = names_of_columns()});
}

void Table::row(std::string_view text) {
    auto const written = cell(Column::value), type = cell(Column::type);
    if (written.empty()) return set_aside(text, Column::value, "an address, name, URL, hash, ...; the cell is empty");
    if (!is_known_type(type))
        return set_aside(text, Column::type, fmt::format("a kind such as ip, domain, url, sha256, found \"{}\"", type));
    auto value = value_of(written, type);
    if (!value)
        return set_aside(text, Column::value,
                         type.empty() ? fmt::format("one address, name, URL, hash, found \"{}\"", written)
                                      : fmt::format("a value of the type {}, found \"{}\"", type, written));
    Candidate one{.kind = std::string(formats::name_of(value->kind)), .value = std::move(value->value)};
    one.line = line_;
    one.comment = repaired_utf8(cell(Column::comment));
    if (!read_rest(text, one)) return;
    if (met_.insert(one.kind + "\n" + one.value).second) all_.found.push_back(std::move(one));
}

bool Table::read_rest(std::string_view text, Candidate& one) {
    for (auto const label : split(replaced(replaced(std::string(cell(Column::labels)), ";", ","), "|", ","), ','))
        if (auto const word = trimmed(label); !word.empty()) one.labels.push_back(repaired_utf8(word));
    if (auto const until = cell(Column::valid_until); !until.empty()) {
        auto const day = parse_date(until);
        auto const time = day ? Result<Timestamp>(*day) : parse_timestamp(until);
        if (!time) {
            set_aside(text, Column::valid_until,
                      fmt::format("a time as 2026-12-31 or 2026-12-31T00:00:00Z, found \"{}\"", until));
            return false;
        }
        one.valid_until = *time;
    }
    if (auto const said = cell(Column::confidence); !said.empty()) {
        auto const number = parse_int(said);
        if (!number || *number < 0 || *number > 100) {
            set_aside(text, Column::confidence, fmt::format("a number from 0 to 100, found \"{}\"", said));
            return false;
        }
        one.confidence = static_cast<int>(*number);
    }
    return true;
}

}  // namespace

Result<Candidates> candidates_of_table(std::string_view csv, TableOptions const& options) {
    if (csv.size() > options.bytes) return fail(Code::limit, fmt::format("longer than {} bytes", options.bytes));
    bool has_value = options.columns.empty();
    for (auto const& name : options.columns) {
        if (name != "-" && column_named(name) == Column::none)
            return fail(Code::invalid, fmt::format("columns: expected value, type, comment, labels, valid_until, "
                                                   "confidence or -, found \"{}\"",
                                                   name));
        has_value = has_value || column_named(name) == Column::value;
    }
    if (!has_value) return fail(Code::invalid, "columns: expected one named value");
    Table table(csv, options);
    return table.read();
}

}  // namespace tocsin::sharing
