#include "app/directory_words.hpp"

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
    auto const erased = directory.erase({*number}, by);
    if (!erased) return call.failed(erased.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("change", erased->value).field("erased", true).end();
        call.print("{}", json.text());
    } else {
        call.print("Contact {} is erased, from the history too. This can't be taken back.", *number);
    }
    return Exit::done;
}

}  // namespace

Command command_contact_remove() {
    return {.name = "contact remove",
            .summary = "Remove a contact, or erase a person's data",
            .about =
                "--erase also removes the person's data from the history and from kept imports, and works for a "
                "contact that is removed already. The fact stays on record, the data do not.",
            .options = {{"--erase", "", "from the history too; can't be taken back"}},
            .arguments = {{"CONTACT", "its number; see tocsin contact list"}},
            .run = run};
}

}  // namespace tocsin::app
