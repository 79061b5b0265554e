#include "app/instance.hpp"
#include "app/source_words.hpp"
#include "app/taxii_words.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Result<events::Source> add(Invocation& call) {
    events::Source draft{.name = call.arguments.front(), .is_paused = call.has("--paused")};
    auto const kind = events::source_kind_named(call.get("--kind"));
    if (!kind) return fail(Code::invalid, "--kind: expected http, shadowserver or imap");
    draft.kind = *kind;
    draft.login = call.get("--login");
    CHECK(read_source_options(call, draft));
    TRY(auto const catalogue, call.instance->catalogue());
    CHECK(events::complete_source(draft, call.has("--every"), *catalogue));
    TRY(auto made, call.instance->sources().add(draft, call.input, access::command_principal()));
    CHECK(wake_fetcher(call));
    return made;
}

Exit run(Invocation& call) {
    auto const made = add(call);
    if (!made) return call.failed(made.error());
    if (call.json()) {
        call.print("{{\"id\":{}}}", made->id.value);
        return Exit::done;
    }
    call.print(
        "Source {} ({}). A running server fetches from it every {}; what that gives: tocsin source run {} "
        "--dry-run",
        made->id.value, made->name, format_duration(made->every), made->id.value);
    return Exit::done;
}

}  // namespace

Command command_source_add() {
    std::vector<Option> options = {{"--kind", "KIND", "http, shadowserver or imap", "http"}};
    for (auto const& option : source_options()) options.push_back(option);
    for (auto const& option : source_secret_options()) options.push_back(option);
    options.push_back({"--paused", "", "not before tocsin source resume"});
    return {
        .name = "source add",
        .summary = "Fetch reports by themselves: a file by HTTP, the Shadowserver API, a mailbox",
        .about =
            "The server then does it on schedule. The password, token or secret is kept sealed and shown nowhere.\n"
            "Addresses on this machine and in private networks are refused unless --allow-private.\n\n"
            "  tocsin source add openphish --feed openphish/urls\n"
            "  tocsin source add partner --address 'https://reports.example/{date}.csv' --login us --secret-stdin\n"
            "  tocsin source add shadowserver --kind shadowserver --login APIKEY --secret-file secret.txt\n"
            "  tocsin source add mail --kind imap --address imaps://mail.example --login reports --secret-stdin \\\n"
            "      --move-to Taken --link 'https://reports\\.example/.*'",
        .options = options,
        .arguments = {{"NAME", "how we call it"}},
        .input = read_taxii_secret,
        .run = run};
}

}  // namespace tocsin::app
