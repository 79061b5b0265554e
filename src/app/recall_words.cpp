#include "app/recall_words.hpp"

#include "app/accounts.hpp"
#include "app/instance.hpp"
#include "sharing/sharing.hpp"

namespace tocsin::app {
namespace {

constexpr std::size_t objects_shown = 20, given_shown = 10;

std::string how(Invocation const& call, sharing::RecallRecipient const& one) {
    if (one.confirmed_at)
        return fmt::format("confirmed {} ({})", format_timestamp(*one.confirmed_at), called(call, one.confirmed_by));
    if (one.told_at) return fmt::format("told {} by {}", format_timestamp(*one.told_at), called(call, one.told_by));
    if (auto const heard = one.heard_at()) return fmt::format("told {}", format_timestamp(*heard));
    return one.needs_hand() ? "not yet; a person has to write to them" : "not yet";
}

void print(Invocation const& call, sharing::RecallRecipient const& one) {
    call.print("  {} ({}): {}", one.name, one.recipient, how(call, one));
    if (!one.answer.empty()) call.print("      answer: {}", one.answer);
    std::size_t shown = 0;
    for (auto const& given : one.given) {
        if (++shown > given_shown) continue;
        call.print("      {} by {}{}{} under {}, last {}, line {}; {}", given.object, given.door,
                   given.page.empty() ? "" : " ", given.page, gate::label_of(given.marking),
                   format_timestamp(given.last_at), given.line,
                   given.told_at ? fmt::format("told {} in line {}", format_timestamp(*given.told_at), given.told_line)
                                 : "by " + std::string(sharing::name_of(given.telling)));
    }
    if (shown > given_shown) call.print("      and {} more (--json: all)", shown - given_shown);
}

}  // namespace

Result<sharing::RecallId> recall_named(Invocation const& call) {
    std::string_view text = call.arguments.front();
    if (text.starts_with('#')) text.remove_prefix(1);
    auto const id = parse_int(text);
    if (!id) return fail(Code::invalid, fmt::format("\"{}\" is not a recall's number", call.arguments.front()));
    return sharing::RecallId{*id};
}

void print(Invocation const& call, sharing::Recall const& recall) {
    auto const counts = counts_of(recall);
    auto const number = recall.id ? fmt::format("Recall {}", recall.id.value) : std::string("Would be");
    call.print("{}: {}{}, {}{}", number, recall.kind(),
               recall.marking ? " to " + gate::label_of(*recall.marking) : std::string(),
               recall.id ? sharing::name_of(recall.state) : "nothing is changed",
               recall.is_upstream ? "; whom it came from withdrew it" : "");
    call.print("  {}  by {}  reason: {}", format_timestamp(recall.at),
               recall.by.empty() ? "-" : called(call, recall.by), recall.reason);
    std::size_t shown = 0;
    for (auto const& object : recall.objects) {
        if (++shown > objects_shown) continue;
        bool const tells = object.notice_seq != 0 || !object.notice.empty();
        call.print("  {}{}", object.id,
                   tells ? "" : "  (no version can tell of it: it is not ours, or has no versions)");
    }
    if (shown > objects_shown) call.print("  and {} more objects", shown - objects_shown);
    call.print("Given to {}: {} told, {} confirmed, {} to be told by hand", counts.recipients, counts.told,
               counts.confirmed, counts.by_hand);
    for (auto const& one : recall.recipients) print(call, one);
}

Exit show(Invocation const& call, sharing::Recall const& recall) {
    if (!call.json()) {
        print(call, recall);
        return Exit::done;
    }
    JsonWriter json;
    append(json, recall, true, [&](std::string_view who) { return called(call, who); });
    call.print("{}", json.text());
    return Exit::done;
}

}  // namespace tocsin::app
