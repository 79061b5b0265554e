#pragma once
#include "formats/observable.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::formats {

struct ExtractOptions {
    /// Whether a host (A-labels in lower case) ends with a public suffix that is listed, and is more than it. Decides
    /// between a domain and a word with a dot in it. Not set: every top-level label of letters counts.
    std::function<bool(std::string_view host)> has_public_suffix;
    std::size_t bytes = std::size_t{64} << 20;  ///< what stands behind is not read and counted in `bytes_left_out`
    std::size_t found = 200'000;                ///< different indicators; more are counted in `left_out`
    std::size_t context_bytes = 240;
    std::size_t rule_bytes = std::size_t{64} << 10;  ///< of one embedded rule
    std::size_t rules = 10'000;
};

/// One indicator of a text, with all places where it stands counted.
struct Found {
    Observable observable;   ///< normalised
    std::size_t offset = 0;  ///< of the first place, in bytes of the text
    std::size_t length = 0;
    std::string as_written;    ///< the text there
    std::string context;       ///< the line around it, cut to `context_bytes`
    std::uint32_t count = 0;   ///< places
    std::uint16_t port = 0;    ///< written behind it the first time; 0: none
    bool is_defanged = false;  ///< at some place it was written so that it cannot be clicked ("hxxp", "[.]")
};

/// An identifier of MITRE ATT&CK: technique, tactic, group, software, mitigation, campaign, data source.
struct AttackId {
    std::string id;
    std::size_t offset = 0;
    std::uint32_t count = 0;
};

struct EmbeddedRule {
    enum class Language : std::uint8_t { yara, sigma, suricata };  ///< Snort's form is Suricata's
    Language language;
    std::string name;  ///< of the rule, its title or its message
    std::size_t offset = 0;
    std::size_t length = 0;
};

struct Extraction {
    std::vector<Found> found;  ///< in the order of their first places
    std::vector<AttackId> attack_ids;
    std::vector<EmbeddedRule> rules;  ///< what stands within a rule is not looked at for itself
    std::size_t left_out = 0;
    std::size_t bytes_left_out = 0;
};

/// Finds the indicators in a text as people write it.
///
/// Addresses and networks of both families (also "first-last", as two), domains, URLs (also without a scheme when a
/// path follows; they get "http://"), e-mail addresses, MD5, SHA-1, SHA-256, SHA-512, TLSH, ssdeep, CVE, AS numbers,
/// MAC addresses, registry keys, names of files that run, Bitcoin addresses (checksum proved), ATT&CK identifiers, and
/// YARA, Sigma and Suricata rules. Undoes the usual ways to make them harmless: hxxp, [.] (.) {.} [dot], [:], [/], [@],
/// [at], half brackets, spaces around, "\.", zero width characters.
///
/// An address behind "version" is taken for a version, a two-part name like "run.sh" for a file, "System.IO" for code.
/// The text is UTF-8 (other bytes end a word). Time is linear in the text, memory in what is found. Safe from any
/// thread when `has_public_suffix` is.
Extraction extract(std::string_view text, ExtractOptions const& options = {});

/// The one indicator that a value is, however defanged; nothing when it is none or more than one. For cells of tables.
std::optional<Found> recognised(std::string_view value, ExtractOptions const& options = {});

}  // namespace tocsin::formats
