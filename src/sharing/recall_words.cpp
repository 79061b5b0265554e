#include "sharing/letter_words.hpp"
#include "sharing/recalls.hpp"

#include <fmt/format.h>

namespace tocsin::sharing {
namespace {

constexpr std::size_t listed_in_letter = 200;

std::string_view state_of(RecallRecipient const& recipient) {
    if (recipient.confirmed_at) return "confirmed";
    return recipient.is_told() ? "told" : "not_yet";
}

void append(JsonWriter& json, RecalledObject const& object) {
    json.object()
        .field("id", object.id)
        .field("ours", object.is_ours)
        .field("told_by_version", object.notice_seq != 0 || !object.notice.empty())
        .end();
}

void append(JsonWriter& json, Given const& given) {
    json.object()
        .field("object", given.object)
        .field("door", given.door)
        .field_or_null("page", given.page)
        .field("marking", gate::label_of(given.marking))
        .field("first_at", given.first_at)
        .field("last_at", given.last_at)
        .field("times", given.times)
        .field("line", given.line)
        .field("way", name_of(given.telling))
        .field_or_null("told_at", given.told_at)
        .field_or_null("told_line", given.told_line == 0 ? std::nullopt : std::optional(given.told_line))
        .end();
}

std::string name_or_none(CalledWho const& called, std::string_view who) {
    return who.empty() ? std::string() : called(who);
}

void append(JsonWriter& json, RecallRecipient const& recipient, CalledWho const& called) {
    json.object()
        .field("recipient", recipient.recipient)
        .reference("organisation", recipient.organisation.value, recipient.name)
        .field("name", recipient.name)
        .field("state", state_of(recipient))
        .field("by_hand", recipient.needs_hand())
        .field_or_null("heard_at", recipient.heard_at())
        .field_or_null("told_by", name_or_none(called, recipient.told_by))
        .field_or_null("told_at", recipient.told_at)
        .field_or_null("answer", recipient.answer)
        .field_or_null("confirmed_at", recipient.confirmed_at)
        .field_or_null("confirmed_by", name_or_none(called, recipient.confirmed_by))
        .key("given")
        .array();
    for (auto const& given : recipient.given) append(json, given);
    json.end().end();
}

}  // namespace

void append(JsonWriter& json, Recall const& recall, bool is_whole, CalledWho const& called) {
    auto const counts = counts_of(recall);
    json.object()
        .field_or_null("id", recall.id ? std::optional(recall.id.value) : std::nullopt)
        .field("at", recall.at)
        .field_or_null("by", name_or_none(called, recall.by))
        .field("reason", recall.reason)
        .field("kind", recall.kind())
        .field_or_null("marking", recall.marking ? gate::label_of(*recall.marking) : std::string())
        .field("state", name_of(recall.state))
        .field("upstream", recall.is_upstream)
        .key("counts")
        .object()
        .field("objects", static_cast<std::int64_t>(recall.objects.size()))
        .field("recipients", counts.recipients)
        .field("told", counts.told)
        .field("confirmed", counts.confirmed)
        .field("not_yet", counts.recipients - counts.told)
        .field("by_hand", counts.by_hand)
        .end();
    if (is_whole) {
        json.key("objects").array();
        for (auto const& object : recall.objects) append(json, object);
        json.end().key("recipients").array();
        for (auto const& recipient : recall.recipients) append(json, recipient, called);
        json.end();
    }
    json.end();
}

std::string letter_of(Recall const& recall, RecallRecipient const& recipient, std::string_view team,
                      std::string_view language) {
    auto const& words = letter_words(language);
    auto const number = std::to_string(recall.id.value);
    auto letter =
        filled(words.head, {recipient.name, number, team.empty() ? std::string_view("Tocsin") : team}) + "\n\n";
    letter += recall.marking ? filled(words.handle, {gate::label_of(*recall.marking)}) : std::string(words.remove);
    letter += "\n" + filled(words.reason, {recall.reason}) + "\n\n";
    std::size_t listed = 0;
    for (auto const& given : recipient.given) {
        if (++listed > listed_in_letter) continue;
        letter += fmt::format(
            "  {}\n    {}\n", given.object,
            filled(words.given, {gate::label_of(given.marking), given.door, format_timestamp(given.last_at)}));
    }
    if (listed > listed_in_letter)
        letter += "  " + filled(words.more, {std::to_string(listed - listed_in_letter)}) + "\n";
    return letter + fmt::format("\n{}\n{}\n", words.pass_on, words.answer);
}

}  // namespace tocsin::sharing
