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

}  // namespace tocsin::api
