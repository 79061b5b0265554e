#include "app/command.hpp"
#include "app/event_words.hpp"
#include "app/instance.hpp"
#include "events/events.hpp"

namespace tocsin::app {
namespace {

std::string line_of(events::Finding const& f) {
    auto const where = f.address ? format_ip(*f.address) : !f.url.empty() ? f.url : f.domain + f.account;
    return fmt::format("{:<9} {:<8} {:<39} {:>5} {:<30} {}  {} x  {}", events::name_of(f.state), f.severity, where,
                       f.port ? std::to_string(*f.port) : "", f.identifier, format_timestamp(f.last_seen), f.times,
                       f.id);
}

Exit run(Invocation& call) {
    auto const filter = finding_filter(call);
    if (!filter) return call.failed(filter.error());
    auto const order = events::finding_order_named(call.get("--sort"));
    auto const limit = parse_int(call.get("--limit"));
    if (!order || !limit || *limit < 1 || *limit > 1000) {
        call.tell(
            "--sort: expected -last_seen, last_seen, -first_seen, first_seen, -times, times, address or "
            "-severity; --limit: 1 to 1000");
        return Exit::usage;
    }
    auto const events = call.instance->events();
    if (!events) return call.failed(events.error());
    auto const scope = scope_of_commands(*call.instance);
    if (call.has("--count")) {
        auto const count = (*events)->count(scope, *filter);
        if (!count) return call.failed(count.error());
        call.print("{}", call.json() ? fmt::format("{{\"count\":{}}}", *count) : std::to_string(*count));
        return Exit::done;
    }
    auto const page =
        (*events)->findings(scope, *filter, *order, {call.get("--after"), static_cast<std::size_t>(*limit)});
    if (!page) return call.failed(page.error());
    if (!call.json()) {
        for (auto const& finding : page->items) call.print("{}", line_of(finding));
        if (!page->next.empty()) call.tell("more: --after {}", page->next);
        return Exit::done;
    }
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& finding : page->items) append_json(json, finding);
    json.end().key("next");
    page->next.empty() ? json.null() : json.value(page->next);
    json.end();
    call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_finding_list() {
    auto options = finding_filter_options();
    options.push_back({"--sort", "ORDER", "-last_seen, -first_seen, -times, -severity, address", "-last_seen"});
    options.push_back({"--limit", "N", "at most 1000", "100"});
    options.push_back({"--after", "CURSOR", "the next page"});
    options.push_back({"--count", "", "only how many"});
    return {.name = "finding list", .summary = "List findings", .options = options, .run = run};
}

}  // namespace tocsin::app
