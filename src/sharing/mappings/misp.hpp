#pragma once
#include "formats/formats.hpp"
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// MISP events as STIX 2.1 objects and back. Pure: no clock, no store.
///
/// An attribute with `to_ids` and a value one can look for is an indicator; of others, values of a cyber-observable
/// are observed-data, a CVE is a vulnerability, the rest are notes. The event is a report (a grouping while it is not
/// published), an object a grouping of its attributes, a reference a relationship. Sightings are sightings, false
/// positives opinions, event reports and proposals notes. `Orgc` is the identity that made them all.
///
/// The UUID of a MISP element is the UUID of its object. Markings: the strictest of the TLP (PAP) tags of the element
/// and of what it is in; "organisation only" and sharing groups are AMBER+STRICT at least, the group is told as a
/// statement. Other tags are labels. What an element says beyond that is in the extension `misp_extension_id`, so that
/// event_of gives the event back whole.
namespace tocsin::sharing::misp {

inline constexpr std::string_view misp_extension_id = "extension-definition--0d6b52cb-6a3f-4a3c-8f4e-5c8e2b7a9d13";

/// What all elements of an event need to know of it.
struct EventContext {
    std::string uuid, creator_id, event_id;
    Timestamp timestamp;
    std::vector<std::string> marking_refs;
    formats::misp::Distribution distribution = formats::misp::Distribution::community;
    std::optional<formats::stix::TlpLevel> tlp;
    std::optional<formats::stix::PapLevel> pap;
};
/// From the head (formats::misp::EventItem::end). Errors: those of JsonTree; Code::invalid without UUID and info.
Result<EventContext> context_of(std::string_view head);

/// Turns one event's elements into objects as they come. One after the other; memory grows with the number of
/// elements by the length of their identifiers only, up to a limit beyond which the report does not name them.
class Converter {
  public:
    Converter();
    ~Converter();

    void begin(EventContext context);
    /// Errors: Code::invalid with what is wrong with the element; nothing of it is then in `objects`.
    Status add(formats::misp::EventItem::Kind kind, std::string_view json, std::vector<std::string>& objects);
    /// The event itself, its relationships, and what they all refer to.
    Status finish(std::string_view head, std::vector<std::string>& objects);

  private:
    class State;
    std::unique_ptr<State> state_;
};

/// All objects of one or more events in memory. Errors: those of EventReader, context_of and Converter.
Result<std::vector<std::string>> objects_of(std::string_view events);

/// An event out of objects, and what found no place in it.
struct MadeEvent {
    std::string json;                   ///< {"Event":{...}}
    std::size_t elements = 0;           ///< attributes, objects and reports in it; MISP refuses an event without any
    std::vector<std::string> left_out;  ///< ids of objects that MISP can't say
};
struct EventOptions {
    /// Of a new event, when no report or grouping among the objects gives it.
    std::string uuid, info = "Indicators";
    std::string creator_uuid, creator_name;
    std::vector<std::string> tags;
    Timestamp at;
};
/// Objects that came from MISP give their elements back as they came; of those that were changed since (`modified` is
/// later than `created`), what STIX says counts: value, comment, tags, deletion and time. Others become attributes: an
/// indicator for each value of its pattern, an observable its value, the rest a text. The event is the first MISP event
/// among them, else the first report or grouping, else a new one; its time is that of its newest change. Errors: those
/// of JsonTree.
Result<MadeEvent> event_of(std::span<gate::Cleared<intelligence::Object> const> objects, EventOptions const& options);

}  // namespace tocsin::sharing::misp
