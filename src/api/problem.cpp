#include "api/problem.hpp"

#include "base/json_writer.hpp"
#include "base/log.hpp"

namespace tocsin::api {

net::HttpResponse problem(Problem const& what) {
    net::HttpResponse response;
    response.status = what.status;
    response.set("content-type", "application/problem+json");
    response.set("cache-control", "no-store");
    JsonWriter json;
    json.object()
        .field("type", "/problems/" + std::string(what.kind))
        .field("title", what.title)
        .field("status", what.status);
    json.field_unless_empty("detail", what.detail);
    if (!what.faults.empty()) {
        json.key("errors").array();
        for (auto const& fault : what.faults) {
            json.object().field_unless_empty("field", fault.field).field("expected", fault.expected).end();
        }
        json.end();
    }
    json.end();
    response.body = std::move(json).text();
    if (what.status == 429 || what.status == 503) response.set("retry-after", "1");
    return response;
}

net::HttpResponse problem_of(Error const& error) {
    switch (error.code) {
        case Code::invalid:
            return problem({422, "invalid", "Not what was expected", error.message});
        case Code::limit:
            return problem({413, "too-large", "Beyond a limit", error.message});
        case Code::not_found:
            return problem({404, "not-found", "Not found", error.message});
        case Code::denied:
            return problem({403, "forbidden", "Not allowed", error.message});
        case Code::conflict:
            return problem({409, "conflict", "It has changed, or exists already", error.message});
        case Code::unavailable:
            return problem({503, "busy", "Busy", error.message});
        case Code::io:
        case Code::internal:
            break;
    }
    log::error("a request failed: {}", error.message);
    return problem({500, "failed", "The server failed", error.message});
}

Problem problem_for_status(int status, std::string_view detail) {
    switch (status) {
        case 400:
            return {400, "bad-request", "Not understood", std::string(detail)};
        case 408:
            return {408, "too-slow", "Too slow", std::string(detail)};
        case 413:
        case 431:
            return {status, "too-large", "Too large", std::string(detail)};
        case 503:
            return {503, "busy", "Busy", std::string(detail)};
        default:
            return {status, "failed", "The server failed", std::string(detail)};
    }
}

}  // namespace tocsin::api
