#pragma once
#include "access/access.hpp"
#include "api/api.hpp"
#include "api/request_target.hpp"
#include "events/events.hpp"
#include "intelligence/intelligence.hpp"

/// Query parameters as the rooms' filters. The same words in the address of a list, of its count, of its export.
namespace tocsin::api {

/// Errors: Code::invalid naming the parameter and what was expected.
Result<events::EventFilter> event_filter(RequestTarget const& target);
/// `assigned=me` is the caller's account.
Result<events::FindingFilter> finding_filter(RequestTarget const& target, access::Principal const& caller);
/// The same, and what only the rooms together know: `told=yes` (somebody was warned of it) and `sector=energy,none`
/// (of the organisation it concerns).
Result<events::FindingFilter> finding_filter(Doors const& doors, RequestTarget const& target,
                                             access::Principal const& caller);
Result<events::AggregateRequest> aggregate_request(RequestTarget const& target);
/// `q` that is one value (an address, a defanged domain, a hash) asks for what is about it, other text for its words.
Result<intelligence::ObjectFilter> object_filter(RequestTarget const& target, Timestamp now);

/// "a,b,c" taken apart, empty parts left out.
std::vector<std::string> comma_list(RequestTarget const& target, std::string_view name);
/// Errors: Code::invalid naming the parameter.
Result<std::vector<std::int64_t>> number_list(RequestTarget const& target, std::string_view name);
Result<std::optional<Timestamp>> time_value(RequestTarget const& target, std::string_view name);

}  // namespace tocsin::api
