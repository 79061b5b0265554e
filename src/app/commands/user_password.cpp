#include "app/accounts.hpp"

namespace tocsin::app {
namespace {

Exit run(Invocation& call) {
    auto& access = call.instance->access();
    auto const account = access.account_named(call.arguments[0]);
    if (!account) return call.failed(account.error());
    bool const is_generated = call.input.empty();
    std::string const password = is_generated ? access::generated_password() : call.input;
    if (auto const set = access.set_password(access::command_principal(), account->id, password); !set)
        return call.failed(set.error());
    if (call.json()) {
        JsonWriter json;
        json.object().field("id", account->id.value).field("name", account->name);
        if (is_generated) json.field("password", password);
        json.end();
        call.print("{}", json.text());
        return Exit::done;
    }
    call.print("{} has a new password; all sessions have ended.", account->name);
    if (is_generated) call.print("Password, shown only now: {}", password);
    return Exit::done;
}

}  // namespace

Command command_user_password() {
    return {.name = "user password",
            .summary = "Set an account's password, end its sessions and unlock it",
            .options = password_options(),
            .arguments = {{"NAME", "the account"}},
            .input = read_password,
            .run = run};
}

}  // namespace tocsin::app
