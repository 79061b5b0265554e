#include "api/render.hpp"
#include "api/render_readiness.hpp"

#include <boost/json/array.hpp>

/// Tests whether people can be reached. For the team's analysts only: it names people and when they did not answer.
namespace tocsin::api {

namespace {

using readiness::ReachTarget;

readiness::Reachability& tests_of(Call const& call) {
    return call.doors().readiness->reachability;
}

Reply one(Call const& call, ReachTarget const& target, int status = 200) {
    JsonWriter json;
    append(json, target, call.now());
    return json_answer(std::move(json), status);
}

/// What is given is laid over the target.
Status apply(Call const& call, ReachTarget& target) {
    target.name = call.text_or("name", target.name);
    target.address = call.text_or("address", target.address);
    target.language = call.text_or("language", target.language);
    target.note = call.text_or("note", target.note);
    target.every_days = call.number("every_days").value_or(target.every_days);
    target.answer_within = call.number("answer_within").value_or(target.answer_within);
    target.is_paused = call.flag("paused").value_or(target.is_paused);
    target.is_encrypted = call.flag("encrypted").value_or(target.is_encrypted);
    if (call.text("time_zone") || call.text("hours")) {
        TRY(target.hours, readiness::parse_desk_hours(call.text_or("time_zone", target.hours.zone),
                                                      call.text_or("hours", text_of(target.hours))));
    }
    if (auto const when = call.text("when")) target.when = readiness::reach_when_named(*when).value_or(target.when);
    if (auto const by = call.text("agreed_by")) {
        if (*by != target.agreed_by) target.agreed_on.reset();
        target.agreed_by = *by;
    }
    if (auto const on = call.text("agreed_on")) {
        TRY(target.agreed_on, parse_timestamp(*on));
    }
    return {};
}

Reply reachability_list(Call& call) {
    TRY(auto const all, tests_of(call).all());
    auto const kind = call.query("kind");
    std::vector<ReachTarget> wanted;
    for (auto const& target : all)
        if (!kind || readiness::name_of(target.kind) == *kind) wanted.push_back(target);
    return list_of(wanted, [&](JsonWriter& json, ReachTarget const& target) { append(json, target, call.now()); });
}

/// A contact's organisation and name are the directory's.
Status take_from_directory(Call const& call, ReachTarget& target) {
    auto& directory = call.doors().constituency->directory();
    if (target.contact) {
        TRY(auto const contact, directory.contact(target.contact));
        target.organisation = contact.organisation;
        if (target.name.empty()) target.name = contact.name.empty() ? contact.organisation_name : contact.name;
    } else if (target.organisation) {
        TRY(auto const organisation, directory.organisation(target.organisation));
        if (target.name.empty()) target.name = organisation.name;
    }
    return {};
}

Reply reachability_add(Call& call) {
    ReachTarget draft;
    draft.kind = readiness::reach_kind_named(call.text_or("kind", "duty")).value_or(draft.kind);
    draft.organisation = constituency::OrganisationId{call.number("organisation").value_or(0)};
    draft.contact = constituency::ContactId{call.number("contact").value_or(0)};
    CHECK(take_from_directory(call, draft));
    CHECK(apply(call, draft));
    if (draft.name.empty()) draft.name = call.house.options.team;
    TRY(auto const made, tests_of(call).add(std::move(draft), call.caller));
    call.changed("readiness", "", "changed");
    return one(call, made, 201);
}

Reply reachability_get(Call& call) {
    TRY(auto const target, tests_of(call).one({call.path_id()}));
    TRY(auto const tests, tests_of(call).tests(target.id));
    JsonWriter json;
    json.object().key("target");
    append(json, target, call.now());
    json.key("tests").array();
    for (auto const& test : tests) append(json, test, call.now());
    json.end().end();
    return json_answer(std::move(json));
}

Reply reachability_change(Call& call) {
    TRY(auto draft, tests_of(call).one({call.path_id()}));
    CHECK(apply(call, draft));
    TRY(auto const changed, tests_of(call).change(std::move(draft), call.caller));
    call.changed("readiness", "", "changed");
    return one(call, changed);
}

Reply reachability_remove(Call& call) {
    CHECK(tests_of(call).remove({call.path_id()}, call.caller));
    call.changed("readiness", "", "changed");
    return nothing();
}

Reply reachability_send(Call& call) {
    std::vector<readiness::ReachTargetId> ids;
    if (auto const* const list = call.member("targets"); list && list->is_array())
        for (auto const& id : list->as_array()) ids.push_back({id.to_number<std::int64_t>()});
    auto const is_dry_run = call.flag("dry_run").value_or(false);
    TRY(auto const plan, tests_of(call).queue(ids, is_dry_run, call.caller));
    if (plan.queued() > 0) {
        if (call.doors().reach_soon) call.doors().reach_soon();
        call.changed("readiness", "", "changed");
    }
    JsonWriter json;
    json.object().field("dry_run", is_dry_run).key("items").array();
    for (auto const& item : plan.items)
        json.object()
            .field("target", item.target.value)
            .field("name", item.name)
            .field("address", item.address)
            .field("language", item.language)
            .field_or_null("test", item.test ? std::optional<std::int64_t>(item.test.value) : std::nullopt)
            .field_or_null("left_out", item.left_out)
            .end();
    json.end().end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_reachability(Router& router) {
    router.answer("reachability_list", reachability_list);
    router.answer("reachability_add", reachability_add);
    router.answer("reachability_get", reachability_get);
    router.answer("reachability_change", reachability_change);
    router.answer("reachability_remove", reachability_remove);
    router.answer("reachability_send", reachability_send);
}

}  // namespace tocsin::api
