#include "app/instance.hpp"
#include "app/source_words.hpp"
#include "app/taxii_words.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Status change(Invocation& call) {
    auto& sources = call.instance->sources();
    TRY(auto const source, sources.find(call.arguments.front()));
    CHECK(sources.change_secret(source.id, call.get("--login"), call.input, access::command_principal()));
    return wake_fetcher(call);
}

Exit run(Invocation& call) {
    if (auto const done = change(call); !done) return call.failed(done.error());
    call.print("{}", call.json() ? fmt::format("{{\"secret\":{}}}", !call.input.empty())
                                 : fmt::format("{} signs in {} from now on", call.arguments.front(),
                                               call.input.empty() ? "as nobody" : "otherwise"));
    return Exit::done;
}

}  // namespace

Command command_source_secret() {
    return {.name = "source secret",
            .summary = "Change the login and the password, token or secret of a source",
            .about =
                "How far it came stays. Without a secret it signs in as nobody.\n\n"
                "  tocsin source secret mail --login reports --secret-file password.txt",
            .options = source_secret_options(),
            .arguments = {{"NAME", "the source, by name or number"}},
            .input = read_taxii_secret,
            .run = run};
}

}  // namespace tocsin::app
