#include "app/accounts.hpp"

namespace tocsin::app {
namespace {

Status disable(Instance& instance, Invocation&, access::Account const& account) {
    CHECK(instance.access().change_account(access::command_principal(), account.id, {.is_disabled = true}));
    return {};
}

Exit run(Invocation& call) {
    return change_named_account(call, "can no longer sign in; all sessions have ended.", disable);
}

}  // namespace

Command command_user_disable() {
    return {.name = "user disable",
            .summary = "Keep an account from signing in and end its sessions",
            .about = "The last administrator can't be disabled. tocsin user edit NAME --enable undoes it.",
            .arguments = {{"NAME", "the account"}},
            .run = run};
}

}  // namespace tocsin::app
