#include "api/detections.hpp"

#include "api/problem.hpp"
#include "api/request_target.hpp"
#include "api/served_file.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::api {
namespace {

namespace detection = formats::detection;

Status read_parameters(RequestTarget const& target, sharing::DetectionRequest& wanted) {
    for (auto const& [name, value] : target.query) {
        if (name == "known_good" && (value == "0" || value == "1")) {
            wanted.with_known_good = value == "1";
        } else if (name == "own_rules" && (value == "0" || value == "1")) {
            wanted.with_own_rules = value == "1";
        } else if (name == "label" && !value.empty()) {
            wanted.filter.labels.push_back(value);
        } else if (auto const least = parse_int(value); name == "confidence" && least && *least >= 0 && *least <= 100) {
            wanted.filter.least_confidence = static_cast<int>(*least);
        } else {
            return fail(Code::invalid, "expected known_good=0 or 1, own_rules=0 or 1, confidence=0 to 100, label=WORD");
        }
    }
    return {};
}

std::string names_of_formats() {
    std::string names;
    for (auto const& format : detection::formats()) names += (names.empty() ? "" : ", ") + std::string(format.name);
    return names;
}

}  // namespace

net::HttpResponse Detections::answer(net::HttpRequest const& request) const {
    auto answer = route(request);
    auto response = answer ? *std::move(answer) : problem_of(answer.error());
    if (request.method == net::Method::head) response.body.clear();
    return response;
}

Result<net::HttpResponse> Detections::route(net::HttpRequest const& request) const {
    auto const caller = exchange_caller(*doors_.access, *doors_.peers, request);
    if (!caller && caller.error().code == Code::denied) return not_signed_in("detections");
    if (!caller) return std::unexpected(caller.error());
    if (request.method != net::Method::get && request.method != net::Method::head) return only_to_read();
    TRY(auto const target, parse_request_target(request.target));
    auto const parts = split(target.path, '/');  // "", "detections", collection, format
    if (parts.size() != 4) return fail(Code::not_found, "expected /detections/COLLECTION/FORMAT");
    TRY(auto const collection, doors_.collections->find(percent_decoded(parts[2]).value_or(std::string())));
    sharing::DetectionRequest wanted{
        .format = detection::format_named(parts[3]),
        .filter = collection.filter(),
        .title = fmt::format("{}: {}", doors_.team.empty() ? "Tocsin" : doors_.team, collection.title),
        .with_known_good = false,
        .now = doors_.clock->now()};
    if (wanted.format == nullptr)
        return fail(Code::not_found, fmt::format("there is no such format; there are {}", names_of_formats()));
    CHECK(read_parameters(target, wanted));
    return file(request, *caller, collection, wanted);
}

Result<net::HttpResponse> Detections::file(net::HttpRequest const& request, ExchangeCaller const& caller,
                                           sharing::Collection const& collection,
                                           sharing::DetectionRequest const& wanted) const {
    TRY(auto made, sharing::detection_file(*doors_.intelligence, doors_.known_good, wanted, caller.recipient));
    auto const etag = etag_of(made.text);
    if (caller.peer && !has_it(request, etag))
        CHECK(doors_.ledger->write([&](store::Transaction& tx) {
            return gate::Gate::record(tx, caller.principal, doors_.clock->now(), made.indicators,
                                      fmt::format("detections {} {}", collection.uuid, wanted.format->name),
                                      contents_of(made.indicators), "export");
        }));
    net::HttpResponse response;
    response.body = std::move(made.text);
    response.set("content-type", std::string(wanted.format->media_type));
    response.set("content-disposition",
                 fmt::format("inline; filename=\"tocsin-{}{}\"", wanted.format->name, wanted.format->extension));
    response.set("etag", etag);
    response.set("cache-control", "private, no-cache");
    response.set("tocsin-marking", gate::label_of(made.marking));
    return response;
}

}  // namespace tocsin::api
