#pragma once
#include "gate/gate.hpp"
#include "intelligence/store.hpp"
#include "store/store.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tocsin::intelligence {

using PolicyId = std::int64_t;

/// A marking with its terms.
struct Policy {
    gate::Marking marking;
    gate::Terms terms;
    friend bool operator==(Policy const&, Policy const&) = default;
};
Policy stricter(Policy const& a, Policy const& b);
/// What another version of the object is bound by too: recalled stays recalled, and no marking opens again.
Policy as_recalled(Policy policy, Policy const& known);

/// Every combination of marking and terms that objects carry, numbered. They are few, so the gate is asked about them
/// and not about every object. Safe from any thread.
class PolicyBook {
  public:
    /// What is in the ledger; once, at open.
    Status load(store::Transaction& tx);
    /// The number of a policy, made when it is new: inside the transaction that uses it.
    Result<PolicyId> number_of(store::Transaction& tx, Policy const& policy);
    /// After a transaction that made numbers was given up.
    Status reload(store::Transaction& tx) { return load(tx); }
    Policy const& policy(PolicyId number) const;
    std::vector<std::pair<PolicyId, Policy>> all() const;

  private:
    mutable std::mutex mutex_;  ///< guards policies_
    std::map<PolicyId, Policy> policies_;
};

/// A condition on intel_object `o` (or on a policy number alone): what this asker may see. `sql` holds no values of
/// others: numbers only.
struct Visibility {
    bool nothing = false;
    bool everything = false;
    std::string sql;           ///< on `o`
    std::string policies_sql;  ///< " IN (1,2)": policies visible wherever they stand, for parts
};
Visibility visibility_of(PolicyBook const& book, gate::Gate const& gate, gate::Recipient const& asker,
                         KinOf const& kin_of);

}  // namespace tocsin::intelligence
