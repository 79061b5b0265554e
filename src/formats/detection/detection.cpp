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

struct Kind {
    Format format;
    WriteBody write;
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
    Kind{{"sigma", "application/yaml", ".yml", "# ", of_sigma}, write_sigma},
    Kind{{"snort3", text_plain, ".rules", "# ", of_the_wire}, write_snort3},
    Kind{{"squid", text_plain, ".conf", "# ", of_the_wire}, write_squid},
    Kind{{"suricata", text_plain, ".rules", "# ", of_suricata}, write_suricata},
    Kind{{"url-list", text_plain, ".txt", "# ", urls}, write_url_list},
    Kind{{"yara", text_plain, ".yar", "// ", of_yara}, write_yara},
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

Result<Written> write(Format const& format, Head const& head, std::span<Entry const> entries, Sink const& sink) {
    auto const kind = std::ranges::find(kinds, format.name, [](Kind const& one) { return one.format.name; });
    TOCSIN_ASSERT(kind != kinds.end());
    Output out(sink);
    auto const comment = [&](std::string_view text) { out.put(fmt::format("{}{}\n", format.comment, text)); };
    comment(plain(head.title));
    comment("Marking: " + plain(head.marking));
    for (auto const& note : head.notes) comment(plain(note));
    kind->write(entries, out);
    auto const written = out.written();
    comment(fmt::format("Entries: {}; without a form in this format: {}", written.entries, written.left_out));
    CHECK(out.finish());
    return written;
}

}  // namespace tocsin::formats::detection
