#include "formats/json_lines.hpp"

#include <deque>
#include <fmt/format.h>
#include <simdjson.h>

namespace tocsin::formats {

struct JsonObjectReader::State {
    simdjson::dom::parser parser;
    std::vector<JsonMember> members;
    std::deque<std::string> kept;  // paths and texts that members point into

    std::string_view keep(std::string text) { return kept.emplace_back(std::move(text)); }

    Status flatten(simdjson::dom::object object, std::string const& prefix, int depth) {
        if (depth > 16) return fail(Code::limit, "the JSON object is nested deeper than 16");
        for (auto const& [key, value] : object) {
            if (members.size() >= 4096) return fail(Code::limit, "the JSON object has more than 4096 members");
            std::string path = prefix.empty() ? std::string(key) : prefix + "." + std::string(key);
            using Type = simdjson::dom::element_type;
            switch (value.type()) {
                case Type::OBJECT: {
                    simdjson::dom::object inner;
                    if (value.get(inner) == simdjson::SUCCESS) CHECK(flatten(inner, path, depth + 1));
                    break;
                }
                case Type::NULL_VALUE:
                    break;
                case Type::STRING: {
                    std::string_view text;
                    if (value.get(text) == simdjson::SUCCESS)
                        members.push_back({keep(std::move(path)), JsonMember::Kind::text, text});
                    break;
                }
                case Type::BOOL: {
                    bool truth = false;
                    if (value.get(truth) == simdjson::SUCCESS)
                        members.push_back({keep(std::move(path)), JsonMember::Kind::boolean, truth ? "true" : "false"});
                    break;
                }
                case Type::ARRAY:
                    members.push_back({keep(std::move(path)), JsonMember::Kind::array, keep(simdjson::minify(value))});
                    break;
                case Type::INT64:
                case Type::UINT64:
                case Type::DOUBLE:
                    members.push_back({keep(std::move(path)), JsonMember::Kind::number, keep(simdjson::minify(value))});
                    break;
            }
        }
        return {};
    }
};

JsonObjectReader::JsonObjectReader() : state_(std::make_unique<State>()) {}
JsonObjectReader::~JsonObjectReader() = default;
JsonObjectReader::JsonObjectReader(JsonObjectReader&&) noexcept = default;
JsonObjectReader& JsonObjectReader::operator=(JsonObjectReader&&) noexcept = default;

Result<std::vector<JsonMember> const*> JsonObjectReader::read(std::string_view line) {
    state_->members.clear();
    state_->kept.clear();
    simdjson::dom::element element;
    // simdjson copies the line into a buffer with the padding it needs.
    if (auto const error = state_->parser.parse(line.data(), line.size(), true).get(element);
        error != simdjson::SUCCESS)
        return fail(Code::invalid, fmt::format("is not JSON ({})", simdjson::error_message(error)));
    simdjson::dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return fail(Code::invalid, "is not a JSON object");
    CHECK(state_->flatten(object, "", 1));
    return &state_->members;
}

}  // namespace tocsin::formats
