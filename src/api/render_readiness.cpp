#include "api/render_readiness.hpp"

#include <boost/json/array.hpp>

namespace tocsin::api {

void put_head(JsonWriter& json, gate::Cleared<readiness::Assessment> const& assessment) {
    json.object();
    readiness::append_head(json, *assessment);
    json.end();
}

void put(JsonWriter& json, gate::Cleared<readiness::Assessment> const& assessment) {
    json.object();
    readiness::append_head(json, *assessment);
    json.key("answers").array();
    for (auto const& answer : assessment->answers) append(json, answer);
    json.end().end();
}

Result<gate::Cleared<readiness::Assessment>> assessment_of(Call const& call, std::int64_t id) {
    TRY(auto found, call.doors().readiness->assessments.one({id}));
    return cleared(call, std::move(found));
}
Result<gate::Cleared<readiness::Assessment>> assessment_of(Call const& call) {
    return assessment_of(call, call.path_id());
}

Result<std::optional<std::int64_t>> expected_version(Call const& call) {
    auto text = trimmed(call.request.header("if-match"));
    if (text.empty() || text == "*") return call.number("version");
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    auto const version = parse_int(text);
    if (!version) return fail(Code::invalid, "If-Match: expected the version of the answer, as \"3\"");
    return version;
}

std::vector<std::string> texts_of(Call const& call, std::string_view member) {
    std::vector<std::string> texts;
    if (auto const* list = call.member(member); list && list->is_array())
        for (auto const& text : list->as_array()) texts.emplace_back(text.as_string());
    return texts;
}

}  // namespace tocsin::api
