#include "api/render.hpp"
#include "api/render_readiness.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

/// Registers of who may have a team: who claims what about whom.
namespace tocsin::api {

namespace {

readiness::Register& registers(Call const& call) {
    return call.doors().readiness->register_of;
}

std::string text_in(boost::json::object const& object, std::string_view name) {
    auto const* const found = object.if_contains(name);
    return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

Reply registers_list(Call& call) {
    TRY(auto const all, registers(call).all());
    return list_of(all, [](JsonWriter& json, readiness::RegisterHead const& one) { append(json, one); });
}

Reply registers_create(Call& call) {
    readiness::RegisterHead head{
        .id = call.text_or("id", ""), .title = call.text_or("title", ""), .kind = call.text_or("kind", "")};
    std::vector<readiness::EntryDraft> entries;
    for (auto const& one : call.member("entries")->as_array()) {
        auto const& object = one.as_object();
        entries.push_back({text_in(object, "code"), text_in(object, "name"), text_in(object, "group")});
    }
    CHECK(registers(call).add(head, entries, call.caller));
    call.changed("readiness", "", "added");
    head.entries = std::ssize(entries);
    return written(head, 201);
}

Reply registers_get(Call& call) {
    TRY(auto const entries, registers(call).entries(call.path("register")));
    return list_of(entries, [](JsonWriter& json, readiness::Entry const& one) { append(json, one); });
}

Reply registers_entry(Call& call) {
    TRY(auto const entry, registers(call).entry(call.path("register"), call.path("code")));
    return written(entry);
}

Reply registers_gaps(Call& call) {
    readiness::Weights weights;
    CHECK(readiness::set_weights(weights, call.query("weights").value_or("")));
    TRY(auto entries, registers(call).entries(call.path("register")));
    return written(readiness::gaps_of(std::move(entries), weights));
}

Reply registers_claim(Call& call) {
    readiness::Claim draft{.register_id = call.path("register"),
                           .subject = call.text_or("subject", ""),
                           .says = readiness::says_named(call.text_or("says", "yes")).value_or(readiness::Says::yes),
                           .team = call.text_or("team", ""),
                           .claimant = call.text_or("claimant", ""),
                           .source = call.text_or("source", ""),
                           .maturity = call.text_or("maturity", ""),
                           .note = call.text_or("note", "")};
    TRY(draft.date, parse_timestamp(call.text_or("date", "")));
    TRY(auto const made, registers(call).claim(std::move(draft), call.caller));
    call.changed("readiness", "", "changed");
    return written(made, 201);
}

Reply registers_withdraw(Call& call) {
    CHECK(registers(call).withdraw({call.path_id()}, call.caller));
    call.changed("readiness", "", "changed");
    return nothing();
}

Reply registers_import(Call& call) {
    auto const text = call.text_or("text", "");
    auto const start = trimmed(std::string_view(text).substr(0, 100));
    auto const format =
        start.starts_with('[') || start.starts_with('{') ? readiness::ClaimFormat::json : readiness::ClaimFormat::csv;
    TRY(auto read, readiness::read_claims(registers(call), call.path("register"), text, format));
    auto const good = std::ssize(read.claims);
    bool const is_dry = call.flag("dry_run").value_or(false);
    std::int64_t added = 0;
    if (!is_dry) {
        TRY(added, registers(call).claim_all(std::move(read.claims), call.caller));
        call.changed("readiness", "", "changed");
    }
    JsonWriter json;
    json.object()
        .field("dry_run", is_dry)
        .field("good", std::int64_t{good})
        .field("added", added)
        .field("rejected", read.rejected)
        .key("faults")
        .array();
    for (auto const& fault : read.faults)
        json.object().field("line", fault.line).field("field", fault.field).field("expected", fault.expected).end();
    json.end().end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_register(Router& router) {
    router.answer("registers_list", registers_list);
    router.answer("registers_create", registers_create);
    router.answer("registers_get", registers_get);
    router.answer("registers_entry", registers_entry);
    router.answer("registers_gaps", registers_gaps);
    router.answer("registers_claim", registers_claim);
    router.answer("registers_withdraw", registers_withdraw);
    router.answer("registers_import", registers_import);
}

}  // namespace tocsin::api
