#pragma once
#include "constituency/directory.hpp"
#include "constituency/prefix_table.hpp"

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tocsin::constituency {

/// By what a thing was found to be somebody's.
enum class By : std::uint8_t { nothing, prefix, asn, domain, country };
std::string_view name_of(By by);
/// Whose work it is: ours, or another country's (handed to its national CIRT, in a lane of its own).
enum class Lane : std::uint8_t { home, abroad };
std::string_view name_of(Lane lane);

/// What is known of the thing whose owner is asked for. Any part may be missing.
struct OwnerQuery {
    IpAddress address = {};        ///< none(): not known
    std::uint32_t asn = 0;         ///< 0: not known
    std::string_view domain = {};  ///< host name, lower case, no dot at the end
    CountryCode country = {};
};

/// The answer in 16 bytes. No organisation: nobody's (the queue of events without an owner).
struct Ownership {
    OrganisationId organisation;
    By by = By::nothing;
    Lane lane = Lane::home;   ///< abroad also without an organisation: that country's CIRT is not known
    std::uint8_t length = 0;  ///< by prefix: its length of 128 bits, so the prefix is {masked(address, length),
                              ///< length}; by domain: of the matching suffix in bytes
    bool verified = false;

    explicit operator bool() const { return bool(organisation); }
};

/// The same with words.
struct Claim {
    Ownership owner;
    std::string name;                   ///< of the organisation
    std::string matched;                ///< "192.0.2.0/24", "AS64496", "example.org", "XA"
    std::vector<OrganisationId> chain;  ///< the organisation, then its parents, nearest first
};

/// Whose is this address? An immutable snapshot of the directory at one moment.
///
/// The longest prefix wins, then the ASN, then the longest domain suffix, then the country. Among equal claims a
/// verified one before one that is only claimed, then the one that is valid from later, then the one entered later.
/// Claims outside their dates do not count. A country other than ours goes to whoever holds it as a resource, else to
/// the national CIRT that has it as its country: in the lane `abroad`.
/// Measured: see owner_bench.cpp. Safe from any thread; an unknown address is a normal answer.
class OwnerTable {
  public:
    /// Builds from the ledger as of `now`. `home` is the country of the constituency; unset: nothing is abroad.
    static Result<std::shared_ptr<OwnerTable const>> load(store::Ledger& ledger, CountryCode home, Timestamp now);

    Ownership owner_of(OwnerQuery const& query) const;
    /// Many at once (ingest): same answers, several times faster.
    void owners_of(std::span<OwnerQuery const> queries, std::span<Ownership> owners) const;
    std::optional<Claim> claim_of(OwnerQuery const& query) const;
    /// The claim's value in words: "192.0.2.0/24", "AS64496", "example.org", "XA".
    static std::string matched(OwnerQuery const& query, Ownership const& owner);

    /// The organisation, then its parents, nearest first (at most 16).
    std::vector<OrganisationId> chain(OrganisationId organisation) const;
    std::string_view name_of_organisation(OrganisationId organisation) const;

    /// When a claim next starts or ends: the snapshot is stale then.
    std::optional<Timestamp> valid_until() const { return valid_until_; }
    std::size_t prefixes() const { return prefixes_; }
    std::size_t bytes() const;
    CountryCode home() const { return home_; }

  private:
    friend class OwnerTableBuilder;
    struct Node {
        OrganisationId parent;
        std::string name;
    };
    Ownership by_name_or_country(OwnerQuery const& query) const;
    Ownership beyond_prefix(OwnerQuery const& query, std::uint32_t value) const;

    PrefixTable table_;
    std::vector<Ownership> answers_;  ///< what the prefix table's values mean: one for each organisation and length
    std::unordered_map<std::uint32_t, Ownership> asns_;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, Ownership, Hash, std::equal_to<>> domains_;
    std::array<Ownership, CountryCode::count> countries_{};
    std::unordered_map<OrganisationId, Node> organisations_;
    CountryCode home_;
    std::optional<Timestamp> valid_until_;
    std::size_t prefixes_ = 0;
};

/// For what has claims without a ledger: tests, benchmarks.
class OwnerTableBuilder {
  public:
    struct Entry {
        OrganisationId organisation = {};
        ResourceKind kind = ResourceKind::prefix;
        std::string_view value = {};  ///< canonical
        bool verified = false;
        std::optional<Timestamp> from = {}, to = {};
        std::int64_t order = 0;  ///< the later entered has the higher
    };
    OwnerTableBuilder(CountryCode home, Timestamp now) : home_(home), now_(now) {}
    void add_organisation(OrganisationId id, std::string_view name, OrganisationId parent, OrganisationKind kind,
                          CountryCode country);
    /// Values that are not canonical are left out (they can't be in the ledger).
    void add(Entry const& entry);
    std::shared_ptr<OwnerTable const> build();

  private:
    struct Standing {
        bool verified;
        std::int64_t from;
        std::int64_t order;
        friend auto operator<=>(Standing const&, Standing const&) = default;
    };
    struct PrefixClaim {
        IpPrefix prefix;
        std::uint32_t value;
        Standing standing;
    };
    struct NamedClaim {
        Ownership owner;
        Standing standing;
    };
    template <class Map, class Key>
    void offer(Map& map, Key const& key, Ownership const& owner, Standing const& standing);
    bool is_valid_now(Entry const& entry);
    Ownership placed(OrganisationId organisation, By by, bool verified) const;
    std::uint32_t value_for(Entry const& entry, std::uint8_t length);

    CountryCode home_;
    Timestamp now_;
    std::vector<PrefixClaim> prefixes_;
    std::unordered_map<std::uint32_t, NamedClaim> asns_;
    std::unordered_map<std::string, NamedClaim, OwnerTable::Hash, std::equal_to<>> domains_;
    std::unordered_map<std::size_t, NamedClaim> countries_;
    std::unordered_map<std::size_t, OrganisationId> national_cirts_;
    std::unordered_map<OrganisationId, OwnerTable::Node> organisations_;
    std::unordered_set<OrganisationId> abroad_;
    std::vector<Ownership> answers_;
    std::unordered_map<std::uint64_t, std::uint32_t> answer_places_;
    std::optional<Timestamp> valid_until_;
};

/// The suppressions in force, ready to be asked for each finding.
class SuppressionTable {
  public:
    static Result<std::shared_ptr<SuppressionTable const>> load(store::Ledger& ledger);
    struct Question {
        IpAddress address;
        OrganisationId organisation;
        std::string_view feed, identifier;
        Timestamp now;
    };
    /// The suppression that keeps it quiet, or none.
    std::optional<SuppressionId> match(Question const& question) const;
    bool empty() const { return entries_.empty(); }

  private:
    struct Entry {
        SuppressionId id;
        std::optional<IpPrefix> network;
        OrganisationId organisation;
        std::string feed, identifier;
        std::optional<Timestamp> until;
    };
    std::vector<Entry> entries_;
};

}  // namespace tocsin::constituency
