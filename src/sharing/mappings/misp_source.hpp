#pragma once
#include "sharing/mappings/misp.hpp"

#include <vector>

namespace tocsin::sharing::misp {

/// The objects of MISP events as JSON lines, for Intelligence::import.
///
/// Reads the events twice: what an event says of all its elements (its creator, its marking) may stand behind them.
/// Holds one element, and of each event its context. What can't be mapped is given as an object without a type, with
/// the reason in it, so that it is counted and kept aside with its delivery. One thread at a time.
class EventSource final : public formats::ByteSource {
  public:
    explicit EventSource(formats::RewindableSource& events) : events_(events) {}
    /// Errors: the source's, EventReader's; Code::limit for more than a million events.
    Result<std::size_t> read(std::span<char> into) override;

  private:
    Status look_ahead();
    Status step();
    void set_aside(formats::misp::EventItem const& item, std::string_view reason);

    formats::RewindableSource& events_;
    std::unique_ptr<formats::misp::EventReader> reader_;
    std::vector<EventContext> contexts_;  ///< without an id: its head can't be read
    std::size_t event_ = 0;
    Converter converter_;
    std::vector<std::string> objects_;
    std::string text_;
    std::size_t at_ = 0;
    bool is_at_end_ = false;
};

}  // namespace tocsin::sharing::misp
