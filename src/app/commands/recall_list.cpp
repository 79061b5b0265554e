#include "app/accounts.hpp"
#include "app/instance.hpp"
#include "app/recall_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Result<std::vector<sharing::Recall>> recalls(Invocation& call) {
    TRY(auto* const room, call.instance->recalls());
    CHECK(room->keep());
    return room->all();
}

Exit run(Invocation& call) {
    auto const found = recalls(call);
    if (!found) return call.failed(found.error());
    JsonWriter json;
    json.object().key("items").array();
    for (auto const& recall : *found) {
        append(json, recall, false, [&](std::string_view who) { return called(call, who); });
        if (call.json()) continue;
        auto const counts = counts_of(recall);
        call.print("{:>4} {} {:<9} {:<9} {} objects, {} recipients: {} told, {} confirmed, {} by hand  {}",
                   recall.id.value, format_timestamp(recall.at), recall.kind(), sharing::name_of(recall.state),
                   recall.objects.size(), counts.recipients, counts.told, counts.confirmed, counts.by_hand,
                   recall.reason);
    }
    json.end().end();
    if (call.json()) call.print("{}", json.text());
    return Exit::done;
}

}  // namespace

Command command_recall_list() {
    return {.name = "recall list", .summary = "List the last hundred recalls, and how many have heard", .run = run};
}

}  // namespace tocsin::app
