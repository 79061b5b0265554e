#include "readiness/register_import.hpp"

#include "formats/formats.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::readiness {
namespace {

constexpr std::size_t most_bytes = std::size_t{8} << 20, most_claims = 20'000, most_faults = 1000, most_columns = 40;
constexpr std::array<std::string_view, 9> fields = {"country", "subject", "says",     "team", "claimant",
                                                    "source",  "date",    "maturity", "note"};
using Values = std::map<std::string, std::string, std::less<>>;

class Importer {
  public:
    Importer(Register& register_of, std::string_view register_id) : register_(register_of), id_(register_id) {}

    void fault(std::int64_t line, std::string field, std::string expected) {
        ++done.rejected;
        if (done.faults.size() < most_faults) done.faults.push_back({line, std::move(field), std::move(expected)});
    }

    void take(std::int64_t line, Values const& values) {
        auto const value = [&](std::string_view name) {
            auto const found = values.find(name);
            return found == values.end() ? std::string() : std::string(trimmed(found->second));
        };
        Claim claim{.register_id = std::string(id_),
                    .subject = value("country").empty() ? value("subject") : value("country"),
                    .team = value("team"),
                    .claimant = value("claimant"),
                    .source = value("source"),
                    .maturity = value("maturity"),
                    .note = value("note")};
        auto const says = says_named(lowered(value("says")));
        if (!says) return fault(line, "says", fmt::format("yes, no or planned, found \"{}\"", value("says")));
        claim.says = *says;
        auto const date = parse_date(value("date"));
        if (!date) return fault(line, "date", fmt::format("a date as 2026-11-26, found \"{}\"", value("date")));
        claim.date = *date;
        if (auto const complete = register_.complete(claim); !complete) {
            auto const& message = complete.error().message;
            auto const colon = message.find(": expected ");
            if (colon == std::string::npos) return fault(line, "", message);
            return fault(line, message.substr(0, colon), message.substr(colon + 11));
        }
        done.claims.push_back(std::move(claim));
    }

    ClaimImport done;

  private:
    Register& register_;
    std::string_view id_;
};

/// One record's fields with quotes undone.
Result<std::vector<std::string>> fields_of(std::string const& padded, std::size_t from, std::size_t to) {
    std::vector<std::string_view> found(most_columns);
    std::string unescaped(to - from, '\0');
    auto const record = formats::without_line_end(std::string_view(padded).substr(from, to - from));
    auto const split = formats::split_record(record, {}, found, unescaped.data());
    switch (split.fault) {
        case formats::SplitFault::none:
            break;
        case formats::SplitFault::unclosed_quote:
            return fail(Code::invalid, "a quote that is closed");
        case formats::SplitFault::text_after_quote:
            return fail(Code::invalid, "a comma behind a closed quote");
        case formats::SplitFault::too_many:
            return fail(Code::invalid, fmt::format("at most {} columns", most_columns));
    }
    return std::vector<std::string>(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(split.count));
}

Status read_csv(Importer& importer, std::string_view bytes) {
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    std::string padded(bytes);
    auto const size = padded.size();
    padded.append(formats::csv_padding, '\0');
    std::vector<std::string> header;
    std::int64_t line = 1;
    for (std::size_t from = 0; from < size;) {
        auto const to = formats::record_end(std::string_view(padded).substr(0, size), from, {}, true).value_or(size);
        auto const record = std::string_view(padded).substr(from, to - from);
        auto const at = line;
        line += std::ranges::count(record, '\n');
        auto const cells = fields_of(padded, from, to);
        from = to;
        if (trimmed(record).empty()) continue;
        if (header.empty()) {
            TRY(header, cells);
            for (auto& name : header) {
                name = lowered(trimmed(name));
                if (std::ranges::find(fields, name) == fields.end())
                    return fail(Code::invalid, fmt::format("line 1: no such column \"{}\"; known are {}", name,
                                                           fmt::join(fields, ", ")));
            }
            continue;
        }
        if (importer.done.claims.size() >= most_claims) return fail(Code::limit, "more than 20,000 claims");
        if (!cells) {
            importer.fault(at, "", cells.error().message);
            continue;
        }
        if (cells->size() != header.size()) {
            importer.fault(at, "", fmt::format("{} columns as in the header, found {}", header.size(), cells->size()));
            continue;
        }
        Values values;
        for (std::size_t i = 0; i < header.size(); ++i) values[header[i]] = (*cells)[i];
        importer.take(at, values);
    }
    if (header.empty()) return fail(Code::invalid, "line 1: expected a header with the names of the columns");
    return {};
}

Status read_json(Importer& importer, std::string_view bytes) {
    formats::JsonTree tree;
    CHECK(tree.parse(bytes, {.bytes = most_bytes, .depth = 6, .values = std::size_t{1} << 20}));
    auto const root = tree.root();
    auto const list = root.is_array() ? root : root["claims"];
    if (!list.is_array()) return fail(Code::invalid, "expected an array of claims, or an object with \"claims\"");
    if (list.size() > most_claims) return fail(Code::limit, "more than 20,000 claims");
    std::int64_t number = 0;
    for (auto const one : list) {
        ++number;
        Values values;
        std::string wrong;
        for (auto const member : one) {
            if (!member.is_text() || std::ranges::find(fields, member.key()) == fields.end())
                wrong = std::string(member.key());
            values[std::string(member.key())] = std::string(member.text());
        }
        if (!one.is_object())
            importer.fault(number, "", "an object");
        else if (!wrong.empty())
            importer.fault(number, wrong, fmt::format("texts named {}", fmt::join(fields, ", ")));
        else
            importer.take(number, values);
    }
    return {};
}

}  // namespace

Result<ClaimImport> read_claims(Register& register_of, std::string_view register_id, std::string_view bytes,
                                ClaimFormat format) {
    if (bytes.size() > most_bytes) return fail(Code::limit, "more than 8 MiB");
    if (!is_utf8(bytes)) return fail(Code::invalid, "expected UTF-8");
    CHECK(register_of.entries(register_id));
    Importer importer(register_of, register_id);
    CHECK(format == ClaimFormat::csv ? read_csv(importer, bytes) : read_json(importer, bytes));
    return std::move(importer.done);
}

}  // namespace tocsin::readiness
