#include "app/instance.hpp"
#include "app/source_words.hpp"
#include "app/taxii_words.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

Result<events::Source> add(Invocation& call) {
    events::Source draft{.name = call.arguments.front(), .is_paused = call.has("--paused")};
    auto const kind = events::source_kind_named(call.get("--kind"));
    if (!kind) return fail(Code::invalid, "--kind: expected http, shadowserver, imap, stomp, amqp or kafka");
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
    auto const how = made->is_stream() ? std::string("listens to it all the time")
                                       : fmt::format("fetches from it every {}", format_duration(made->every));
    call.print("Source {} ({}). A running server {}; what that gives: tocsin source run {} --dry-run", made->id.value,
               made->name, how, made->id.value);
    return Exit::done;
}

}  // namespace

Command command_source_add() {
    std::vector<Option> options = {{"--kind", "KIND", "http, shadowserver, imap, stomp, amqp or kafka", "http"}};
    for (auto const& option : source_options()) options.push_back(option);
    for (auto const& option : source_secret_options()) options.push_back(option);
    options.push_back({"--paused", "", "not before tocsin source resume"});
    return {
        .name = "source add",
        .summary = "Fetch reports by themselves: a file by HTTP, the Shadowserver API, a mailbox, a broker",
        .about =
            "The server then does it on schedule. The password, token or secret is kept sealed and shown nowhere.\n"
            "Addresses on this machine and in private networks are refused unless --allow-private.\n\n"
            "  tocsin source add openphish --feed openphish/urls\n"
            "  tocsin source add partner --address 'https://reports.example/{date}.csv' --login us --secret-stdin\n"
            "  tocsin source add shadowserver --kind shadowserver --login APIKEY --secret-file secret.txt\n"
            "  tocsin source add mail --kind imap --address imaps://mail.example --login reports --secret-stdin \\\n"
            "      --move-to Taken --link 'https://reports\\.example/.*'\n"
            "  tocsin source add n6 --kind stomp --address stomps://n6stream.example --queue '/exchange/us/*.*.*.*' "
            "\\\n"
            "      --feed n6/json --certificate us.pem --key us.key\n"
            "  tocsin source add bus --kind amqp --address amqps://mq.example/events --queue reports --feed "
            "generic/idf \\\n"
            "      --login us --secret-stdin\n"
            "  tocsin source add log --kind kafka --address kafkas://k1.example,k2.example --queue alerts \\\n"
            "      --feed generic/idea --login us --secret-stdin --mechanism SCRAM-SHA-512",
        .options = options,
        .arguments = {{"NAME", "how we call it"}},
        .input = read_taxii_secret,
        .run = run};
}

}  // namespace tocsin::app
