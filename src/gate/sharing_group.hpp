#pragma once
#include "access/access.hpp"
#include "gate/terms.hpp"
#include "store/store.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::gate {

/// Organisations that share among each other (as in MISP: by uuid across systems).
struct SharingGroup {
    SharingGroupId id = {};
    std::string uuid = {};
    std::string name = {};
    std::string description = {};
    std::vector<OrganisationId> members = {};  ///< ascending
    Timestamp created = {}, changed = {};
};

/// The sharing groups in the ledger. Every change is audited. Safe from any thread.
class SharingGroups {
  public:
    SharingGroups(store::Ledger& ledger, Clock const& clock) : ledger_(ledger), clock_(clock) {}

    Result<std::vector<SharingGroup>> all();
    /// Errors: Code::not_found.
    Result<SharingGroup> group(SharingGroupId id);
    /// By "#3", "3", uuid or name. Errors: Code::not_found.
    Result<SharingGroup> find(std::string_view text);
    /// A new group; an empty uuid is made up. Errors: Code::invalid, Code::conflict for a name or uuid in use.
    Result<SharingGroup> add(SharingGroup const& draft, access::Principal const& by);
    /// Name, description and members become the draft's. Errors: as for add; Code::not_found.
    Result<SharingGroup> change(SharingGroup const& draft, access::Principal const& by);

    /// Answers from memory. Members as of the last change made through this object.
    bool is_member(SharingGroupId group, OrganisationId organisation);
    /// Goes up with every change: who keeps what follows from membership looks again.
    std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  private:
    using Members = std::set<std::pair<SharingGroupId, OrganisationId>>;
    std::shared_ptr<Members const> members();
    void forget();

    store::Ledger& ledger_;
    Clock const& clock_;
    std::atomic<std::uint64_t> generation_{1};
    std::mutex mutex_;  ///< guards members_
    std::shared_ptr<Members const> members_;
};

}  // namespace tocsin::gate
