#include "app/instance.hpp"
#include "app/taxii_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const remotes = call.instance->remotes().all();
    if (!remotes) return call.failed(remotes.error());
    auto const now = call.instance->clock().now();
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& remote : *remotes) {
        auto const health = health_of(call, remote);
        if (!health) return call.failed(health.error());
        append_remote(json, *health, call.instance->clock().now());
        if (call.json()) continue;
        for (auto const& [way, course] : health->courses)
            call.print("{:<20} {:<4} {:<8} behind {:<6} {:>9} done {:>6} refused  {}{}", remote.name,
                       sharing::name_of(way), condition_of(*health, course), lag_words(remote, course, now),
                       course.done, course.refused, remote.peer_name, course.error.empty() ? "" : "  " + course.error);
    }
    json.end().end();
    if (call.json())
        call.print("{}", json.text());
    else if (remotes->empty())
        call.print("No remote. Next: tocsin taxii look URL, then tocsin taxii add");
    return Exit::done;
}

}  // namespace

Command command_taxii_list() {
    return {
        .name = "taxii list", .summary = "List the TAXII servers we poll and push to, and how that goes", .run = run};
}

}  // namespace tocsin::app
