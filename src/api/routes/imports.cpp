#include "api/render_directory.hpp"
#include "api/render_events.hpp"
#include "constituency/sources.hpp"

/// Imports into the directory: propose, look, apply, undo.
namespace tocsin::api {

namespace {

void put(JsonWriter& json, constituency::Import const& import, Names const& names) {
    auto const& summary = import.summary;
    json.object()
        .field("id", import.id.value)
        .field("kind", import.kind)
        .field("format", import.format)
        .field("state", constituency::name_of(import.state))
        .reference("by", import.by.user, names.account(std::to_string(import.by.user)))
        .field("created", import.created)
        .field_or_null("applied", import.applied)
        .field("added", summary.added)
        .field("changed", summary.changed)
        .field("removed", summary.removed)
        .field("unchanged", summary.unchanged)
        .key("changes")
        .array();
    for (auto const& change : summary.changes) {
        json.object()
            .field("change", constituency::name_of(change.change))
            .field("what", change.what)
            .field_or_null("before", change.before)
            .field_or_null("after", change.after)
            .end();
    }
    json.end().key("errors").array();
    for (auto const& fault : summary.faults) {
        json.object()
            .field("line", fault.line)
            .field_or_null("field", fault.field)
            .field("expected", fault.expected)
            .end();
    }
    json.end().field("rejected", summary.rejected).field("conflicts", summary.conflicts).end();
}

Reply one(Call const& call, constituency::Import const& import, int status = 200) {
    TRY(auto const names, Names::of(call));
    JsonWriter json;
    put(json, import, names);
    return json_answer(std::move(json), status);
}

Reply imports_list(Call& call) {
    TRY(auto const imports, constituency::imports(call.doors().constituency->directory()));
    TRY(auto const names, Names::of(call));
    return list_of(imports, [&](JsonWriter& json, constituency::Import const& import) { put(json, import, names); });
}

Reply propose_source(Call& call, constituency::SourceFormat format) {
    constituency::SourceOptions options{.name = std::string(call.text_or("name", "")),
                                        .format = format,
                                        .source = std::string(call.text_or("source", "")),
                                        .as_of = {},
                                        .country = std::string(call.text_or("country", "")),
                                        .organisation = {call.number("organisation").value_or(0)}};
    if (call.flag("replace").value_or(false))
        return fail(Code::invalid, "replace: a source only adds; what it contradicts becomes a conflict");
    if (auto const as_of = call.text("as_of")) {
        TRY(options.as_of, parse_timestamp(*as_of));
    }
    TRY(auto const proposed, constituency::propose_source(call.doors().constituency->directory(),
                                                          call.text_or("content", ""), options, call.caller));
    return one(call, proposed, 201);
}

Reply imports_propose(Call& call) {
    if (auto const format = constituency::source_format(call.text_or("format", "csv")))
        return propose_source(call, *format);
    constituency::ImportOptions options;
    options.name = call.text_or("name", "");
    options.format =
        constituency::import_format(call.text_or("format", "csv")).value_or(constituency::ImportFormat::csv);
    if (auto const kind = call.text("kind")) options.kind = constituency::import_kind(*kind);
    options.country = call.text_or("country", "");
    options.replace = call.flag("replace").value_or(false);
    TRY(auto const proposed, constituency::propose_import(call.doors().constituency->directory(),
                                                          call.text_or("content", ""), options, call.caller));
    return one(call, proposed, 201);
}

Reply imports_get(Call& call) {
    TRY(auto const import, constituency::import_of(call.doors().constituency->directory(), {call.path_id()}));
    return one(call, import);
}

Reply imports_apply(Call& call) {
    TRY(auto const import,
        constituency::apply_proposed(call.doors().constituency->directory(), {call.path_id()}, call.caller));
    call.changed("directory", "", "changed");
    return one(call, import);
}

Reply imports_undo(Call& call) {
    TRY(auto const import,
        constituency::undo_import(call.doors().constituency->directory(), {call.path_id()}, call.caller));
    call.changed("directory", "", "changed");
    return one(call, import);
}

}  // namespace

void routes_imports(Router& router) {
    router.answer("imports_list", imports_list);
    router.answer("imports_propose", imports_propose);
    router.answer("imports_get", imports_get);
    router.answer("imports_apply", imports_apply);
    router.answer("imports_undo", imports_undo);
}

}  // namespace tocsin::api
