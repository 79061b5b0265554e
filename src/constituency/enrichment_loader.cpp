#include "constituency/enrichment_loader.hpp"

#include "constituency/delegated.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <zlib.h>

namespace tocsin::constituency {
namespace {

constexpr std::size_t piece = std::size_t{1} << 18;
constexpr std::size_t longest_line = std::size_t{1} << 16;
constexpr std::size_t bad_lines_kept = 100, bad_text_kept = 200;
constexpr std::uint64_t most_lines = 50'000'000;

/// Fields at tabs, or at spaces where there is no tab; at most `most`, the last takes the rest.
std::size_t cut_fields(std::string_view line, std::string_view* fields, std::size_t most) {
    char const separator = line.find('\t') != std::string_view::npos ? '\t' : ' ';
    std::size_t count = 0;
    while (count < most) {
        auto const at = count + 1 < most ? line.find(separator) : std::string_view::npos;
        fields[count++] = trimmed(line.substr(0, at));
        if (at == std::string_view::npos) break;
        line.remove_prefix(at + 1);
        if (separator == ' ') line = trimmed(line);
    }
    return count;
}

/// An address, or an IPv4 address as a whole number (iptoasn's u32 tables).
std::optional<IpAddress> parse_bound(std::string_view text) {
    if (auto const address = parse_ip(text)) return address;
    auto const number = parse_int(text);
    if (!number || *number < 0 || *number > 0xffff'ffffLL) return std::nullopt;
    return IpAddress::v4(static_cast<std::uint32_t>(*number));
}

std::optional<std::uint32_t> parse_asn(std::string_view text) {
    if (text.size() > 2 && equal_ignoring_case(text.substr(0, 2), "AS")) text.remove_prefix(2);
    auto const number = parse_int(text);
    if (!number || *number < 0 || *number > 0xffff'ffffLL) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

void keep_bad(TableReport& report, std::uint64_t line, std::string_view text, std::string reason) {
    ++report.bad;
    if (report.bad_lines.size() < bad_lines_kept)
        report.bad_lines.push_back({line, std::move(reason), repaired_utf8(text.substr(0, bad_text_kept))});
}

std::string expected(std::string_view what, std::string_view found) {
    return fmt::format("expected {}, found \"{}\"", what, repaired_utf8(found.substr(0, 60)));
}

bool is_mmdb(std::filesystem::path const& file) {
    return file.extension() == ".mmdb";
}

struct GzipCloser {
    void operator()(gzFile_s* file) const { gzclose(file); }
};

}  // namespace

void EnrichmentLoader::add_network(IpPrefix const& prefix, std::uint32_t asn, CountryCode country) {
    networks_.add(prefix, value_for(asn, country, prefix.length));
}

void EnrichmentLoader::add_network_range(IpAddress first, IpAddress last, std::uint32_t asn, CountryCode country) {
    networks_.add_range(first, last, [&](std::uint8_t length) { return value_for(asn, country, length); });
}

void EnrichmentLoader::add_country_range(IpAddress first, IpAddress last, CountryCode country) {
    if (pending_ && pending_->country == country && pending_->last < first && pending_->last.high == first.high &&
        pending_->last.low + 1 == first.low && pending_->last.is_v4() == first.is_v4()) {
        pending_->last = last;
        return;
    }
    flush_country();
    pending_ = {first, last, country};
}

void EnrichmentLoader::flush_country() {
    if (!pending_) return;
    countries_.add_range(pending_->first, pending_->last,
                         [&](std::uint8_t) { return static_cast<std::uint32_t>(pending_->country.index()); });
    pending_.reset();
}

void EnrichmentLoader::add_name(std::uint32_t asn, std::string_view name) {
    constexpr std::size_t greatest_name = 200, greatest_text = std::size_t{64} << 20;
    name = name.substr(0, greatest_name);
    if (name.empty() || name_text_.size() > greatest_text || names_.contains(asn)) return;
    std::string const clean = is_utf8(name) ? std::string() : repaired_utf8(name);
    if (!clean.empty()) name = clean;
    names_[asn] = {asn, static_cast<std::uint32_t>(name_text_.size()), static_cast<std::uint32_t>(name.size())};
    name_text_ += name;
}

std::uint32_t EnrichmentLoader::value_for(std::uint32_t asn, CountryCode country, std::uint8_t length) {
    auto const key = (std::uint64_t{asn} << 32) | (std::uint64_t{country.index()} << 8) | length;
    auto const [place, is_new] = places_.try_emplace(key, static_cast<std::uint32_t>(facts_.size()));
    if (is_new) facts_.push_back({asn, country, length});
    return place->second;
}

std::string EnrichmentLoader::read_delegated(std::string_view line) {
    auto const read = read_delegated_line(line);
    if (auto const* fault = std::get_if<DelegatedFault>(&read)) return fault->field + ": " + fault->expected;
    auto const* record = std::get_if<DelegatedRecord>(&read);
    if (record == nullptr || !record->is_held() || record->type == DelegatedRecord::Type::asn) return {};
    if (auto const country = parse_country(record->country)) add_country_range(record->first, record->last, *country);
    return {};
}

std::string EnrichmentLoader::read_pyasn(std::string_view line) {
    std::string_view fields[2];
    if (cut_fields(line, fields, 2) != 2) return expected("a prefix, a tab and an AS number", line);
    auto const prefix = parse_prefix(fields[0], true);
    if (!prefix) return expected("a prefix like 192.0.2.0/24", fields[0]);
    auto const asn = parse_asn(fields[1]);
    if (!asn) return expected("an AS number", fields[1]);
    add_network(*prefix, *asn, {});
    return {};
}

std::string EnrichmentLoader::read_ranges(std::string_view line, Purpose purpose) {
    std::string_view fields[5];
    auto const count = cut_fields(line, fields, 5);
    if (count < 3) return expected("first address, last address, AS number, country, name", line);
    auto const first = parse_bound(fields[0]);
    if (!first) return expected("the first address", fields[0]);
    auto const last = parse_bound(fields[1]);
    if (!last || *last < *first || last->is_v4() != first->is_v4()) return expected("the last address", fields[1]);
    bool const is_country_table = count == 3;
    auto const asn = is_country_table ? std::optional<std::uint32_t>(0) : parse_asn(fields[2]);
    if (!asn) return expected("an AS number", fields[2]);
    auto const country_text = fields[is_country_table ? 2 : 3];
    auto const country = parse_country(country_text);
    if (!country && country_text != "None" && country_text != "Unknown" && !country_text.empty() && country_text != "-")
        return expected("two letters for the country", country_text);
    if (country && (is_country_table || purpose == Purpose::countries)) add_country_range(*first, *last, *country);
    if (is_country_table || purpose == Purpose::countries || *asn == 0) return {};
    add_network_range(*first, *last, *asn, country.value_or(CountryCode()));
    if (count == 5) add_name(*asn, fields[4]);
    return {};
}

/// "AS64496 NAME", "64496<TAB>NAME", or a line of pyasn's JSON: "64496": "NAME",
std::string EnrichmentLoader::read_name(std::string_view line) {
    if (line == "{" || line == "}") return {};
    if (line.front() == '"') {
        auto const end = line.find('"', 1);
        auto const open = end == std::string_view::npos ? end : line.find('"', end + 1);
        auto const close = line.rfind('"');
        if (open == std::string_view::npos || close <= open) return expected("\"AS number\": \"name\"", line);
        auto const asn = parse_asn(line.substr(1, end - 1));
        if (!asn) return expected("an AS number", line.substr(1, end - 1));
        add_name(*asn, line.substr(open + 1, close - open - 1));
        return {};
    }
    std::string_view fields[2];
    if (cut_fields(line, fields, 2) != 2) return expected("an AS number and a name", line);
    auto const asn = parse_asn(fields[0]);
    if (!asn) return expected("an AS number", fields[0]);
    add_name(*asn, fields[1]);
    return {};
}

void EnrichmentLoader::read_line(std::string_view line, Purpose purpose, TableReport& report) {
    auto const text = trimmed(line);
    if (text.empty() || text.front() == ';' || text.front() == '#') return;
    auto const first_end = text.find_first_of("\t ");
    bool const is_delegated = text.find('|') < first_end;
    std::string fault;
    if (purpose == Purpose::names) {
        if (report.format.empty()) report.format = "as-names";
        fault = read_name(text);
    } else if (is_delegated) {
        if (report.format.empty()) report.format = "delegated";
        fault = read_delegated(text);
    } else if (text.substr(0, first_end).find('/') != std::string_view::npos) {
        if (report.format.empty()) report.format = "pyasn";
        fault = purpose == Purpose::countries ? expected("a table with countries", "a pyasn table") : read_pyasn(text);
    } else {
        if (report.format.empty()) report.format = "iptoasn";
        fault = read_ranges(text, purpose);
    }
    if (fault.empty())
        ++report.entries;
    else
        keep_bad(report, report.lines, text, std::move(fault));
}

void EnrichmentLoader::read_text(std::string_view text, Purpose purpose, TableReport& report) {
    while (!text.empty() && report.lines < most_lines) {
        auto const end = text.find('\n');
        ++report.lines;
        auto const line = text.substr(0, end);
        if (line.size() > longest_line) {
            keep_bad(report, report.lines, line, fmt::format("expected at most {} bytes in a line", longest_line));
        } else {
            read_line(line, purpose, report);
        }
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
}

Status EnrichmentLoader::read_lines(std::filesystem::path const& file, Purpose purpose, TableReport& report) {
    std::unique_ptr<gzFile_s, GzipCloser> const input(gzopen(file.c_str(), "rbe"));
    if (!input)
        return fail(Code::io, fmt::format("{} can't be read: {}; check [enrichment] in the configuration",
                                          file.string(), std::strerror(errno)));
    std::string buffer(piece, '\0');
    std::size_t kept = 0;  // bytes of a line that is not whole yet
    while (true) {
        int const got = gzread(input.get(), buffer.data() + kept, static_cast<unsigned>(buffer.size() - kept));
        if (got < 0) {
            int code = 0;
            return fail(Code::invalid, fmt::format("{}: broken after line {}: {}", file.string(), report.lines,
                                                   gzerror(input.get(), &code)));
        }
        std::string_view const have(buffer.data(), kept + static_cast<std::size_t>(got));
        auto const end = have.rfind('\n');
        if (got == 0 || (end == std::string_view::npos && have.size() == buffer.size())) {
            read_text(have, purpose, report);
            kept = 0;
            if (got == 0) break;
            continue;
        }
        auto const whole = end == std::string_view::npos ? 0 : end + 1;
        read_text(have.substr(0, whole), purpose, report);
        kept = have.size() - whole;
        std::memmove(buffer.data(), buffer.data() + whole, kept);
    }
    return {};
}

Status EnrichmentLoader::read_file(std::filesystem::path const& file, Purpose purpose) {
    auto const start = std::chrono::steady_clock::now();
    TableReport report;
    report.file = file.string();
    CHECK(is_mmdb(file) ? read_mmdb(file, purpose, report) : read_lines(file, purpose, report));
    flush_country();
    if (report.entries == 0 && report.bad != 0)
        return fail(Code::invalid, fmt::format("{}: none of its {} lines is good; line {}: {}", report.file, report.bad,
                                               report.bad_lines[0].line, report.bad_lines[0].reason));
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    reports_.push_back(std::move(report));
    return {};
}

std::shared_ptr<EnrichmentTable const> EnrichmentLoader::finish() {
    flush_country();
    auto table = std::make_shared<EnrichmentTable>();
    table->has_countries_ = countries_.size() != 0;
    std::unordered_map<std::uint64_t, std::uint32_t>().swap(places_);
    table->networks_ = networks_.build();
    table->countries_ = countries_.build();
    facts_.shrink_to_fit();
    table->network_facts_ = std::move(facts_);
    table->names_.reserve(names_.size());
    for (auto const& [asn, name] : names_) table->names_.push_back(name);
    std::ranges::sort(table->names_, {}, &EnrichmentTable::Name::asn);
    name_text_.shrink_to_fit();
    table->name_text_ = std::move(name_text_);
    table->reports_ = std::move(reports_);
    return table;
}

}  // namespace tocsin::constituency
