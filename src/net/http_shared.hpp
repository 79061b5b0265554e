#pragma once
#include "net/http.hpp"
#include "net/worker_pool.hpp"

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

/// What the sessions of one server share. Private to net's HTTP files.
namespace tocsin::net {

/// A connection, as the server sees it. Used on the I/O thread only.
class SessionBase {
  public:
    virtual ~SessionBase() = default;
    /// Closes at once when it only waits, else after the answer under way.
    virtual void close_soon() = 0;
};

struct Shared {
    explicit Shared(HttpLimits const& server_limits)
        : limits(server_limits),
          workers(server_limits.workers, server_limits.queue),
          long_workers(server_limits.long_answers, 0),
          io(1) {}

    HttpLimits const limits;
    HttpCounters counters;
    std::unordered_set<SessionBase*> sessions;              ///< I/O thread only
    std::unordered_map<std::string, std::size_t> per_peer;  ///< I/O thread only
    bool stopping = false;                                  ///< I/O thread only
    WorkerPool workers;
    WorkerPool long_workers;
    boost::asio::io_context io;  ///< last: what still hangs in it is destroyed first
};

/// Counts a connection in and out. I/O thread only.
class ConnectionSlot {
  public:
    ConnectionSlot(Shared& shared, Peer const& peer) : shared_(shared), address_(peer.is_loopback ? "" : peer.address) {
        ++shared_.counters.connections;
        ++shared_.counters.open_connections;
        if (!address_.empty()) ++shared_.per_peer[address_];
    }
    ~ConnectionSlot() {
        --shared_.counters.open_connections;
        if (address_.empty()) return;
        auto const found = shared_.per_peer.find(address_);
        if (found != shared_.per_peer.end() && --found->second == 0) shared_.per_peer.erase(found);
    }
    ConnectionSlot(ConnectionSlot const&) = delete;
    ConnectionSlot& operator=(ConnectionSlot const&) = delete;

  private:
    Shared& shared_;
    std::string address_;
};

}  // namespace tocsin::net
