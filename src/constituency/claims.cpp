#include "constituency/claims.hpp"

#include "constituency/claims_store.hpp"
#include "constituency/fields.hpp"
#include "constituency/notice_settings.hpp"

#include <algorithm>
#include <array>

namespace tocsin::constituency {
namespace {

constexpr std::size_t longest_explanation = 4000;
constexpr std::size_t longest_reason = 2000;
constexpr std::size_t longest_how = 300;
constexpr std::size_t most_conflicts = 20;
constexpr std::size_t token_bytes = 20;
constexpr std::size_t mail_bytes = 32;
constexpr std::size_t mail_letters = 43;  // of base64url
constexpr auto mail_life = std::chrono::days(14);

constexpr std::array<std::string_view, 4> evidence_words{"dns", "security_txt", "rir_mail", "explanation"};
constexpr std::array<std::string_view, 4> state_words{"open", "approved", "refused", "withdrawn"};
constexpr std::array<std::string_view, 4> proof_words{"none", "sent", "found", "missing"};
constexpr std::array<std::string_view, 3> decision_words{"none", "share", "move"};
constexpr std::array<std::string_view, 3> how_words{"same", "around", "inside"};

std::unexpected<Error> no_such_claim() {
    return fail(Code::not_found, "there is no such claim");
}
std::unexpected<Error> not_open() {
    return fail(Code::conflict, "the claim is not open any more");
}

Result<ResourceClaim> existing_claim(Transaction& tx, ClaimId id) {
    TRY(auto found, claim_rows::load(tx, id));
    if (!found) return no_such_claim();
    return *std::move(found);
}

Status note(Transaction& tx, access::Principal const& by, Timestamp now, std::string_view what,
            ResourceClaim const& claim) {
    JsonWriter details;
    details.object()
        .field("organisation", claim.organisation.value)
        .field("kind", name_of(claim.kind))
        .field("value", claim.value)
        .field("evidence", name_of(claim.evidence));
    if (claim.conflict != ConflictDecision::none) details.field("conflict", name_of(claim.conflict));
    details.end();
    auto const id = std::to_string(claim.id.value);
    CHECK(access::audit(tx, by, now, {.what = what, .kind = "claim", .id = id, .details = details.text()}));
    return {};
}

Status check_text(std::string_view field, std::string_view text, std::size_t most) {
    if (text.size() <= most && is_utf8(text)) return {};
    return fail(Code::invalid, fmt::format("{}: expected at most {} bytes of UTF-8", field, most));
}

/// Values that what is claimed lies in, the nearest first.
std::vector<std::string> values_around(ResourceKind kind, std::string_view value) {
    std::vector<std::string> around;
    if (kind == ResourceKind::prefix) {
        auto const prefix = parse_prefix(value);
        auto const shortest = prefix && prefix->address.is_v4() ? 97 : 1;
        for (int length = prefix ? prefix->length - 1 : 0; length >= shortest; --length) {
            auto const bits = static_cast<std::uint8_t>(length);
            around.push_back(format_prefix({masked(prefix->address, bits), bits}));
        }
    }
    if (kind == ResourceKind::domain)
        for (auto dot = value.find('.'); dot != std::string_view::npos; dot = value.find('.', dot + 1))
            around.emplace_back(value.substr(dot + 1));
    return around;
}

}  // namespace

std::string_view name_of(Evidence evidence) {
    return word_of(evidence_words, evidence);
}
std::optional<Evidence> evidence_named(std::string_view name) {
    return value_of<Evidence>(evidence_words, name);
}
std::string_view name_of(ClaimState state) {
    return word_of(state_words, state);
}
std::optional<ClaimState> claim_state_named(std::string_view name) {
    return value_of<ClaimState>(state_words, name);
}
std::string_view name_of(Proof proof) {
    return word_of(proof_words, proof);
}
std::string_view name_of(ConflictDecision decision) {
    return word_of(decision_words, decision);
}
std::optional<ConflictDecision> conflict_decision_named(std::string_view name) {
    return value_of<ConflictDecision>(decision_words, name);
}
std::string_view name_of(ClaimConflict::How how) {
    return word_of(how_words, how);
}

bool fits(Evidence evidence, ResourceKind kind) {
    switch (evidence) {
        case Evidence::dns:
        case Evidence::security_txt:
            return kind == ResourceKind::domain;
        case Evidence::rir_mail:
            return kind == ResourceKind::prefix || kind == ResourceKind::asn;
        case Evidence::explanation:
            return true;
    }
    TOCSIN_ASSERT(false);
    return false;
}

Result<ResourceClaim> Claims::open(access::Principal const& by, NewClaim const& wanted) {
    CHECK(require_right(by, wanted.organisation, access::Right::editor));
    if (wanted.kind == ResourceKind::country)
        return fail(Code::invalid, "kind: expected prefix, asn or domain; a country can't be claimed");
    if (!fits(wanted.evidence, wanted.kind))
        return fail(Code::invalid, fmt::format("evidence: {} is no evidence for this kind", name_of(wanted.evidence)));
    CHECK(check_text("explanation", wanted.explanation, longest_explanation));
    if (wanted.evidence == Evidence::explanation && trimmed(wanted.explanation).empty())
        return fail(Code::invalid, "explanation: expected words for the team, as there is no other evidence");
    ResourceClaim claim;
    claim.organisation = wanted.organisation;
    claim.kind = wanted.kind;
    auto canonical = canonical_value(wanted.kind, wanted.value);
    if (!canonical) return std::unexpected(canonical.error().during("value"));
    claim.value = *std::move(canonical);
    claim.evidence = wanted.evidence;
    claim.explanation = trimmed(wanted.explanation);
    claim.token = "tocsin-claim=" + to_base64url(secret_bytes(token_bytes));
    claim.by = by.who;
    claim.created = directory_.clock().now();
    return directory_.ledger().write([&](Transaction& tx) -> Result<ResourceClaim> {
        TRY(auto const organisation, load(tx, claim.organisation));
        if (!organisation) return fail(Code::not_found, "there is no such organisation");
        TRY(auto const own, constituency::claim_of(tx, claim.organisation, claim.kind, claim.value));
        if (own && own->verified) return fail(Code::conflict, fmt::format("value: {} is yours already", claim.value));
        TRY(auto const is_claimed, claim_rows::is_claimed(tx, claim.organisation, claim.kind, claim.value));
        if (is_claimed)
            return fail(Code::conflict, fmt::format("value: {} is claimed already; the team looks at it", claim.value));
        TRY(auto const open, claim_rows::count(tx, {.organisation = claim.organisation, .state = ClaimState::open}));
        TRY(auto const today, claim_rows::made_since(tx, claim.organisation, claim.created - std::chrono::hours(24)));
        if (open >= most_open || today >= most_a_day)
            return fail(Code::limit, "there are many claims already; wait until the team has looked at them");
        TRY(claim.id, claim_rows::insert(tx, claim));
        CHECK(note(tx, by, claim.created, "claim.open", claim));
        return existing_claim(tx, claim.id);
    });
}

Result<ResourceClaim> Claims::claim(ClaimId id) {
    return directory_.ledger().read([&](Transaction& tx) { return existing_claim(tx, id); });
}

Result<ResourceClaim> Claims::claim_of(OrganisationId organisation, ClaimId id) {
    TRY(auto found, claim(id));
    if (found.organisation != organisation) return no_such_claim();
    return found;
}

Result<std::vector<ResourceClaim>> Claims::claims(ClaimQuery const& query) {
    return directory_.ledger().read([&](Transaction& tx) { return claim_rows::list(tx, query); });
}

Result<std::int64_t> Claims::count(ClaimQuery const& query) {
    return directory_.ledger().read([&](Transaction& tx) { return claim_rows::count(tx, query); });
}

Status Claims::withdraw(access::Principal const& by, OrganisationId organisation, ClaimId id) {
    CHECK(require_right(by, organisation, access::Right::editor));
    return directory_.ledger().write([&](Transaction& tx) -> Status {
        TRY(auto claim, existing_claim(tx, id));
        if (claim.organisation != organisation) return no_such_claim();
        claim.state = ClaimState::withdrawn;
        claim.decided = directory_.clock().now();
        claim.decided_by = by.who;
        TRY(auto const done, claim_rows::decide(tx, claim));
        if (!done) return not_open();
        return note(tx, by, *claim.decided, "claim.withdraw", claim);
    });
}

Status Claims::begin_check(access::Principal const& by, ClaimId id) {
    return directory_.ledger().write([&](Transaction& tx) -> Status {
        TRY(auto const claim, existing_claim(tx, id));
        CHECK(require_right(by, claim.organisation, access::Right::editor));
        if (claim.state != ClaimState::open) return not_open();
        auto const now = directory_.clock().now();
        TRY(auto const begun, claim_rows::note_check(tx, id, now, now - between_checks));
        if (!begun) return fail(Code::limit, "that was looked at a moment ago; wait a little");
        return {};
    });
}

Status Claims::note_proof(access::Principal const& by, ClaimId id, Proof proof, std::string_view text) {
    return directory_.ledger().write([&](Transaction& tx) -> Status {
        TRY(auto const claim, existing_claim(tx, id));
        if (claim.state != ClaimState::open) return not_open();
        auto const now = directory_.clock().now();
        CHECK(claim_rows::note_proof(tx, id, proof, text.substr(0, longest_reason), now));
        return note(tx, by, now, fmt::format("claim.proof_{}", name_of(proof)), claim);
    });
}

Result<std::vector<RegisteredAddress>> Claims::registered_addresses(ResourceClaim const& claim) {
    return directory_.ledger().read([&](Transaction& tx) -> Result<std::vector<RegisteredAddress>> {
        auto values = values_around(claim.kind, claim.value);
        values.insert(values.begin(), claim.value);
        for (auto const& value : values) {
            TRY(auto const holders, claims_on(tx, claim.kind, value));
            std::vector<RegisteredAddress> all;
            for (auto const& holder : holders) {
                TRY(auto const addresses, claim_rows::imported_addresses(tx, holder.organisation));
                for (auto const& address : addresses) all.push_back({holder.organisation, address});
            }
            if (!all.empty()) return all;
        }
        return std::vector<RegisteredAddress>();
    });
}

Result<std::string> Claims::mail_token(access::Principal const& by, ClaimId id) {
    auto const token = to_base64url(secret_bytes(mail_bytes));
    CHECK(directory_.ledger().write([&](Transaction& tx) -> Status {
        TRY(auto const claim, existing_claim(tx, id));
        CHECK(require_right(by, claim.organisation, access::Right::editor));
        if (claim.state != ClaimState::open) return not_open();
        return claim_rows::set_mail(tx, id, access::sha256(token), directory_.clock().now());
    }));
    return token;
}

Result<std::optional<ResourceClaim>> Claims::claim_of_mail(std::string_view token) {
    if (token.size() != mail_letters) return std::optional<ResourceClaim>();
    return directory_.ledger().read([&](Transaction& tx) {
        return claim_rows::by_mail(tx, access::sha256(token), directory_.clock().now() - mail_life);
    });
}

namespace {

Result<std::vector<ClaimConflict>> conflicts_of(Transaction& tx, ResourceClaim const& claim) {
    std::vector<ClaimConflict> all;
    auto const add = [&](ClaimConflict::How how, std::vector<Resource> const& resources) -> Status {
        for (auto const& resource : resources) {
            if (resource.organisation == claim.organisation || all.size() >= most_conflicts) continue;
            ClaimConflict conflict{.how = how, .resource = resource, .decided_before = {}};
            TRY(conflict.decided_before, claim_rows::remembered(tx, claim, resource.organisation));
            all.push_back(std::move(conflict));
        }
        return {};
    };
    TRY(auto const same, claims_on(tx, claim.kind, claim.value));
    CHECK(add(ClaimConflict::How::same, same));
    for (auto const& value : values_around(claim.kind, claim.value)) {
        TRY(auto const around, claims_on(tx, claim.kind, value));
        CHECK(add(ClaimConflict::How::around, around));
    }
    if (auto const prefix = parse_prefix(claim.value); prefix && claim.kind == ResourceKind::prefix) {
        TRY(auto const inside, claim_rows::networks_inside(tx, *prefix, most_conflicts));
        CHECK(add(ClaimConflict::How::inside, inside));
    }
    if (claim.kind == ResourceKind::domain) {
        TRY(auto const below, claim_rows::domains_below(tx, claim.value, most_conflicts));
        CHECK(add(ClaimConflict::How::inside, below));
    }
    return all;
}

std::string how_of(ResourceClaim const& claim) {
    auto text = fmt::format("claim {}, {}", claim.id.value, name_of(claim.evidence));
    if (claim.proof == Proof::found) text += fmt::format(": {}", claim.proof_text);
    return std::string(text.substr(0, longest_how));
}

/// The claimant's resource, verified, in the change set that is being made.
Result<ResourceId> make_verified(Transaction& tx, ChangeLog& log, ResourceClaim const& claim) {
    TRY(auto const old, constituency::claim_of(tx, claim.organisation, claim.kind, claim.value));
    ResourceDraft draft = old ? static_cast<ResourceDraft const&>(*old) : ResourceDraft{};
    draft.organisation = claim.organisation;
    draft.kind = claim.kind;
    draft.value = claim.value;
    draft.verified = true;
    draft.how = how_of(claim);
    draft.to.reset();
    if (old) {
        CHECK(update_row(tx, old->id, draft, log.stamp()));
        CHECK(log.note(Change::change, "resource", old->id.value, history_of(*old), history_of(draft)));
        return old->id;
    }
    TRY(auto const number, next_ids(tx, "resource"));
    CHECK(insert_row(tx, ResourceId{number}, draft, log.stamp()));
    CHECK(log.note(Change::add, "resource", number, {}, history_of(draft)));
    return ResourceId{number};
}

}  // namespace

Result<std::vector<ClaimConflict>> Claims::conflicts(ResourceClaim const& claim) {
    return directory_.ledger().read([&](Transaction& tx) { return conflicts_of(tx, claim); });
}

Result<ResourceClaim> Claims::approve(access::Principal const& by, ClaimId id, ConflictDecision conflict,
                                      std::string_view reason) {
    CHECK(access::require(by, access::Role::analyst));
    CHECK(check_text("reason", reason, longest_reason));
    auto approved = directory_.ledger().write([&](Transaction& tx) -> Result<ResourceClaim> {
        TRY(auto claim, existing_claim(tx, id));
        if (claim.state != ClaimState::open) return not_open();
        TRY(auto same, claims_on(tx, claim.kind, claim.value));
        std::erase_if(same, [&](Resource const& one) { return one.organisation == claim.organisation; });
        if (!same.empty() && conflict == ConflictDecision::none)
            return fail(Code::conflict,
                        fmt::format("conflict: {} has {} already; say share (both have it) or move (it loses it)",
                                    same.front().organisation_name, claim.value));
        if (same.empty() && conflict != ConflictDecision::none)
            return fail(Code::conflict, "conflict: nobody else has exactly this; leave it away");
        claim.state = ClaimState::approved;
        claim.conflict = conflict;
        claim.decided = directory_.clock().now();
        claim.decided_by = by.who;
        claim.reason = trimmed(reason);
        TRY(auto log, ChangeLog::begin(tx, *claim.decided, by,
                                       fmt::format("claim {} {} {}", id.value, name_of(claim.kind), claim.value)));
        for (auto const& other : same) {
            CHECK(claim_rows::remember(tx, claim, other.organisation, *claim.decided));
            if (conflict != ConflictDecision::move) continue;
            CHECK(delete_row(tx, other.id));
            CHECK(log.note(Change::remove, "resource", other.id.value, history_of(other), {}));
        }
        TRY(claim.resource, make_verified(tx, log, claim));
        CHECK(log.finish("resource.claimed", "resource", claim.resource.value));
        claim.change_set = log.stamp().change_set;
        TRY(auto const done, claim_rows::decide(tx, claim));
        if (!done) return not_open();
        CHECK(note(tx, by, *claim.decided, "claim.approve", claim));
        return claim;
    });
    if (approved) directory_.changed();
    return approved;
}

Result<ResourceClaim> Claims::refuse(access::Principal const& by, ClaimId id, std::string_view reason) {
    CHECK(access::require(by, access::Role::analyst));
    CHECK(check_text("reason", reason, longest_reason));
    if (trimmed(reason).empty()) return fail(Code::invalid, "reason: expected words; the claimant reads them");
    return directory_.ledger().write([&](Transaction& tx) -> Result<ResourceClaim> {
        TRY(auto claim, existing_claim(tx, id));
        claim.state = ClaimState::refused;
        claim.decided = directory_.clock().now();
        claim.decided_by = by.who;
        claim.reason = trimmed(reason);
        TRY(auto const done, claim_rows::decide(tx, claim));
        if (!done) return not_open();
        CHECK(note(tx, by, *claim.decided, "claim.refuse", claim));
        return claim;
    });
}

void append(JsonWriter& json, ResourceClaim const& claim) {
    json.object()
        .field("id", claim.id.value)
        .reference("organisation", claim.organisation.value, claim.organisation_name)
        .field("kind", name_of(claim.kind))
        .field("value", claim.value)
        .field("evidence", name_of(claim.evidence))
        .field_or_null("explanation", claim.explanation)
        .field("state", name_of(claim.state))
        .field("proof", name_of(claim.proof))
        .field_or_null("proof_text", claim.proof_text)
        .field_or_null("proof_at", claim.proof_at)
        .field("by", claim.by)
        .field("created", claim.created)
        .field_or_null("decided", claim.decided)
        .field_or_null("decided_by", claim.decided_by)
        .field_or_null("reason", claim.reason)
        .field("conflict", name_of(claim.conflict))
        .field_or_null("resource", claim.resource ? std::optional(claim.resource.value) : std::nullopt)
        .field_or_null("change_set", claim.change_set ? std::optional(claim.change_set.value) : std::nullopt)
        .end();
}

}  // namespace tocsin::constituency
