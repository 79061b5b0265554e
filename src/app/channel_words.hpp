#pragma once
#include "app/instance.hpp"
#include "notifications/channels.hpp"
#include "notifications/notifications.hpp"

/// What the commands about channels and letters share.
namespace tocsin::app {

/// Runs `act` on the channels and tells its error.
template <class F>
Exit with_channels(Invocation& call, F&& act) {
    auto const room = call.instance->notifications();
    if (!room) return call.failed(room.error());
    notifications::Channels channels(**room);
    Result<Exit> const done = act(channels);
    return done ? *done : call.failed(done.error());
}

/// A number of a contact or a notification. Errors: Code::invalid.
Result<std::int64_t> number_in(std::string_view word);

}  // namespace tocsin::app
