#pragma once
#include "events/events.hpp"
#include "intelligence/object.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::intelligence {

enum class MatchState : std::uint8_t {
    fresh,      ///< not looked at yet
    handed_on,  ///< an event was made of it: a finding, with an owner who can be warned
    held,       ///< its owner may not know of the indicator: a person decides
    ruled_out,  ///< a person said that it means nothing
};
std::string_view name_of(MatchState state);
std::optional<MatchState> match_state_named(std::string_view name);

/// An observation that met a live indicator: one for each indicator, value, machine and day.
struct Match {
    std::int64_t id = 0;
    Object indicator;
    formats::ObservableKind kind = formats::ObservableKind::other;
    std::string value;    ///< as observed
    std::string side;     ///< source, destination, file; own: the indicator itself names a machine of ours
    std::string subject;  ///< the machine it is about
    Timestamp observed;
    std::string feed;         ///< that observed it
    std::int64_t report = 0;  ///< 0: none
    MatchState state = MatchState::fresh;
    gate::Tlp event_tlp = gate::Tlp::red;  ///< the marking of the event
    std::string event;                     ///< IDF, what of the event the finding needs
};

/// What came of looking through the archive.
struct SweepTotals {
    std::int64_t passes = 0;   ///< over the whole archive
    std::int64_t events = 0;   ///< that had to be looked at
    std::int64_t matches = 0;  ///< that are new
};

struct MatchFilter {
    std::optional<MatchState> state = {};
    std::string indicator = {};  ///< id
    std::string subject = {};
};

}  // namespace tocsin::intelligence

/// A match tells of its indicator and of an event: it goes where both may go.
template <>
struct tocsin::gate::About<tocsin::intelligence::Match> {
    static Particulars of(intelligence::Match const& match) {
        auto particulars = About<intelligence::Object>::of(match.indicator);
        particulars.kind = "match";
        particulars.id = std::to_string(match.id);
        particulars.marking = stricter(particulars.marking, {match.event_tlp});
        return particulars;
    }
};

namespace tocsin::intelligence {

struct MatchPage {
    std::vector<gate::Cleared<Match>> items;
    std::string next;
};

}  // namespace tocsin::intelligence
