#include "constituency/enrichment.hpp"

#include "constituency/constituency.hpp"
#include "constituency/test_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace tocsin::constituency {
namespace {

using testing::HasSubstr;

struct EnrichmentTest : testing::Test {
    std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("tocsin-enrichment-" + to_hex(secret_bytes(6)));
    EnrichmentTest() { std::filesystem::create_directories(folder); }
    ~EnrichmentTest() override { std::filesystem::remove_all(folder); }

    std::filesystem::path file(std::string_view name, std::string_view bytes) const {
        auto const path = folder / name;
        EXPECT_TRUE(store::write_file(path, bytes));
        return path;
    }
};

NetworkFacts facts(EnrichmentTable const& table, std::string_view address) {
    auto const one = table.facts_of(*parse_ip(address));
    IpAddress const question[] = {*parse_ip(address)};
    NetworkFacts many[1];
    table.facts_of(question, many);
    EXPECT_EQ(one.asn, many[0].asn);
    EXPECT_EQ(one.country, many[0].country);
    EXPECT_EQ(one.length, many[0].length);
    return one;
}

TEST_F(EnrichmentTest, ReadsPyasnTables) {
    auto const table = load_enrichment(
        {.asn = file("a.dat",
                     "; IP-ASN32-DAT file\n; Original file : x\n192.0.2.0/24\t64496\n192.0.2.128/25\t64497\n"
                     "2001:db8::/32\t64498\nnonsense\t5\n198.51.100.0/24\tAS_SET\n"),
         .country = {},
         .as_names = file("names.json", "{\n    \"64496\": \"EXAMPLE-ONE, XA\",\n    \"64497\": \"TWO\"\n}\n")});
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(facts(**table, "192.0.2.1").asn, 64496U);
    EXPECT_EQ(facts(**table, "192.0.2.1").length, 120);
    EXPECT_EQ(facts(**table, "192.0.2.200").asn, 64497U);
    EXPECT_EQ(facts(**table, "2001:db8::1").asn, 64498U);
    EXPECT_EQ(facts(**table, "203.0.113.1").asn, 0U);
    EXPECT_EQ((*table)->as_name(64496), "EXAMPLE-ONE, XA");
    EXPECT_EQ((*table)->as_name(64499), "");
    auto const& report = (*table)->reports()[0];
    EXPECT_EQ(report.format, "pyasn");
    EXPECT_EQ(report.entries, 3U);
    ASSERT_EQ(report.bad_lines.size(), 2U);
    EXPECT_EQ(report.bad_lines[0].line, 6U);
    EXPECT_THAT(report.bad_lines[1].reason, HasSubstr("expected an AS number, found \"AS_SET\""));
}

TEST_F(EnrichmentTest, ReadsIptoasnTablesGzippedToo) {
    std::string_view const text =
        "192.0.2.0\t192.0.2.191\t64496\tXA\tEXAMPLE One\n192.0.2.192\t192.0.2.255\t0\tNone\tNot routed\n"
        "2001:db8::\t2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\t64497\tXB\tTWO\n3325256704\t3325256959\t64498\tXC\tU32\n";
    auto const path = folder / "ip2asn.tsv.gz";
    gzFile_s* const out = gzopen(path.c_str(), "wb");
    ASSERT_EQ(gzwrite(out, text.data(), static_cast<unsigned>(text.size())), static_cast<int>(text.size()));
    gzclose(out);
    auto const table = load_enrichment({.asn = path, .country = {}, .as_names = {}});
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(facts(**table, "192.0.2.190").asn, 64496U);
    EXPECT_EQ(facts(**table, "192.0.2.190").length, 122) << "192.0.2.128/26, the prefix of the range that holds it";
    EXPECT_EQ(facts(**table, "192.0.2.200").asn, 0U);
    EXPECT_EQ(facts(**table, "2001:db8::9").country.text(), "XB");
    EXPECT_EQ(facts(**table, "198.51.100.7").asn, 64498U);
    EXPECT_EQ((*table)->as_name(64496), "EXAMPLE One");
}

TEST_F(EnrichmentTest, CountriesComeFromDelegatedStatistics) {
    auto const table = load_enrichment({.asn = file("a.dat", "192.0.2.0/24\t64496\n"),
                                        .country = file("delegated",
                                                        "2|ripencc|20261123|3|19830705|20261122|+0100\n"
                                                        "ripencc|*|ipv4|*|2|summary\n"
                                                        "ripencc|XA|ipv4|192.0.2.0|384|20100101|allocated|abc\n"
                                                        "ripencc|XB|ipv6|2001:db8::|32|20100101|assigned|abd\n"
                                                        "ripencc||ipv4|198.51.100.0|256||available|\n"
                                                        "ripencc|XB|ipv4|203.0.113.0|0|20100101|assigned|abd\n"),
                                        .as_names = {}});
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(facts(**table, "192.0.2.1").country.text(), "XA");
    EXPECT_EQ(facts(**table, "192.0.2.1").asn, 64496U);
    EXPECT_EQ(facts(**table, "192.0.3.127").country.text(), "XA");
    EXPECT_FALSE(facts(**table, "192.0.3.128").country);
    EXPECT_EQ(facts(**table, "2001:db8::1").country.text(), "XB");
    EXPECT_EQ((*table)->reports()[1].bad, 1U);
    EXPECT_EQ((*table)->reports()[1].bad_lines[0].line, 6U);
}

/// Writes a MaxMind DB of version 6 with 24-bit records by the format's specification.
class MmdbWriter {
  public:
    void add(IpAddress address, int length, std::uint32_t data_offset) {
        std::size_t node = 0;
        for (int bit = 0; bit < length; ++bit) {
            auto const half = bit < 64 ? address.high : address.low;
            auto& slot = nodes_[node][(half >> (63 - (bit & 63))) & 1];
            if (bit + 1 == length) {
                slot = {false, data_offset};
            } else {
                if (!slot.is_node || slot.value == 0) {
                    slot = {true, nodes_.size()};
                    nodes_.emplace_back();
                }
                node = nodes_[node][(half >> (63 - (bit & 63))) & 1].value;
            }
        }
    }
    static std::string text(std::string_view t) {
        return std::string(1, static_cast<char>(0x40 | t.size())) + std::string(t);
    }
    static std::string number(std::uint32_t n) {
        return std::string("\xc4") + static_cast<char>(n >> 24) + static_cast<char>(n >> 16) +
               static_cast<char>(n >> 8) + static_cast<char>(n);
    }
    static std::string small(int n) { return std::string("\xa2") + static_cast<char>(n >> 8) + static_cast<char>(n); }
    static std::string map(int pairs) { return std::string(1, static_cast<char>(0xe0 | pairs)); }
    std::string bytes(std::string const& data) const {
        std::string out;
        for (auto const& node : nodes_)
            for (auto const& slot : node) {
                auto const count = nodes_.size();
                auto const value = slot.is_node ? (slot.value == 0 ? count : slot.value) : count + 16 + slot.value;
                out += static_cast<char>(value >> 16);
                out += static_cast<char>(value >> 8);
                out += static_cast<char>(value);
            }
        out += std::string(16, '\0') + data + "\xab\xcd\xefMaxMind.com" + map(9);
        auto const count = static_cast<std::uint32_t>(nodes_.size());
        out += text("node_count") + number(count) + text("record_size") + small(24) + text("ip_version") + small(6);
        out += text("binary_format_major_version") + small(2) + text("binary_format_minor_version") + small(0);
        out += text("build_epoch") + std::string("\x04\x02", 2) + std::string("\0\0\0\1", 4);
        out += text("database_type") + text("Test") + text("languages") + std::string("\x00\x04", 2);
        out += text("description") + map(0);
        return out;
    }

