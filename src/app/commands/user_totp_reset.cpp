#include "app/accounts.hpp"

namespace tocsin::app {
namespace {

Status reset(Instance& instance, Invocation&, access::Account const& account) {
    return instance.access().reset_totp(access::command_principal(), account.id);
}

Exit run(Invocation& call) {
    return change_named_account(call, "signs in without a second factor until a new one is set up.", reset);
}

}  // namespace

Command command_user_totp_reset() {
    return {.name = "user totp-reset",
            .summary = "Turn off the second factor of somebody who lost the device",
            .arguments = {{"NAME", "the account"}},
            .run = run};
}

}  // namespace tocsin::app
