#include "sharing/preview.hpp"

#include <algorithm>

namespace tocsin::sharing {

Result<Preview> preview_of(intelligence::Intelligence const& intelligence, gate::Gate const& gate, Peer const& peer,
                           Collection const& collection, PreviewOptions const& options) {
    using intelligence::ObjectOrder;
    Preview preview{.collection = collection};
    auto const filter = collection.filter();
    auto const recipient = peer.recipient();
    TRY(preview.in_all, intelligence.count(filter, options.asker));
    TRY(preview.would_get, intelligence.count(filter, recipient));
    if (options.first > 0) {
        TRY(auto page,
            intelligence.objects(filter, recipient, ObjectOrder::newest_first, {.after = {}, .limit = options.first}));
        preview.first = std::move(page.items);
    }
    std::string cursor;
    do {
        TRY(auto const page,
            intelligence.objects(filter, options.asker, ObjectOrder::newest_first, {.after = cursor, .limit = 1000}));
        for (auto const& object : page.items) {
            auto const decision = gate.explain(*object, recipient);
            ++preview.looked_at;
            if (!decision.allowed) ++preview.withheld[decision.reason];
            if (decision.allowed && !decision.removed.empty()) ++preview.shortened;
        }
        cursor = page.next;
    } while (!cursor.empty() && preview.looked_at < options.look_at);
    return preview;
}

}  // namespace tocsin::sharing
