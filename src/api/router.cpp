#include "api/router.hpp"

#include <fmt/format.h>

namespace tocsin::api {

access::Visitor Call::visitor() const {
    return {.address = request.peer.address, .agent = std::string(request.header("user-agent"))};
}

std::int64_t Call::path_id(std::string_view name) const {
    return parse_int(path(name)).value_or(0);
}

std::optional<std::string_view> Call::query(std::string_view name) const {
    auto const value = target.value(name);
    return value && !value->empty() ? value : std::nullopt;
}

std::optional<std::int64_t> Call::query_number(std::string_view name) const {
    auto const value = query(name);
    return value ? parse_int(*value) : std::nullopt;
}

std::vector<std::string> Call::query_all(std::string_view name) const {
    std::vector<std::string> values;
    for (auto const& [key, value] : target.query) {
        if (key == name && !value.empty()) values.push_back(value);
    }
    return values;
}

std::vector<std::string> Call::query_list(std::string_view name) const {
    std::vector<std::string> values;
    for (auto const part : split(query(name).value_or(""), ',')) {
        if (auto const value = trimmed(part); !value.empty()) values.emplace_back(value);
    }
    return values;
}

std::size_t Call::limit() const {
    if (auto const given = query_number("limit")) return static_cast<std::size_t>(*given);
    auto const* parameter = operation.parameter("limit");
    auto const* standard = parameter ? parameter->schema->if_contains("default") : nullptr;
    return standard ? standard->to_number<std::size_t>() : 100;
}

boost::json::value const* Call::member(std::string_view name) const {
    if (!body.is_object()) return nullptr;
    auto const* found = body.get_object().if_contains(name);
    return found && !found->is_null() ? found : nullptr;
}

std::optional<std::string> Call::text(std::string_view name) const {
    auto const* found = member(name);
    return found && found->is_string() ? std::optional(std::string(found->get_string())) : std::nullopt;
}

std::string Call::text_or(std::string_view name, std::string_view standard) const {
    return text(name).value_or(std::string(standard));
}

std::optional<std::int64_t> Call::number(std::string_view name) const {
    auto const* found = member(name);
    if (!found || !found->is_number()) return std::nullopt;
    boost::system::error_code error;
    auto const number = found->to_number<std::int64_t>(error);
    return error ? std::nullopt : std::optional(number);
}

std::optional<bool> Call::flag(std::string_view name) const {
    auto const* found = member(name);
    return found && found->is_bool() ? std::optional(found->get_bool()) : std::nullopt;
}

void Router::answer(std::string_view operation_id, Handler handler) {
    if (!contract_.operation(operation_id)) faults_.push_back(fmt::format("{}: not in the contract", operation_id));
    if (!handlers_.emplace(operation_id, std::move(handler)).second) {
        faults_.push_back(fmt::format("{}: has two handlers", operation_id));
    }
}

void Router::take_stream(std::string_view operation_id, StreamHandler handler) {
    auto const* operation = contract_.operation(operation_id);
    if (!operation || !operation->takes_stream) faults_.push_back(fmt::format("{}: takes no stream", operation_id));
    stream_handlers_.emplace(operation_id, std::move(handler));
}

Handler const* Router::handler(Operation const& operation) const {
    auto const found = handlers_.find(operation.id);
    return found == handlers_.end() ? nullptr : &found->second;
}

StreamHandler const* Router::stream_handler(Operation const& operation) const {
    auto const found = stream_handlers_.find(operation.id);
    return found == stream_handlers_.end() ? nullptr : &found->second;
}

std::vector<std::string> Router::wrong() const {
    return faults_;
}

std::vector<std::string> Router::missing() const {
    std::vector<std::string> missing;
    for (auto const& operation : contract_.operations()) {
        if (!handler(operation) && !stream_handler(operation)) missing.push_back(operation.id);
    }
    return missing;
}

net::HttpResponse json_answer(JsonWriter&& json, int status) {
    net::HttpResponse response;
    response.status = status;
    response.set("content-type", "application/json");
    response.body = std::move(json).text();
    return response;
}

net::HttpResponse nothing() {
    net::HttpResponse response;
    response.status = 204;
    return response;
}

}  // namespace tocsin::api
