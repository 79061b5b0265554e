#include "app/accounts.hpp"

namespace tocsin::app {
namespace {

std::string page_of(Config const& config) {
    std::string const base = config.public_url.empty() ? "http://" + config.listen : config.public_url;
    return base + (base.ends_with('/') ? "recover" : "/recover");
}

Exit run(Invocation& call) {
    auto& access = call.instance->access();
    auto const account = access.account_named(call.arguments[0]);
    if (!account) return call.failed(account.error());
    auto const made = access.start_recovery(access::command_principal(), account->id);
    if (!made) return call.failed(made.error());
    if (call.json()) {
        JsonWriter json;
        json.object()
            .field("id", account->id.value)
            .field("name", account->name)
            .field("code", made->code)
            .field("expires", made->expires)
            .end();
        call.print("{}", json.text());
        return Exit::done;
    }
    call.print("Recovery code for {}, shown only now, good once until {}:\n  {}", account->name,
               format_timestamp(made->expires), made->code);
    call.print("It sets a new password and turns the second factor off: sign-in page, \"Use a recovery code\" ({}).",
               page_of(call.instance->config()));
    return Exit::done;
}

}  // namespace

Command command_user_recover() {
    return {.name = "user recover",
            .summary = "Make a one-time code with which somebody sets a new password",
            .about =
                "For who has lost password or second factor. Also unlocks the account. An older code is void; the "
                "old password works until the code is used. Hand it over in person or by telephone.",
            .arguments = {{"NAME", "the account"}},
            .run = run};
}

}  // namespace tocsin::app
