#pragma once
#include "access/access.hpp"
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"
#include "net/net.hpp"
#include "sharing/sharing.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>
#include <vector>

/// Who stands at the doors that programs of other teams use: TAXII, detection exports. Private to api.
namespace tocsin::api {

/// What these doors speak to. All outlive them.
struct ExchangeDoors {
    store::Ledger* ledger = nullptr;
    access::Access* access = nullptr;
    intelligence::Intelligence* intelligence = nullptr;
    intelligence::KnownGood const* known_good = nullptr;
    sharing::Collections* collections = nullptr;
    sharing::Peers* peers = nullptr;
    Clock const* clock = &system_clock();
    std::string team;  ///< its name
};

struct ExchangeCaller {
    access::Principal principal;
    std::optional<sharing::Peer> peer;  ///< none: a member of the team
    gate::Recipient recipient;
};

/// By a key as bearer token, or as the password of Basic (whatever the name). Errors: Code::denied without words for a
/// wrong key and for one that opens none of these doors.
Result<ExchangeCaller> exchange_caller(access::Access& access, sharing::Peers& peers, net::HttpRequest const& request);

using sharing::contents_of;

}  // namespace tocsin::api
