#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/intelligence_words.hpp"
#include "intelligence/intelligence.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto filter = object_filter(call);
    if (!filter) return call.failed(filter.error());
    filter->folds = !call.has("--apart");
    if (call.has("--matching")) {
        filter->matching = intelligence::matching_named(call.get("--matching"));
        if (!filter->matching) {
            call.tell("--matching: expected by_value, whole or never");
            return Exit::usage;
        }
    }
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
    return print_objects(call, *page);
}

}  // namespace

Command command_intel_list() {
    auto options = object_filter_options();
    options.push_back({"--matching", "HOW", "indicators that events are held against: by_value, whole, never"});
    options.push_back({"--apart", "", "what was merged each for itself"});
    options.push_back({"--limit", "N", "at most 10000", "100"});
    options.push_back({"--after", "CURSOR", "the next page"});
    options.push_back({"--count", "", "only how many"});
    return {.name = "intel list",
            .summary = "Search the intelligence",
            .about =
                "Newest first.\n\n"
                "  tocsin intel list --network 198.51.100.7\n"
                "  tocsin intel list --under evil.example --type indicator --live\n"
                "  tocsin intel list --matching never --count",
            .options = options,
            .run = run};
}

}  // namespace tocsin::app