  private:
    struct Slot {
        bool is_node = true;
        std::size_t value = 0;
    };
    std::vector<std::array<Slot, 2>> nodes_ = std::vector<std::array<Slot, 2>>(1);
};

TEST_F(EnrichmentTest, ReadsMaxMindFiles) {
    std::string data = MmdbWriter::map(3);
    data += MmdbWriter::text("autonomous_system_number") + MmdbWriter::number(64496);
    data +=
        "\x5d\x02"
        "autonomous_system_organization" +
        MmdbWriter::text("EXAMPLE");
    data.replace(data.find("\x5d\x02"), 2, std::string("\x5d") + '\x01');
    data += MmdbWriter::text("country") + MmdbWriter::map(1) + MmdbWriter::text("iso_code") + MmdbWriter::text("XA");
    MmdbWriter writer;
    writer.add({0, 0xc000'0200}, 96 + 24, 0);
    writer.add({0x2001'0db8'0000'0000ULL, 0}, 32, 0);
    auto const path = file("a.mmdb", writer.bytes(data));
    auto const table = load_enrichment({.asn = path, .country = path, .as_names = {}});
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(facts(**table, "192.0.2.77").asn, 64496U);
    EXPECT_EQ(facts(**table, "192.0.2.77").length, 120);
    EXPECT_EQ(facts(**table, "192.0.2.77").country.text(), "XA");
    EXPECT_EQ(facts(**table, "192.0.3.0").asn, 0U);
    EXPECT_EQ(facts(**table, "2001:db8:5::1").asn, 64496U);
    EXPECT_EQ((*table)->as_name(64496), "EXAMPLE");
    auto const broken = file("b.mmdb", "no such file");
    EXPECT_EQ(load_enrichment({.asn = broken, .country = {}, .as_names = {}}).error().code, Code::invalid);
}

TEST_F(EnrichmentTest, AMissingOrUselessFileIsAnErrorThatNamesIt) {
    auto const missing = load_enrichment({.asn = folder / "none", .country = {}, .as_names = {}});
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message, HasSubstr((folder / "none").string()));
    auto const useless = load_enrichment({.asn = file("x", "hello world\n"), .country = {}, .as_names = {}});
    ASSERT_FALSE(useless);
    EXPECT_THAT(useless.error().message, HasSubstr("none of its 1 lines is good; line 1"));
}

TEST_F(EnrichmentTest, AChangedFileIsReadAgainAndABadOneIsNot) {
    TestLedger ledger;
    auto const path = file("a.dat", "192.0.2.0/24\t64496\n");
    Constituency room(*ledger.ledger, ledger.clock,
                      {.home = {}, .files = {.asn = path, .country = {}, .as_names = {}}});
    auto const ask = [&] { return facts(*room.enrichment(), "192.0.2.1").asn; };
    EXPECT_EQ(ask(), 64496U);
    file("a.dat", "192.0.2.0/24\t64497\n192.0.3.0/24\t1\n");
    EXPECT_EQ(ask(), 64496U) << "looked at every ten seconds";
    ledger.clock.set(ledger.clock.now() + std::chrono::seconds(11));
    EXPECT_EQ(ask(), 64497U);
    file("a.dat", "broken");
    ledger.clock.set(ledger.clock.now() + std::chrono::seconds(11));
    EXPECT_EQ(ask(), 64497U);
}

TEST(PublicSuffix, ComesFromThePublicSuffixList) {
    EXPECT_EQ(public_suffix("www.example.co.uk"), "co.uk");
    EXPECT_EQ(registered_domain("www.example.co.uk"), "example.co.uk");
    EXPECT_EQ(registered_domain("co.uk"), "");
    EXPECT_EQ(registered_domain(""), "");
}

}  // namespace
}  // namespace tocsin::constituency
