#include "app/accounts.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto& access = call.instance->access();
    auto const account = access.account_named(call.arguments[0]);
    if (!account) return call.failed(account.error());
    if (auto const erased = access.erase_account(access::command_principal(), account->id); !erased)
        return call.failed(erased.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("id", account->id.value).field("erased", true).end();
        call.print("{}", json.text());
    } else {
        call.print("{} is erased. The audit log calls it erased-{} from now on and stays whole.", account->name,
                   account->id.value);
    }
    return Exit::done;
}

}  // namespace

Command command_user_erase() {
    return {.name = "user erase",
            .summary = "Disable an account for good and erase its personal data",
            .about =
                "Name, full name, mail address, password and second factor go, and so do the addresses it came "
                "from and the details about it in the audit log. What it did stays on record under its number. "
                "Can't be undone.",
            .arguments = {{"NAME", "the account"}},
            .run = run};
}

}  // namespace tocsin::app
