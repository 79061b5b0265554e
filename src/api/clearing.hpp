#pragma once
#include "api/router.hpp"
#include "gate/gate.hpp"

#include <fmt/format.h>
#include <utility>
#include <vector>

/// The gate's word on what the caller may see. Private to api.
namespace tocsin::api {

/// What of these the caller may see.
template <gate::Releasable T>
std::vector<gate::Cleared<T>> cleared(Call const& call, std::vector<T> things) {
    return std::move(call.doors().gate->sift(std::move(things), gate::Recipient::team(call.caller)).cleared);
}

/// One, or Code::not_found: what may not be seen is not there.
template <gate::Releasable T>
Result<gate::Cleared<T>> cleared(Call const& call, T thing) {
    auto const kind = gate::About<T>::of(thing).kind;
    auto passed = call.doors().gate->clear(std::move(thing), gate::Recipient::team(call.caller));
    if (!passed) return fail(Code::not_found, fmt::format("there is no such {}", kind));
    return std::move(*passed);
}

}  // namespace tocsin::api
