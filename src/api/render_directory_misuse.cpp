// The directory's door: what the gate has not cleared does not become JSON. See tools/check_misuse.py.
//
// misuse 1: to 'const gate::Cleared<constituency::Contact>'
// misuse 2: to 'const gate::Cleared<constituency::Organisation>'
// misuse 3: to 'const gate::Cleared<constituency::Resource>'
#include "api/render_directory.hpp"

namespace tocsin::api {

void use(JsonWriter& json, constituency::Organisation const& organisation, constituency::Resource const& resource,
         constituency::Contact const& contact, gate::Cleared<constituency::Contact> const& cleared) {
#if TOCSIN_MISUSE == 1
    put(json, contact);
#elif TOCSIN_MISUSE == 2
    put(json, organisation, {});
#elif TOCSIN_MISUSE == 3
    put(json, resource);
#endif
    (void)organisation, (void)resource, (void)contact;
    put(json, cleared);
}

}  // namespace tocsin::api
