#include "intelligence/marking_store.hpp"

#include <algorithm>

namespace tocsin::intelligence {

Result<std::optional<Meaning>> MarkingReader::meaning_of(std::string_view ref) {
    if (auto const known = known_.find(ref); known != known_.end()) return known->second;
    std::optional<Meaning> meaning = Intake::meaning_of(ref);
    if (auto const uuid = uuid_of(ref); !meaning && uuid) {
        TRY(auto const at,
            tx_.one("SELECT block, slot FROM intel_object WHERE uuid = ? AND is_last = 1", {store::Bind::blob(*uuid)},
                    [](store::Row const& row) { return std::pair(row.integer(0), row.integer(1)); }));
        if (at) {
            TRY(auto const json, bodies_.body(at->first, at->second));
            meaning = intake_.take(json, 0).defines;
        }
    }
    known_.emplace(ref, meaning);
    return meaning;
}

gate::Marking part_marking(gate::Marking const& whole, std::optional<Meaning> const& meaning) {
    gate::Marking marking = whole;
    marking.tlp = std::max(marking.tlp, meaning ? meaning->tlp.value_or(gate::Tlp::clear) : gate::Tlp::amber_strict);
    if (meaning && meaning->pap) marking.pap = std::max(marking.pap.value_or(gate::Pap::clear), *meaning->pap);
    return marking;
}

}  // namespace tocsin::intelligence
