#include "intelligence/find_store.hpp"
#include "intelligence/impl.hpp"
#include "intelligence/incoming.hpp"
#include "intelligence/value_key.hpp"

#include <fmt/format.h>

namespace tocsin::intelligence {
namespace {

Policy kept_back(Policy policy, KeptBack const& how) {
    policy.terms.recalled = how.how == gate::Recalled::no ? how.how : std::max(policy.terms.recalled, how.how);
    if (how.how == gate::Recalled::downgraded) policy.marking = gate::stricter(policy.marking, how.marking);
    return policy;
}

struct Place {
    std::int64_t seq = 0;
    PolicyId policy = 0;
    std::int64_t block = 0, slot = 0;
};

/// Who may still have the object must find it by its values, too. (What is withdrawn is found by nobody: `o.policy`.)
Status keep_values_back(store::Transaction& tx, PolicyBook& policies, Place const& place, KeptBack const& how) {
    BodyReader bodies(tx);
    TRY(auto const json, bodies.body(place.block, place.slot));
    Intake intake;
    auto const object = intake.take(json, 0);
    for (auto const& value : object.values)
        for (auto const& key : value.keys) {
            TRY(auto const policy, tx.one("SELECT policy FROM intel_value WHERE kind = ? AND key = ? AND seq = ?",
                                          {key.kind, store::Bind::blob(key.key), place.seq},
                                          [](store::Row const& row) { return row.integer(0); }));
            if (!policy) continue;
            TRY(auto const number, policies.number_of(tx, kept_back(policies.policy(*policy), how)));
            CHECK(tx.run("UPDATE intel_value SET policy = ? WHERE kind = ? AND key = ? AND seq = ?",
                         {number, key.kind, store::Bind::blob(key.key), place.seq}));
        }
    return {};
}

Status keep_back(store::Transaction& tx, PolicyBook& policies, KeptBack const& one) {
    auto const uuid = uuid_of(one.id);
    if (!uuid) return fail(Code::not_found, fmt::format("there is no object \"{}\"", one.id));
    std::vector<Place> versions;
    CHECK(tx.query("SELECT seq, policy, block, slot FROM intel_object WHERE uuid = ?", {store::Bind::blob(*uuid)},
                   [&](store::Row const& row) {
                       versions.push_back({row.integer(0), row.integer(1), row.integer(2), row.integer(3)});
                   }));
    if (versions.empty()) return fail(Code::not_found, fmt::format("there is no object \"{}\"", one.id));
    for (auto const& version : versions) {
        if (version.seq == one.except) continue;
        TRY(auto const number, policies.number_of(tx, kept_back(policies.policy(version.policy), one)));
        CHECK(tx.run("UPDATE intel_object SET policy = ? WHERE seq = ?", {number, version.seq}));
        if (one.how == gate::Recalled::downgraded) CHECK(keep_values_back(tx, policies, version, one));
    }
    return {};
}

}  // namespace

Status Intelligence::keep_back(std::vector<KeptBack> const& objects,
                               std::function<Status(store::Transaction&)> const& also) {
    auto& impl = *impl_;
    std::lock_guard const lock(impl.writing);
    auto done = impl.ledger.write([&](store::Transaction& tx) -> Status {
        for (auto const& one : objects) CHECK(intelligence::keep_back(tx, impl.books.policies, one));
        return also(tx);
    });
    if (!done) CHECK(impl.ledger.read([&](store::Transaction& tx) { return impl.load(tx); }));
    ++impl.edition;
    if (done && impl.options.on_commit) impl.options.on_commit();
    return done;
}

}  // namespace tocsin::intelligence
