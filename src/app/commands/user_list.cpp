#include "app/accounts.hpp"

namespace tocsin::app {
namespace {

std::string state_of(access::Account const& account) {
    if (account.is_disabled) return "disabled";
    if (account.locked_until) return "locked";
    return account.has_totp ? "two factors" : "one factor";
}

Exit run(Invocation& call) {
    auto const accounts = call.instance->access().accounts();
    if (!accounts) return call.failed(accounts.error());
    if (call.json()) {
        JsonWriter json;
        json.object().key("items").array();
        for (auto const& account : *accounts) append_account(json, account);
        json.end().end();
        call.print("{}", json.text());
        return Exit::done;
    }
    if (accounts->empty()) call.print("There is no account yet. Next: tocsin user add NAME");
    for (auto const& account : *accounts)
        call.print("{:<20} {:<14} {:<12} last seen {:<28} {}", account.name, name_of(account.role), state_of(account),
                   time_or_dash(account.last_seen), account.full_name);
    return Exit::done;
}

}  // namespace

Command command_user_list() {
    return {.name = "user list", .summary = "List the accounts", .run = run};
}

}  // namespace tocsin::app
