// A reader that is not told for whom it reads does not compile. See tools/check_misuse.py.
//
// misuse 1: too few arguments to function call
// misuse 2: no matching member function for call to 'count'
// misuse 3: no matching member function for call to 'aggregate'
// misuse 4: no matching member function for call to 'feed_health'
// misuse 5: too few arguments to function call
// misuse 6: too few arguments to function call
// misuse 7: to 'const Scope'
// misuse 8: to 'const Scope<StoredEvent>'
#include "events/events.hpp"

namespace tocsin::events {

void use(Events const& events, gate::Gate const& gate, gate::Recipient const& recipient) {
    auto const scope = gate.scope<StoredEvent>(recipient);
    EventFilter const filter;
#if TOCSIN_MISUSE == 1
    (void)events.search(filter, EventOrder::newest_first, {});
#elif TOCSIN_MISUSE == 2
    (void)events.count(filter);
#elif TOCSIN_MISUSE == 3
    (void)events.aggregate(filter, {});
#elif TOCSIN_MISUSE == 4
    (void)events.feed_health();
#elif TOCSIN_MISUSE == 5
    (void)events.export_to("file", filter, ExportFormat::csv);
#elif TOCSIN_MISUSE == 6
    (void)events.findings({}, FindingOrder::address, {});
#elif TOCSIN_MISUSE == 7
    (void)events.oldest(recipient);  // whoever it is, the gate has not been asked
#elif TOCSIN_MISUSE == 8
    (void)events.oldest(gate.scope<Finding>(recipient));
#endif
    (void)events.count(scope, filter);
}

}  // namespace tocsin::events
