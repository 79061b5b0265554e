#include "app/instance.hpp"
#include "app/taxii_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Result<sharing::Remote> add(Invocation& call) {
    sharing::Remote draft{.name = call.arguments.front(),
                          .url = call.get("--url"),
                          .collection = call.get("--collection"),
                          .push_collection = call.get("--push-collection"),
                          .types = call.all("--type"),
                          .is_paused = call.has("--paused")};
    CHECK(read_taxii_access(call, draft));
    TRY(auto const peer, call.instance->peers().find(call.get("--peer")));
    draft.peer = peer.id;
    auto const direction = call.get("--direction");
    draft.polls = direction == "poll" || direction == "both";
    draft.pushes = direction == "push" || direction == "both";
    TRY(draft.every, parse_duration(call.get("--every")));
    TRY(draft.standard, gate::parse_marking(call.get("--marking")));
    draft.page = static_cast<std::size_t>(std::max<std::int64_t>(parse_int(call.get("--page")).value_or(0), 0));
    TRY(auto made, call.instance->remotes().add(draft, call.input, access::command_principal()));
    TRY(auto* const exchange, call.instance->exchange());
    exchange->changed();
    return made;
}

Exit run(Invocation& call) {
    auto const made = add(call);
    if (!made) return call.failed(made.error());
    if (call.json()) {
        call.print("{{\"id\":{}}}", made->id.value);
        return Exit::done;
    }
    call.print("Remote {} ({}). A running server asks it every {}; now: tocsin taxii {} {} --dry-run", made->id.value,
               made->name, format_duration(made->every), made->polls ? "poll" : "push", made->name);
    return Exit::done;
}

}  // namespace

Command command_taxii_add() {
    auto options = std::vector<Option>{
        {"--peer", "PEER", "whose server it is: what comes is theirs, what goes is cleared for them", "", true},
        {"--url", "URL", "of the server, its discovery or an API root", "", true},
        {"--collection", "ID", "id, alias or title there; see tocsin taxii look", "", true},
        {"--push-collection", "ID", "where to push to, if it is another one"},
        {"--direction", "WAY", "poll, push or both", "poll"},
        {"--every", "TIME", "how often", "15m"},
        {.name = "--type", .value_name = "TYPE", .help = "only objects of this type", .many = true},
        {"--marking", "MARKING", "of what comes without one", "TLP:AMBER"},
        {"--page", "N", "objects in one exchange, at most 5000", "1000"},
        {"--paused", "", "not before tocsin taxii resume"}};
    for (auto const& option : taxii_access_options()) options.push_back(option);
    return {
        .name = "taxii add",
        .summary = "Poll a collection of a peer's TAXII 2.1 server, or push to it",
        .about =
            "The server then does it by itself. What is pushed is what the peer may have (its clearance), and not what "
            "came from it.\nThe password or token is kept sealed and shown nowhere.\n\n"
            "  tocsin taxii add north --peer Northland --url https://cirt.example/taxii2/ --collection all \\\n"
            "      --direction both --push-collection inbox --login us --secret-file key.txt",
        .options = options,
        .arguments = {{"NAME", "how we call it"}},
        .input = read_taxii_secret,
        .run = run};
}

}  // namespace tocsin::app
