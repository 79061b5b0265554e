// The door of warnings: a digest that the gate has not cleared does not become a mail. See tools/check_misuse.py.
//
// misuse 1: to 'const gate::Cleared<Digest>'
// misuse 2: to 'const gate::Cleared<Digest>'
#include "notifications/render.hpp"

namespace tocsin::notifications {

void use(Digest const& digest, gate::Cleared<Digest> const& cleared, Frame const& frame) {
#if TOCSIN_MISUSE == 1
    (void)render(digest, frame);
#elif TOCSIN_MISUSE == 2
    (void)render(*cleared, frame);  // taken out, it is no longer cleared
#endif
    (void)digest;
    (void)render(cleared, frame);
}

}  // namespace tocsin::notifications
