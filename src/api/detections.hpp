#pragma once
#include "api/exchange_caller.hpp"
#include "intelligence/intelligence.hpp"
#include "net/net.hpp"
#include "sharing/sharing.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>

namespace tocsin::api {

/// Files for tools of defence at addresses that stay: /detections/COLLECTION/FORMAT, with ?known_good=1, ?own_rules=0,
/// ?confidence=N and ?label=WORD.
///
/// Signed in like TAXII. A peer gets what the gate lets it have; what goes to a peer is in the disclosure log before it
/// goes, and is not written there again while the peer has it (If-None-Match). Safe from any thread.
class Detections {
  public:
    explicit Detections(ExchangeDoors doors) : doors_(std::move(doors)) {}

    static bool is_mine(std::string_view path) { return path == "/detections" || path.starts_with("/detections/"); }
    net::HttpResponse answer(net::HttpRequest const& request) const;

  private:
    Result<net::HttpResponse> route(net::HttpRequest const& request) const;
    Result<net::HttpResponse> file(net::HttpRequest const& request, ExchangeCaller const& caller,
                                   sharing::Collection const& collection,
                                   sharing::DetectionRequest const& wanted) const;

    ExchangeDoors doors_;
};

}  // namespace tocsin::api
