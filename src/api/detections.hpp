#pragma once
#include "api/exchange_caller.hpp"
#include "intelligence/intelligence.hpp"
#include "net/net.hpp"
#include "sharing/sharing.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>

namespace tocsin::api {

/// What the detection exports speak to. All outlive them.
struct DetectionDoors {
    store::Ledger* ledger = nullptr;
    access::Access* access = nullptr;
    intelligence::Intelligence* intelligence = nullptr;
    intelligence::KnownGood const* known_good = nullptr;
    sharing::Collections* collections = nullptr;
    sharing::Peers* peers = nullptr;
    Clock const* clock = &system_clock();
    std::string team;
};

/// Files for tools of defence at addresses that stay: /detections/COLLECTION/FORMAT, with ?known_good=1, ?own_rules=0,
/// ?confidence=N and ?label=WORD.
///
/// Signed in like TAXII. A peer gets what the gate lets it have; what goes to a peer is in the disclosure log before it
/// goes, and is not written there again while the peer has it (If-None-Match). Safe from any thread.
class Detections {
  public:
    explicit Detections(DetectionDoors doors) : doors_(std::move(doors)) {}

    static bool is_mine(std::string_view path) { return path == "/detections" || path.starts_with("/detections/"); }
    net::HttpResponse answer(net::HttpRequest const& request) const;

  private:
    Result<net::HttpResponse> route(net::HttpRequest const& request) const;
    Result<net::HttpResponse> file(net::HttpRequest const& request, ExchangeCaller const& caller,
                                   sharing::Collection const& collection,
                                   sharing::DetectionRequest const& wanted) const;

    DetectionDoors doors_;
};

}  // namespace tocsin::api
