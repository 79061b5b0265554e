#include "notifications/notifications.hpp"

// A file of its own: what is linked with it needs the archive.
namespace tocsin::notifications {

Findings findings_of(std::function<Result<events::Events*>()> room) {
    auto const scope = events::Scope::of_the_house(gate::HouseWork());
    return {.scan = [room, scope](auto const& filter, auto const& each) -> Status {
                TRY(auto* const events, room());
                return events->scan(scope, filter, each);
            },
            .watermark = [room]() -> std::int64_t {
                auto const events = room();
                return events ? (*events)->watermark() : 0;
            },
            .say = [room](auto const& request) -> Status {
                TRY(auto* const events, room());
                return events->say(request);
            },
            .scan_briefly = [room, scope](auto const& filter, auto const each) -> Status {
                TRY(auto* const events, room());
                return events->scan_briefly(scope, filter, each);
            }};
}

}  // namespace tocsin::notifications
