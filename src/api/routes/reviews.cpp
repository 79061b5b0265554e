#include "api/body_sinks.hpp"
#include "api/problem.hpp"
#include "api/render.hpp"
#include "api/render_readiness.hpp"

/// Reviews of assessments by teams elsewhere: packages out, comments, countersignatures back.
namespace tocsin::api {

namespace {

using readiness::Review;

readiness::Signer signer_of(House const& house) {
    return {readiness::ReviewKey::of(house.doors.access->secrets()),
            house.options.team.empty() ? "Tocsin" : house.options.team};
}

/// With the answers of the package.
void put(JsonWriter& json, gate::Cleared<Review> const& review) {
    json.object().key("review");
    append(json, *review);
    json.key("answers").array();
    for (auto const& answer : review->package.assessment.answers) append(json, answer);
    json.end().end();
}

Result<gate::Cleared<Review>> review_of(Call const& call) {
    TRY(auto found, call.doors().readiness->reviews.one({call.path_id()}));
    return cleared(call, std::move(found));
}

Reply one(Call const& call, Review review) {
    TRY(auto const passed, cleared(call, std::move(review)));
    JsonWriter json;
    put(json, passed);
    return json_answer(std::move(json));
}

net::HttpResponse file_answer(std::string bytes, std::string_view name) {
    net::HttpResponse response;
    response.status = 200;
    response.set("content-type", "application/octet-stream");
    response.set("content-disposition", fmt::format("attachment; filename=\"{}.tocsin-review\"", name));
    response.body = std::move(bytes);
    return response;
}

Reply reviews_list(Call& call) {
    TRY(auto all, call.doors().readiness->reviews.all());
    auto const passed = cleared(call, std::move(all));
    return list_of(passed, [](JsonWriter& json, auto const& each) { append(json, *each); });
}

Reply reviews_get(Call& call) {
    TRY(auto const passed, review_of(call));
    JsonWriter json;
    put(json, passed);
    return json_answer(std::move(json));
}

Reply reviews_keys(Call& call) {
    TRY(auto const keys, call.doors().readiness->reviews.keys());
    JsonWriter json;
    json.object()
        .field("fingerprint", readiness::fingerprint_of(signer_of(call.house).key.public_key()))
        .key("items")
        .array();
    for (auto const& key : keys)
        json.object()
            .field("fingerprint", key.fingerprint)
            .field("team", key.team)
            .field("trusted", key.trusted)
            .field("trusted_by", key.trusted_by)
            .end();
    json.end().end();
    return json_answer(std::move(json));
}

Reply reviews_package(Call& call) {
    TRY(auto const passed, assessment_of(call));
    readiness::PackageWishes wishes{.reviewer = call.text_or("reviewer", "")};
    for (auto const& word : texts_of(call, "redact")) {
        TRY(auto const kinds, readiness::read_redactions(word));
        wishes.redact.insert(wishes.redact.end(), kinds.begin(), kinds.end());
    }
    TRY(auto bytes, call.doors().readiness->reviews.package(passed, wishes, signer_of(call.house), call.caller));
    call.changed("readiness", std::to_string(passed->id.value), "changed");
    return file_answer(std::move(bytes), fmt::format("assessment-{}", passed->id.value));
}

Reply reviews_comment(Call& call) {
    TRY(auto const passed, review_of(call));
    TRY(auto changed,
        call.doors().readiness->reviews.comment(
            passed->id, {.item = call.path("item"), .level = call.number("level"), .text = call.text_or("text", "")},
            call.caller));
    return one(call, std::move(changed));
}

Reply reviews_sign(Call& call) {
    TRY(auto const passed, review_of(call));
    TRY(auto bytes,
        call.doors().readiness->reviews.sign(passed, call.text_or("reviewer", ""), signer_of(call.house), call.caller));
    return file_answer(std::move(bytes), fmt::format("review-{}", passed->id.value));
}

/// Opens or takes what was sent.
using Use = Result<Review> (readiness::Reviews::*)(std::string_view, std::string_view, readiness::Signer const&,
                                                   access::Principal const&);
Result<std::unique_ptr<net::BodySink>> file_sink(Call const& call, Use use) {
    return in_memory([&house = call.house, use, by = call.caller,
                      trust = std::string(call.query("trust").value_or(""))](std::string body) {
        auto review = (house.doors.readiness->reviews.*use)(body, trust, signer_of(house), by);
        if (!review) return problem_of(review.error());
        auto const passed = house.doors.gate->clear(*std::move(review), gate::Recipient::team(by));
        if (!passed) return problem_of(passed.error());
        house.changes.publish("readiness", "", "changed", house.doors.clock->now());
        JsonWriter json;
        put(json, *passed);
        return json_answer(std::move(json));
    });
}

Result<std::unique_ptr<net::BodySink>> reviews_open(Call& call) {
    return file_sink(call, &readiness::Reviews::open);
}
Result<std::unique_ptr<net::BodySink>> reviews_take(Call& call) {
    return file_sink(call, &readiness::Reviews::take);
}

}  // namespace

void routes_reviews(Router& router) {
    router.answer("reviews_list", reviews_list);
    router.answer("reviews_get", reviews_get);
    router.answer("reviews_keys", reviews_keys);
    router.answer("reviews_package", reviews_package);
    router.answer("reviews_comment", reviews_comment);
    router.answer("reviews_sign", reviews_sign);
    router.take_stream("reviews_open", reviews_open);
    router.take_stream("reviews_take", reviews_take);
}

}  // namespace tocsin::api
