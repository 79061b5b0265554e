#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const filter = object_filter(call);
    if (!filter) return call.failed(filter.error());
    auto const limit = parse_int(call.get("--limit"));
    if (!limit || *limit < 1 || *limit > 10'000) {
        call.tell("--limit: expected 1 to 10000");
        return Exit::usage;
    }
    auto const intelligence = call.instance->intelligence();
    if (!intelligence) return call.failed(intelligence.error());
    if (call.has("--count")) {
        auto const count = (*intelligence)->count(*filter, command_recipient());
        if (!count) return call.failed(count.error());
        call.print("{}", call.json() ? fmt::format("{{\"count\":{}}}", *count) : std::to_string(*count));
        return Exit::done;
    }
    auto const page = (*intelligence)
                          ->objects(*filter, command_recipient(), intelligence::ObjectOrder::newest_first,
                                    {.after = call.get("--after"), .limit = static_cast<std::size_t>(*limit)});
    if (!page) return call.failed(page.error());
    if (!call.json()) {
        for (auto const& object : page->items) call.print("{}", line_of(object));
        if (!page->next.empty()) call.tell("more: --after {}", page->next);
        return Exit::done;
    }
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& object : page->items) append_json(json, object);
    json.end().key("next");
    page->next.empty() ? json.null() : json.value(page->next);
    json.end();
    call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_intel_list() {
    auto options = object_filter_options();
    options.push_back({"--limit", "N", "at most 10000", "100"});
    options.push_back({"--after", "CURSOR", "the next page"});
    options.push_back({"--count", "", "only how many"});
    return {.name = "intel list",
            .summary = "Search the intelligence",
            .about =
                "Newest first.\n\n"
                "  tocsin intel list --network 198.51.100.7\n"
                "  tocsin intel list --under evil.example --type indicator --live",
            .options = options,
            .run = run};
}

}  // namespace tocsin::app
