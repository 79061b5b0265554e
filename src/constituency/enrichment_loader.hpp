#pragma once
#include "constituency/enrichment.hpp"

#include <string_view>
#include <unordered_map>

/// Private to the room: builds an EnrichmentTable out of tables, line by line.
namespace tocsin::constituency {

class EnrichmentLoader {
  public:
    /// What a table is read for: a country table must not change networks.
    enum class Purpose { networks, countries, names };

    Status read_file(std::filesystem::path const& file, Purpose purpose);
    /// Whole text; the last line may lack its end.
    void read_text(std::string_view text, Purpose purpose, TableReport& report);
    Status read_mmdb(std::filesystem::path const& file, Purpose purpose, TableReport& report);
    std::shared_ptr<EnrichmentTable const> finish();
    void keep(TableReport report) { reports_.push_back(std::move(report)); }

    void add_network(IpPrefix const& prefix, std::uint32_t asn, CountryCode country);
    void add_network_range(IpAddress first, IpAddress last, std::uint32_t asn, CountryCode country);
    void add_country_range(IpAddress first, IpAddress last, CountryCode country);
    void add_name(std::uint32_t asn, std::string_view name);

  private:
    Status read_lines(std::filesystem::path const& file, Purpose purpose, TableReport& report);
    void read_line(std::string_view line, Purpose purpose, TableReport& report);
    std::string read_delegated(std::string_view line);
    std::string read_pyasn(std::string_view line);
    std::string read_ranges(std::string_view line, Purpose purpose);
    std::string read_name(std::string_view line);
    std::uint32_t value_for(std::uint32_t asn, CountryCode country, std::uint8_t length);
    void flush_country();

    PrefixTableBuilder networks_, countries_;
    std::vector<NetworkFacts> facts_;
    std::unordered_map<std::uint64_t, std::uint32_t> places_;
    std::unordered_map<std::uint32_t, EnrichmentTable::Name> names_;
    std::string name_text_;
    std::vector<TableReport> reports_;
    struct Pending {
        IpAddress first, last;
        CountryCode country;
    };
    std::optional<Pending> pending_;  ///< countries of neighbours are joined before they are added
};

}  // namespace tocsin::constituency
