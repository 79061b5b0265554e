#include "api/contract.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace tocsin::api {

namespace {

namespace json = boost::json;

std::string text_of(json::value const& value) {
    return std::string(value.as_string());
}

json::value const* member(json::object const& object, std::string_view name) {
    return object.if_contains(name);
}

Result<Least> least_of(std::string_view role) {
    if (role == "anyone") return Least::anyone;
    if (role == "constituent") return Least::constituent;
    if (role == "viewer") return Least::viewer;
    if (role == "analyst") return Least::analyst;
    if (role == "administrator") return Least::administrator;
    return fail(Code::internal, fmt::format("unknown x-role \"{}\"", role));
}

Result<net::Method> method_of(std::string_view name) {
    if (name == "get") return net::Method::get;
    if (name == "post") return net::Method::post;
    if (name == "put") return net::Method::put;
    if (name == "patch") return net::Method::patch;
    if (name == "delete") return net::Method::del;
    return fail(Code::internal, fmt::format("unknown method \"{}\"", name));
}

std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    for (auto const part : split(path.substr(1), '/')) segments.emplace_back(part);
    return segments;
}

bool is_parameter(std::string_view segment) {
    return segment.starts_with('{');
}

}  // namespace

Parameter const* Operation::parameter(std::string_view name) const {
    auto const found = std::ranges::find(parameters, name, &Parameter::name);
    return found == parameters.end() ? nullptr : &*found;
}

Result<Contract> Contract::read(std::string_view openapi_json) {
    Contract contract;
    boost::system::error_code error;
    auto document = json::parse(openapi_json, error);
    if (error) return fail(Code::internal, "openapi.json: " + error.message());
    contract.document_ = std::make_shared<json::value>(std::move(document));
    CHECK(contract.read_operations());
    return contract;
}

Status Contract::read_operations() {
    for (auto const& path : document_->at("paths").as_object()) {
        for (auto const& method : path.value().as_object()) {
            auto const& described = method.value().as_object();
            Operation operation;
            operation.id = text_of(described.at("operationId"));
            operation.path = std::string(path.key());
            operation.segments = segments_of(operation.path);
            TRY(operation.method, method_of(method.key()));
            TRY(operation.least, least_of(described.at("x-role").as_string()));
            CHECK(read_parameters(described, operation));
            if (auto const* limit = member(described, "x-body-limit"))
                operation.body_limit = limit->to_number<std::uint64_t>();
            if (auto const* body = member(described, "requestBody")) {
                for (auto const& content : body->at("content").as_object()) {
                    if (content.key() == "application/json") operation.body_schema = &content.value().at("schema");
                    if (content.key() == "application/octet-stream") operation.takes_stream = true;
                }
            }
            operations_.push_back(std::move(operation));
        }
    }
    return {};
}

Status Contract::read_parameters(json::object const& described, Operation& operation) {
    auto const* listed = member(described, "parameters");
    if (!listed) return {};
    for (auto const& entry : listed->as_array()) {
        auto const& object = entry.as_object();
        Parameter parameter;
        parameter.name = text_of(object.at("name"));
        parameter.is_in_path = object.at("in").as_string() == "path";
        if (auto const* required = member(object, "required")) parameter.is_required = required->as_bool();
        auto const* schema = &object.at("schema").as_object();
        if (auto const* reference = member(*schema, "$ref")) {
            auto const* target =
                this->schema(std::string_view(reference->as_string()).substr(sizeof "#/components/schemas/" - 1));
            if (!target) return fail(Code::internal, fmt::format("{}: unknown {}", operation.id, text_of(*reference)));
            schema = &target->as_object();
        }
        if (auto const* items = member(*schema, "items")) {
            parameter.is_repeated = true;
            schema = &items->as_object();
        }
        parameter.schema = schema;
        operation.parameters.push_back(std::move(parameter));
    }
    return {};
}

Operation const* Contract::operation(std::string_view id) const {
    auto const found = std::ranges::find(operations_, id, &Operation::id);
    return found == operations_.end() ? nullptr : &*found;
}

json::value const* Contract::schema(std::string_view name) const {
    return document_->at("components").at("schemas").as_object().if_contains(name);
}

PathTable::PathTable(std::vector<Operation> const& operations) {
    for (auto const& operation : operations) {
        auto const found = std::ranges::find(entries_, operation.segments, &Entry::segments);
        auto& entry = found == entries_.end() ? entries_.emplace_back(Entry{operation.segments, {}}) : *found;
        entry.operations.push_back(&operation);
    }
    std::ranges::sort(entries_, {},
                      [](Entry const& entry) { return std::ranges::count_if(entry.segments, is_parameter); });
}

PathTable::Found PathTable::find(std::string_view path) const {
    if (!path.starts_with('/') || path.size() > 2000) return {};
    auto const parts = split(path.substr(1), '/');
    for (auto const& entry : entries_) {
        Found found;
        std::size_t at = 0;
        bool fits = true;
        for (auto const& segment : entry.segments) {
            fits = at < parts.size();
            if (!fits) break;
            if (!is_parameter(segment)) {
                fits = parts[at++] == segment;
                if (!fits) break;
                continue;
            }
            auto value = percent_decoded(parts[at++]);
            fits = value && !value->empty();
            if (!fits) break;
            // A feed's identifier has a slash of its own, written as it is or as %2F.
            if (segment == "{feed}" && value->find('/') == std::string::npos && at < parts.size()) {
                auto const rest = percent_decoded(parts[at++]);
                fits = rest.has_value();
                if (!fits) break;
                *value += "/" + *rest;
            }
            found.values.emplace(segment.substr(1, segment.size() - 2), std::move(*value));
        }
        if (!fits || at != parts.size()) continue;
        found.operations = entry.operations;
        return found;
    }
    return {};
}

}  // namespace tocsin::api
