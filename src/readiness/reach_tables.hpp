#pragma once
#include "readiness/reachability.hpp"

/// The tables of reachability tests, one function a statement. Private to the room.
namespace tocsin::readiness::reach_tables {

/// A test with what else its row holds.
struct StoredTest {
    ReachTest test;
    std::string link;
    std::string boot;
};

Result<std::vector<ReachTarget>> targets(store::Transaction& tx, Timestamp now);
/// Errors: Code::not_found, also for one that was removed.
Result<ReachTarget> target(store::Transaction& tx, ReachTargetId id, Timestamp now);
Result<StoredTest> test(store::Transaction& tx, ReachTestId id);
Result<std::vector<StoredTest>> in_state(store::Transaction& tx, ReachState state);
/// A test of this target that is under way, or still waits for its answer.
Result<std::optional<ReachTest>> open_test(store::Transaction& tx, ReachTargetId id, Timestamp now);
/// Sets `next` and counts the test.
Result<ReachTestId> put(store::Transaction& tx, ReachTest const& test, std::string_view link,
                        std::optional<Timestamp> next);
/// The first that is due becomes `sending`.
Result<std::optional<StoredTest>> claim(store::Transaction& tx, Timestamp now, std::string_view boot);
Status set_time(store::Transaction& tx, ReachTestId id, bool is_outside, Timestamp deadline);

struct Verdict {
    ReachState state = ReachState::queued;
    std::optional<Timestamp> sent = {};
    Timestamp next_attempt = {};
    std::string error = {};
};
/// Only for that attempt, while it is `sending`.
Result<bool> conclude(store::Transaction& tx, ReachTestId id, int attempt, Verdict const& verdict);
/// By the bytes in its link; none when the target was removed.
Result<std::optional<std::pair<ReachTarget, ReachTest>>> by_link(store::Transaction& tx, std::string_view link,
                                                                 Timestamp now);
Status opened(store::Transaction& tx, ReachTestId id, Timestamp now);
/// False when it was answered before.
Result<bool> answered(store::Transaction& tx, ReachTestId id, Timestamp now);

}  // namespace tocsin::readiness::reach_tables
