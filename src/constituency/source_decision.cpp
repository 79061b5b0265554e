#include "access/access.hpp"
#include "constituency/fields.hpp"
#include "constituency/source_claim.hpp"
#include "constituency/sources_store.hpp"

#include <algorithm>

/// What a person decided of a conflict, done to the register.
namespace tocsin::constituency {
namespace {

using source_rows::Stored;

constexpr std::size_t longest_reason = 2000;

/// Carries a decision out, in one change set that is begun when something changes.
class Decider {
  public:
    Decider(Transaction& tx, Timestamp now, access::Principal const& by, Stored& conflict)
        : tx_(tx), now_(now), by_(by), conflict_(conflict) {}

    Status owner(SourceDecision decision);
    Status contact(SourceDecision decision);
    Status key(SourceDecision decision);
    Status name(SourceDecision decision);
    Status close();

  private:
    Result<ChangeLog*> log();
    Result<OrganisationId> theirs(OwnerClaim const& claim);
    Status same(OwnerClaim const& claim, std::vector<Resource> const& holders);
    Status add(ContactDraft draft, OrganisationId organisation);

    Transaction& tx_;
    Timestamp now_;
    access::Principal const& by_;
    Stored& conflict_;
    std::optional<ChangeLog> log_;
};

Result<ChangeLog*> Decider::log() {
    if (!log_) {
        TRY(log_, ChangeLog::begin(tx_, now_, by_,
                                   fmt::format("conflict {}: {} ({})", conflict_.id.value, name_of(*conflict_.decision),
                                               conflict_.source)));
    }
    return &*log_;
}

Status Decider::close() {
    if (!log_) return {};
    CHECK(log_->finish("directory.conflict", "source_conflict", conflict_.id.value));
    conflict_.change_set = log_->stamp().change_set;
    return {};
}

Status Decider::add(ContactDraft draft, OrganisationId organisation) {
    TRY(auto* const changes, log());
    TRY(auto const number, next_ids(tx_, "contact"));
    draft.organisation = organisation;
    CHECK(insert_row(tx_, ContactId{number}, draft, changes->stamp()));
    return changes->note(Change::add, "contact", number, {}, history_of(draft));
}

/// The organisation that the source means: known by its key, by its name, or made now with its contacts.
Result<OrganisationId> Decider::theirs(OwnerClaim const& claim) {
    OrganisationId found;
    CHECK(source_rows::for_each_link(tx_, conflict_.source, [&](std::string_view external, OrganisationId id) {
        if (external == claim.key) found = id;
    }));
    if (found) return found;
    TRY(auto const named, organisation_by_name(tx_, claim.organisation.name));
    if (named) return named->id;
    TRY(auto* const changes, log());
    TRY(auto const number, next_ids(tx_, "organisation"));
    OrganisationDraft draft = claim.organisation;
    draft.parent = {};
    CHECK(insert_row(tx_, OrganisationId{number}, draft, changes->stamp()));
    CHECK(changes->note(Change::add, "organisation", number, {}, history_of(draft)));
    for (auto const& contact : claim.contacts) CHECK(add(contact, {number}));
    CHECK(source_rows::link(tx_, conflict_.source, claim.key, {number}));
    return OrganisationId{number};
}

/// Their organisation is ours: what else of theirs waits for the same reason is no conflict any more.
Status Decider::same(OwnerClaim const& claim, std::vector<Resource> const& holders) {
    if (holders.size() != 1)
        return fail(Code::conflict, fmt::format("{} is not one organisation's in the register", conflict_.subject));
    auto const ours = holders.front().organisation;
    CHECK(source_rows::link(tx_, conflict_.source, claim.key, ours));
    TRY(auto const others, source_rows::open_owners(tx_, conflict_.source));
    for (auto const& other : others) {
        auto const said = owner_claim(other.claim);
        if (other.id == conflict_.id || !said || said->key != claim.key) continue;
        TRY(auto const has, claim_of(tx_, ours, said->resource.kind, said->resource.value));
        if (has) CHECK(source_rows::settle(tx_, other.id, now_));
    }
    return {};
}

Status Decider::owner(SourceDecision decision) {
    TRY(auto const claim, owner_claim(conflict_.claim));
    TRY(auto const holders, claims_on(tx_, claim.resource.kind, claim.resource.value));
    if (decision == SourceDecision::same) return same(claim, holders);
    if (decision == SourceDecision::keep_ours) return {};
    TRY(auto const owner, theirs(claim));
    bool has_it = false;
    for (auto const& holder : holders) {
        if (holder.organisation == owner) has_it = true;
        if (holder.organisation == owner || decision == SourceDecision::keep_both) continue;
        TRY(auto* const changes, log());
        CHECK(delete_row(tx_, holder.id));
        CHECK(changes->note(Change::remove, "resource", holder.id.value, history_of(holder), {}));
    }
    if (has_it) return {};
    TRY(auto* const changes, log());
    TRY(auto const number, next_ids(tx_, "resource"));
    ResourceDraft draft = claim.resource;
    draft.organisation = owner;
    CHECK(insert_row(tx_, ResourceId{number}, draft, changes->stamp()));
    return changes->note(Change::add, "resource", number, {}, history_of(draft));
}

Status Decider::contact(SourceDecision decision) {
    if (decision == SourceDecision::keep_ours) return {};
    TRY(auto const said, claimed_contacts(conflict_.claim));
    if (said.empty()) return fail(Code::conflict, "what the source said is not kept any more: import it again");
    TRY(auto const present, contacts_of(tx_, conflict_.organisation));
    auto const is_in = [](auto const& list, ContactDraft const& wanted) {
        return std::ranges::any_of(list, [&](ContactDraft const& one) {
            return one.role == wanted.role && contact_address(one) == contact_address(wanted);
        });
    };
    if (decision == SourceDecision::take_theirs)
        for (auto const& ours : present) {
            if (ours.role != said.front().role || is_in(said, ours)) continue;
            TRY(auto* const changes, log());
            CHECK(delete_row(tx_, ours.id));
            CHECK(changes->note(Change::remove, "contact", ours.id.value, history_of(ours), {}));
        }
    for (auto const& draft : said)
        if (!is_in(present, draft)) CHECK(add(draft, conflict_.organisation));
    return {};
}

Status Decider::key(SourceDecision decision) {
    if (decision == SourceDecision::keep_ours) return {};
    ContactDraft said;
    CHECK(from_history(conflict_.claim, said));
    TRY(auto const present, contacts_of(tx_, conflict_.organisation));
    for (auto const& ours : present) {
        if (ours.role != said.role || contact_address(ours) != contact_address(said)) continue;
        ContactDraft draft = ours;
        draft.key = said.key;
        draft.public_key = said.public_key;
        TRY(auto* const changes, log());
        CHECK(update_row(tx_, ours.id, draft, changes->stamp()));
        return changes->note(Change::change, "contact", ours.id.value, history_of(ours), history_of(draft));
    }
    return fail(Code::conflict, "the contact is gone");
}

Status Decider::name(SourceDecision decision) {
    if (decision == SourceDecision::keep_ours) return {};
    TRY(auto const wanted, claimed_name(conflict_.claim));
    TRY(auto const ours, load(tx_, conflict_.organisation));
    if (!ours || !wanted) return fail(Code::conflict, "the organisation is gone");
    OrganisationDraft draft = *ours;
    draft.name = *wanted;
    TRY(auto const named, organisation_by_name(tx_, draft.name));
    if (named && named->id != ours->id)
        return fail(Code::conflict,
                    fmt::format("there is an organisation \"{}\" already (number {})", draft.name, named->id.value));
    TRY(auto* const changes, log());
    CHECK(update_row(tx_, ours->id, draft, changes->stamp()));
    return changes->note(Change::change, "organisation", ours->id.value, history_of(*ours), history_of(draft));
}

Result<Stored> existing(Transaction& tx, SourceConflictId id) {
    TRY(auto found, source_rows::load(tx, id));
    if (!found) return fail(Code::not_found, fmt::format("there is no conflict {}", id.value));
    return *std::move(found);
}

}  // namespace

Result<SourceConflict> SourceConflicts::conflict(SourceConflictId id) {
    return directory_.ledger().read([&](Transaction& tx) -> Result<SourceConflict> { return existing(tx, id); });
}

Result<std::vector<SourceConflict>> SourceConflicts::conflicts(ConflictQuery const& query) {
    return directory_.ledger().read([&](Transaction& tx) { return source_rows::list(tx, query); });
}

Result<std::int64_t> SourceConflicts::count(ConflictQuery const& query) {
    return directory_.ledger().read([&](Transaction& tx) { return source_rows::count(tx, query); });
}

Result<SourceConflict> SourceConflicts::decide(access::Principal const& by, SourceConflictId id,
                                               SourceDecision decision, std::string_view reason) {
    CHECK(access::require(by, access::Role::analyst));
    if (trimmed(reason).empty()) return fail(Code::invalid, "reason: expected words, for who looks at it later");
    if (reason.size() > longest_reason || !is_utf8(reason))
        return fail(Code::invalid, fmt::format("reason: expected at most {} bytes of UTF-8", longest_reason));
    auto decided = directory_.ledger().write([&](Transaction& tx) -> Result<SourceConflict> {
        TRY(auto conflict, existing(tx, id));
        if (conflict.state == ConflictState::settled)
            return fail(Code::conflict, fmt::format("conflict {} is settled: the source says something else by now, or "
                                                    "the register agrees",
                                                    id.value));
        if (!fits(decision, conflict.kind))
            return fail(Code::invalid, fmt::format("decision: {} is none for a conflict of kind {}", name_of(decision),
                                                   name_of(conflict.kind)));
        if (conflict.organisation && decision != SourceDecision::keep_ours) {
            TRY(auto const there, constituency::load(tx, conflict.organisation));
            if (!there) return fail(Code::conflict, "the organisation is gone");
        }
        auto const now = directory_.clock().now();
        conflict.state = ConflictState::decided;
        conflict.decision = decision;
        conflict.reason = std::string(trimmed(reason));
        conflict.decided = now;
        conflict.decided_by = by.who;
        conflict.change_set = {};
        Decider decider(tx, now, by, conflict);
        switch (conflict.kind) {
            case ConflictKind::owner:
                CHECK(decider.owner(decision));
                break;
            case ConflictKind::contact:
                CHECK(decider.contact(decision));
                break;
            case ConflictKind::key:
                CHECK(decider.key(decision));
                break;
            case ConflictKind::name:
                CHECK(decider.name(decision));
                break;
        }
        CHECK(decider.close());
        CHECK(source_rows::decide(tx, conflict));
        JsonWriter details;
        details.object().field("decision", name_of(decision)).field("subject", conflict.subject).end();
        auto const number = std::to_string(id.value);
        CHECK(access::audit(
            tx, by, now,
            {.what = "conflict.decide", .kind = "source_conflict", .id = number, .details = details.text()}));
        return conflict;
    });
    if (decided) directory_.changed();
    return decided;
}

}  // namespace tocsin::constituency
