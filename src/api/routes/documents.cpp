#include "api/public_documents.hpp"
#include "api/render.hpp"
#include "api/render_readiness.hpp"
#include "readiness/publishing.hpp"

#include <boost/json/array.hpp>

/// Documents about the team: what was said once, and what is made from it.
namespace tocsin::api {

namespace {

namespace paper = formats::document;

readiness::Documents& documents(Call const& call) {
    return call.doors().readiness->documents;
}

paper::Language language_of(Call const& call) {
    return paper::language_named(call.query("language").value_or("en")).value_or(paper::Language::en);
}

/// The contract has let only known kinds pass.
Result<readiness::DocumentKind> kind_of(Call const& call) {
    if (auto const kind = readiness::document_kind_named(call.path("kind"))) return *kind;
    return fail(Code::not_found, "there is no such document");
}

Reply documents_list(Call& call) {
    std::vector<readiness::TeamDocument> all;
    for (auto const kind : readiness::all_document_kinds()) {
        TRY(auto made, documents(call).compose(kind, language_of(call)));
        all.push_back(std::move(made));
    }
    auto const passed = cleared(call, std::move(all));
    return list_of(passed, [](JsonWriter& json, auto const& one) { append(json, *one); });
}

/// Without a format as JSON, else the file.
Reply document_get(Call& call) {
    TRY(auto const kind, kind_of(call));
    TRY(auto made, documents(call).compose(kind, language_of(call)));
    TRY(auto const passed, cleared(call, std::move(made)));
    auto const format = paper::format_named(call.query("format").value_or("json"));
    if (!format) return written(*passed);
    TRY(auto bytes, paper::written_as(*format, passed->document));
    CHECK(call.doors().ledger->write(
        [&](store::Transaction& tx) { return gate::Gate::record(tx, call.caller, call.now(), passed, "export"); }));
    net::HttpResponse response;
    response.status = 200;
    response.set("content-type", std::string(paper::media_type_of(*format)));
    response.set("content-disposition",
                 fmt::format("{}; filename=\"{}.{}{}\"", *format == paper::Format::html ? "inline" : "attachment",
                             name_of(kind), paper::name_of(language_of(call)), paper::ending_of(*format)));
    response.set("content-security-policy", document_policy());
    response.body = std::move(bytes);
    return response;
}

Reply document_answers_get(Call& call) {
    TRY(auto const all, documents(call).answers());
    return list_of(all, [](JsonWriter& json, readiness::TeamAnswer const& one) { append(json, one); });
}

/// What is given is set; an empty text takes an answer away.
Reply document_answers_put(Call& call) {
    std::map<std::string, std::string> values;
    for (auto const& member : call.body.as_object()) {
        auto const* const text = member.value().if_string();
        if (!text) return fail(Code::invalid, fmt::format("{}: expected text", std::string_view(member.key())));
        values[std::string(member.key())] = std::string(*text);
    }
    CHECK(documents(call).set(values, call.caller));
    call.changed("readiness", "", "changed");
    return document_answers_get(call);
}

Reply document_text_put(Call& call) {
    TRY(auto const kind, kind_of(call));
    CHECK(documents(call).set_text(kind, call.path("section"), language_of(call), call.text("text"), call.caller));
    call.changed("readiness", "", "changed");
    return document_get(call);
}

Reply document_publish(Call& call) {
    auto const language = paper::language_named(call.text_or("language", "en")).value_or(paper::Language::en);
    if (call.flag("published").value_or(false))
        CHECK(readiness::publish_document(documents(call), call.path("kind"), language,
                                          call.flag("mark_clear").value_or(false), call.caller));
    else
        CHECK(documents(call).publish(call.path("kind"), language, false, call.caller));
    call.changed("readiness", "", "changed");
    return nothing();
}

}  // namespace

void routes_documents(Router& router) {
    router.answer("documents_list", documents_list);
    router.answer("document_get", document_get);
    router.answer("document_answers_get", document_answers_get);
    router.answer("document_answers_put", document_answers_put);
    router.answer("document_text_put", document_text_put);
    router.answer("document_publish", document_publish);
}

}  // namespace tocsin::api
