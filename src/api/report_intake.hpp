#pragma once
#include "events/events.hpp"
#include "net/net.hpp"

#include <memory>
#include <string>

namespace tocsin::api {

/// Hands a body, as it comes, to Events::accept, which asks for bytes: that runs on a thread of its own meanwhile, a
/// few at a time. Broken-off bodies are not accepted. `done` makes the answer.
///
/// Errors: Code::unavailable when as many reports as allowed are coming in.
Result<std::unique_ptr<net::BodySink>> take_in_report(events::Events& events, std::string feed, std::string name,
                                                      std::function<net::HttpResponse(Result<events::Report>)> done);

}  // namespace tocsin::api
