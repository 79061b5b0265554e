#include "app/directory_words.hpp"
#include "app/mail_key_words.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const number = parse_number(call.arguments[0], "a contact's number");
    if (!number) {
        call.failed(number.error());
        return Exit::usage;
    }
    auto const contact = directory_of(call).contact({*number});
    if (!contact) return call.failed(contact.error());
    auto const found =
        notifications::check_contact_key(*contact, call.instance->clock().now(), mail_keys_of(call).work());
    if (call.json()) {
        JsonWriter json;
        json.object().field("contact", contact->id.value).field("usable", found.is_usable());
        json.field_unless_empty("trouble", found.trouble);
        if (found.key) {
            json.key("key");
            append_mail_key(json, *found.key);
        }
        json.end();
        call.print("{}", json.text());
        return Exit::done;
    }
    if (found.key) print_mail_key(call, *found.key);
    call.print("{}", found.is_usable() ? fmt::format("Mail to {} is encrypted to it.", contact->email)
                                       : "Mail to it can't be encrypted: " + found.trouble);
    return Exit::done;
}

}  // namespace

Command command_contact_key() {
    return {.name = "contact key",
            .summary = "Check the key of a contact: whether mail can be encrypted to it, and until when",
            .arguments = {{"CONTACT", "its number; see tocsin contact list"}},
            .run = run};
}

}  // namespace tocsin::app
