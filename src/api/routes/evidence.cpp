#include "api/filters.hpp"
#include "api/render.hpp"
#include "api/render_readiness.hpp"

#include <algorithm>

/// Evidence that ages, and the documents that prove something.
namespace tocsin::api {

namespace {

Reply evidence_list(Call& call) {
    auto& room = *call.doors().readiness;
    std::optional<gate::Cleared<readiness::Assessment>> beside;
    auto name = std::string(call.query("framework").value_or("sim3"));
    if (auto const id = call.query_number("assessment")) {
        TRY(beside, assessment_of(call, *id));
        name = (*beside)->framework;
    }
    TRY(auto const* const framework, room.library.framework(name));
    TRY(auto const all, room.evidence.of(*framework, beside ? &**beside : nullptr, call.caller));
    JsonWriter json;
    json.object().field("framework", framework->name()).key("items").array();
    for (auto const& one : all) append(json, one);
    json.end().end();
    return json_answer(std::move(json));
}

Reply evidence_documents(Call& call) {
    TRY(auto all, call.doors().readiness->evidence.documents());
    auto const kinds = call.query_list("kind");
    TRY(auto const from, time_value(call.target, "issued_from"));
    TRY(auto const before, time_value(call.target, "issued_to"));
    std::erase_if(all, [&](readiness::Document const& one) {
        return (!kinds.empty() && std::ranges::find(kinds, one.kind) == kinds.end()) || (from && one.issued < *from) ||
               (before && one.issued >= *before);
    });
    return list_of(all, [](JsonWriter& json, readiness::Document const& one) { append(json, one); });
}

Reply evidence_document_add(Call& call) {
    readiness::Document draft{.name = call.text_or("name", ""),
                              .kind = call.text_or("kind", ""),
                              .items = texts_of(call, "items"),
                              .approved_by = call.text_or("approved_by", ""),
                              .link = call.text_or("link", ""),
                              .sha256 = call.text_or("sha256", ""),
                              .note = call.text_or("note", "")};
    if (auto const issued = call.text("issued")) {
        TRY(draft.issued, parse_timestamp(*issued));
    }
    if (auto const until = call.text("valid_until")) {
        TRY(draft.valid_until, parse_timestamp(*until));
    }
    TRY(auto const made, call.doors().readiness->evidence.add(std::move(draft), call.caller));
    call.changed("readiness", "", "changed");
    return written(made, 201);
}

Reply evidence_document_remove(Call& call) {
    CHECK(call.doors().readiness->evidence.remove({call.path_id()}, call.caller));
    call.changed("readiness", "", "changed");
    return nothing();
}

}  // namespace

void routes_evidence(Router& router) {
    router.answer("evidence_list", evidence_list);
    router.answer("evidence_documents", evidence_documents);
    router.answer("evidence_document_add", evidence_document_add);
    router.answer("evidence_document_remove", evidence_document_remove);
}

}  // namespace tocsin::api
