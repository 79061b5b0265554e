#pragma once
#include "api/detections.hpp"

#include <string_view>

namespace tocsin::api {

/// Collections as MISP feeds at addresses that stay: /misp-feed/COLLECTION/manifest.json, hashes.csv and UUID.json; a
/// MISP subscribes to /misp-feed/COLLECTION.
///
/// Signed in, cleared, disclosed and cached like the detection exports. Safe from any thread.
class MispFeed {
  public:
    explicit MispFeed(ExchangeDoors doors) : doors_(std::move(doors)) {}

    static bool is_mine(std::string_view path) { return path == "/misp-feed" || path.starts_with("/misp-feed/"); }
    net::HttpResponse answer(net::HttpRequest const& request) const;

  private:
    Result<net::HttpResponse> route(net::HttpRequest const& request) const;

    ExchangeDoors doors_;
};

}  // namespace tocsin::api
