#include "notifications/notifications.hpp"

// A file of its own: what is linked with it needs the archive.
namespace tocsin::notifications {

Findings findings_of(events::Events& events) {
    return {.scan = [&events](auto const& filter, auto const& each) { return events.scan(filter, each); },
            .watermark = [&events] { return events.watermark(); },
            .say = [&events](auto const& request) { return events.say(request); }};
}

}  // namespace tocsin::notifications
