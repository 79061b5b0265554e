#include "app/inbox_words.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_inbox(call, [&](notifications::Inbox& inbox) -> Result<Exit> {
        notifications::InboxFilter filter;
        if (!call.has("--all")) filter.waits = true;
        for (auto const& text : call.all("--kind")) {
            auto const kind = notifications::parse_mail_kind(text);
            if (!kind) {
                call.tell("--kind: expected answer, bounce, automatic or unmatched, found {}", text);
                return Exit::usage;
            }
            filter.kinds.push_back(*kind);
        }
        if (auto const number = parse_int(call.get("--notification"))) filter.notification = {*number};
        auto const limit = std::clamp<std::int64_t>(parse_int(call.get("--limit")).value_or(100), 1, 1000);
        TRY(auto const page, inbox.list(filter, static_cast<std::size_t>(limit)));
        TRY(auto const total, inbox.count(filter));
        if (call.json()) {
            JsonWriter json;
            json.object().field("total", total).key("items").array();
            for (auto const& mail : page.items) append(json, mail, false);
            json.end().end();
            call.print("{}", json.text());
        } else {
            for (auto const& mail : page.items) print_mail_line(call, mail);
            call.print("{} in all", total);
        }
        return Exit::done;
    });
}

}  // namespace

Command command_inbox_list() {
    return {.name = "inbox list",
            .summary = "List mails that came and wait for a person, newest first",
            .options =
                {{"--all", "", "also those that wait for nobody"},
                 {.name = "--kind", .value_name = "KIND", .help = "answer, bounce, automatic, unmatched", .many = true},
                 {"--notification", "NUMBER", "only about this warning"},
                 {"--limit", "N", "how many, at most 1000", "100"}},
            .run = run};
}

}  // namespace tocsin::app
