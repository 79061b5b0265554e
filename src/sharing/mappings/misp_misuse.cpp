// What the gate has not cleared does not become a MISP event. See tools/check_misuse.py.
//
// misuse 1: to 'std::span<const gate::Cleared<intelligence::Object>>'
// misuse 2: to 'std::span<const gate::Cleared<intelligence::Object>>'
#include "sharing/mappings/misp.hpp"

namespace tocsin::sharing::misp {

void use(std::vector<std::string> const& texts, std::vector<intelligence::Object> const& objects,
         std::vector<gate::Cleared<intelligence::Object>> const& cleared) {
#if TOCSIN_MISUSE == 1
    auto const event = event_of(texts, {});
#elif TOCSIN_MISUSE == 2
    auto const event = event_of(objects, {});
#endif
    (void)texts, (void)objects;
    auto const allowed = event_of(cleared, {});
    (void)allowed;
}

}  // namespace tocsin::sharing::misp
