#pragma once
#include "access/access.hpp"
#include "gate/gate.hpp"
#include "store/store.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::sharing {

std::span<store::Migration const> migrations();

struct PeerTag;
using PeerId = Id<PeerTag>;

/// Another team or system we exchange with.
struct Peer {
    PeerId id = {};
    std::string name = {};
    gate::OrganisationId organisation = {};  ///< what comes from it is this one's
    gate::Tlp clearance = gate::Tlp::green;
    access::KeyId key = {};
    bool may_write = false;  ///< it may push into inboxes
    bool may_relay = false;  ///< it may bring new versions of what came from others
    Timestamp created = {};
    std::optional<Timestamp> removed = {};

    gate::Recipient recipient() const { return gate::Recipient::peer(organisation, name, clearance); }
};

struct MadePeer {
    Peer peer;
    std::string key;  ///< shown once
};

/// The peers in the ledger. A peer's key opens the doors of exchange and nothing else. Changes are audited. Safe from
/// any thread.
class Peers {
  public:
    Peers(store::Ledger& ledger, access::Access& access, Clock const& clock)
        : ledger_(ledger), access_(access), clock_(clock) {}

    /// Those that were not removed, by name.
    Result<std::vector<Peer>> all();
    /// By "#3", "3" or name. Errors: Code::not_found.
    Result<Peer> find(std::string_view text);
    /// Whose key it is; none: it is no peer's.
    Result<std::optional<Peer>> of_key(access::KeyId key);
    /// Errors: Code::invalid (a peer needs an organisation, so that what it sends has an originator), Code::conflict.
    Result<MadePeer> add(Peer const& draft, access::Principal const& by);
    Result<Peer> change(Peer const& draft, access::Principal const& by);
    /// Its key ends at once.
    Status remove(PeerId id, access::Principal const& by);

  private:
    store::Ledger& ledger_;
    access::Access& access_;
    Clock const& clock_;
};

}  // namespace tocsin::sharing
