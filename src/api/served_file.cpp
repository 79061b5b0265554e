#include "api/served_file.hpp"

#include "api/problem.hpp"
#include "formats/formats.hpp"

#include <fmt/format.h>

namespace tocsin::api {

net::HttpResponse not_signed_in(std::string_view realm) {
    auto response = problem(
        {401, "not-signed-in", "Not signed in", "send a key as the password of HTTP Basic, or as a bearer token"});
    response.set("www-authenticate", fmt::format("Basic realm=\"{}\", Bearer", realm));
    return response;
}

net::HttpResponse only_to_read() {
    auto response = problem({405, "method-not-allowed", "Not possible here", "this address can only be read"});
    response.set("allow", "GET, HEAD");
    return response;
}

std::string etag_of(std::string_view text) {
    return fmt::format("\"{}\"",
                       formats::stix::format_uuid(formats::stix::uuid_v5(formats::stix::sco_namespace, text)));
}

bool has_it(net::HttpRequest const& request, std::string_view etag) {
    for (auto candidate : split(request.header("if-none-match"), ',')) {
        candidate = trimmed(candidate);
        if (candidate.starts_with("W/")) candidate.remove_prefix(2);
        if (candidate == etag) return true;
    }
    return false;
}

}  // namespace tocsin::api
