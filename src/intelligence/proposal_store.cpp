#include "intelligence/impl.hpp"
#include "intelligence/proposals.hpp"
#include "intelligence/proposed.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

constexpr std::size_t most_changes = 50, longest_changes = std::size_t{64} << 10, longest_reason = 2000;
constexpr std::int64_t most_open = 100;  ///< on one object
constexpr std::string_view columns =
    "p.id, p.at, p.who, p.reason, p.revokes, p.state, p.decided_at, p.decided_by, p.answer, p.told, o.seq";
constexpr std::string_view tables = "intel_proposal p JOIN intel_object o ON o.uuid = p.uuid AND o.is_last = 1";

/// What of the proposals `p` on objects `o` somebody may be told.
std::string told_sql(Visibility const& visibility) {
    if (visibility.nothing) return "0";
    if (visibility.everything) return "1";
    return fmt::format("({} AND o.has_parts = 0)", visibility.sql);
}

struct Row {
    std::int64_t id = 0, seq = 0;
    Timestamp at;
    std::string who, reason, decided_by, answer, told;
    bool revokes = false;
    ProposalState state = ProposalState::open;
    std::optional<Timestamp> decided_at;
    std::vector<ProposedChange> changes = {};
    Object object = {};
};

Row read_row(store::Row const& row) {
    Row one;
    one.id = row.integer(0);
    one.at = row.time(1);
    one.who = row.string(2);
    one.reason = row.string(3);
    one.revokes = row.truth(4);
    one.state = static_cast<ProposalState>(row.integer(5));
    one.decided_at = row.time_if(6);
    one.decided_by = row.string(7);
    one.answer = row.string(8);
    one.told = row.string(9);
    one.seq = row.integer(10);
    return one;
}

Status read_changes(store::Transaction& tx, Row& row) {
    return tx.query("SELECT property, value, before FROM intel_proposal_change WHERE proposal = ? ORDER BY ordinal",
                    {row.id}, [&](store::Row const& change) {
                        row.changes.push_back({change.string(0), change.string(1), change.string(2)});
                    });
}

Proposal proposal_of(Row&& row, gate::Cleared<Object>&& object) {
    return {.id = row.id,
            .at = row.at,
            .who = std::move(row.who),
            .reason = std::move(row.reason),
            .revokes = row.revokes,
            .changes = std::move(row.changes),
            .state = row.state,
            .decided_at = row.decided_at,
            .decided_by = std::move(row.decided_by),
            .answer = std::move(row.answer),
            .told = std::move(row.told),
            .object = std::move(object)};
}

Status check(NewProposal const& wanted) {
    if (trimmed(wanted.reason).empty() || wanted.reason.size() > longest_reason || !is_utf8(wanted.reason))
        return fail(Code::invalid, fmt::format("reason: expected 1 to {} bytes", longest_reason));
    if (wanted.revokes == !wanted.changes.empty())
        return fail(Code::invalid, "changes: expected properties with their new values, or a revocation");
    if (wanted.changes.size() > most_changes)
        return fail(Code::limit, fmt::format("changes: expected at most {}", most_changes));
    std::size_t bytes = 0;
    for (auto const& change : wanted.changes) {
        bytes += change.property.size() + change.value.size();
        formats::JsonTree tree;
        if (!change.value.empty() && !tree.parse(change.value))
            return fail(Code::invalid, fmt::format("{}: expected JSON", change.property));
        if (std::ranges::count(wanted.changes, change.property, &ProposedChange::property) > 1)
            return fail(Code::invalid, fmt::format("{}: expected once", change.property));
    }
    if (bytes > longest_changes)
        return fail(Code::limit, fmt::format("changes: expected at most {} bytes", longest_changes));
    return {};
}

std::string where(ProposalFilter const& filter, Visibility const& visibility) {
    auto sql = told_sql(visibility);
    if (filter.state) sql += fmt::format(" AND p.state = {}", static_cast<int>(*filter.state));
    return sql + " AND (? = 0 OR p.uuid = ?)";
}

std::string details_of(std::int64_t number) {
    return fmt::format(R"({{"number":{}}})", number);
}

}  // namespace

