#include "app/portal_doors.hpp"

#include "net/dns_client.hpp"
#include "net/net.hpp"

namespace tocsin::app {
namespace {

constexpr std::uint64_t most_security_txt = 64 << 10;

/// Nothing inside is reached: the client refuses addresses that are not global, also after a redirect.
Result<std::string> security_txt(std::string const& domain) {
    net::HttpClientOptions options;
    options.redirects = 3;
    options.redirects_to_other_hosts = true;
    options.connect_time = std::chrono::seconds(5);
    options.total_time = std::chrono::seconds(10);
    net::HttpClient client(std::move(options));
    net::HttpCall call;
    call.url = fmt::format("https://{}/.well-known/security.txt", domain);
    call.body_bytes = most_security_txt;
    TRY(auto reply, client.send(call));
    if (!reply.is_success())
        return fail(Code::not_found, fmt::format("{} answers with status {}", call.url, reply.status));
    return std::move(reply.body);
}

Status send(Instance& instance, gate::Cleared<notifications::Letter> const& letter) {
    TRY(auto* const letters, instance.letters());
    TRY(auto const outcome, letters->send(letter, {}));
    using Kind = net::SmtpOutcome::Kind;
    if (outcome.kind == Kind::accepted || outcome.kind == Kind::unknown) return {};
    return fail(Code::unavailable, fmt::format("the mail server did not take it: {}", outcome.reply));
}

}  // namespace

api::PortalDoors portal_doors(Instance& instance) {
    auto const& config = instance.config();
    api::PortalDoors doors;
    doors.base = config.public_url.empty() ? "http://" + config.listen : config.public_url;
    doors.send = [&instance](auto const& letter) { return send(instance, letter); };
    if (!config.portal_lookups) return doors;
    doors.txt_records = [resolver = config.portal_resolver](std::string const& name) {
        return net::txt_records(name, {.server = resolver});
    };
    doors.security_txt = security_txt;
    return doors;
}

}  // namespace tocsin::app
