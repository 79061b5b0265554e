#include "app/instance.hpp"
#include "app/taxii_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Status change(Invocation& call) {
    auto& remotes = call.instance->remotes();
    TRY(auto const remote, remotes.find(call.arguments.front()));
    CHECK(remotes.change_secret(remote.id, call.get("--login"), call.input, access::command_principal()));
    TRY(auto* const exchange, call.instance->exchange());
    exchange->changed();
    return {};
}

Exit run(Invocation& call) {
    if (auto const done = change(call); !done) return call.failed(done.error());
    call.print("{}", call.json() ? fmt::format("{{\"secret\":{}}}", !call.input.empty())
                                 : fmt::format("{} signs in {} from now on", call.arguments.front(),
                                               call.input.empty() ? "as nobody" : "otherwise"));
    return Exit::done;
}

}  // namespace

Command command_taxii_secret() {
    return {.name = "taxii secret",
            .summary = "Change the password or token of a remote",
            .about =
                "How far it came stays. Without a secret it signs in as nobody.\n\n"
                "  tocsin taxii secret north --login us --secret-file key.txt",
            .options = {{"--login", "NAME", "of HTTP Basic; without it the secret is sent as a bearer token"},
                        {"--secret-stdin", "", "read the password or token from standard input"},
                        {"--secret-file", "FILE", "read the password or token from the first line of a file"}},
            .arguments = {{"NAME", "the remote, by name or number"}},
            .input = read_taxii_secret,
            .run = run};
}

}  // namespace tocsin::app