std::string_view name_of(ProposalState state) {
    switch (state) {
        case ProposalState::open:
            return "open";
        case ProposalState::accepted:
            return "accepted";
        case ProposalState::dismissed:
            return "dismissed";
        case ProposalState::withdrawn:
            return "withdrawn";
    }
    TOCSIN_ASSERT(false);
    return {};
}

std::optional<ProposalState> proposal_state_named(std::string_view name) {
    for (auto const state :
         {ProposalState::open, ProposalState::accepted, ProposalState::dismissed, ProposalState::withdrawn})
        if (name_of(state) == name) return state;
    return {};
}

Result<Object> Proposals::whole_object(std::string_view id) const {
    TRY(auto const cleared, room_.object(id, gate::Recipient::team(access::server_principal())));
    return *cleared;
}

Result<Proposal> Proposals::add(NewProposal const& wanted, access::Principal const& by) {
    CHECK(access::require(by, access::Role::analyst));
    CHECK(check(wanted));
    auto& impl = *room_.impl_;
    auto const now = impl.options.clock->now();
    TRY(auto const seen, room_.object(wanted.object, gate::Recipient::team(by)));
    TRY(auto const object, whole_object(seen->id));
    auto changes = wanted.changes;
    for (auto& change : changes) change.value = minified(change.value);
    CHECK(changed_object(object.json, changes, wanted.revokes, now));
    auto const uuid = *uuid_of(object.id);
    TRY(auto const id, impl.ledger.write([&](store::Transaction& tx) -> Result<std::int64_t> {
        TRY(auto const open, tx.one("SELECT COUNT(*) FROM intel_proposal WHERE uuid = ? AND state = 0",
                                    {store::Bind::blob(uuid)}, [](store::Row const& row) { return row.integer(0); }));
        if (open.value_or(0) >= most_open)
            return fail(Code::limit,
                        fmt::format("there are {} open proposals on this object: decide one first", most_open));
        TRY(auto const made,
            tx.insert("INSERT INTO intel_proposal (uuid, object, at, who, reason, revokes, state, "
                      "decided_by, answer, told) VALUES (?, ?, ?, ?, ?, ?, 0, '', '', '')",
                      {store::Bind::blob(uuid), object.id, now, by.who, wanted.reason, wanted.revokes}));
        std::int64_t ordinal = 0;
        for (auto const& change : changes)
            CHECK(tx.run("INSERT INTO intel_proposal_change VALUES (?, ?, ?, ?, ?)",
                         {made, ++ordinal, change.property, change.value, property_of(object.json, change.property)}));
        auto const details = details_of(made);
        CHECK(access::audit(tx, by, now,
                            {.what = "proposal.add", .kind = "intelligence", .id = object.id, .details = details}));
        return made;
    }));
    return find(id, by);
}

Result<ProposalPage> Proposals::list(ProposalFilter const& filter, access::Principal const& by,
                                     PageRequest const& page) const {
    auto const& impl = *room_.impl_;
    auto const asker = gate::Recipient::team(by);
    auto const visibility = impl.visibility(asker);
    auto const limit = std::clamp<std::size_t>(page.limit, 1, 1000);
    auto const before = page.after.empty() ? INT64_MAX : parse_int(page.after).value_or(0);
    auto const uuid = uuid_of(filter.object);
    ProposalPage found;
    if (!filter.object.empty() && !uuid) return found;
    std::vector<Row> rows;
    CHECK(impl.ledger.read([&](store::Transaction& tx) -> Status {
        CHECK(tx.query(fmt::format("SELECT {} FROM {} WHERE {} AND p.id < ? ORDER BY p.id DESC LIMIT ?", columns,
                                   tables, where(filter, visibility)),
                       {uuid.has_value(), store::Bind::blob(uuid ? std::string_view(*uuid) : std::string_view()),
                        before, limit + 1},
                       [&](store::Row const& row) { rows.push_back(read_row(row)); }));
        for (auto& row : rows) {
            CHECK(read_changes(tx, row));
            TRY(row.object, impl.object_at(tx, row.seq));
        }
        return {};
    }));
    if (rows.size() > limit) {
        rows.resize(limit);
        found.next = std::to_string(rows.back().id);
    }
    for (auto& row : rows)
        if (auto object = impl.gate.clear(std::move(row.object), asker))
            found.items.push_back(proposal_of(std::move(row), *std::move(object)));
    return found;
}

