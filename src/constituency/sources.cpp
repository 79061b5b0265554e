#include "constituency/sources.hpp"

#include "access/access.hpp"
#include "base/enum_words.hpp"
#include "constituency/import_store.hpp"
#include "constituency/planned_write.hpp"
#include "constituency/readers/statements.hpp"
#include "constituency/source_plan.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace tocsin::constituency {
namespace {

constexpr std::array<std::string_view, 7> format_words = {"rpsl",   "rdap",      "peeringdb",   "intelmq",
                                                          "tuency", "cerebrate", "security_txt"};
constexpr std::array<std::string_view, 4> kind_words = {"owner", "contact", "key", "name"};
constexpr std::array<std::string_view, 3> state_words = {"open", "decided", "settled"};
constexpr std::array<std::string_view, 4> decision_words = {"keep_ours", "take_theirs", "keep_both", "same"};
constexpr std::size_t longest_reason = 2000, greatest_proposal = std::size_t{64} << 20;

/// Classes of the RIPE database and its like that begin an object.
constexpr auto rpsl_classes = std::to_array<std::string_view>(
    {"organisation", "inetnum",     "inet6num",   "aut-num",  "route",    "route6",    "role",
     "person",       "irt",         "mntner",     "as-block", "as-set",   "route-set", "domain",
     "key-cert",     "peering-set", "filter-set", "rtr-set",  "inet-rtr", "poem"});

bool is_rpsl(std::string_view start) {
    while (!start.empty()) {
        auto const end = start.find('\n');
        auto const line = trimmed(start.substr(0, end));
        start.remove_prefix(end == std::string_view::npos ? start.size() : end + 1);
        if (line.empty() || line.front() == '%' || line.front() == '#') continue;
        auto const colon = line.find(':');
        return colon != std::string_view::npos &&
               std::ranges::find(rpsl_classes, lowered(line.substr(0, colon))) != rpsl_classes.end();
    }
    return false;
}

bool is_security_txt(std::string_view start) {
    auto const text = "\n" + lowered(start);
    return text.contains("\ncontact:") && text.contains("\nexpires:");
}

std::optional<SourceFormat> guess_json(std::string_view text) {
    auto const has = [&](std::string_view word) { return text.contains(fmt::format("\"{}\"", word)); };
    if (has("rdapConformance") || has("objectClassName")) return SourceFormat::rdap;
    if (has("org_id") && (has("asn") || has("net_id")) && !has("inside_criteria")) return SourceFormat::peeringdb;
    if (has("poc_set") || has("net_set") || has("info_prefixes4")) return SourceFormat::peeringdb;
    if (has("inside_criteria") || (has("contacts") && (has("openpgp_fpr") || has("national_certs"))))
        return SourceFormat::intelmq;
    if (has("uuid") && (has("nationality") || has("alignments") || has("owner_model") || has("releasability")))
        return SourceFormat::cerebrate;
    if (has("organisation_id") &&
        (has("asns") || has("networks") || has("fqdns") || has("ripe_org_hdls") || has("tel_24_7")))
        return SourceFormat::tuency;
    return std::nullopt;
}

}  // namespace

std::string_view name_of(SourceFormat format) {
    return word_of(format_words, format);
}
std::optional<SourceFormat> source_format(std::string_view name) {
    if (name == "ripe") return SourceFormat::rpsl;
    if (name == "fody" || name == "n6") return SourceFormat::intelmq;
    if (name == "security.txt" || name == "security-txt") return SourceFormat::security_txt;
    return value_of<SourceFormat>(format_words, name);
}
std::string_view name_of(ConflictKind kind) {
    return word_of(kind_words, kind);
}
std::optional<ConflictKind> conflict_kind(std::string_view name) {
    return value_of<ConflictKind>(kind_words, name);
}
std::string_view name_of(ConflictState state) {
    return word_of(state_words, state);
}
std::optional<ConflictState> conflict_state(std::string_view name) {
    return value_of<ConflictState>(state_words, name);
}
std::string_view name_of(SourceDecision decision) {
    return word_of(decision_words, decision);
}
std::optional<SourceDecision> source_decision(std::string_view name) {
    return value_of<SourceDecision>(decision_words, replaced(std::string(name), "-", "_"));
}

bool fits(SourceDecision decision, ConflictKind kind) {
    switch (decision) {
        case SourceDecision::keep_ours:
        case SourceDecision::take_theirs:
            return true;
        case SourceDecision::keep_both:
            return kind == ConflictKind::owner || kind == ConflictKind::contact;
        case SourceDecision::same:
            return kind == ConflictKind::owner;
    }
    return false;
}

std::optional<SourceFormat> guess_source(std::string_view file_name, std::string_view start) {
    if (start.starts_with("\xef\xbb\xbf")) start.remove_prefix(3);
    auto const text = trimmed(start);
    if (text.starts_with('{') || text.starts_with('[')) return guess_json(text);
    if (is_rpsl(text)) return SourceFormat::rpsl;
    auto const header = lowered(text.substr(0, text.find('\n')));
    if (header.contains("organi") && header.contains("as_or_cidr") && header.contains("contact"))
        return SourceFormat::intelmq;
    bool const is_named = lowered(file_name).contains("security") && lowered(file_name).ends_with(".txt");
    if (is_security_txt(text) && (is_named || lowered(text).contains("\ncanonical:")))
        return SourceFormat::security_txt;
    return std::nullopt;
}

