#pragma once
#include "api/clearing.hpp"
#include "api/render.hpp"
#include "api/router.hpp"
#include "constituency/constituency.hpp"
#include "events/events.hpp"
#include "gate/gate.hpp"
#include "intelligence/intelligence.hpp"

/// Events, findings, reports and feeds as the contract's schemas. Private to api.
namespace tocsin::api {

/// Names for the numbers that stand in events and findings, as of now. Made once a request.
class Names {
  public:
    static Result<Names> of(Call const& call);
    std::string organisation(std::int64_t id) const;
    std::string account(std::string_view id) const;
    /// By which resource a finding is its organisation's, as the directory is now: "prefix 192.0.2.0/24, verified".
    /// Empty when it is nobody's, or the directory has changed since.
    std::string reason(events::Finding const& finding) const;
    /// The lists that warn; may be nullptr.
    intelligence::KnownGood const* known_good() const { return known_good_; }

  private:
    intelligence::KnownGood const* known_good_ = nullptr;
    std::shared_ptr<constituency::OwnerTable const> owners_;
    std::vector<access::Account> accounts_;
};

/// The door: only what the gate has cleared becomes JSON (render_events_misuse.cpp).
void put(JsonWriter& json, gate::Cleared<events::StoredEvent> const& event, Names const& names,
         std::string_view reason = {});
struct FindingExtras {
    std::string reason;
    std::int64_t notified = 0;
    std::optional<Timestamp> notified_at;
};
/// What lists tell of findings beside themselves, in their order: why they are their owner's, when that was warned.
Result<std::vector<FindingExtras>> extras_of(House const& house, Names const& names,
                                             std::span<gate::Cleared<events::Finding> const> findings);
void put(JsonWriter& json, gate::Cleared<events::Finding> const& finding, Names const& names,
         FindingExtras const& extras = {});
void put(JsonWriter& json, events::Report const& report);
void put(JsonWriter& json, events::FeedHealth const& health, events::FeedDefinition const* definition);
void put_class(JsonWriter& json, std::string_view taxonomy, std::string_view type, std::string_view identifier);
net::HttpResponse aggregate_answer(events::Aggregate const& aggregate, events::AggregateRequest const& request,
                                   Names const& names);

/// What the caller may read, for every reader of the events room. Made anew for each request.
events::Scope scope_of(Call const& call);
/// A finding as the stream of changes may name it to everybody who listens: empty, which says "some", unless all of the
/// team may know of it. An id holds the address.
std::string id_for_all(Call const& call, events::Finding const& finding);

}  // namespace tocsin::api
