#pragma once
#include "api/clearing.hpp"
#include "api/router.hpp"
#include "readiness/readiness.hpp"

/// Readiness as the contract's schemas. Private to api.
namespace tocsin::api {

/// The door: only what the gate has cleared becomes JSON.
void put(JsonWriter& json, gate::Cleared<readiness::Assessment> const& assessment);
/// Without its answers.
void put_head(JsonWriter& json, gate::Cleared<readiness::Assessment> const& assessment);

/// The assessment of the path's id, or of another, if the caller may have it.
Result<gate::Cleared<readiness::Assessment>> assessment_of(Call const& call);
Result<gate::Cleared<readiness::Assessment>> assessment_of(Call const& call, std::int64_t id);

/// The version that a change was made from: of the header If-Match, or the member `version`.
Result<std::optional<std::int64_t>> expected_version(Call const& call);
/// 409 with both: {..., "yours", "theirs"}.
template <class T>
net::HttpResponse conflict_of(T const& yours, T const& theirs, std::string_view detail) {
    JsonWriter json;
    json.object()
        .field("type", "/problems/conflict")
        .field("title", "It has changed, or exists already")
        .field("status", 409)
        .field("detail", detail)
        .key("yours");
    append(json, yours);
    json.key("theirs");
    append(json, theirs);
    json.end();
    auto response = json_answer(std::move(json), 409);
    response.set("content-type", "application/problem+json");
    return response;
}

std::vector<std::string> texts_of(Call const& call, std::string_view member);
/// One thing as it writes itself.
template <class T>
Reply written(T const& thing, int status = 200) {
    JsonWriter json;
    append(json, thing);
    return json_answer(std::move(json), status);
}

}  // namespace tocsin::api
