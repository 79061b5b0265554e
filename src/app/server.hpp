#pragma once
#include "app/instance.hpp"
#include "base/base.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace tocsin::app {

struct ServeOptions {
    std::string listen;             ///< empty: the configuration's
    bool is_demonstration = false;  ///< the data is the fictional nation's
};

/// Everything that runs while the server runs: HTTP, the command socket, ingest of what is accepted and of the drop
/// folder, the sender, the exchange with TAXII remotes, the hourly round. Serve and demo share it.
class Server {
  public:
    /// Starts all of it. Errors: the address is in use, a certificate is no good, a store can't be opened.
    static Result<std::unique_ptr<Server>> start(Instance& instance, ServeOptions const& options);
    ~Server();

    /// "http://127.0.0.1:5800"
    std::string const& url() const;
    /// Ends it: no new requests, those under way get `grace` to finish; what was accepted stays and is taken up by the
    /// next start.
    void stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Waits for SIGTERM, SIGINT or SIGHUP. Call `hold_signals` before any thread is started, so that only this waiting
/// gets them.
void hold_signals();
void wait_for_signal();

}  // namespace tocsin::app
