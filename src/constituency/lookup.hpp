#pragma once
#include "constituency/directory.hpp"
#include "constituency/enrichment.hpp"
#include "constituency/owner_table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::constituency {

/// How a question was read.
enum class LookupKind { address, prefix, domain, url, asn };
std::string_view name_of(LookupKind kind);

struct LookupQuestion {
    LookupKind kind = LookupKind::address;
    IpPrefix network;    ///< address and prefix, and a URL whose host is an address
    std::string domain;  ///< domain and URL
    std::uint32_t asn = 0;
};
/// "192.0.2.7", "2001:db8::/32", "AS64496", "www.example.org", "https://example.org/x". Errors: Code::invalid.
Result<LookupQuestion> read_question(std::string_view text);

/// One claim that was weighed.
struct LookupStep {
    Resource resource;
    bool wins = false;
    std::string why;  ///< "longest prefix", "shorter than 192.0.2.0/24", "ended 2026-01-01", ...
};

struct LookupAnswer {
    std::string question;
    LookupKind kind = LookupKind::address;
    Ownership owner;
    std::string reason;               ///< in words, also when there is no owner
    std::vector<Organisation> chain;  ///< the owner, then its parents
    std::vector<LookupStep> steps;    ///< every claim that was weighed, in order of weight
    NetworkFacts facts;
    std::string network, as_name, public_suffix, registered_domain;
    Recipients recipients;
};

/// Whose it is, why, and whom to write to. Milliseconds.
Result<LookupAnswer> look_up(Directory& directory, OwnerTable const& owners, EnrichmentTable const& facts,
                             std::string_view question);

}  // namespace tocsin::constituency
