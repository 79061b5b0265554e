// The API's door: what the gate has not cleared does not become JSON. See tools/check_misuse.py.
//
// misuse 1: to 'const gate::Cleared<events::Finding>'
// misuse 2: to 'const gate::Cleared<events::StoredEvent>'
// misuse 3: to 'const gate::Cleared<events::Finding>'
#include "api/render_events.hpp"

namespace tocsin::api {

void use(JsonWriter& json, Names const& names, events::Finding const& finding, events::StoredEvent const& event,
         gate::Cleared<events::Finding> const& cleared) {
#if TOCSIN_MISUSE == 1
    put(json, finding, names);
#elif TOCSIN_MISUSE == 2
    put(json, event, names);
#elif TOCSIN_MISUSE == 3
    put(json, *cleared, names);  // taken out, it is no longer cleared
#endif
    (void)finding, (void)event;
    put(json, cleared, names);
}

}  // namespace tocsin::api
