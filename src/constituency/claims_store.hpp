#pragma once
#include "constituency/claims.hpp"
#include "constituency/directory_store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Private to the room: all SQL of claims.
namespace tocsin::constituency::claim_rows {

using store::Transaction;

Result<ClaimId> insert(Transaction& tx, ResourceClaim const& claim);
Result<std::optional<ResourceClaim>> load(Transaction& tx, ClaimId id);
Result<std::vector<ResourceClaim>> list(Transaction& tx, ClaimQuery const& query);
Result<std::int64_t> count(Transaction& tx, ClaimQuery const& query);
/// How many that organisation made since then, in whatever state.
Result<std::int64_t> made_since(Transaction& tx, OrganisationId organisation, Timestamp since);
Result<bool> is_claimed(Transaction& tx, OrganisationId organisation, ResourceKind kind, std::string_view value);
/// Of an open claim. False: it is not open, or `since` was not before.
Result<bool> note_check(Transaction& tx, ClaimId id, Timestamp now, Timestamp not_since);
Status note_proof(Transaction& tx, ClaimId id, Proof proof, std::string_view text, Timestamp now);
Status set_mail(Transaction& tx, ClaimId id, std::string_view hash, Timestamp now);
Result<std::optional<ResourceClaim>> by_mail(Transaction& tx, std::string_view hash, Timestamp sent_after);
/// Only an open one. False: it is not open.
Result<bool> decide(Transaction& tx, ResourceClaim const& claim);
Status remember(Transaction& tx, ResourceClaim const& claim, OrganisationId holder, Timestamp now);
Result<std::optional<ConflictDecision>> remembered(Transaction& tx, ResourceClaim const& claim, OrganisationId holder);
/// Networks that lie in `prefix` and are not the same; at most `most`.
Result<std::vector<Resource>> networks_inside(Transaction& tx, IpPrefix const& prefix, std::size_t most);
/// Domains below `domain`; at most `most`.
Result<std::vector<Resource>> domains_below(Transaction& tx, std::string_view domain, std::size_t most);
/// Mail addresses of the organisation's contacts whose last change was an import.
Result<std::vector<std::string>> imported_addresses(Transaction& tx, OrganisationId organisation);

}  // namespace tocsin::constituency::claim_rows
