#pragma once
#include "base/base.hpp"
#include "constituency/country.hpp"
#include "constituency/prefix_table.hpp"

#include <array>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What is known of an address offline: its network, AS number and name, country. What is known of a host name: its
/// public suffix.
namespace tocsin::constituency {

struct NetworkFacts {
    std::uint32_t asn = 0;    ///< 0: not known
    CountryCode country;      ///< from the country table if there is one, else from the AS table
    std::uint8_t length = 0;  ///< of 128 bits: the network is {masked(address, length), length}; 0: not known
};

/// A line of a table that was left out, and why.
struct BadLine {
    std::uint64_t line = 0;
    std::string reason;  ///< what was found and what was expected
    std::string text;    ///< the line, cut at 200 bytes
};

/// What came of reading one table.
struct TableReport {
    std::string file;
    std::string format;  ///< pyasn, iptoasn, mmdb, delegated, as-names
    std::uint64_t lines = 0;
    std::uint64_t entries = 0;  ///< lines or networks that were taken
    std::uint64_t bad = 0;
    std::vector<BadLine> bad_lines;  ///< the first 100
    double seconds = 0;
};

/// An immutable snapshot. Safe from any thread.
class EnrichmentTable {
  public:
    NetworkFacts facts_of(IpAddress address) const;
    /// Many at once, several times faster.
    void facts_of(std::span<IpAddress const> addresses, std::span<NetworkFacts> facts) const;
    /// "" if not known. Lives as long as the table.
    std::string_view as_name(std::uint32_t asn) const;

    std::span<TableReport const> reports() const { return reports_; }
    bool has_networks() const { return networks_.ranges() != 0; }
    bool has_countries() const { return has_countries_; }
    std::size_t bytes() const;

  private:
    friend class EnrichmentLoader;
    PrefixTable networks_;
    std::vector<NetworkFacts> network_facts_;
    PrefixTable countries_;  ///< values are CountryCode::index()
    bool has_countries_ = false;
    struct Name {
        std::uint32_t asn, offset, size;
    };
    std::vector<Name> names_;  ///< sorted by asn
    std::string name_text_;
    std::vector<TableReport> reports_;
};

/// Where the tables are. All may be empty or missing: then that fact is not known. Text may be gzipped.
struct EnrichmentFiles {
    /// pyasn ("192.0.2.0/24<TAB>64496", ";" starts a comment), iptoasn ("first<TAB>last<TAB>asn<TAB>country<TAB>name"),
    /// or a MaxMind file with autonomous_system_number.
    std::filesystem::path asn = {};
    /// A MaxMind file with country.iso_code, RIR delegated statistics, or iptoasn's country tables.
    std::filesystem::path country = {};
    /// pyasn's JSON {"64496": "NAME"} or lines "AS64496<space or TAB>NAME"; may be empty.
    std::filesystem::path as_names = {};
};

/// Reads the tables in bounded memory. Bad lines are left out and reported; a file that can't be opened, or none of
/// whose lines is good, is an error naming it.
Result<std::shared_ptr<EnrichmentTable const>> load_enrichment(EnrichmentFiles const& files);
/// The same from bytes; for tests and fuzzing. `name` is for messages.
Result<std::shared_ptr<EnrichmentTable const>> read_enrichment(std::string_view name, std::string_view bytes);

/// The public suffix of a host name ("co.uk") and the registered domain ("example.co.uk"), by the Public Suffix List
/// that libpsl has compiled in (Debian's publicsuffix). Views into `host`; empty if there is none. Lower case is
/// expected. Safe from any thread.
std::string_view public_suffix(std::string_view host);
std::string_view registered_domain(std::string_view host);

}  // namespace tocsin::constituency
