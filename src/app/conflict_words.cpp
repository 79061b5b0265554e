#include "app/conflict_words.hpp"

#include "app/accounts.hpp"

namespace tocsin::app {

constituency::SourceConflicts conflicts_of(Invocation const& call) {
    return constituency::SourceConflicts(call.instance->constituency().directory());
}

void print_conflict(Invocation const& call, constituency::SourceConflict const& conflict) {
    call.print("#{} {}: {} ({})", conflict.id.value, constituency::name_of(conflict.state), conflict.subject,
               constituency::name_of(conflict.kind));
    auto const print = [&](std::string_view whose, constituency::ConflictSide const& side) {
        call.print("    {:<7} {}{}{}  ({})", whose, side.what, side.mark.empty() ? "" : ", ", side.mark, side.from);
    };
    for (auto const& side : conflict.ours) print("ours", side);
    for (auto const& side : conflict.theirs) print("theirs", side);
    if (conflict.decision && conflict.decided)
        call.print("    {} on {} by {}: {}", constituency::name_of(*conflict.decision),
                   format_timestamp(*conflict.decided), called(call, conflict.decided_by), conflict.reason);
    if (conflict.change_set) call.print("    undo: tocsin org undo {}", conflict.change_set.value);
}

}  // namespace tocsin::app