Result<SourceSummary> plan_source(Directory& directory, OpenSource const& open, SourceOptions const& options) {
    return directory.ledger().read([&](Transaction& tx) -> Result<SourceSummary> {
        TRY(auto const plan, SourcePlan::make(tx, open, options, directory.clock().now()));
        return plan->summary();
    });
}

Result<SourceSummary> apply_source(Directory& directory, OpenSource const& open, SourceOptions const& options,
                                   access::Principal const& by) {
    auto applied = plan_and_write(
        directory, options.name,
        [&](Transaction& tx) { return SourcePlan::make(tx, open, options, directory.clock().now()); },
        [&](Transaction& tx, SourcePlan& plan) { return plan.apply(tx, directory.clock().now(), by); });
    if (applied) directory.changed();
    return applied;
}

Result<Import> propose_source(Directory& directory, std::string_view bytes, SourceOptions const& options,
                              access::Principal const& by) {
    if (bytes.size() > greatest_proposal)
        return fail(Code::limit,
                    fmt::format("expected at most {} MiB; use tocsin org import for more", greatest_proposal >> 20));
    TRY(auto const planned, plan_source(directory, source_in_memory(bytes), options));
    return directory.ledger().write([&](Transaction& tx) -> Result<Import> {
        auto const summary = summary_json(planned.rows);
        TRY(auto const id, source_rows::propose(tx, options, bytes, summary, actor_of(by), directory.clock().now()));
        return existing_import(tx, id);
    });
}

std::string claim_json(OwnerClaim const& claim) {
    JsonWriter json;
    json.object().field("key", claim.key).key("organisation").raw(history_of(claim.organisation));
    json.key("resource").raw(history_of(claim.resource)).key("contacts").array();
    for (auto const& contact : claim.contacts) json.raw(history_of(contact));
    json.end().end();
    return std::move(json).text();
}

namespace {

Result<std::vector<ContactDraft>> contacts_in(boost::json::value const& list) {
    std::vector<ContactDraft> contacts;
    if (!list.is_array()) return contacts;
    for (auto const& item : list.get_array()) {
        ContactDraft draft;
        CHECK(from_history(boost::json::serialize(item), draft));
        contacts.push_back(std::move(draft));
    }
    return contacts;
}

Result<boost::json::value> parsed(std::string_view text) {
    boost::system::error_code fault;
    auto value = boost::json::parse(text, fault);
    if (fault) return fail(Code::internal, "a conflict holds something that is not JSON");
    return value;
}

}  // namespace

Result<OwnerClaim> owner_claim(std::string_view json) {
    TRY(auto const value, parsed(json));
    auto const* const object = value.if_object();
    OwnerClaim claim;
    if (object == nullptr || !object->contains("key") || !object->contains("resource"))
        return fail(Code::conflict, "what the source said is not kept any more: import it again");
    claim.key = std::string_view(object->at("key").as_string());
    CHECK(from_history(boost::json::serialize(object->at("organisation")), claim.organisation));
    CHECK(from_history(boost::json::serialize(object->at("resource")), claim.resource));
    TRY(claim.contacts, contacts_in(object->at("contacts")));
    return claim;
}

namespace {

using source_rows::Stored;

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
    TRY(auto const value, parsed(conflict_.claim));
    TRY(auto const said, contacts_in(value));
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
    TRY(auto const value, parsed(conflict_.claim));
    auto const* const wanted = value.is_object() ? value.get_object().if_contains("name") : nullptr;
    TRY(auto const ours, load(tx_, conflict_.organisation));
    if (!ours || wanted == nullptr || !wanted->is_string()) return fail(Code::conflict, "the organisation is gone");
    OrganisationDraft draft = *ours;
    draft.name = std::string_view(wanted->get_string());
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

void append(JsonWriter& json, SourceConflict const& conflict) {
    json.object()
        .field("id", conflict.id.value)
        .field("source", conflict.source)
        .field("kind", name_of(conflict.kind))
        .field("subject", conflict.subject)
        .field_or_null("resource", conflict.resource ? name_of(*conflict.resource) : std::string_view())
        .field_or_null("value", conflict.value)
        .field_or_null("role", conflict.role ? name_of(*conflict.role) : std::string_view())
        .reference("organisation", conflict.organisation_name.empty() ? 0 : conflict.organisation.value,
                   conflict.organisation_name)
        .field("state", name_of(conflict.state));
    for (auto const& [name, sides] : {std::pair("ours", &conflict.ours), std::pair("theirs", &conflict.theirs)}) {
        json.key(name).array();
        for (auto const& side : *sides)
            json.object().field("what", side.what).field("from", side.from).field_or_null("mark", side.mark).end();
        json.end();
    }
    json.field("file", conflict.file)
        .field("line", conflict.line)
        .field("as_of", conflict.as_of)
        .field("first_seen", conflict.first_seen)
        .field("last_seen", conflict.last_seen)
        .field_or_null("decision", conflict.decision ? name_of(*conflict.decision) : std::string_view())
        .field_or_null("reason", conflict.reason)
        .field_or_null("decided", conflict.decided)
        .field_or_null("decided_by", conflict.decided_by)
        .field_or_null("change_set", conflict.change_set ? std::optional(conflict.change_set.value) : std::nullopt)
        .key("choices")
        .array();
    for (auto const decision :
         {SourceDecision::keep_ours, SourceDecision::take_theirs, SourceDecision::keep_both, SourceDecision::same})
        if (conflict.state != ConflictState::settled && fits(decision, conflict.kind)) json.value(name_of(decision));
    json.end().end();
}

}  // namespace tocsin::constituency