Result<std::int64_t> Proposals::count(ProposalFilter const& filter, access::Principal const& by) const {
    auto const& impl = *room_.impl_;
    auto const visibility = impl.visibility(gate::Recipient::team(by));
    auto const uuid = uuid_of(filter.object);
    if (!filter.object.empty() && !uuid) return 0;
    TRY(auto const count, impl.ledger.read([&](store::Transaction& tx) {
        return tx.one(fmt::format("SELECT COUNT(*) FROM {} WHERE {}", tables, where(filter, visibility)),
                      {uuid.has_value(), store::Bind::blob(uuid ? std::string_view(*uuid) : std::string_view())},
                      [](store::Row const& row) { return row.integer(0); });
    }));
    return count.value_or(0);
}

Result<Proposal> Proposals::find(std::int64_t id, access::Principal const& by) const {
    auto const& impl = *room_.impl_;
    auto const asker = gate::Recipient::team(by);
    auto const visibility = impl.visibility(asker);
    TRY(auto row, impl.ledger.read([&](store::Transaction& tx) -> Result<std::optional<Row>> {
        TRY(auto found,
            tx.one(fmt::format("SELECT {} FROM {} WHERE p.id = ? AND {}", columns, tables, told_sql(visibility)), {id},
                   read_row));
        if (!found) return found;
        CHECK(read_changes(tx, *found));
        TRY(found->object, impl.object_at(tx, found->seq));
        return found;
    }));
    auto const absent = fail(Code::not_found, fmt::format("there is no proposal number {}", id));
    if (!row) return absent;
    auto object = impl.gate.clear(std::move(row->object), asker);
    if (!object) return absent;
    return proposal_of(*std::move(row), *std::move(object));
}

Result<Proposal> Proposals::decide(Proposal const& proposal, Deed const& deed, access::Principal const& by) {
    auto& impl = *room_.impl_;
    CHECK(impl.ledger.write([&](store::Transaction& tx) -> Status {
        auto const now = impl.options.clock->now();
        TRY(auto const changed,
            tx.run("UPDATE intel_proposal SET state = ?, decided_at = ?, decided_by = ?, answer = ?, "
                   "told = ? WHERE id = ? AND state = 0",
                   {deed.state, now, by.who, deed.answer, deed.told, proposal.id}));
        if (changed == 0) return fail(Code::conflict, fmt::format("proposal {} is not open", proposal.id));
        auto const details = details_of(proposal.id);
        CHECK(access::audit(
            tx, by, now, {.what = deed.what, .kind = "intelligence", .id = proposal.object->id, .details = details}));
        return {};
    }));
    return find(proposal.id, by);
}

Result<Proposal> Proposals::dismiss(std::int64_t id, std::string_view reason, access::Principal const& by) {
    CHECK(access::require(by, access::Role::analyst));
    if (trimmed(reason).empty() || reason.size() > longest_reason || !is_utf8(reason))
        return fail(Code::invalid, fmt::format("reason: expected 1 to {} bytes", longest_reason));
    TRY(auto const proposal, find(id, by));
    return decide(proposal, {ProposalState::dismissed, "proposal.dismiss", std::string(reason)}, by);
}

Result<Proposal> Proposals::withdraw(std::int64_t id, access::Principal const& by) {
    TRY(auto const proposal, find(id, by));
    if (proposal.who != by.who && !by.may(access::Role::administrator))
        return fail(Code::denied, fmt::format("proposal {} is another's: only an administrator may withdraw it", id));
    return decide(proposal, {ProposalState::withdrawn, "proposal.withdraw"}, by);
}

Result<Proposal> Proposals::accept(std::int64_t id, TeamVoice const& team, bool is_ours, access::Principal const& by) {
    CHECK(access::require(by, access::Role::analyst));
    TRY(auto const proposal, find(id, by));
    if (proposal.state != ProposalState::open) return fail(Code::conflict, fmt::format("proposal {} is not open", id));
    formats::JsonTree tree;
    CHECK(tree.parse(proposal.object->json));
    Deed deed{ProposalState::accepted, "proposal.accept"};
    auto const creator = tree.root()["created_by_ref"].text();
    bool const came_from_others = static_cast<bool>(proposal.object->terms.originator);
    if (!came_from_others && (is_ours || creator.empty() || creator == team.identity)) {
        CHECK(store_version(proposal, by));
    } else {
        TRY(deed.told, tell_author(proposal, team, by));
    }
    return decide(proposal, deed, by);
}

