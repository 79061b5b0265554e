#pragma once
#include "events/events.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tocsin::intelligence {

struct PatternQuestion {
    std::string pattern;           ///< STIX 2.1 section 9, whole
    Timestamp from, to;            ///< events observed not before, and before
    std::size_t limit = 100;       ///< hits a page, 1 to 1,000
    std::string after = {};        ///< `next` of the page before
    std::size_t budget = 200'000;  ///< events that one page looks at, at most so many
    std::function<bool()> is_cancelled = {};
};

/// What matches: one event, or the events that together satisfy a pattern over several observations.
struct PatternHit {
    std::string source;  ///< of several: the source address (else name, URL, account) that they share
    std::vector<events::StoredEvent> events;  ///< the newest first
};

struct PatternPage {
    std::vector<PatternHit> hits;  ///< the newest first
    std::string next;              ///< empty: all from `from` on was looked at
    std::int64_t looked_at = 0;    ///< events, by this page
    /// Of a pattern over several observations: events from then on were looked at together. Later than `from` when
    /// there were more than `budget`; then `next` goes on with older ones, and what lies on both sides is not found.
    Timestamp looked_from;
    bool is_over_several = false;
};

/// Searches stored events by a STIX pattern, within what a scope shows.
///
/// A pattern that asks for one observation is held against each event. One that asks for several (AND, OR, FOLLOWEDBY
/// between brackets, REPEATS, WITHIN) is held against the events of each machine together: those that share a source
/// address, name, URL or account. Of each machine the newest 1,000 events that satisfy any of its brackets are taken;
/// a machine is found once a page, with the events of one match.
/// Cost: the events of the span are read, newest first; those without any value that the pattern needs are passed over
/// quickly. Safe from any thread. A value: make one when it is needed.
class PatternSearch {
  public:
    explicit PatternSearch(events::Events const& archive) : archive_(archive) {}

    /// Errors: Code::invalid for the pattern (line and column), the span, the cursor; Code::limit when a match costs
    /// too much; Code::unavailable when cancelled.
    Result<PatternPage> find(events::Scope const& scope, PatternQuestion const& question) const;

  private:
    events::Events const& archive_;
};

/// The STIX objects of a stored event: what a pattern is held against.
std::string observed_objects_of(events::StoredEvent const& event);

}  // namespace tocsin::intelligence
