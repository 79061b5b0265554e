#include "app/instance.hpp"
#include "app/recall_words.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

Result<sharing::Recall> recall(Invocation& call) {
    sharing::RecallOrder order{
        .objects = call.arguments, .reason = call.get("--reason"), .is_ours = call.has("--ours")};
    if (call.has("--delivery")) {
        auto const number = parse_int(call.get("--delivery"));
        if (!number || *number < 1) return fail(Code::invalid, "--delivery: expected a number");
        order.delivery = *number;
    }
    if (call.has("--withdraw") == call.has("--marking"))
        return fail(Code::invalid, "give --withdraw, or --marking with what it is to be from now on");
    if (call.has("--marking")) {
        TRY(order.marking, gate::parse_marking(call.get("--marking")));
    }
    TRY(auto* const recalls, call.instance->recalls());
    if (call.has("--dry-run")) return recalls->plan(order);
    return recalls->add(order, access::command_principal());
}

Exit run(Invocation& call) {
    auto const made = recall(call);
    return made ? show(call, *made) : call.failed(made.error());
}

}  // namespace

Command command_recall_add() {
    return {
        .name = "recall add",
        .summary = "Take back objects that were shared, or put them under a stricter marking",
        .about =
            "From that moment they leave by no door, or only under the stricter marking. Who was given them is read "
            "from the\ndisclosure log. Of objects of our own a new version tells of it, to those who had them; "
            "everybody else is listed\nto be told by hand (tocsin recall show).\n\n"
            "  tocsin recall add indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --withdraw --reason \"false "
            "positive\" --dry-run\n"
            "  tocsin recall add --delivery 12 --marking TLP:AMBER --reason \"shared too widely\"",
        .options = {{"--withdraw", "", "they are no longer valid, and leave no more"},
                    {"--marking", "MARKING", "they leave under at least this from now on"},
                    {"--reason", "TEXT", "why; those who are told by hand read it", "", true},
                    {"--delivery", "NUMBER", "all objects of this delivery"},
                    {"--ours", "", "we made them, though their created_by_ref is not this team's identity"},
                    {"--dry-run", "", "only say who was given them and how each would be told"}},
        .arguments = {{"OBJECT", "its id; all its versions", false, true}},
        .run = run};
}

}  // namespace tocsin::app
