#include "app/taxii_words.hpp"

#include "app/instance.hpp"
#include "sharing/sharing.hpp"

#include <unistd.h>

namespace tocsin::app {
namespace {

constexpr std::size_t longest_secret = 4096;

std::string first_line(std::string_view text) {
    auto line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return std::string(line);
}

}  // namespace

std::vector<Option> taxii_access_options() {
    return {{"--login", "NAME", "of HTTP Basic; without it the secret is sent as a bearer token"},
            {"--secret-stdin", "", "read the password or token from standard input"},
            {"--secret-file", "FILE", "read the password or token from the first line of a file"},
            {"--ca", "FILE", "authorities to trust instead of the system's (PEM)"},
            {"--fingerprint", "SHA256", "trust this certificate of the server and no other"},
            {"--certificate", "FILE", "our client certificate with its chain (PEM)"},
            {"--key", "FILE", "its key (PEM)"},
            {.name = "--reach", .value_name = "NETWORK", .help = "a network of ours where it may be", .many = true},
            {"--allow-http", "", "without TLS, also beyond this machine; everybody on the way can read it"}};
}

Status read_taxii_access(Invocation const& call, sharing::Remote& remote) {
    auto const path = [&](std::string_view option) { return call.has(option) ? call.path(call.get(option)) : ""; };
    remote.login = call.get("--login");
    remote.ca_file = path("--ca");
    remote.fingerprint = call.get("--fingerprint");
    remote.certificate = path("--certificate");
    remote.key = path("--key");
    remote.allows_http = call.has("--allow-http");
    for (auto const& text : call.all("--reach")) {
        auto const network = parse_prefix(text, true);
        if (!network) return fail(Code::invalid, fmt::format("--reach: expected a network, found \"{}\"", text));
        remote.reachable.push_back(*network);
    }
    return {};
}

Result<std::string> read_taxii_secret(Invocation const& call) {
    std::string secret;
    if (call.has("--secret-file")) {
        TRY(auto const text, store::read_file(call.path(call.get("--secret-file")), longest_secret));
        secret = first_line(text);
    } else if (call.has("--secret-stdin")) {
        char c = 0;
        while (secret.size() < longest_secret && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') secret.push_back(c);
        secret = first_line(secret);
    } else {
        return secret;
    }
    if (secret.empty()) return fail(Code::invalid, "there is no password or token in the first line");
    return secret;
}

Result<RemoteHealth> health_of(Invocation& call, sharing::Remote remote) {
    TRY(auto* const exchange, call.instance->exchange());
    return sharing::health_of(call.instance->remotes(), *exchange, std::move(remote));
}

void append_counts(JsonWriter& json, std::string_view name, std::map<std::string, std::int64_t> const& counts) {
    json.key(name).object();
    for (auto const& [what, count] : counts) json.field(what, count);
    json.end();
}

}  // namespace tocsin::app
