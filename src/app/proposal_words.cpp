#include "app/proposal_words.hpp"

#include "app/accounts.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {

Result<std::int64_t> proposal_named(Invocation const& call) {
    std::string_view text = call.arguments.front();
    if (text.starts_with('#')) text.remove_prefix(1);
    auto const id = parse_int(text);
    if (!id) return fail(Code::invalid, fmt::format("\"{}\" is not a proposal's number", call.arguments.front()));
    return *id;
}

void append_proposal(JsonWriter& json, Invocation const& call, intelligence::Proposal const& proposal) {
    begin_json(json, proposal, [&](std::string_view who) { return called(call, who); }).key("object");
    append_json(json, proposal.object);
    json.end();
}

std::string line_of(intelligence::Proposal const& proposal) {
    std::string what = proposal.revokes ? "revoke" : "";
    for (auto const& change : proposal.changes) what += (what.empty() ? "" : ", ") + change.property;
    return fmt::format("{:<5} {} {:<9} {}  {}  {}", fmt::format("#{}", proposal.id), format_timestamp(proposal.at),
                       intelligence::name_of(proposal.state), proposal.object->id, what, proposal.reason);
}

Exit show(Invocation const& call, intelligence::Proposal const& proposal) {
    if (call.json()) {
        JsonWriter json;
        append_proposal(json, call, proposal);
        call.print("{}", json.text());
        return Exit::done;
    }
    call.print("Proposal {}: {}, {}", proposal.id, proposal.revokes ? "revoke" : "change",
               intelligence::name_of(proposal.state));
    call.print("  {}", line_of(proposal.object));
    call.print("  {}  by {}  reason: {}", format_timestamp(proposal.at), called(call, proposal.who), proposal.reason);
    for (auto const& change : proposal.changes)
        call.print("  {}: {} -> {}", change.property, change.before.empty() ? "(not there)" : change.before,
                   change.value.empty() ? "(left out)" : change.value);
    if (proposal.decided_at)
        call.print("  {} {} by {}{}{}", intelligence::name_of(proposal.state), format_timestamp(*proposal.decided_at),
                   called(call, proposal.decided_by), proposal.answer.empty() ? "" : ": ", proposal.answer);
    if (!proposal.told.empty()) call.print("  its author is told by {}", proposal.told);
    return Exit::done;
}

}  // namespace tocsin::app
