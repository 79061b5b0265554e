#include "api/misp_feed.hpp"

#include "api/problem.hpp"
#include "api/request_target.hpp"
#include "api/served_file.hpp"

#include <fmt/format.h>

namespace tocsin::api {

net::HttpResponse MispFeed::answer(net::HttpRequest const& request) const {
    auto answer = route(request);
    auto response = answer ? *std::move(answer) : problem_of(answer.error());
    if (request.method == net::Method::head) response.body.clear();
    return response;
}

Result<net::HttpResponse> MispFeed::route(net::HttpRequest const& request) const {
    auto const caller = exchange_caller(*doors_.access, *doors_.peers, request);
    if (!caller && caller.error().code == Code::denied) return not_signed_in("misp-feed");
    if (!caller) return std::unexpected(caller.error());
    if (request.method != net::Method::get && request.method != net::Method::head) return only_to_read();
    TRY(auto const target, parse_request_target(request.target));
    auto const parts = split(target.path, '/');  // "", "misp-feed", collection, file
    if (parts.size() != 4) return fail(Code::not_found, "expected /misp-feed/COLLECTION/FILE");
    TRY(auto const collection, doors_.collections->find(percent_decoded(parts[2]).value_or(std::string())));
    sharing::misp::Feed const feed(*doors_.intelligence,
                                   {.filter = collection.filter(),
                                    .collection = collection.uuid,
                                    .team = doors_.team.empty() ? "Tocsin" : doors_.team},
                                   caller->recipient);
    TRY(auto made, feed.file(parts[3]));
    auto const etag = etag_of(made.text);
    if (caller->peer && !has_it(request, etag))
        CHECK(doors_.ledger->write([&](store::Transaction& tx) {
            return gate::Gate::record(tx, caller->principal, doors_.clock->now(), made.objects,
                                      fmt::format("misp-feed {} {}", collection.uuid, parts[3]),
                                      contents_of(made.objects), "misp");
        }));
    net::HttpResponse response;
    response.body = std::move(made.text);
    response.set("content-type", parts[3].ends_with(".csv") ? "text/csv; charset=utf-8" : "application/json");
    response.set("etag", etag);
    response.set("cache-control", "private, no-cache");
    response.set("tocsin-marking", gate::label_of(made.marking));
    return response;
}

}  // namespace tocsin::api
