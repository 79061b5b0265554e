#include "api/render.hpp"
#include "api/render_events.hpp"
#include "api/router.hpp"
#include "events/recheck.hpp"

/// Looking again whether an exposure is still there.
namespace tocsin::api {

namespace {

constexpr std::size_t most_listed = 200;

events::Rechecks rechecks_of(Call const& call) {
    return events::Rechecks({.ledger = *call.doors().ledger,
                             .constituency = *call.doors().constituency,
                             .gate = *call.doors().gate,
                             .events = *call.doors().events,
                             .clock = *call.doors().clock});
}

Result<std::vector<IpPrefix>> networks_of(Call const& call, std::string_view name) {
    std::vector<IpPrefix> networks;
    auto const* const given = call.member(name);
    if (given == nullptr || !given->is_array()) return networks;
    for (auto const& one : given->as_array()) {
        auto const text = one.is_string() ? std::string_view(one.as_string()) : std::string_view();
        auto const network = parse_prefix(text);
        if (!network)
            return fail(Code::invalid,
                        fmt::format("{}: expected networks such as 192.0.2.0/24, found \"{}\"", name, text));
        networks.push_back(*network);
    }
    return networks;
}

Result<std::optional<Timestamp>> time_of(Call const& call, std::string_view name) {
    auto const given = call.text(name);
    if (!given) return std::nullopt;
    auto const time = parse_timestamp(*given);
    if (!time) return std::unexpected(time.error().during(name));
    return *time;
}

Reply state_of(Call const& call) {
    auto const rechecks = rechecks_of(call);
    TRY(auto const settings, rechecks.settings());
    JsonWriter json;
    json.object().key("settings");
    append(json, settings);
    json.key("checks").array();
    for (auto const& check : events::checks()) append(json, check);
    json.end().end();
    return json_answer(std::move(json));
}

Reply recheck_show(Call& call) {
    return state_of(call);
}

Reply recheck_on(Call& call) {
    events::RecheckSettings wanted;
    wanted.per_minute = static_cast<int>(call.number("per_minute").value_or(wanted.per_minute));
    wanted.per_network_an_hour =
        static_cast<int>(call.number("per_network_an_hour").value_or(wanted.per_network_an_hour));
    wanted.gap = std::chrono::seconds(call.number("gap_seconds").value_or(wanted.gap.count()));
    if (auto const* const times = call.member("after_answer_seconds"); times != nullptr && times->is_array()) {
        wanted.after_answer.clear();
        for (auto const& one : times->as_array())
            if (one.is_int64()) wanted.after_answer.emplace_back(one.as_int64());
    }
    wanted.agent = call.text("agent").value_or(
        fmt::format("Tocsin re-check; {}; {}", call.house.options.team, call.house.options.team_email));
    wanted.source = call.text_or("source", "");
    wanted.name = call.text("name").value_or(wanted.name);
    TRY(wanted.reachable, networks_of(call, "reachable"));
    CHECK(rechecks_of(call).turn_on(wanted, call.caller));
    call.changed("settings", "", "changed");
    return state_of(call);
}

Reply recheck_off(Call& call) {
    CHECK(rechecks_of(call).turn_off(call.caller));
    call.changed("settings", "", "changed");
    return state_of(call);
}

Reply permissions_list(Call& call) {
    TRY(auto const all, rechecks_of(call).permissions({call.query_number("organisation").value_or(0)}));
    TRY(auto const owners, call.doors().constituency->owners());
    return list_of(all, [&](JsonWriter& json, events::Permission const& one) {
        append(json, one, owners->name_of_organisation(one.organisation));
    });
}

Reply permissions_add(Call& call) {
    events::PermissionDraft draft{.organisation = {call.number("organisation").value_or(0)},
                                  .networks = {},
                                  .given_by = call.text_or("given_by", ""),
                                  .given = {},
                                  .ends = {},
                                  .evidence = call.text_or("evidence", "")};
    TRY(draft.networks, networks_of(call, "networks"));
    TRY(auto const given, time_of(call, "given"));
    draft.given = given.value_or(call.now());
    TRY(draft.starts, time_of(call, "starts"));
    TRY(auto const ends, time_of(call, "ends"));
    draft.ends = ends.value_or(Timestamp{});
    TRY(auto const made, rechecks_of(call).permit(draft, call.caller));
    TRY(auto const owners, call.doors().constituency->owners());
    call.changed("settings", "", "changed");
    JsonWriter json;
    append(json, made, owners->name_of_organisation(made.organisation));
    return json_answer(std::move(json), 201);
}

Reply permissions_withdraw(Call& call) {
    CHECK(rechecks_of(call).withdraw({call.path_id()}, call.text_or("reason", ""), call.caller));
    call.changed("settings", "", "changed");
    return nothing();
}

/// Of findings that the caller may see, and of no others.
Reply rechecks_list(Call& call) {
    auto const rechecks = rechecks_of(call);
    auto const scope = scope_of(call);
    std::vector<events::Recheck> found;
    if (auto const id = call.query("finding")) {
        CHECK(call.doors().events->finding(scope, *id));
        TRY(found, rechecks.of_finding(*id));
    } else {
        TRY(found, rechecks.list(most_listed));
        std::erase_if(found, [&](auto const& one) { return !call.doors().events->finding(scope, one.finding); });
    }
    return list_of(found, [](JsonWriter& json, events::Recheck const& one) { append(json, one); });
}

Reply rechecks_request(Call& call) {
    auto rechecks = rechecks_of(call);
    auto const scope = scope_of(call);
    bool const is_dry = call.flag("dry_run").value_or(false);
    JsonWriter json;
    json.object().field("dry_run", is_dry).key("items").array();
    for (auto const& one : call.member("findings")->as_array()) {
        TRY(auto const finding, call.doors().events->finding(scope, std::string_view(one.as_string())));
        TRY(auto const plan, rechecks.plan(finding));
        json.object().key("plan");
        append(json, plan);
        json.key("recheck");
        if (is_dry || !plan.refusal.empty()) {
            json.null();
        } else {
            TRY(auto const asked, rechecks.request(finding, events::RecheckCause::team, call.caller));
            append(json, asked);
        }
        json.end();
    }
    json.end().end();
    call.changed("finding", "", "changed");
    return json_answer(std::move(json));
}

}  // namespace

void routes_rechecks(Router& router) {
    router.answer("recheck_show", recheck_show);
    router.answer("recheck_on", recheck_on);
    router.answer("recheck_off", recheck_off);
    router.answer("recheck_permissions_list", permissions_list);
    router.answer("recheck_permissions_add", permissions_add);
    router.answer("recheck_permissions_withdraw", permissions_withdraw);
    router.answer("rechecks_list", rechecks_list);
    router.answer("rechecks_request", rechecks_request);
}

}  // namespace tocsin::api
