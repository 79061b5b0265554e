#include "app/instance.hpp"
#include "app/recall_words.hpp"
#include "sharing/sharing.hpp"

#include <algorithm>

namespace tocsin::app {
namespace {

Result<sharing::Recall> recall(Invocation& call) {
    TRY(auto const id, recall_named(call));
    TRY(auto* const recalls, call.instance->recalls());
    CHECK(recalls->keep());
    return recalls->recall(id);
}

Exit run(Invocation& call) {
    auto const found = recall(call);
    if (!found) return call.failed(found.error());
    if (!call.has("--letter")) return show(call, *found);
    auto const whom = call.get("--letter");
    auto const one = std::ranges::find_if(found->recipients, [&](sharing::RecallRecipient const& recipient) {
        return recipient.recipient == whom || recipient.name == whom;
    });
    if (one == found->recipients.end())
        return call.failed({Code::not_found, fmt::format("\"{}\" was given nothing of it", whom)});
    auto language = call.get("--language");
    auto const whose = call.instance->constituency().directory().organisation(one->organisation);
    if (language.empty() && whose) language = whose->language;
    call.streams.out(letter_of(*found, *one, call.instance->config().team_name, language));
    return Exit::done;
}

}  // namespace

Command command_recall_show() {
    return {.name = "recall show",
            .summary = "Show who was given what was recalled, and who has heard of it",
            .about = "  tocsin recall show 3\n  tocsin recall show 3 --letter Northland    # a mail to send by hand",
            .options = {{"--letter", "RECIPIENT", "only the text of a mail to them"},
                        {"--language", "CODE", "of the mail: ar, zh, en, fr, ru or es; else theirs"}},
            .arguments = {{"NUMBER", "the recall"}},
            .run = run};
}

}  // namespace tocsin::app
