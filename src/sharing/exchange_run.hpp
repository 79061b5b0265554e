#pragma once
#include "sharing/exchange.hpp"

/// What a run holds. Private to the room.
namespace tocsin::sharing {

struct Run {
    ExchangeDoors const& doors;
    ExchangeLimits const& limits;
    Remote const& remote;
    Peer const& peer;
    RunOptions const& options;
    TaxiiClient& client;
    Course& course;
    Way way;
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();

    Timestamp now() const { return doors.clock->now(); }
    bool is_cancelled() const { return options.is_cancelled && options.is_cancelled(); }
    bool is_out_of_time() const { return std::chrono::steady_clock::now() - began > limits.time; }
    /// Writes how far it came; not in a dry run.
    Status save() const { return options.is_dry ? Status() : doors.remotes->save(remote.id, way, course); }
    /// Finds root and collection, unless they are known. A collection that is another one now is read from its start.
    Status locate() const;
};

Result<PollReport> run_poll(Run& run);
Result<PushReport> run_push(Run& run);
/// Asks nobody: what the gate says to each object.
Result<PushReport> run_dry_push(Run& run);

}  // namespace tocsin::sharing
