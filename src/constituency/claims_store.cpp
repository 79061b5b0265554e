#include "constituency/claims_store.hpp"

#include <algorithm>

namespace tocsin::constituency::claim_rows {
namespace {

using store::Bind;
using store::Row;

constexpr std::string_view selected =
    "SELECT c.id, c.organisation, COALESCE(o.name, ''), c.kind, c.value, c.evidence, c.explanation, c.token, c.state, "
    "c.proof, c.proof_text, c.proof_at, c.by_who, c.created, c.decided, c.decided_by, c.reason, c.conflict, "
    "c.resource, c.change_set FROM resource_claim c LEFT JOIN organisation o ON o.id = c.organisation ";
constexpr std::int64_t greatest_page = 1000;

Proof proof_named(std::string_view name) {
    for (auto const proof : {Proof::sent, Proof::found, Proof::missing})
        if (name == name_of(proof)) return proof;
    return Proof::none;
}

ResourceClaim read(Row const& row) {
    return {.id = row.id<ResourceClaim>(0),
            .organisation = row.id<Organisation>(1),
            .organisation_name = row.string(2),
            .kind = resource_kind(row.text(3)).value_or(ResourceKind::domain),
            .value = row.string(4),
            .evidence = evidence_named(row.text(5)).value_or(Evidence::explanation),
            .explanation = row.string(6),
            .token = row.string(7),
            .state = claim_state_named(row.text(8)).value_or(ClaimState::open),
            .proof = proof_named(row.text(9)),
            .proof_text = row.string(10),
            .proof_at = row.time_if(11),
            .by = row.string(12),
            .created = row.time(13),
            .decided = row.time_if(14),
            .decided_by = row.string(15),
            .reason = row.string(16),
            .conflict = conflict_decision_named(row.text(17)).value_or(ConflictDecision::none),
            .resource = row.id<Resource>(18),
            .change_set = row.id<ChangeSet>(19)};
}

Result<std::int64_t> number(Transaction& tx, std::string_view sql, std::initializer_list<Bind> binds) {
    TRY(auto const found, tx.one(sql, binds, [](Row const& row) { return row.integer(0); }));
    return found.value_or(0);
}

std::string_view word_of_state(ClaimQuery const& query) {
    return query.state ? name_of(*query.state) : std::string_view();
}

Resource resource_of(Row const& row) {
    Resource resource;
    resource.id = row.id<Resource>(0);
    resource.organisation = row.id<Organisation>(1);
    resource.organisation_name = row.string(2);
    resource.kind = resource_kind(row.text(3)).value_or(ResourceKind::domain);
    resource.value = row.string(4);
    resource.verified = row.truth(5);
    resource.how = row.string(6);
    resource.version = row.integer(7);
    return resource;
}

constexpr std::string_view resource_columns =
    "SELECT r.id, r.organisation, o.name, r.kind, r.value, r.verified, r.how, r.version FROM resource r JOIN "
    "organisation o ON o.id = r.organisation ";

}  // namespace

Result<ClaimId> insert(Transaction& tx, ResourceClaim const& claim) {
    TRY(auto const id,
        tx.insert("INSERT INTO resource_claim (organisation, kind, value, evidence, explanation, token, state, proof, "
                  "proof_text, by_who, created, decided_by, reason, conflict) VALUES (?, ?, ?, ?, ?, ?, 'open', "
                  "'none', '', ?, ?, '', '', 'none')",
                  {claim.organisation, name_of(claim.kind), claim.value, name_of(claim.evidence), claim.explanation,
                   claim.token, claim.by, claim.created}));
    return ClaimId{id};
}

Result<std::optional<ResourceClaim>> load(Transaction& tx, ClaimId id) {
    return tx.one(fmt::format("{}WHERE c.id = ?", selected), {id}, read);
}

Result<std::vector<ResourceClaim>> list(Transaction& tx, ClaimQuery const& query) {
    std::vector<ResourceClaim> all;
    auto const state = word_of_state(query);
    CHECK(tx.query(fmt::format("{}WHERE (c.organisation = ? OR ? = 0) AND (c.state = ? OR ? = '') AND (c.id < ? OR ? = "
                               "0) ORDER BY c.id DESC LIMIT ?",
                               selected),
                   {query.organisation.value, query.organisation.value, state, state, query.before, query.before,
                    std::clamp<std::int64_t>(static_cast<std::int64_t>(query.limit), 1, greatest_page)},
                   [&](Row const& row) { all.push_back(read(row)); }));
    return all;
}

Result<std::int64_t> count(Transaction& tx, ClaimQuery const& query) {
    auto const state = word_of_state(query);
    return number(tx, "SELECT count(*) FROM resource_claim WHERE (organisation = ? OR ? = 0) AND (state = ? OR ? = '')",
                  {query.organisation.value, query.organisation.value, state, state});
}

Result<std::int64_t> made_since(Transaction& tx, OrganisationId organisation, Timestamp since) {
    return number(tx, "SELECT count(*) FROM resource_claim WHERE organisation = ? AND created > ?",
                  {organisation, since});
}

Result<bool> is_claimed(Transaction& tx, OrganisationId organisation, ResourceKind kind, std::string_view value) {
    TRY(auto const open,
        number(tx,
               "SELECT count(*) FROM resource_claim WHERE organisation = ? AND kind = ? AND value = ? AND state = "
               "'open'",
               {organisation, name_of(kind), value}));
    return open > 0;
}

Result<bool> note_check(Transaction& tx, ClaimId id, Timestamp now, Timestamp not_since) {
    TRY(auto const changed,
        tx.run("UPDATE resource_claim SET checked = ? WHERE id = ? AND state = 'open' AND (checked IS NULL OR checked "
               "<= ?)",
               {now, id, not_since}));
    return changed > 0;
}

Status note_proof(Transaction& tx, ClaimId id, Proof proof, std::string_view text, Timestamp now) {
    CHECK(tx.run("UPDATE resource_claim SET proof = ?, proof_text = ?, proof_at = ? WHERE id = ? AND state = 'open'",
                 {name_of(proof), text, now, id}));
    return {};
}

Status set_mail(Transaction& tx, ClaimId id, std::string_view hash, Timestamp now) {
    CHECK(tx.run("UPDATE resource_claim SET mail_hash = ?, mail_sent = ? WHERE id = ? AND state = 'open'",
                 {Bind::blob(hash), now, id}));
    return {};
}

Result<std::optional<ResourceClaim>> by_mail(Transaction& tx, std::string_view hash, Timestamp sent_after) {
    return tx.one(fmt::format("{}WHERE c.mail_hash = ? AND c.state = 'open' AND c.mail_sent > ?", selected),
                  {Bind::blob(hash), sent_after}, read);
}

Result<bool> decide(Transaction& tx, ResourceClaim const& claim) {
    TRY(auto const changed,
        tx.run("UPDATE resource_claim SET state = ?, decided = ?, decided_by = ?, reason = ?, conflict = ?, resource = "
               "?, change_set = ?, mail_hash = NULL WHERE id = ? AND state = 'open'",
               {name_of(claim.state), claim.decided, claim.decided_by, claim.reason, name_of(claim.conflict),
                claim.resource, claim.change_set, claim.id}));
    return changed > 0;
}

Status remember(Transaction& tx, ResourceClaim const& claim, OrganisationId holder, Timestamp now) {
    CHECK(tx.run(
        "INSERT INTO claim_decision (kind, value, claimant, holder, decision, at, by_who) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (kind, value, claimant, holder) DO UPDATE SET decision = excluded.decision, at = excluded.at, "
        "by_who = excluded.by_who",
        {name_of(claim.kind), claim.value, claim.organisation, holder, name_of(claim.conflict), now,
         claim.decided_by}));
    return {};
}

Result<std::optional<ConflictDecision>> remembered(Transaction& tx, ResourceClaim const& claim, OrganisationId holder) {
    TRY(auto const found,
        tx.one("SELECT decision FROM claim_decision WHERE kind = ? AND value = ? AND ((claimant = ? AND holder = ?) OR "
               "(claimant = ? AND holder = ?)) ORDER BY at DESC LIMIT 1",
               {name_of(claim.kind), claim.value, claim.organisation, holder, holder, claim.organisation},
               [](Row const& row) { return row.string(0); }));
    return found ? conflict_decision_named(*found) : std::nullopt;
}

Result<std::vector<Resource>> networks_inside(Transaction& tx, IpPrefix const& prefix, std::size_t most) {
    std::vector<Resource> inside;
    CHECK(tx.query(fmt::format("{}WHERE r.kind = 'prefix' ORDER BY r.id", resource_columns), {}, [&](Row const& row) {
        auto const network = parse_prefix(row.text(4));
        if (network && network->length > prefix.length && prefix.contains(network->address))
            inside.push_back(resource_of(row));
        return inside.size() < most;
    }));
    return inside;
}

Result<std::vector<Resource>> domains_below(Transaction& tx, std::string_view domain, std::size_t most) {
    std::vector<Resource> below;
    auto const ending = "." + std::string(domain);
    CHECK(tx.query(fmt::format("{}WHERE r.kind = 'domain' ORDER BY r.id", resource_columns), {}, [&](Row const& row) {
        if (row.text(4).ends_with(ending)) below.push_back(resource_of(row));
        return below.size() < most;
    }));
    return below;
}

Result<std::vector<std::string>> imported_addresses(Transaction& tx, OrganisationId organisation) {
    std::vector<std::string> addresses;
    CHECK(tx.query(
        "SELECT DISTINCT c.email FROM contact c JOIN directory_change_set s ON s.id = c.version WHERE c.organisation = "
        "? AND c.email <> '' AND c.do_not_contact = 0 AND s.what LIKE 'import %' ORDER BY c.email",
        {organisation}, [&](Row const& row) { addresses.push_back(row.string(0)); }));
    return addresses;
}

}  // namespace tocsin::constituency::claim_rows
