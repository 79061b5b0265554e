#pragma once
#include "formats/byte_source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::formats::misp {

struct EventLimits {
    std::size_t element_bytes = std::size_t{16} << 20;  ///< of one attribute, object, ...; a longer one is a fault
    std::size_t head_bytes = std::size_t{32} << 20;     ///< of all else an event says (organisations, tags, galaxies)
    std::int64_t faults = 10'000;                       ///< an input with more is no MISP
};

/// One piece of an event, in the order of the text.
struct EventItem {
    enum class Kind : std::uint8_t {
        attribute,
        object,
        proposal,  ///< an element of the event's ShadowAttribute
        report,    ///< an element of EventReport
        end,       ///< of an event; `json` is all its members, those four lists empty where they stood
        fault,     ///< something else than was expected; `json` is what was read, as far as kept
    };
    Kind kind = Kind::fault;
    std::uint64_t offset = 0;  ///< the byte of the input where it begins, from 0
    std::uint64_t line = 0;    ///< and the line, from 1
    std::string_view json;     ///< minified, otherwise byte for byte as it came
    std::string fault;
};

/// Takes MISP events apart: `{"Event":{...}}`, a list of these, `{"response":[...]}`, bare events, one behind the
/// other.
///
/// Source: draft-dulaunoy-misp-core-format section 2. Holds one element and the head of one event at a time, however
/// many there are. It finds where things begin and end; elements.hpp tells what they say. What is broken becomes an
/// item of kind fault with its place, and reading goes on by the brackets. One thread at a time.
class EventReader {
  public:
    explicit EventReader(ByteSource& source, EventLimits const& limits = {});
    ~EventReader();

    /// Nothing at the end. What it points to lives until the next call.
    /// Errors: the source's; Code::limit for a head too long or too many faults, with the line.
    Result<std::optional<EventItem>> next();

  private:
    class State;
    std::unique_ptr<State> state_;
};

/// Whether an input that starts so holds MISP events and not STIX. Looks at the first 64 KiB.
bool looks_like_events(std::string_view start);

}  // namespace tocsin::formats::misp
