#include "app/directory_words.hpp"
#include "notifications/notifications.hpp"
#include "readiness/readiness.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto const number = parse_number(call.arguments[0], "a contact's number");
    if (!number) {
        call.failed(number.error());
        return Exit::usage;
    }
    auto& directory = directory_of(call);
    auto const by = access::command_principal();
    if (!call.has("--erase"))
        return print_change(call, directory.remove(constituency::ContactId{*number}, 0, by),
                            fmt::format("Contact {} is removed", *number));
    auto const notifications = call.instance->notifications();
    if (!notifications) return call.failed(notifications.error());
    auto const readiness = call.instance->readiness();
    if (!readiness) return call.failed(readiness.error());
    auto const addresses = directory.addresses_of({*number});
    if (!addresses) return call.failed(addresses.error());
    if (auto const gone = (*readiness)->reachability.erase({*number}, *addresses, by); !gone)
        return call.failed(gone.error());
    auto const changed = notifications::erase_contact(directory, **notifications, {*number}, by);
    if (!changed) return call.failed(changed.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("notifications", *changed).field("erased", true).end();
        call.print("{}", json.text());
    } else {
        call.print("Contact {} is erased, from the history and from {} notifications too. This can't be taken back.",
                   *number, *changed);
    }
    return Exit::done;
}

}  // namespace

Command command_contact_remove() {
    return {
        .name = "contact remove",
        .summary = "Remove a contact, or erase a person's data",
        .about =
            "--erase also removes the person's data from the history, from kept imports and from notifications, and "
            "works for a contact that is removed already. The fact stays on record, the data do not. Mails that were "
            "sent are not called back, and backups are not changed.",
        .options = {{"--erase", "", "from the history too; can't be taken back"}},
        .arguments = {{"CONTACT", "its number; see tocsin contact list"}},
        .run = run};
}

}  // namespace tocsin::app
