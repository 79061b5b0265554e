#include "api/export.hpp"

#include <fmt/format.h>

namespace tocsin::api {

net::HttpResponse download(std::string_view file_name, std::string_view media_type,
                           std::function<Status(net::BodyWriter&)> write) {
    net::HttpResponse response;
    response.set("content-type", std::string(media_type));
    response.set("content-disposition", fmt::format("attachment; filename=\"{}\"", file_name));
    response.write_body = std::move(write);
    return response;
}

Download Download::of(Call const& call, std::string file_name) {
    auto const& address = call.request.target;
    auto const mark = address.find('?');
    return {std::move(file_name), mark == std::string::npos ? std::string() : address.substr(mark + 1), call.caller};
}

Status Download::record(House const& house, gate::Bounds const& scope, events::Extent const& extent) const {
    return house.doors.ledger->write([&](store::Transaction& tx) {
        return gate::Gate::record(
            tx, caller, house.doors.clock->now(), scope,
            {.id = file_name, .query = query, .count = extent.count, .strictest = extent.strictest, .door = "export"});
    });
}

}  // namespace tocsin::api
