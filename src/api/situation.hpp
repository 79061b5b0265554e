#pragma once
#include "base/base.hpp"
#include "events/events.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tocsin::api {

/// Open findings of one thing now and seven days earlier.
struct Trend {
    std::string_view what;  ///< organisation, class, feed
    std::string id;
    std::int64_t before = 0;
    std::int64_t now = 0;
    std::int64_t change() const { return now - before; }
};

/// Open findings of one organisation.
struct OpenOf {
    std::int64_t count = 0;
    Timestamp since;  ///< the earliest first seen
};

/// Open findings of one organisation that it says are not its own, or nothing bad: the team has not ruled yet.
struct Disputed {
    std::int64_t count = 0;
    std::string example;  ///< one of them
};

/// What the findings say about the state of things.
struct Situation {
    std::int64_t open = 0;
    std::int64_t new_findings = 0, back_again = 0, repaired = 0;  ///< of the 24 hours before the newest observation
    std::map<std::string, std::int64_t> by_severity;
    std::vector<std::pair<std::string, std::int64_t>> by_class;          ///< the ten largest
    std::vector<std::pair<std::int64_t, std::int64_t>> by_organisation;  ///< the ten largest; 0: without an owner
    std::map<std::int64_t, OpenOf> open_of;                              ///< of every organisation; 0: without an owner
    std::map<std::int64_t, Disputed> disputed_of;                        ///< by organisation
    std::vector<Trend> worse, better;                                    ///< at most ten each, the largest first
};

/// Computes the situation in one pass over the findings within a scope, and keeps it until something was committed, or
/// for ten minutes, for everybody who may read as much. Safe from any thread; one computes, others wait for it.
class SituationCache {
  public:
    Result<std::shared_ptr<Situation const>> get(events::Events const& events, events::Scope const& scope,
                                                 Timestamp now);

  private:
    struct Kept {
        events::Scope scope;
        std::shared_ptr<Situation const> situation;
        std::int64_t watermark;
        Timestamp at;
    };
    static constexpr std::size_t most_kept = 4;  ///< the team knows two scopes: with and without TLP:RED

    std::mutex mutex_;  // held while computing, so that it is done once
    std::vector<Kept> kept_;
};

}  // namespace tocsin::api
