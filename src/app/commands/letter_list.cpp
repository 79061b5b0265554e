#include "app/channel_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_channels(call, [&](notifications::Channels& channels) -> Result<Exit> {
        TRY(auto const all, channels.letters(call.has("--all")));
        if (call.json()) {
            JsonWriter json;
            json.object().key("items").array();
            for (auto const& one : all) append(json, one);
            json.end().end();
            call.print("{}", json.text());
            return Exit::done;
        }
        for (auto const& one : all)
            call.print("{:<6} {} {:<30} {:<30} {}", one.notification.value, format_timestamp(one.queued), one.to,
                       one.organisation_name,
                       one.posted    ? "posted " + format_date(*one.posted)
                       : one.printed ? "printed"
                                     : "to print");
        if (all.empty()) call.print("No letter waits.");
        return Exit::done;
    });
}

}  // namespace

Command command_letter_list() {
    return {.name = "letter list",
            .summary = "List letters that are to be printed and posted",
            .options = {{"--all", "", "also those that were posted"}},
            .run = run};
}

}  // namespace tocsin::app
