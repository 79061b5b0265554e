#pragma once
#include "sharing/collections.hpp"
#include "sharing/peers.hpp"

#include <map>
#include <string>
#include <vector>

namespace tocsin::sharing {

/// What a peer would get of a collection if it asked now, and why not the rest. Nothing is entered in the disclosure
/// log: nothing leaves.
struct Preview {
    Collection collection;
    std::int64_t in_all = 0;     ///< newest versions it holds, as the asking team sees it
    std::int64_t would_get = 0;  ///< of these, exact
    std::map<gate::Reason, std::int64_t> withheld = {};
    std::int64_t shortened = 0;                                   ///< of those that would go, how many lose parts
    std::int64_t looked_at = 0;                                   ///< for `withheld` and `shortened`: the newest
    std::vector<gate::Cleared<intelligence::Object>> first = {};  ///< cleared for the peer, the newest
};

struct PreviewOptions {
    std::size_t first = 20;         ///< how many objects are given
    std::int64_t look_at = 20'000;  ///< how many are asked about
    gate::Recipient asker = {};     ///< who wants to know: what it may not see is not counted
};
Result<Preview> preview_of(intelligence::Intelligence const& intelligence, gate::Gate const& gate, Peer const& peer,
                           Collection const& collection, PreviewOptions const& options);

}  // namespace tocsin::sharing
