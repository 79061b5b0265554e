#pragma once
#include "constituency/directory.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What an organisation says is its own, with evidence, until the team has decided.
namespace tocsin::constituency {

struct ResourceClaim;
using ClaimId = Id<ResourceClaim>;

/// By what the claimant shows that it is theirs.
enum class Evidence {
    dns,           ///< a TXT record at _tocsin-claim.DOMAIN that holds the token
    security_txt,  ///< https://DOMAIN/.well-known/security.txt holds the token
    rir_mail,      ///< whoever the registry names got a link by mail and followed it
    explanation,   ///< words for a person of the team
};
std::string_view name_of(Evidence evidence);
std::optional<Evidence> evidence_named(std::string_view name);
/// Whether this evidence can be had for what is claimed: dns and security_txt are for domains, rir_mail for networks
/// and AS numbers.
bool fits(Evidence evidence, ResourceKind kind);

/// open -> approved | refused (by the team) | withdrawn (by the claimant). Nothing follows these.
enum class ClaimState { open, approved, refused, withdrawn };
std::string_view name_of(ClaimState state);
std::optional<ClaimState> claim_state_named(std::string_view name);

/// How the evidence stands.
enum class Proof {
    none,     ///< not looked at yet, or the evidence is words
    sent,     ///< a mail with a link is on its way
    found,    ///< it is there
    missing,  ///< it was looked for and is not there; `proof_text` says what was
};
std::string_view name_of(Proof proof);

/// What is done about another organisation that has exactly this.
enum class ConflictDecision {
    none,   ///< there is no such organisation
    share,  ///< both have it; the newest verified one is warned
    move,   ///< the other one loses it
};
std::string_view name_of(ConflictDecision decision);
std::optional<ConflictDecision> conflict_decision_named(std::string_view name);

struct NewClaim {
    OrganisationId organisation;
    ResourceKind kind = ResourceKind::domain;  ///< prefix, asn or domain
    std::string value;                         ///< canonical_value() is applied
    Evidence evidence = Evidence::explanation;
    std::string explanation;  ///< needed for Evidence::explanation; at most 4000 bytes
};

struct ResourceClaim {
    ClaimId id;
    OrganisationId organisation;
    std::string organisation_name;
    ResourceKind kind = ResourceKind::domain;
    std::string value;
    Evidence evidence = Evidence::explanation;
    std::string explanation;
    std::string token;  ///< "tocsin-claim=..." to be published; for dns and security_txt
    ClaimState state = ClaimState::open;
    Proof proof = Proof::none;
    std::string proof_text;  ///< what was found or not, in words
    std::optional<Timestamp> proof_at;
    std::string by;  ///< who claims: "account:3"
    Timestamp created;
    std::optional<Timestamp> decided;
    std::string decided_by;
    std::string reason;  ///< of the team, for the claimant to read
    ConflictDecision conflict = ConflictDecision::none;
    ResourceId resource;     ///< when approved
    ChangeSetId change_set;  ///< when approved: undo it, and the resource is as before
};

/// Somebody else who has what is claimed, or what it lies in, or a part of it.
struct ClaimConflict {
    enum class How { same, around, inside };
    How how = How::same;
    Resource resource;
    /// What the team decided about this value between these two before; none: nothing.
    std::optional<ConflictDecision> decided_before;
};
std::string_view name_of(ClaimConflict::How how);

/// Whom the registry names for a network or AS number.
struct RegisteredAddress {
    OrganisationId organisation;  ///< whose contact it is
    std::string email;
};

struct ClaimQuery {
    OrganisationId organisation = {};
    std::optional<ClaimState> state = {};
    std::size_t limit = 100;  ///< at most 1000
    std::int64_t before = 0;  ///< only numbers below; 0: from the newest
};

/// Safe from any thread. Every change is audited ("claim.open", "claim.approve", ...). Whoever is a constituent must be
/// an editor of the organisation itself, else Code::denied; what is not theirs is Code::not_found. Only the team
/// decides.
class Claims {
  public:
    static constexpr std::int64_t most_open = 30;              ///< of one organisation
    static constexpr std::int64_t most_a_day = 60;             ///< of one organisation
    static constexpr std::chrono::seconds between_checks{20};  ///< of one claim

    explicit Claims(Directory& directory) : directory_(directory) {}

    /// Errors: Code::invalid, naming the field; Code::conflict when it is theirs and verified already, or claimed
    /// already; Code::limit.
    Result<ResourceClaim> open(access::Principal const& by, NewClaim const& claim);
    Result<ResourceClaim> claim(ClaimId id);
    /// Code::not_found also when it is another organisation's.
    Result<ResourceClaim> claim_of(OrganisationId organisation, ClaimId id);
    /// The newest first.
    Result<std::vector<ResourceClaim>> claims(ClaimQuery const& query);
    Result<std::int64_t> count(ClaimQuery const& query);
    Status withdraw(access::Principal const& by, OrganisationId organisation, ClaimId id);

    /// Notes that the evidence is looked at now. Errors: Code::limit when that was tried a moment ago, Code::conflict
    /// when the claim is not open.
    Status begin_check(access::Principal const& by, ClaimId id);
    /// What came of it.
    Status note_proof(access::Principal const& by, ClaimId id, Proof proof, std::string_view text);
    /// Addresses that the registry's data names for what is claimed: of contacts that came by an import and were not
    /// touched since, of whoever has exactly this or what it lies in. Nobody of the claimant can have written them.
    Result<std::vector<RegisteredAddress>> registered_addresses(ResourceClaim const& claim);
    /// A fresh secret for the link in the mail; an older one is void. The ledger keeps its SHA-256 only.
    Result<std::string> mail_token(access::Principal const& by, ClaimId id);
    /// The open claim of that secret, for 14 days.
    Result<std::optional<ResourceClaim>> claim_of_mail(std::string_view token);

    Result<std::vector<ClaimConflict>> conflicts(ResourceClaim const& claim);
    /// Makes the resource verified, in one change set with what is moved. Errors: Code::conflict when somebody else has
    /// exactly this and `conflict` is none, or nobody has and it is not.
    Result<ResourceClaim> approve(access::Principal const& by, ClaimId id, ConflictDecision conflict,
                                  std::string_view reason);
    Result<ResourceClaim> refuse(access::Principal const& by, ClaimId id, std::string_view reason);

  private:
    Directory& directory_;
};

/// One object, as the API and the commands give it.
void append(JsonWriter& json, ResourceClaim const& claim);

}  // namespace tocsin::constituency