Status Proposals::store_version(Proposal const& proposal, access::Principal const& by) {
    TRY(auto const object, whole_object(proposal.object->id));
    auto const changed =
        changed_object(object.json, proposal.changes, proposal.revokes, room_.impl_->options.clock->now());
    bool const is_done = !changed && changed.error().code == Code::conflict &&
                         std::ranges::all_of(proposal.changes,
                                             [&](auto const& change) {
                                                 return property_of(object.json, change.property) == change.value;
                                             }) &&
                         proposal.revokes == object.is_revoked;
    if (is_done) return {};  // a kill came between the version and the word that it was accepted
    if (!changed) return std::unexpected(changed.error());
    ImportRequest request;
    request.source.kind = "local";
    request.source.name = fmt::format("proposal {}", proposal.id);
    request.source.organisation = object.terms.originator;
    request.standard = object.marking;
    request.terms = object.terms;
    request.named = object.named;
    request.follows = true;
    request.may_relay = true;  // a person says that it is ours
    std::string fault;
    request.each = [&](std::string_view, std::string_view, std::string_view why) { fault = why; };
    formats::MemorySource source(*changed + "\n");
    CHECK(room_.import(source, request, by));
    if (!fault.empty()) return fail(Code::conflict, fmt::format("object: {} was not taken: {}", object.id, fault));
    return {};
}

/// It goes no further than the object: its marking, its terms, and of what came from others only back to them.
Result<std::string> Proposals::tell_author(Proposal const& proposal, TeamVoice const& team,
                                           access::Principal const& by) {
    TRY(auto const object, whole_object(proposal.object->id));
    auto const telling = telling_of(proposal, team, object.marking);
    ImportRequest request;
    request.source.kind = "local";
    request.source.name = fmt::format("proposal {}", proposal.id);
    request.standard = object.marking;
    request.terms = object.terms;
    request.terms.originator = {};
    if (object.terms.originator) {
        request.terms.originator_control = true;
        request.named = {object.terms.originator};
    }
    std::string lines;
    auto const known = room_.object(team.identity, gate::Recipient::team(access::server_principal()));
    if (!known && known.error().code != Code::not_found) return std::unexpected(known.error());
    if (!known) {
        std::vector<std::string> const refs{
            std::string(formats::stix::tlp2_marking_id(formats::stix::TlpLevel::clear))};
        lines = formats::stix::identity_json(
                    {.id = team.identity, .created = room_.impl_->options.clock->now(), .object_marking_refs = refs},
                    {.name = team.name}) +
                "\n";
    }
    std::string fault;
    request.each = [&](std::string_view, std::string_view, std::string_view why) {
        if (!why.empty()) fault = why;
    };
    formats::MemorySource source(lines + telling.json + "\n");
    CHECK(room_.import(source, request, by));
    if (!fault.empty())
        return fail(Code::internal, fmt::format("{} was not taken by our own store: {}", telling.id, fault));
    return telling.id;
}

JsonWriter& begin_json(JsonWriter& json, Proposal const& proposal,
                       std::function<std::string(std::string_view who)> const& called) {
    json.object()
        .field("id", proposal.id)
        .field("at", proposal.at)
        .field("by", called(proposal.who))
        .field("reason", proposal.reason)
        .field("revokes", proposal.revokes)
        .key("changes")
        .array();
    for (auto const& change : proposal.changes) {
        json.object().field("property", change.property).key("value");
        change.value.empty() ? json.null() : json.raw(change.value);
        json.key("before");
        change.before.empty() ? json.null() : json.raw(change.before);
        json.end();
    }
    return json.end()
        .field("state", name_of(proposal.state))
        .field_or_null("decided_at", proposal.decided_at)
        .field_or_null("decided_by", proposal.decided_by.empty() ? std::string() : called(proposal.decided_by))
        .field_or_null("answer", proposal.answer)
        .field_or_null("told", proposal.told);
}

}  // namespace tocsin::intelligence
