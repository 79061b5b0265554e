#include "app/channel_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_channels(call, [&](notifications::Channels& channels) -> Result<Exit> {
        TRY(auto const all, channels.letters(call.has("--all")));
        if (call.json()) {
            JsonWriter json;
            json.object().key("items").array();
            for (auto const& one : all)
                json.object()
                    .field("notification", one.notification.value)
                    .field("organisation", one.organisation_name)
                    .field("to", one.to)
                    .field("subject", one.subject)
                    .field("language", one.language)
                    .field("findings", one.findings)
                    .field("queued", one.queued)
                    .field_or_null("printed", one.printed)
                    .field_or_null("posted", one.posted)
                    .field_or_null("posted_by", one.posted_by)
                    .end();
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
