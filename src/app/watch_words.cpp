#include "app/watch_words.hpp"

namespace tocsin::app {

void append_search(JsonWriter& json, intelligence::SavedSearch const& search) {
    json.object()
        .field("id", search.id)
        .field("name", search.name)
        .field("query", search.query)
        .field("owner", search.owner)
        .field("is_team", search.is_team)
        .field("created", search.created)
        .end();
}

std::string line_of(intelligence::SavedSearch const& search) {
    return fmt::format("{:<5} {}  {}  ({}{})", fmt::format("#{}", search.id), search.name, search.query, search.owner,
                       search.is_team ? ", the team's" : "");
}

void append_watch(JsonWriter& json, intelligence::Watch const& watch) {
    json.object()
        .field("id", watch.id)
        .field("name", watch.name)
        .field_or_null("search", watch.search == 0 ? std::nullopt : std::optional(watch.search))
        .field_or_null("search_name", watch.search_name)
        .key("values")
        .array();
    for (auto const& value : watch.values) json.value(value);
    json.end()
        .field("owner", watch.owner)
        .field("is_team", watch.is_team)
        .field("created", watch.created)
        .field("unread", watch.unread)
        .field("unread_events", watch.unread_events)
        .end();
}

std::string line_of(intelligence::Watch const& watch) {
    auto const of = watch.search != 0 ? fmt::format("the search \"{}\"", watch.search_name)
                                      : fmt::format("{} values", watch.values.size());
    return fmt::format("{:<5} {}: {} unread of {}  ({}{})", fmt::format("#{}", watch.id), watch.name, watch.unread, of,
                       watch.owner, watch.is_team ? ", the team's" : "");
}

}  // namespace tocsin::app
