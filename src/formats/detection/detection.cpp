#include "formats/detection/detection.hpp"

#include "formats/charset.hpp"
#include "formats/detection/writer.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <tuple>

namespace tocsin::formats::detection {
namespace {

constexpr std::string_view text_plain = "text/plain; charset=utf-8";

constexpr std::size_t longest_own = std::size_t{64} << 10, most_reasons = 50;

struct Kind {
    Format format;
    WriteBody write;
    CheckOwn check_own = nullptr;
};

constexpr std::array domains{ObservableKind::domain};
constexpr std::array addresses{ObservableKind::ip};
constexpr std::array urls{ObservableKind::url};
constexpr std::array names_and_addresses{ObservableKind::ip, ObservableKind::domain};
constexpr std::array of_the_wire{ObservableKind::ip, ObservableKind::domain, ObservableKind::url};
constexpr std::array of_suricata{ObservableKind::ip, ObservableKind::domain, ObservableKind::url,
                                 ObservableKind::user_agent};
constexpr std::array of_sigma{ObservableKind::ip,         ObservableKind::domain, ObservableKind::url,
                              ObservableKind::user_agent, ObservableKind::md5,    ObservableKind::sha1,
                              ObservableKind::sha256,     ObservableKind::imphash};
constexpr std::array of_yara{ObservableKind::md5, ObservableKind::sha1, ObservableKind::sha256};
constexpr std::array hashes{ObservableKind::md5,    ObservableKind::sha1,   ObservableKind::sha224,
                            ObservableKind::sha256, ObservableKind::sha384, ObservableKind::sha512};
/// Empty: all of them.
constexpr std::span<ObservableKind const> all_kinds;

constexpr std::array kinds{
    Kind{{"csv", "text/csv; charset=utf-8", ".csv", "# ", all_kinds}, write_csv},
    Kind{{"domain-list", text_plain, ".txt", "# ", domains}, write_domain_list},
    Kind{{"hash-list", text_plain, ".txt", "# ", hashes}, write_hash_list},
    Kind{{"hosts", text_plain, ".hosts", "# ", domains}, write_hosts},
    Kind{{"ip-list", text_plain, ".txt", "# ", addresses}, write_ip_list},
    Kind{{"nftables", text_plain, ".nft", "# ", addresses}, write_nftables},
    Kind{{"rpz", "text/dns; charset=utf-8", ".zone", "; ", names_and_addresses}, write_rpz},
    Kind{{"sigma", "application/yaml", ".yml", "# ", of_sigma, "sigma"}, write_sigma, own_sigma},
    Kind{{"snort3", text_plain, ".rules", "# ", of_the_wire, "snort"}, write_snort3, own_snort},
    Kind{{"squid", text_plain, ".conf", "# ", of_the_wire}, write_squid},
    Kind{{"suricata", text_plain, ".rules", "# ", of_suricata, "suricata"}, write_suricata, own_suricata},
    Kind{{"url-list", text_plain, ".txt", "# ", urls}, write_url_list},
    Kind{{"yara", text_plain, ".yar", "// ", of_yara, "yara"}, write_yara, own_yara},
};

constexpr auto format_table = [] {
    std::array<Format, kinds.size()> table{};
    for (std::size_t i = 0; i < kinds.size(); ++i) table[i] = kinds[i].format;
    return table;
}();

}  // namespace

bool Format::takes(ObservableKind kind) const {
    return kinds.empty() || std::ranges::find(kinds, kind) != kinds.end();
}

std::span<Format const> formats() {
    return format_table;
}

Format const* format_named(std::string_view name) {
    auto const found = std::ranges::find(format_table, name, &Format::name);
    return found == format_table.end() ? nullptr : &*found;
}

void put_in_order(std::vector<Entry>& entries) {
    std::ranges::sort(entries, [](Entry const& a, Entry const& b) {
        return std::tie(a.observable, b.confidence, a.id) < std::tie(b.observable, a.confidence, b.id);
    });
    auto const doubles = std::ranges::unique(entries, {}, &Entry::observable);
    entries.erase(doubles.begin(), doubles.end());
}

namespace {

/// Line ends of any system become ours; other control characters have no place in a rule.
Result<std::string> own_text(std::string_view text) {
    if (text.size() > longest_own) return fail(Code::invalid, fmt::format("longer than {} bytes", longest_own));
    if (!is_utf8(text)) return fail(Code::invalid, "not UTF-8");
    auto plain = replaced(replaced(std::string(text), "\r\n", "\n"), "\r", "\n");
    auto const is_wrong = [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 0x7f; };
    if (std::ranges::any_of(plain, is_wrong)) return fail(Code::invalid, "control characters");
    for (std::string_view const unseen : {"\u2028", "\u2029", "\u0085", "\u202e", "\ufeff"})
        if (plain.contains(unseen)) return fail(Code::invalid, "line ends or controls of Unicode");
    return plain;
}

void write_own(CheckOwn check, std::span<OwnRule const> rules, Output& out, Written& written) {
    OwnNames names{.numbers = out.numbers()};
    for (auto const& rule : rules) {
        auto text = own_text(rule.text);
        auto const checked = text ? check({rule.id, *std::move(text)}, names) : text;
        if (!checked) {
            written.own_left_out.emplace_back(rule.id, checked.error().message);
            continue;
        }
        out.put(*checked);
        ++written.own_rules;
    }
}

}  // namespace

Result<Written> write(Format const& format, Head const& head, std::span<Entry const> entries, Sink const& sink,
                      std::span<OwnRule const> own_rules) {
    auto const kind = std::ranges::find(kinds, format.name, [](Kind const& one) { return one.format.name; });
    TOCSIN_ASSERT(kind != kinds.end());
    Output out(sink);
    auto const comment = [&](std::string_view text) { out.put(fmt::format("{}{}\n", format.comment, text)); };
    comment(plain(head.title));
    comment("Marking: " + plain(head.marking));
    for (auto const& note : head.notes) comment(plain(note));
    kind->write(entries, out);
    auto written = out.written();
    if (kind->check_own != nullptr) write_own(kind->check_own, own_rules, out, written);
    comment(fmt::format("Entries: {}; without a form in this format: {}", written.entries, written.left_out));
    if (!own_rules.empty())
        comment(
            fmt::format("Own rules of indicators: {}; left out: {}", written.own_rules, written.own_left_out.size()));
    for (std::size_t i = 0; i < std::min(most_reasons, written.own_left_out.size()); ++i) {
        auto const& [id, reason] = written.own_left_out[i];
        comment(fmt::format("Left out: {}: {}", plain(id), plain(reason)));
    }
    CHECK(out.finish());
    return written;
}

}  // namespace tocsin::formats::detection
