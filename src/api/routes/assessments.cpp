#include "api/body_sinks.hpp"
#include "api/problem.hpp"
#include "api/render.hpp"
#include "api/render_readiness.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

/// Assessments: answers saved one by one, history, comparison, exchange, and the wizard.
namespace tocsin::api {

namespace {

using readiness::Answer;
using readiness::Assessment;

readiness::Assessments& assessments(Call const& call) {
    return call.doors().readiness->assessments;
}

Reply one(Call const& call, Assessment assessment, int status = 200) {
    TRY(auto const passed, cleared(call, std::move(assessment)));
    JsonWriter json;
    put(json, passed);
    return json_answer(std::move(json), status);
}

void tell(Call const& call, readiness::AssessmentId id, std::string_view change) {
    call.changed("readiness", std::to_string(id.value), change);
}

Status apply(Call const& call, Assessment& draft) {
    draft.title = call.text_or("title", draft.title);
    draft.subject = call.text_or("subject", draft.subject);
    draft.profile = call.text_or("profile", draft.profile);
    draft.note = call.text_or("note", draft.note);
    if (call.member("assessors")) draft.assessors = texts_of(call, "assessors");
    if (auto const organisation = call.number("organisation")) {
        draft.organisation = gate::OrganisationId{*organisation};
        if (draft.organisation) CHECK(call.doors().constituency->directory().organisation(draft.organisation));
    }
    if (auto const state = call.text("state"))
        draft.state = readiness::assessment_state_named(*state).value_or(draft.state);
    return {};
}

Reply assessments_list(Call& call) {
    TRY(auto all, assessments(call).all());
    if (call.query("subject")) std::erase_if(all, [](Assessment const& one) { return !one.subject.empty(); });
    auto const passed = cleared(call, std::move(all));
    return list_of(passed, [](JsonWriter& json, auto const& each) { put_head(json, each); });
}

Reply assessments_create(Call& call) {
    Assessment draft{.framework = call.text_or("framework", "")};
    CHECK(apply(call, draft));
    TRY(auto made, assessments(call).add(std::move(draft), call.caller));
    tell(call, made.id, "added");
    return one(call, std::move(made), 201);
}

Reply assessments_get(Call& call) {
    TRY(auto const passed, assessment_of(call));
    JsonWriter json;
    put(json, passed);
    return json_answer(std::move(json));
}

Reply assessments_change(Call& call) {
    TRY(auto draft, assessments(call).one({call.path_id()}));
    CHECK(apply(call, draft));
    TRY(auto changed, assessments(call).change(draft, call.caller));
    tell(call, changed.id, "changed");
    return one(call, std::move(changed));
}

Reply assessments_remove(Call& call) {
    readiness::AssessmentId const id{call.path_id()};
    CHECK(assessments(call).remove(id, call.caller));
    tell(call, id, "removed");
    return nothing();
}

Reply save(Call const& call, Answer draft) {
    readiness::AssessmentId const id{call.path_id()};
    TRY(auto const expected, expected_version(call));
    auto const yours = draft;
    TRY(auto const saved, assessments(call).save(id, std::move(draft), expected, call.caller));
    if (saved.is_conflict)
        return conflict_of(
            yours, saved.answer,
            "somebody saved this answer meanwhile: look at both and send yours with the version of theirs");
    tell(call, id, "changed");
    return written(saved.answer);
}

/// The whole answer: what is not given is empty from then on.
Reply assessments_answer(Call& call) {
    Answer draft{.item = call.path("item"),
                 .assessor = call.text_or("assessor", ""),
                 .value = call.number("value"),
                 .declined = call.flag("declined").value_or(false),
                 .wanted = call.number("wanted"),
                 .recommendation = call.text_or("recommendation", ""),
                 .assignment = call.text_or("assignment", ""),
                 .assigned_to = call.text_or("assigned_to", ""),
                 .justification = call.text_or("justification", ""),
                 .evidence = texts_of(call, "evidence")};
    // What the value rests on stays with it, as long as it is the same value.
    TRY(auto const passed, assessment_of(call));
    if (auto const* const before = passed->answer(draft.item, draft.assessor)) {
        draft.why = before->why;
        if (before->value == draft.value) {
            draft.proposed = before->proposed;
            draft.proposed_by = before->proposed_by;
            draft.proposed_at = before->proposed_at;
        }
    }
    return save(call, std::move(draft));
}

/// Takes what the evidence proposes, or overrides it with a reason.
Reply assessments_take(Call& call) {
    TRY(auto const passed, assessment_of(call));
    auto const& room = *call.doors().readiness;
    TRY(auto const* const framework, room.library.framework(passed->framework));
    if (!framework->item(call.path("item")))
        return fail(Code::not_found, "the framework has no item " + call.path("item"));
    TRY(auto const all, call.doors().readiness->evidence.of(*framework, &*passed, call.caller));
    auto const found = std::ranges::find(all, call.path("item"), &readiness::ItemEvidence::item);
    auto const* const before = passed->answer(found->item);
    TRY(auto draft, readiness::take_evidence(before ? *before : Answer{.item = found->item}, *found,
                                             call.number("value"), call.text_or("reason", ""), call.now()));
    return save(call, std::move(draft));
}

Reply assessments_history(Call& call) {
    TRY(auto const passed, assessment_of(call));
    TRY(auto const history, assessments(call).history(passed->id, call.query("item").value_or("")));
    return list_of(history, [](JsonWriter& json, readiness::AnswerChange const& change) {
        json.object()
            .field("id", change.id)
            .field("at", change.at)
            .field("by", change.by)
            .field("item", change.item)
            .field("assessor", change.assessor)
            .key("before");
        if (change.before.empty())
            json.null();
        else
            json.raw(change.before);
        json.key("after").raw(change.after).end();
    });
}

Reply assessments_compare(Call& call) {
    TRY(auto const now, assessment_of(call));
    auto const& library = call.doors().readiness->library;
    TRY(auto const* const framework, library.framework(now->framework));
    std::optional<gate::Cleared<Assessment>> before;
    if (auto const with = call.query_number("with")) {
        TRY(before, assessment_of(call, *with));
    }
    readiness::Profile const* profile = nullptr;
    if (auto const name = call.query("profile").value_or(now->profile); !name.empty()) {
        TRY(profile, library.profile(name));
    }
    return written(readiness::compare(*framework, *now, before ? &**before : nullptr, profile));
}

Reply assessments_export(Call& call) {
    TRY(auto const passed, assessment_of(call));
    auto const is_sheet = call.query("format").value_or("json") == "xlsx";
    std::string bytes;
    if (is_sheet) {
        TRY(bytes, readiness::to_xlsx(call.doors().readiness->library, passed, call.query("language").value_or("en")));
    } else {
        bytes = readiness::exported(*passed);
    }
    CHECK(call.doors().ledger->write(
        [&](store::Transaction& tx) { return gate::Gate::record(tx, call.caller, call.now(), passed, "export"); }));
    net::HttpResponse response;
    response.status = 200;
    response.set("content-type",
                 is_sheet ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "application/json");
    response.set("content-disposition", fmt::format("attachment; filename=\"assessment-{}.{}\"", passed->id.value,
                                                    is_sheet ? "xlsx" : "json"));
    response.body = std::move(bytes);
    return response;
}

Reply sheet_answer(House const& house, std::string const& body, bool is_copy, bool is_dry,
                   access::Principal const& by) {
    auto& room = *house.doors.readiness;
    TRY(auto read, readiness::read_xlsx(room.library, room.assessments, body));
    JsonWriter json;
    json.object()
        .field("dry_run", is_dry)
        .field("good", std::uint64_t{read.assessment.answers.size()})
        .field("rejected", read.rejected)
        .key("faults")
        .array();
    for (auto const& fault : read.faults) append(json, fault);
    json.end().key("assessment");
    if (is_dry) {
        json.null().end();
        return json_answer(std::move(json));
    }
    TRY(auto made, room.assessments.import(std::move(read.assessment), is_copy, by));
    TRY(auto const passed, house.doors.gate->clear(std::move(made), gate::Recipient::team(by)));
    put(json, passed);
    json.end();
    return json_answer(std::move(json));
}

/// The bytes of a workbook.
Result<std::unique_ptr<net::BodySink>> assessments_import_sheet(Call& call) {
    return in_memory([&house = call.house, by = call.caller, is_copy = call.query("copy").value_or("no") == "yes",
                      is_dry = call.query("dry_run").value_or("no") == "yes"](std::string body) {
        auto answer = sheet_answer(house, body, is_copy, is_dry, by);
        if (!answer) return problem_of(answer.error());
        if (!is_dry) house.changes.publish("readiness", "", "added", house.doors.clock->now());
        return *std::move(answer);
    });
}

Reply assessments_import(Call& call) {
    auto const* const sent = call.member("assessment");
    TRY(auto made,
        assessments(call).import(boost::json::serialize(*sent), call.flag("copy").value_or(false), call.caller));
    tell(call, made.id, "added");
    return one(call, std::move(made), 201);
}

Reply assessments_proposal(Call& call) {
    readiness::Questions const questions{
        .people = call.number("people").value_or(3),
        .is_shared = call.flag("shared").value_or(false),
        .hours = readiness::hours_named(call.text_or("hours", "office")).value_or(readiness::Hours::office),
        .has_mandate = call.flag("mandate").value_or(false),
        .constituency = call.text_or("constituency", ""),
        .budget = call.text_or("budget", ""),
        .shared_with = call.text_or("with", "")};
    auto const& library = call.doors().readiness->library;
    TRY(auto const proposal, readiness::propose(library, call.text_or("framework", "x1060"), questions));
    JsonWriter json;
    json.object().key("proposal");
    append(json, proposal);
    json.key("assessment");
    if (!call.flag("keep").value_or(false)) {
        json.null().end();
        return json_answer(std::move(json));
    }
    auto title = call.text_or("title", "");
    if (title.empty()) title = "Start, " + format_date(call.now());
    TRY(auto made, assessments(call).add(readiness::assessment_of(proposal, questions, title), call.caller));
    tell(call, made.id, "added");
    TRY(auto const passed, cleared(call, std::move(made)));
    put(json, passed);
    json.end();
    return json_answer(std::move(json));
}

}  // namespace

void routes_assessments(Router& router) {
    router.answer("assessments_list", assessments_list);
    router.answer("assessments_create", assessments_create);
    router.answer("assessments_get", assessments_get);
    router.answer("assessments_change", assessments_change);
    router.answer("assessments_remove", assessments_remove);
    router.answer("assessments_answer", assessments_answer);
    router.answer("assessments_take", assessments_take);
    router.answer("assessments_history", assessments_history);
    router.answer("assessments_compare", assessments_compare);
    router.answer("assessments_export", assessments_export);
    router.answer("assessments_import", assessments_import);
    router.take_stream("assessments_import_sheet", assessments_import_sheet);
    router.answer("assessments_proposal", assessments_proposal);
}

}  // namespace tocsin::api
