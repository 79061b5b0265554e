#include "intelligence/policy_store.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tocsin::intelligence {
namespace {

// The column originator_control holds two things: 1 for control, and how it was recalled times 2.
constexpr std::int64_t control_bit = 1;
constexpr int recalled_shift = 1;

Policy read_row(store::Row const& row) {
    Policy policy;
    policy.marking.tlp = static_cast<gate::Tlp>(row.integer(1));
    if (row.integer(2) >= 0) policy.marking.pap = static_cast<gate::Pap>(row.integer(2));
    policy.terms.group = {row.integer(3)};
    if (row.integer(4) != 0) policy.terms.embargo = row.time(4);
    policy.terms.originator = {row.integer(5)};
    policy.terms.originator_control = (row.integer(6) & control_bit) != 0;
    policy.terms.recalled = static_cast<gate::Recalled>(row.integer(6) >> recalled_shift);
    return policy;
}

gate::Particulars particulars_of(Policy const& policy) {
    return {.kind = "intelligence",
            .id = "",
            .marking = policy.marking,
            .terms = policy.terms,
            .is_for_the_concerned_only = false};
}

std::string list_of(std::vector<OrganisationId> const& organisations) {
    std::vector<std::int64_t> numbers;
    for (auto const organisation : organisations) numbers.push_back(organisation.value);
    return fmt::format("({})", fmt::join(numbers, ","));
}

/// How the asker stands to those an object concerns, as the gate counts: a Relation's number.
std::string relation_sql(OrganisationId asker, Kin const& kin) {
    auto const concerns = [](std::string const& whom, int relation) {
        return fmt::format(
            "WHEN EXISTS (SELECT 1 FROM intel_concern c WHERE c.seq = o.seq AND c.organisation {}) THEN {} ", whom,
            relation);
    };
    std::string sql = "CASE " + concerns(fmt::format("= {}", asker.value), static_cast<int>(gate::Relation::own));
    if (!kin.below.empty()) sql += concerns("IN " + list_of(kin.below), static_cast<int>(gate::Relation::above));
    if (!kin.above.empty()) sql += concerns("IN " + list_of(kin.above), static_cast<int>(gate::Relation::below));
    return sql + fmt::format("ELSE {} END", static_cast<int>(gate::Relation::none));
}

unsigned bits_of(gate::Reach const& reach) {
    unsigned bits = 0;
    for (auto const relation :
         {gate::Relation::none, gate::Relation::below, gate::Relation::above, gate::Relation::own})
        if (reach.at(relation)) bits |= 1U << static_cast<unsigned>(relation);
    return bits;
}

}  // namespace

Policy stricter(Policy const& a, Policy const& b) {
    return {gate::stricter(a.marking, b.marking), gate::stricter(a.terms, b.terms)};
}

Policy as_recalled(Policy policy, Policy const& known) {
    policy.terms.recalled = std::max(policy.terms.recalled, known.terms.recalled);
    if (known.terms.recalled == gate::Recalled::downgraded)
        policy.marking = gate::stricter(policy.marking, known.marking);
    return policy;
}

Status PolicyBook::load(store::Transaction& tx) {
    std::map<PolicyId, Policy> found;
    CHECK(tx.query("SELECT id, tlp, pap, sharing_group, embargo, originator, originator_control FROM intel_policy", {},
                   [&](store::Row const& row) { found.emplace(row.integer(0), read_row(row)); }));
    std::lock_guard const lock(mutex_);
    policies_ = std::move(found);
    return {};
}

Result<PolicyId> PolicyBook::number_of(store::Transaction& tx, Policy const& policy) {
    std::lock_guard const lock(mutex_);
    for (auto const& [number, known] : policies_)
        if (known == policy) return number;
    auto const& terms = policy.terms;
    auto const holds =
        (terms.originator_control ? control_bit : 0) | (static_cast<std::int64_t>(terms.recalled) << recalled_shift);
    TRY(auto const number,
        tx.insert("INSERT INTO intel_policy (tlp, pap, sharing_group, embargo, originator, originator_control) "
                  "VALUES (?, ?, ?, ?, ?, ?)",
                  {policy.marking.tlp, policy.marking.pap ? static_cast<int>(*policy.marking.pap) : -1,
                   terms.group.value, terms.embargo ? terms.embargo->micros : 0, terms.originator.value, holds}));
    policies_.emplace(number, policy);
    return number;
}

Policy const& PolicyBook::policy(PolicyId number) const {
    std::lock_guard const lock(mutex_);
    auto const found = policies_.find(number);
    TOCSIN_ASSERT(found != policies_.end());
    return found->second;  // never removed: a map's values stay where they are
}

std::vector<std::pair<PolicyId, Policy>> PolicyBook::all() const {
    std::lock_guard const lock(mutex_);
    return {policies_.begin(), policies_.end()};
}

Visibility visibility_of(PolicyBook const& book, gate::Gate const& gate, gate::Recipient const& asker,
                         KinOf const& kin_of) {
    std::map<unsigned, std::vector<PolicyId>> by_reach;  // which policies are visible at the same relations
    std::vector<PolicyId> for_the_named;
    for (auto const& [number, policy] : book.all()) {
        by_reach[bits_of(gate.reach(particulars_of(policy), asker))].push_back(number);
        auto named = particulars_of(policy);
        named.named_organisations = {asker.organisation};
        if (gate.reach(named, asker).everywhere()) for_the_named.push_back(number);
    }
    Visibility visible;
    std::vector<std::string> ways;
    std::string relation;
    std::vector<PolicyId> anywhere{0};
    for (auto const& [bits, policies] : by_reach) {
        if (bits == 0) continue;
        if (bits == 0xf) {
            anywhere.insert(anywhere.end(), policies.begin(), policies.end());
            ways.push_back(fmt::format("o.policy IN ({})", fmt::join(policies, ",")));
            continue;
        }
        if (relation.empty()) relation = relation_sql(asker.organisation, kin_of(asker.organisation));
        ways.push_back(
            fmt::format("(o.policy IN ({}) AND (({} >> ({})) & 1) = 1)", fmt::join(policies, ","), bits, relation));
    }
    bool const is_outside =
        asker.kind == gate::Recipient::Kind::organisation || asker.kind == gate::Recipient::Kind::peer;
    if (is_outside && asker.organisation && !for_the_named.empty())
        ways.push_back(
            fmt::format("(o.policy IN ({}) AND EXISTS (SELECT 1 FROM intel_named n WHERE n.seq = o.seq AND "
                        "n.organisation = {}))",
                        fmt::join(for_the_named, ","), asker.organisation.value));
    visible.nothing = ways.empty();
    visible.everything = by_reach.size() == 1 && by_reach.begin()->first == 0xf;
    visible.sql = ways.empty() ? "0" : fmt::format("({})", fmt::join(ways, " OR "));
    visible.policies_sql = fmt::format(" IN ({})", fmt::join(anywhere, ","));
    return visible;
}

}  // namespace tocsin::intelligence
