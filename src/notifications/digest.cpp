#include "notifications/digest.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace tocsin::notifications {
namespace {

constexpr char unit_separator = '\x1f';
constexpr std::size_t column_count = 19;

std::string cell(std::string_view text) {
    std::string out(text);
    for (auto& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return out;
}

void append(std::string& out, std::string_view text) {
    out += cell(text);
    out += unit_separator;
}

void append(std::string& out, std::optional<std::int64_t> const& number) {
    if (number) out += std::to_string(*number);
    out += unit_separator;
}

Line line_from(std::vector<std::string_view> const& cells) {
    auto const text = [&](std::size_t i) { return std::string(cells[i]); };
    auto const number = [&](std::size_t i) { return parse_int(cells[i]); };
    Line line;
    line.finding = text(0);
    line.is_reminder = cells[1] == "1";
    line.severity = text(2);
    line.feed = text(3);
    line.taxonomy = text(4);
    line.type = text(5);
    line.identifier = text(6);
    line.address = text(7);
    line.transport = text(8);
    line.domain = text(9);
    line.url = text(10);
    line.account = text(11);
    line.port = number(12);
    line.asn = number(13);
    line.first_seen = {number(14).value_or(0)};
    line.last_seen = {number(15).value_or(0)};
    line.times = number(16).value_or(0);
    line.tlp = text(17);
    line.returns = number(18).value_or(0);
    return line;
}

/// Addresses in their own order, not that of their text.
std::pair<std::uint64_t, std::uint64_t> address_key(std::string const& text) {
    auto const address = parse_ip(text);
    return address ? std::pair(address->high, address->low) : std::pair(std::uint64_t{0}, std::uint64_t{0});
}

}  // namespace

gate::Marking marking_of(Line const& line) {
    gate::Marking marking;  // who does not say gets AMBER
    if (auto const tlp = gate::parse_tlp(line.tlp)) marking.tlp = *tlp;
    return marking;
}

std::string packed(std::vector<Line> const& lines) {
    std::string out;
    out.reserve(lines.size() * 160);
    for (auto const& line : lines) {
        append(out, line.finding);
        append(out, line.is_reminder ? "1" : "0");
        for (auto const* const text : {&line.severity, &line.feed, &line.taxonomy, &line.type, &line.identifier,
                                       &line.address, &line.transport, &line.domain, &line.url, &line.account})
            append(out, *text);
        append(out, line.port);
        append(out, line.asn);
        append(out, line.first_seen.micros);
        append(out, line.last_seen.micros);
        append(out, line.times);
        append(out, line.tlp);
        append(out, line.returns);
        out.back() = '\n';
    }
    return out;
}

std::vector<Line> unpacked(std::string_view text, std::size_t most) {
    std::vector<Line> lines;
    while (!text.empty() && lines.size() < most) {
        auto const end = text.find('\n');
        auto const cells = split(text.substr(0, end), unit_separator);
        if (cells.size() == column_count) lines.push_back(line_from(cells));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

Line line_of(events::Finding const& finding, bool is_reminder) {
    Line line;
    line.finding = finding.id;
    line.is_reminder = is_reminder;
    line.severity = cell(finding.severity);
    line.feed = cell(finding.feed);
    line.taxonomy = cell(finding.taxonomy);
    line.type = cell(finding.type);
    line.identifier = cell(finding.identifier);
    if (finding.address) line.address = format_ip(*finding.address);
    line.transport = cell(finding.transport);
    line.domain = cell(finding.domain);
    line.url = cell(finding.url);
    line.account = cell(finding.account);
    if (finding.port) line.port = *finding.port;
    if (finding.asn) line.asn = *finding.asn;
    line.first_seen = finding.first_seen;
    line.last_seen = finding.last_seen;
    line.times = finding.times;
    line.tlp = cell(finding.tlp);
    line.returns = finding.returns;
    return line;
}

int severity_rank(std::string_view severity) {
    static constexpr std::array<std::string_view, 5> order{"critical", "high", "medium", "low", "info"};
    return static_cast<int>(std::ranges::find(order, severity) - order.begin());
}

void sort_lines(std::vector<Line>& lines) {
    // A group is shown where its most severe line stands; so groups come first by their own worst severity.
    std::map<std::string_view, int> worst;
    for (auto const& line : lines) {
        auto const rank = severity_rank(line.severity);
        auto const [at, is_new] = worst.emplace(line.identifier, rank);
        if (!is_new) at->second = std::min(at->second, rank);
    }
    std::vector<std::pair<std::tuple<int, std::string_view, int, std::pair<std::uint64_t, std::uint64_t>, std::int64_t>,
                          std::size_t>>
        order;
    order.reserve(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto const& line = lines[i];
        order.emplace_back(std::tuple(worst[line.identifier], std::string_view(line.identifier),
                                      severity_rank(line.severity), address_key(line.address), line.port.value_or(-1)),
                           i);
    }
    std::ranges::sort(order);
    std::vector<Line> sorted;
    sorted.reserve(lines.size());
    for (auto const& [key, i] : order) sorted.push_back(lines[i]);
    lines = std::move(sorted);
}

std::string csv_of(std::vector<Line> const& lines) {
    std::string out =
        "severity,class,type,identifier,address,port,transport,domain,url,account,asn,first_seen,last_seen,times,"
        "status,feed,tlp,finding\r\n";
    for (auto const& line : lines) {
        auto const add = [&](std::string_view text) {
            append_csv_cell(out, text);
            out += ',';
        };
        add(line.severity);
        add(line.taxonomy);
        add(line.type);
        add(line.identifier);
        add(line.address);
        add(line.port ? std::to_string(*line.port) : "");
        add(line.transport);
        add(line.domain);
        add(line.url);
        add(line.account);
        add(line.asn ? std::to_string(*line.asn) : "");
        add(format_timestamp(line.first_seen));
        add(format_timestamp(line.last_seen));
        add(std::to_string(line.times));
        add(line.is_reminder ? "still open" : line.returns > 0 ? "back again" : "new");
        add(line.feed);
        add(gate::label_of(marking_of(line).tlp));
        append_csv_cell(out, line.finding);
        out += "\r\n";
    }
    return out;
}

std::string file_name(std::string_view tlp, std::string_view what, Timestamp date, std::string_view end) {
    auto const mark = replaced(replaced(std::string(tlp), ":", "-"), "+", "-");
    return fmt::format("{}_{}_{}{}", mark, what, format_date(date), end);
}

std::string csv_name(std::string_view tlp, Timestamp date) {
    return file_name(tlp, "findings", date, ".csv");
}

}  // namespace tocsin::notifications

namespace tocsin::gate {

Particulars About<notifications::Digest>::of(notifications::Digest const& digest) {
    // The frame itself says nothing; the decision's marking becomes that of the strictest line that stays.
    return {.kind = "notification",
            .id = digest.message_id,
            .marking = {.tlp = Tlp::clear},
            .concerns = {digest.organisation}};
}

std::vector<Particulars> About<notifications::Digest>::parts(notifications::Digest const& digest) {
    std::vector<Particulars> parts;
    parts.reserve(digest.lines.size());
    for (auto const& line : digest.lines) {
        parts.push_back({.kind = "finding",
                         .id = line.finding,
                         .marking = notifications::marking_of(line),
                         .concerns = {digest.organisation}});
    }
    return parts;
}

notifications::Digest About<notifications::Digest>::without(notifications::Digest digest,
                                                            std::span<std::size_t const> gone) {
    std::vector<notifications::Line> kept;
    auto next = gone.begin();
    for (std::size_t i = 0; i < digest.lines.size(); ++i) {
        if (next != gone.end() && *next == i) {
            ++next;
        } else {
            kept.push_back(std::move(digest.lines[i]));
        }
    }
    digest.lines = std::move(kept);
    return digest;
}

}  // namespace tocsin::gate
