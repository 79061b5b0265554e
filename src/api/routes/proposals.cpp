#include "api/own_objects.hpp"
#include "api/render_intelligence.hpp"

#include <boost/json/serialize.hpp>

/// Proposals to change an object, ours or another's.
namespace tocsin::api {

namespace {

using intelligence::Proposal;
using intelligence::Proposals;

void put(JsonWriter& json, Call const& call, Proposal const& proposal, Names const& names) {
    begin_json(json, proposal, [&](std::string_view who) { return called(names, who); })
        .field("is_mine", proposal.who == call.caller.who)
        .key("object");
    put(json, proposal.object, names);
    json.end();
}

Reply answer(Call const& call, Proposal const& proposal, int status = 200) {
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    put(json, call, proposal, names);
    return json_answer(std::move(json), status);
}

Reply changed(Call const& call, Result<Proposal> const& proposal, int status = 200) {
    if (!proposal) return std::unexpected(proposal.error());
    call.changed("intelligence", "", "changed");
    return answer(call, *proposal, status);
}

Reply proposals_list(Call& call) {
    intelligence::ProposalFilter filter{.object = std::string(call.query("object").value_or(""))};
    if (auto const state = call.query("state")) filter.state = intelligence::proposal_state_named(*state);
    Proposals const proposals(*call.doors().intelligence);
    TRY(auto const page, proposals.list(filter, call.caller, {.after = call.after(), .limit = call.limit()}));
    TRY(auto const total, proposals.count(filter, call.caller));
    TRY(auto const names, Names::of(call));
    return page_of(page.items, page.next, total,
                   [&](JsonWriter& json, Proposal const& one) { put(json, call, one, names); });
}

Reply proposals_get(Call& call) {
    TRY(auto const proposal, Proposals(*call.doors().intelligence).find(call.path_id(), call.caller));
    return answer(call, proposal);
}

Reply proposals_create(Call& call) {
    intelligence::NewProposal wanted{.object = call.text_or("object", ""),
                                     .revokes = call.flag("revoke").value_or(false),
                                     .reason = call.text_or("reason", "")};
    if (auto const* list = call.member("changes"))
        for (auto const& one : list->as_array()) {
            auto const& change = one.as_object();
            auto const* value = change.if_contains("value");
            wanted.changes.push_back(
                {.property = std::string(change.at("property").as_string()),
                 .value = value == nullptr || value->is_null() ? std::string() : boost::json::serialize(*value)});
        }
    return changed(call, Proposals(*call.doors().intelligence).add(wanted, call.caller), 201);
}

Reply proposals_accept(Call& call) {
    auto const& team = call.house.options.team;
    return changed(
        call, Proposals(*call.doors().intelligence)
                  .accept(call.path_id(), {.identity = team_identity_id(call), .name = team.empty() ? "Tocsin" : team},
                          call.flag("ours").value_or(false), call.caller));
}

Reply proposals_dismiss(Call& call) {
    return changed(
        call, Proposals(*call.doors().intelligence).dismiss(call.path_id(), call.text_or("reason", ""), call.caller));
}

Reply proposals_withdraw(Call& call) {
    return changed(call, Proposals(*call.doors().intelligence).withdraw(call.path_id(), call.caller));
}

}  // namespace

void routes_proposals(Router& router) {
    router.answer("proposals_list", proposals_list);
    router.answer("proposals_get", proposals_get);
    router.answer("proposals_create", proposals_create);
    router.answer("proposals_accept", proposals_accept);
    router.answer("proposals_dismiss", proposals_dismiss);
    router.answer("proposals_withdraw", proposals_withdraw);
}

}  // namespace tocsin::api
