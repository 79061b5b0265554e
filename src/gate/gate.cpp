#include "gate/gate.hpp"

#include <fmt/format.h>

namespace tocsin::gate {

Decision Gate::explain(Particulars const& thing, Recipient const& recipient) const {
    Reason const reason = decide(thing, recipient, world_);
    return {allows(reason), reason, thing.marking, {}};
}

Decision Gate::explain_parts(Particulars const& whole, std::vector<Particulars> const& parts,
                             Recipient const& recipient) const {
    Decision decision = explain(whole, recipient);
    if (!decision.allowed || parts.empty()) return decision;
    for (auto const& part : parts) {
        Reason const reason = decide(part, recipient, world_);
        if (allows(reason)) {
            decision.marking = stricter(decision.marking, part.marking);
        } else {
            decision.removed.push_back({part.id, reason});
        }
    }
    if (decision.removed.size() == parts.size()) {
        decision.allowed = false;
        decision.reason = Reason::nothing_left;
    }
    return decision;
}

std::vector<std::size_t> Gate::places_to_remove(std::vector<Particulars> const& parts,
                                                Recipient const& recipient) const {
    std::vector<std::size_t> gone;
    for (std::size_t place = 0; place < parts.size(); ++place)
        if (!allows(decide(parts[place], recipient, world_))) gone.push_back(place);
    return gone;
}

std::unexpected<Error> Gate::refused(Particulars const& thing, Recipient const& recipient, Decision const& decision) {
    return fail(Code::denied,
                fmt::format("{} {} ({}) may not go to {}: {}", thing.kind, thing.id, label_of(decision.marking),
                            recipient.reference(), words_of(decision.reason)));
}

}  // namespace tocsin::gate
