#include "app/inbox_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    return with_inbox(call, [&](notifications::Inbox& inbox) -> Result<Exit> {
        notifications::InboxReport all;
        do {
            TRY(auto const some, inbox.check(call.is_cancelled));
            all.read += some.read;
            all.known += some.known;
            all.answers += some.answers;
            all.bounces += some.bounces;
            all.automatic += some.automatic;
            all.unmatched += some.unmatched;
            all.is_unfinished = some.is_unfinished;
        } while (all.is_unfinished && !call.is_cancelled());
        if (call.json()) {
            JsonWriter json;
            json.object()
                .field("read", all.read)
                .field("known", all.known)
                .field("answers", all.answers)
                .field("bounces", all.bounces)
                .field("automatic", all.automatic)
                .field("unmatched", all.unmatched)
                .end();
            call.print("{}", json.text());
        } else {
            call.print("{} mails read: {} answers, {} bounces, {} automatic, {} unmatched, {} known already", all.read,
                       all.answers, all.bounces, all.automatic, all.unmatched, all.known);
        }
        return Exit::done;
    });
}

}  // namespace

Command command_inbox_check() {
    return {.name = "inbox check",
            .summary = "Read the mailbox of answers and bounces now",
            .about =
                "A running server does this by itself ([inbox] every). Mails are flagged or moved, never deleted; "
                "none is answered.",
            .run = run};
}

}  // namespace tocsin::app
