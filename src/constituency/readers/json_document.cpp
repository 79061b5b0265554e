#include "constituency/readers/json_document.hpp"

#include <algorithm>

namespace tocsin::constituency {

using formats::JsonValue;

Result<std::unique_ptr<JsonDocument>> JsonDocument::parse(std::string_view json, ReaderOptions const& options) {
    if (json.size() > options.most_json)
        return fail(Code::limit,
                    fmt::format("{}: expected at most {} MiB of JSON", options.name, options.most_json >> 20));
    if (json.starts_with("\xef\xbb\xbf")) json.remove_prefix(3);
    std::unique_ptr<JsonDocument> document(new JsonDocument(json));
    formats::JsonTreeLimits limits;
    limits.bytes = options.most_json;
    if (auto const parsed = document->tree_.parse(json, limits); !parsed) {
        auto const at = std::min(document->tree_.fault_at(), json.size());
        auto const line = 1 + std::ranges::count(json.substr(0, at), '\n');
        return std::unexpected(parsed.error().during(fmt::format("{}:{}: expected JSON", options.name, line)));
    }
    return document;
}

std::uint64_t JsonDocument::line_of(JsonValue const& value) {
    if (!value) return 0;
    std::size_t const at = tree_[value.node()].begin;
    if (at < counted_to_) {
        counted_to_ = 0;
        line_ = 1;
    }
    line_ += static_cast<std::uint64_t>(std::ranges::count(json_.substr(counted_to_, at - counted_to_), '\n'));
    counted_to_ = at;
    return line_;
}

std::string_view plain(JsonValue const& value) {
    if (value.is_text()) return value.text();
    return value.is_number() || value.is_boolean() ? value.raw() : std::string_view();
}

JsonValue first_of(JsonValue const& object, std::initializer_list<std::string_view> names) {
    for (auto const name : names)
        if (auto const found = object[name]; found && !found.is_null()) return found;
    return {};
}

std::vector<JsonValue> elements(JsonValue const& value) {
    std::vector<JsonValue> all;
    if (value.is_object() && value["data"].is_array()) return elements(value["data"]);
    if (value.is_array())
        for (auto const one : value) all.push_back(one);
    else if (value.is_object())
        all.push_back(value);
    return all;
}

}  // namespace tocsin::constituency
